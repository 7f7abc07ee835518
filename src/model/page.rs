//! One page of a list.

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items of the page, in the order of the response.
    pub items: Vec<T>,
    /// What the response reports about the list.
    pub info: PageInfo,
}

impl<T> Page<T> {
    /// A page, for tests. Everything about the list can be set in a `PageInfo::default()`.
    pub fn new(items: Vec<T>, info: PageInfo) -> Self {
        Self { items, info }
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// What a response reports about the list of which it is a page (`result_info`). Each field may be
/// absent, and so may all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageInfo {
    /// The number of results for the requested service.
    pub count: Option<u64>,
    /// The number of the page, counted from 1.
    pub page: Option<u64>,
    /// The maximum number of items on a page. It may be less than was requested.
    pub per_page: Option<u64>,
    /// The number of items without any filter.
    pub total_count: Option<u64>,
    /// The number of pages.
    pub total_pages: Option<u64>,
}

impl PageInfo {
    /// Whether the response reports nothing about the list.
    pub(crate) fn is_absent(&self) -> bool {
        *self == Self::default()
    }
}
