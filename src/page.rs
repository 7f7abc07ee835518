//! Lists: one page, all that there is, or a stream.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, TryStreamExt};

use crate::error::{Error, Kind, Result};
use crate::raw;

/// How many results a page may hold. Lists ask for the largest unless they are told otherwise.
pub(crate) const PAGE_SIZES: RangeInclusive<u32> = 1..=500;
/// The same for the lists of the account outside user groups.
pub(crate) const SMALL_PAGE_SIZES: RangeInclusive<u32> = 5..=50;
/// How many empty pages in a row are believed while more is announced.
const MOST_EMPTY_PAGES: u32 = 3;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on the page, in the order of the answer.
    pub items: Vec<T>,
    /// What the answer says of the list.
    pub info: PageInfo,
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// What an answer says of the list that it is a page of (`result_info`). All of it may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageInfo {
    /// How many results there are for the service that was asked.
    pub count: Option<u64>,
    /// The number of the page, counted from 1.
    pub page: Option<u64>,
    /// How many results a page holds at most. It may be less than was asked for.
    pub per_page: Option<u64>,
    /// How many results there would be without any filter.
    pub total_count: Option<u64>,
    /// How many pages there are.
    pub total_pages: Option<u64>,
}

/// The items of a list, page after page.
///
/// A page is asked for when the items before it have been taken. While others change the list, an
/// item that moves from one page to another may come twice or not at all; the API has no snapshots.
/// Where the totals of the answers show that, and where a list is inconsistent otherwise, it ends with
/// an error, after which the stream is over.
pub struct ItemStream<T>(Pin<Box<dyn Stream<Item = Result<T>> + Send>>);

impl<T> ItemStream<T> {
    pub(crate) fn new(items: impl Stream<Item = Result<T>> + Send + 'static) -> Self {
        Self(Box::pin(items))
    }
}

impl<T> std::fmt::Debug for ItemStream<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ItemStream").finish_non_exhaustive()
    }
}

impl<T> Stream for ItemStream<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.0.as_mut().poll_next(context)
    }
}

/// A list that is read page by page.
pub(crate) trait List: Send + Sync + Sized + 'static {
    type Item: Send + 'static;
    type Id: Hash;
    const OPERATION: &'static str;

    /// Whether the list holds less than there is.
    fn is_filtered(&self) -> bool;

    fn id(item: &Self::Item) -> &Self::Id;

    fn fetch(&self, page: u64) -> impl Future<Output = Result<Page<Self::Item>>> + Send;
}

/// The number and size of a page, if the API allows them.
pub(crate) fn bounds(
    page: u64,
    per_page: u32,
    allowed: &RangeInclusive<u32>,
) -> Result<(NonZeroU64, NonZeroU64)> {
    let size = Some(per_page).filter(|size| allowed.contains(size)).map(u64::from);
    match (NonZeroU64::new(page), size.and_then(NonZeroU64::new)) {
        (Some(page), Some(size)) => Ok((page, size)),
        (None, _) => Err(Error::invalid("pages are counted from 1")),
        (_, None) => Err(Error::invalid(format!(
            "a page holds {} to {} results, not {per_page}",
            allowed.start(),
            allowed.end()
        ))),
    }
}

pub(crate) fn stream<L: List>(list: L) -> ItemStream<L::Item> {
    let walk = Walk::new(list.is_filtered());
    let pages = stream::try_unfold(Some((list, walk)), async |rest| {
        let Some((list, mut walk)) = rest else {
            return Ok::<_, Error>(None);
        };
        let page = list.fetch(walk.next()).await?;
        let goes_on = walk
            .goes_on(&page.info, page.items.iter().map(L::id))
            .map_err(|error| error.during(raw::operation(L::OPERATION), walk.pages(), false))?;
        let items = stream::iter(page.items.into_iter().map(Ok));
        Ok(Some((items, goes_on.then_some((list, walk)))))
    });
    ItemStream::new(pages.try_flatten())
}

pub(crate) async fn all<L: List>(list: L) -> Result<Vec<L::Item>> {
    stream(list).try_collect().await
}

/// Where the walk through a list stands. Knows no network: it is told of each page, and says whether
/// another is needed.
#[derive(Debug)]
pub(crate) struct Walk {
    /// The page to ask for next.
    next: u64,
    /// With a filter the totals of the answers count more than the list holds.
    filtered: bool,
    /// How many results came, those that came again included.
    gathered: u64,
    /// The results that came, each once.
    seen: HashSet<u64>,
    empty_in_a_row: u32,
    /// What the last answer that told it said of the size of a page.
    size: Option<u64>,
}

impl Walk {
    pub(crate) fn new(filtered: bool) -> Self {
        Self { next: 1, filtered, gathered: 0, seen: HashSet::new(), empty_in_a_row: 0, size: None }
    }

    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// How many pages were asked for.
    pub(crate) fn pages(&self) -> u32 {
        u32::try_from(self.next - 1).unwrap_or(u32::MAX)
    }

    /// Takes note of the page that was asked for, and tells whether the list goes on.
    pub(crate) fn goes_on<I: Hash>(
        &mut self,
        info: &PageInfo,
        ids: impl ExactSizeIterator<Item = I>,
    ) -> Result<bool> {
        let (asked, length, known) = (self.next, ids.len() as u64, self.seen.len());
        self.next += 1;
        self.gathered += length;
        self.seen.extend(ids.map(fingerprint));
        if let Some(page) = info.page.filter(|page| *page != 0 && *page != asked) {
            return Err(inconsistent(format!(
                "page {asked} of the list was asked for, and page {page} was answered"
            )));
        }
        if length > 0 && self.seen.len() == known {
            return Err(inconsistent(format!(
                "page {asked} of the list repeats what came before, as if the page number were ignored"
            )));
        }
        if let (Some(before), Some(now)) = (self.size, info.per_page)
            && now > before
        {
            return Err(inconsistent(format!(
                "page {asked} of the list is counted in pages of {now} results, and not of {before} \
                 as before, so that some may lie between"
            )));
        }
        self.size = info.per_page.or(self.size);
        self.empty_in_a_row = if length == 0 { self.empty_in_a_row + 1 } else { 0 };
        self.more_after(asked, length, info)
    }

    fn more_after(&self, asked: u64, length: u64, info: &PageInfo) -> Result<bool> {
        match self.announced(asked, length, info)? {
            Some(true) if self.empty_in_a_row >= MOST_EMPTY_PAGES => Err(inconsistent(format!(
                "more of the list is announced than the {} results that came before it ended",
                self.gathered
            ))),
            Some(more) => Ok(more),
            None => {
                let short = info.per_page.is_some_and(|most| length < most);
                Ok(length > 0 && !short)
            }
        }
    }

    /// Whether the totals say that there is more, if they say anything that can be true.
    fn announced(&self, asked: u64, length: u64, info: &PageInfo) -> Result<Option<bool>> {
        let came = self.seen.len() as u64;
        let too_few = |total: u64| came < total && self.gathered >= total;
        Ok(match (info.total_count, info.total_pages) {
            // A total that a filter does not touch is never too low.
            (Some(total), _) if came == total => Some(false),
            (Some(total), _) if came > total => None,
            _ if self.filtered => None,
            (Some(total), _) if too_few(total) => {
                return Err(inconsistent(format!(
                    "{} results of the list came again and {} of {total} did not come: it was changed \
                     while it was read, or has no order",
                    self.gathered - came,
                    total - came
                )));
            }
            (Some(_), _) => Some(true),
            (None, Some(pages)) if asked > pages && length > 0 => None,
            (None, Some(pages)) => Some(asked < pages),
            (None, None) => None,
        })
    }
}

pub(crate) fn inconsistent(problem: String) -> Error {
    Error::new(Kind::Inconsistent(format!(
        "{problem}; nothing of it should be taken for the whole"
    )))
}

fn fingerprint(id: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "../tests/unit/walk.rs"]
mod tests;
