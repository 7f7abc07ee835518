//! Pages of lists.

use serde::Serialize;

use crate::Contract;

/// How many results a page of a list may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageLimits {
    pub(crate) min: u64,
    pub(crate) max: u64,
    pub(crate) default: u64,
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) number: u64,
    pub(crate) size: u64,
}

/// What a misbehaving list does with the page that it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageQuirk {
    /// It answers with page 1, whatever was asked.
    Ignored,
    /// Past the end it answers with the last page again.
    LastRepeated,
}

impl Page {
    /// The page that is answered with where `matches` results are to be divided up.
    pub(crate) fn with_quirk(self, quirk: Option<PageQuirk>, matches: impl Fn() -> usize) -> Self {
        let number = match quirk {
            None => self.number,
            Some(PageQuirk::Ignored) => 1,
            Some(PageQuirk::LastRepeated) => {
                let last = to_u64(matches()).div_ceil(self.size);
                self.number.min(last).max(1)
            }
        };
        Self { number, ..self }
    }

    /// The part of the results that is on the page: nothing if it is past the end.
    pub(crate) fn cut<T>(self, results: impl Iterator<Item = T>) -> Vec<T> {
        let before = (self.number - 1).saturating_mul(self.size);
        let before = usize::try_from(before).unwrap_or(usize::MAX);
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        results.skip(before).take(size).collect()
    }
}

/// What an answer says of the part of the list that it holds.
#[derive(Debug, Serialize)]
pub(crate) struct ResultInfo {
    count: usize,
    page: u64,
    per_page: u64,
    total_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_pages: Option<u64>,
}

impl ResultInfo {
    /// `total` is the number of results without any filter.
    ///
    /// Assumption: `count` is the number of results on the page, as in other lists of this API,
    /// and `total_pages` belongs to `total_count`.
    pub(crate) fn new(page: Page, count: usize, total: usize, contract: Contract) -> Self {
        let pages = to_u64(total).div_ceil(page.size);
        Self {
            count,
            page: page.number,
            per_page: page.size,
            total_count: total,
            total_pages: (contract == Contract::Current).then_some(pages),
        }
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u64, size: u64) -> Page {
        Page { number, size }
    }

    #[test]
    fn pages_divide_a_list_without_rest() {
        assert_eq!(page(1, 2).cut(0..5), [0, 1]);
        assert_eq!(page(3, 2).cut(0..5), [4]);
        assert!(page(4, 2).cut(0..5).is_empty());
        assert!(page(u64::MAX, 500).cut(0..5).is_empty());
    }

    #[test]
    fn quirks_change_the_page() {
        let asked = page(9, 2);
        assert_eq!(asked.with_quirk(None, || 5), asked);
        assert_eq!(asked.with_quirk(Some(PageQuirk::Ignored), || 5), page(1, 2));
        assert_eq!(asked.with_quirk(Some(PageQuirk::LastRepeated), || 5), page(3, 2));
        assert_eq!(asked.with_quirk(Some(PageQuirk::LastRepeated), || 0), page(1, 2));
    }
}
