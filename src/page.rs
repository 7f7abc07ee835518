//! Lists: one page, all that there is, or a stream.

mod ahead;
mod walk;

use std::future::Future;
use std::hash::Hash;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, TryStreamExt};

use self::ahead::Pages;
#[cfg(any(test, fuzzing))]
pub(crate) use self::walk::Walk;
pub(crate) use self::walk::inconsistent;
use crate::error::{Error, Result};
use crate::raw::Turn;

/// How many results a page may hold. Lists ask for the largest unless they are told otherwise.
pub(crate) const PAGE_SIZES: RangeInclusive<u32> = 1..=500;
/// The same for the lists of the account outside user groups.
pub(crate) const SMALL_PAGE_SIZES: RangeInclusive<u32> = 5..=50;
/// How many pages of a list are asked for at once, unless told otherwise.
const PAGES_AT_ONCE: usize = 8;

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
/// A page is asked for when the items before it have been taken, and with each page that is taken twice
/// as many ahead, up to the number of pages that may be asked for at once. Dropping the stream ends all
/// of that.
///
/// While others change the list, an item that moves from one page to another may come twice or not at
/// all; the API has no snapshots.
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

    fn paging(&self) -> Paging;

    /// Asks for a page of a size that the API allows, in its turn if the requests that are under way are
    /// counted.
    fn fetch(
        &self,
        page: NonZeroU64,
        per_page: NonZeroU64,
        turn: Option<Turn>,
    ) -> impl Future<Output = Result<Page<Self::Item>>> + Send;
}

/// Asks for a page, if the API allows its number and size.
pub(crate) async fn fetch<L: List>(
    list: &L,
    page: u64,
    turn: Option<Turn>,
) -> Result<Page<L::Item>> {
    let (page, per_page) = list.paging().bounds(page)?;
    list.fetch(page, per_page, turn).await
}

/// How a list is divided into pages, and how many of them are asked for at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    pub(crate) allowed: &'static RangeInclusive<u32>,
    pub(crate) per_page: u32,
    pub(crate) at_once: usize,
}

impl Paging {
    /// The largest pages that are allowed.
    pub(crate) fn largest(allowed: &'static RangeInclusive<u32>) -> Self {
        Self { allowed, per_page: *allowed.end(), at_once: PAGES_AT_ONCE }
    }

    /// The number and size of a page, if the API allows them.
    fn bounds(self, page: u64) -> Result<(NonZeroU64, NonZeroU64)> {
        let Self { allowed, per_page, .. } = self;
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
}

/// Gives a request for a list, which must have a field `paging`, the ways in which it is read.
macro_rules! paged {
    ($request:ident => $item:ty, $sizes:literal) => {
        crate::request::adjustable!($request);

        impl $request {
            #[doc = concat!("How many results a page may hold, from ", $sizes, " (the default here).")]
            /// The API may give fewer.
            pub fn per_page(mut self, most: u32) -> Self {
                self.paging.per_page = most;
                self
            }

            /// How many pages may be asked for at once (default 8). 0 counts as 1.
            ///
            /// The first page comes alone. If it tells how many there are, and no filter makes that
            /// number meaningless, the others are asked for without waiting for one another, within
            /// the client's [`RateLimit`](crate::RateLimit); if the number changes on the way, one
            /// after the other again.
            pub fn pages_at_once(mut self, most: usize) -> Self {
                self.paging.at_once = most;
                self
            }

            /// Reads one page. Pages are counted from 1; one past the end is empty.
            ///
            /// # Errors
            ///
            /// If the number is 0, the size of a page is not allowed, or the request fails.
            pub async fn page(self, number: u64) -> crate::error::Result<crate::page::Page<$item>> {
                crate::page::fetch(&self, number, None).await
            }

            /// Reads the whole list.
            ///
            /// # Errors
            ///
            /// If a request fails or the pages do not add up, for instance since somebody else changes
            /// the list. Part of a list is never returned as the whole.
            pub async fn all(self) -> crate::error::Result<Vec<$item>> {
                crate::page::all(self).await
            }

            /// Reads the list as it is taken.
            pub fn stream(self) -> crate::page::ItemStream<$item> {
                crate::page::stream(self)
            }
        }
    };
}

pub(crate) use paged;

pub(crate) fn stream<L: List>(list: L) -> ItemStream<L::Item> {
    let pages = stream::try_unfold(Pages::one_by_one(list), async |mut pages| {
        let page = pages.next().await?;
        Ok::<_, Error>(page.map(|page| (stream::iter(page.items.into_iter().map(Ok)), pages)))
    });
    ItemStream::new(pages.try_flatten())
}

pub(crate) async fn all<L: List>(list: L) -> Result<Vec<L::Item>> {
    let mut pages = Pages::at_once(list);
    let mut all = Vec::new();
    while let Some(page) = pages.next().await? {
        if all.is_empty() {
            all = page.items;
        } else {
            all.extend(page.items);
        }
    }
    Ok(all)
}
