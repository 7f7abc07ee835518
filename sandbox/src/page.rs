//! Pages of lists.

use serde::Serialize;

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
}

/// The part of a list that a page holds.
///
/// Assumption: `count` is the number of items on the page, as in other lists of this API, and
/// `total_pages` belongs to `total_count`.
#[derive(Debug, Serialize)]
pub(crate) struct ResultInfo {
    pub(crate) count: usize,
    pub(crate) page: usize,
    pub(crate) per_page: usize,
    pub(crate) total_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_pages: Option<usize>,
}
