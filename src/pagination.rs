//! Pagination: one page of a list, the whole list, or a stream of its items.

mod consistency;
mod prefetch;

use std::future::Future;
use std::hash::Hash;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::{TryStreamExt, stream};

pub(crate) use self::consistency::PageChecker;
use self::consistency::{check_number, inconsistent};
use self::prefetch::Prefetcher;
use crate::error::{Error, Result};
use crate::model::Page;
use crate::raw::{Listed, PagePermit};

/// The sizes of a page that the API allows. Lists request the largest by default.
pub(crate) const PAGE_SIZES: RangeInclusive<u32> = 1..=500;
/// The same for the lists of an account outside user groups.
pub(crate) const SMALL_PAGE_SIZES: RangeInclusive<u32> = 5..=50;
/// How many pages of a list are requested at once by default.
const DEFAULT_IN_FLIGHT: usize = 8;
/// How often a list that changes while it is read is read from the start.
pub(crate) const MAX_READINGS: u32 = 3;

/// The items of a list, page after page.
///
/// A page is requested when the items before it have been taken, and with each page that is taken
/// twice as many in advance, up to [`max_in_flight`](crate::ListRequest::max_in_flight). Dropping
/// the stream cancels these requests. The timeout of the request holds for each page: how long
/// items wait to be taken is up to the caller.
///
/// The stream contains nothing twice. It cannot start over: if the responses show that the list
/// changed while it was read, or are inconsistent otherwise, it ends with the error that
/// [`all`](crate::ListRequest::all) returns after its last reading. What cannot be seen in the
/// responses is the same as there.
pub struct ItemStream<T> {
    /// The items of a page that have not been taken.
    items: std::vec::IntoIter<T>,
    pages: Pin<Box<dyn Stream<Item = Result<Vec<T>>> + Send>>,
}

impl<T> Unpin for ItemStream<T> {}

impl<T> std::fmt::Debug for ItemStream<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ItemStream").finish_non_exhaustive()
    }
}

impl<T> Stream for ItemStream<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.as_mut().poll_next(context)) {
                Some(Ok(page)) => self.items = page.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// A list that is read page by page.
pub(crate) trait List: Send + Sync + 'static {
    type Item: Hash + Send + 'static;
    const OPERATION: &'static str;
    /// Whether `result: null` is an empty list. Otherwise it is only if a second read agrees.
    const NULL_IS_EMPTY: bool;

    /// Whether the list contains less than the totals count.
    fn is_filtered(&self) -> bool;

    /// Whether an item belongs to the list, although the server may have ignored a filter.
    fn allows(&self, item: &Self::Item) -> bool;

    fn id(item: &Self::Item) -> Option<&str>;

    fn paging(&self) -> Paging;

    /// Requests a page. The permit is released when the response has arrived.
    fn fetch(
        &self,
        page: NonZeroU64,
        per_page: Option<NonZeroU64>,
        permit: Option<PagePermit>,
    ) -> impl Future<Output = Result<Listed<Self::Item>>> + Send;
}

/// How a list is divided into pages, and how many of them are requested at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    allowed: &'static RangeInclusive<u32>,
    /// `None` leaves the size of a page to the server.
    pub(crate) per_page: Option<u32>,
    pub(crate) max_in_flight: usize,
}

impl Paging {
    /// The largest pages that are allowed.
    pub(crate) fn largest(allowed: &'static RangeInclusive<u32>) -> Self {
        Self { per_page: Some(*allowed.end()), ..Self::server_sized(allowed) }
    }

    /// Pages of the size that the server chooses.
    pub(crate) fn server_sized(allowed: &'static RangeInclusive<u32>) -> Self {
        Self { allowed, per_page: None, max_in_flight: DEFAULT_IN_FLIGHT }
    }

    /// The number and size of a page, if the API allows them.
    fn bounds(self, page: u64) -> Result<(NonZeroU64, Option<NonZeroU64>)> {
        let Self { allowed, per_page, .. } = self;
        if let Some(size) = per_page.filter(|size| !allowed.contains(size)) {
            let (least, most) = (allowed.start(), allowed.end());
            return Err(Error::invalid(format!(
                "a page contains {least} to {most} items, not {size}"
            )));
        }
        let page =
            NonZeroU64::new(page).ok_or_else(|| Error::invalid("pages are counted from 1"))?;
        Ok((page, per_page.map(u64::from).and_then(NonZeroU64::new)))
    }
}

/// Requests a page, if the API allows its number and size.
async fn fetch<L: List>(list: &L, page: u64, permit: Option<PagePermit>) -> Result<Page<L::Item>> {
    let (page, per_page) = list.paging().bounds(page)?;
    let mut listed = list.fetch(page, per_page, permit).await?;
    if listed.is_null && !L::NULL_IS_EMPTY && listed.info.total_count != Some(0) {
        // The absence of a list is not the same as an empty one.
        listed = list.fetch(page, per_page, None).await?;
    }
    Ok(listed.into_page())
}

pub(crate) async fn page<L: List>(list: &L, number: u64) -> Result<Page<L::Item>> {
    let mut page = fetch(list, number, None).await?;
    check_number(number, &page.info)?;
    page.items.retain(|item| list.allows(item));
    Ok(page)
}

/// A stream of the items, whose errors are completed by `complete`.
pub(crate) fn stream<L: List>(
    list: Arc<L>,
    complete: impl Fn(Error) -> Error + Send + 'static,
) -> ItemStream<L::Item> {
    let pages = stream::try_unfold(Prefetcher::on_demand(list), async |mut pages| {
        let page = pages.next().await?;
        Ok::<_, Error>(page.map(|page| (page.items, pages)))
    });
    let pages = pages.map_err(complete);
    ItemStream { items: Vec::new().into_iter(), pages: Box::pin(pages) }
}

pub(crate) async fn all<L: List>(list: Arc<L>) -> Result<Vec<L::Item>> {
    let mut before: Option<PageChecker> = None;
    let mut readings = 0;
    loop {
        readings += 1;
        let (items, result, checker) = read(Arc::clone(&list)).await;
        let error = match result {
            Ok(()) if checker.has_unexplained_repeats() => inconsistent(
                "items of the list came on more than one page: it changed while it was read"
                    .to_owned(),
            ),
            Ok(()) => return Ok(items),
            Err(error) if error.is_inconsistent() => error,
            Err(error) => return Err(error),
        };
        if before.is_some_and(|before| checker.confirms(&before)) {
            tracing::warn!(
                operation = L::OPERATION,
                items = items.len(),
                "two readings agree: {error}"
            );
            return Ok(items);
        }
        if readings == MAX_READINGS {
            return Err(error);
        }
        tracing::debug!(operation = L::OPERATION, %error, "the list is read again");
        before = Some(checker);
    }
}

/// Reads the list once, as far as its pages are consistent.
async fn read<L: List>(list: Arc<L>) -> (Vec<L::Item>, Result<()>, PageChecker) {
    let mut pages = Prefetcher::eager(list);
    let mut items = Vec::new();
    let result = loop {
        match pages.next().await {
            Ok(Some(page)) if items.is_empty() => items = page.items,
            Ok(Some(page)) => items.extend(page.items),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    (items, result, pages.into_checker())
}

#[cfg(test)]
mod tests;
