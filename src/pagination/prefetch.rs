//! Prefetching: the pages of a list in their order, with several requests in flight.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::{List, PageChecker, fetch};
use crate::error::{Error, Kind, Result};
use crate::model::Page;
use crate::raw;

/// How many requests of a list are in flight at most, whatever the caller or the totals of the
/// server ask for.
pub(crate) const MAX_IN_FLIGHT: usize = 64;

/// One reading of a list, from the first page to the last.
pub(crate) struct Prefetcher<L: List> {
    list: Arc<L>,
    checker: PageChecker,
    /// The last page that was requested.
    requested: u64,
    in_flight: VecDeque<InFlight<Page<L::Item>>>,
    /// How many of them there may be now, and at most.
    ahead: usize,
    max_ahead: usize,
    /// One for each request in flight. It is released when the response has arrived.
    permits: Arc<Semaphore>,
    ended: bool,
}

impl<L: List> Prefetcher<L> {
    /// Requests as many pages as allowed, for callers that read all of them. When a response has
    /// arrived the next request is sent, although the page may have to be decoded, or to wait for
    /// one before it.
    pub(crate) fn eager(list: Arc<L>) -> Self {
        let paging = list.paging();
        let max_in_flight = paging.max_in_flight.clamp(1, MAX_IN_FLIGHT);
        let max_ahead = 2 * max_in_flight - 1;
        Self {
            checker: PageChecker::new(list.is_filtered(), paging.per_page.map(u64::from)),
            list,
            requested: 0,
            in_flight: VecDeque::new(),
            ahead: max_ahead,
            max_ahead,
            permits: Arc::new(Semaphore::new(max_in_flight)),
            ended: false,
        }
    }

    /// Requests one page at first, and more in advance the more are taken. Pages that wait to be
    /// taken count.
    pub(crate) fn on_demand(list: Arc<L>) -> Self {
        let eager = Self::eager(list);
        Self { ahead: 1, max_ahead: eager.permits.available_permits(), ..eager }
    }

    /// The next page, or `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Page<L::Item>>> {
        if self.ended {
            return Ok(None);
        }
        self.request_ahead();
        let mut page = match self.in_flight.pop_front() {
            Some(page) => page.await?,
            None => {
                self.requested += 1;
                fetch(&*self.list, self.requested, None).await?
            }
        };
        let more = self.checker.observe(&mut page, L::id).map_err(|error| {
            error.during(raw::operation(L::OPERATION), self.checker.pages(), false)
        })?;
        page.items.retain(|item| self.list.allows(item));
        if !more {
            self.ended = true;
            self.in_flight.clear();
        }
        Ok(Some(page))
    }

    /// What the pages showed that were read.
    pub(crate) fn into_checker(self) -> PageChecker {
        self.checker
    }

    fn request_ahead(&mut self) {
        let Some(last) = self.checker.last_page() else { return };
        while self.in_flight.len() < self.ahead && self.requested < last {
            self.requested += 1;
            let (list, number) = (Arc::clone(&self.list), self.requested);
            let permit = Arc::clone(&self.permits).acquire_owned();
            let page = async move { fetch(&*list, number, permit.await.ok()).await };
            self.in_flight.push_back(InFlight(tokio::spawn(page.in_current_span())));
        }
        self.ahead = (2 * self.ahead).min(self.max_ahead);
    }
}

/// A page that was requested. Its task runs while the pages before it are worked on, and is aborted
/// when nothing waits for it any more.
struct InFlight<T>(JoinHandle<Result<T>>);

impl<T> Future for InFlight<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(context)) {
            Ok(page) => page,
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(ended) => Err(Error::new(Kind::ConnectionLost).caused_by(ended)),
        })
    }
}

impl<T> Drop for InFlight<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
