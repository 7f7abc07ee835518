//! Pages of lists.

use serde::Serialize;

use crate::fault::FaultKind;
use crate::operation::Contract;

/// How many results a page can hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageLimits {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) default: usize,
}

/// How many groups, or members of a group, a page can hold.
pub(crate) const PAGE_LIMITS: PageLimits = PageLimits { min: 1, max: 500, default: 100 };

/// The page that is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) number: usize,
    pub(crate) size: usize,
}

impl Page {
    /// The results on the page, none past the end, and the description of the page. `total` is the
    /// number of results without a filter.
    ///
    /// Assumption: `count` is the number of results on the page, as in other lists of this API,
    /// and `total_pages` belongs to `total_count`.
    pub(crate) fn cut<T>(
        self,
        results: Vec<T>,
        total: usize,
        contract: Contract,
        fault: Option<&FaultKind>,
    ) -> (Vec<T>, ResultInfo) {
        let page = match fault {
            Some(FaultKind::IgnorePage) => 1,
            Some(FaultKind::RepeatLastPage) => {
                self.number.min(results.len().div_ceil(self.size)).max(1)
            }
            _ => self.number,
        };
        let before = (page - 1).saturating_mul(self.size);
        let items: Vec<T> = results.into_iter().skip(before).take(self.size).collect();
        let info = ResultInfo {
            count: items.len(),
            page,
            per_page: self.size,
            total_count: total,
            total_pages: (contract != Contract::Documented).then(|| total.div_ceil(self.size)),
        };
        (items, info)
    }
}

/// The part of a list that a page holds.
#[derive(Debug, Serialize)]
pub(crate) struct ResultInfo {
    count: usize,
    page: usize,
    per_page: usize,
    total_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_pages: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(number: usize, size: usize, fault: Option<&FaultKind>) -> (Vec<usize>, usize) {
        let results = (0..5).collect();
        let (items, info) = Page { number, size }.cut(results, 5, Contract::Current, fault);
        (items, info.page)
    }

    #[test]
    fn pages_divide_a_list_without_remainder() {
        assert_eq!(cut(1, 2, None), (vec![0, 1], 1));
        assert_eq!(cut(3, 2, None), (vec![4], 3));
        assert_eq!(cut(4, 2, None), (vec![], 4));
        assert_eq!(cut(usize::MAX, 500, None), (vec![], usize::MAX));
    }

    #[test]
    fn page_faults_change_the_page() {
        assert_eq!(cut(9, 2, Some(&FaultKind::IgnorePage)), (vec![0, 1], 1));
        assert_eq!(cut(9, 2, Some(&FaultKind::RepeatLastPage)), (vec![4], 3));
        let empty = Page { number: 9, size: 2 };
        let fault = Some(&FaultKind::RepeatLastPage);
        assert_eq!(empty.cut::<()>(vec![], 0, Contract::Current, fault).1.page, 1);
    }
}
