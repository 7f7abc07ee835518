//! The pages of a list in their order, several of them on their way at once.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::walk::Walk;
use super::{List, Page, fetch};
use crate::error::{Error, Kind, Result};
use crate::raw;

pub(crate) struct Pages<L: List> {
    list: Arc<L>,
    walk: Walk,
    /// The last page that was asked for.
    asked: u64,
    underway: VecDeque<Underway<Page<L::Item>>>,
    /// How many of them there may be now, and at most.
    ahead: usize,
    furthest: usize,
    /// How many requests may be under way. A page whose answer has come is none any more.
    turns: Arc<Semaphore>,
    ended: bool,
}

impl<L: List> Pages<L> {
    /// As many at once as allowed, for who reads them all. When an answer has come the next request goes
    /// out, though the page may still have to be decoded or to wait for one before it.
    pub(crate) fn at_once(list: L) -> Self {
        let at_once = list.paging().at_once.clamp(1, Semaphore::MAX_PERMITS / 2);
        let furthest = 2 * at_once - 1;
        Self {
            walk: Walk::new(list.is_filtered()),
            list: Arc::new(list),
            asked: 0,
            underway: VecDeque::new(),
            ahead: furthest,
            furthest,
            turns: Arc::new(Semaphore::new(at_once)),
            ended: false,
        }
    }

    /// One at first, and more ahead the more are taken; pages that wait to be taken count.
    pub(crate) fn one_by_one(list: L) -> Self {
        let pages = Self::at_once(list);
        Self { ahead: 1, furthest: pages.turns.available_permits(), ..pages }
    }

    /// The next page, or `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Page<L::Item>>> {
        if self.ended {
            return Ok(None);
        }
        self.ask_ahead();
        let page = match self.underway.pop_front() {
            Some(page) => page.await?,
            None => {
                self.asked += 1;
                fetch(&*self.list, self.asked, None).await?
            }
        };
        let goes_on = self.walk.goes_on(&page.info, page.items.iter().map(L::id));
        let goes_on = goes_on.map_err(|error| {
            error.during(raw::operation(L::OPERATION), self.walk.pages(), false)
        })?;
        if !goes_on {
            self.ended = true;
            self.underway.clear();
        }
        Ok(Some(page))
    }

    fn ask_ahead(&mut self) {
        let Some(last) = self.walk.last() else { return };
        while self.underway.len() < self.ahead && self.asked < last {
            self.asked += 1;
            let (list, number) = (Arc::clone(&self.list), self.asked);
            let turn = Arc::clone(&self.turns).acquire_owned();
            let page = async move { fetch(&*list, number, turn.await.ok()).await };
            self.underway.push_back(Underway(tokio::spawn(page.in_current_span())));
        }
        self.ahead = (2 * self.ahead).min(self.furthest);
    }
}

/// A page on its way. It makes progress while the pages before it are worked on, and is given up when
/// nobody waits for it any more.
struct Underway<T>(JoinHandle<Result<T>>);

impl<T> Future for Underway<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(context)) {
            Ok(page) => page,
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(ended) => Err(Error::new(Kind::Lost).caused_by(ended)),
        })
    }
}

impl<T> Drop for Underway<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
#[path = "../../tests/unit/ahead.rs"]
mod tests;
