//! Pages of lists.

use serde::Serialize;

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
    /// The last page of a number of results; the first if there are none.
    pub(crate) fn last_of(self, results: usize) -> Self {
        Self { number: results.div_ceil(self.size).max(1), ..self }
    }

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
    ) -> (Vec<T>, ResultInfo) {
        let before = (self.number - 1).saturating_mul(self.size);
        let items: Vec<T> = results.into_iter().skip(before).take(self.size).collect();
        let info = ResultInfo {
            count: items.len(),
            page: self.number,
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

    #[test]
    fn the_last_page_of_no_results_is_the_first() {
        let last = |results| Page { number: 9, size: 2 }.last_of(results).number;
        assert_eq!([last(0), last(1), last(4), last(5)], [1, 1, 2, 3]);
    }
}
