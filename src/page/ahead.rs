//! The pages of a list in their order, several of them on their way at once.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::task::JoinHandle;
use tracing::Instrument;

use super::walk::Walk;
use super::{List, Page};
use crate::error::{Error, Kind, Result};
use crate::raw;

pub(crate) struct Pages<L: List> {
    list: Arc<L>,
    walk: Walk,
    /// The last page that was asked for.
    asked: u64,
    underway: VecDeque<Underway<Page<L::Item>>>,
    /// How many may be on their way now, and at most.
    width: usize,
    widest: usize,
    ended: bool,
}

impl<L: List> Pages<L> {
    /// As many at once as allowed, for who reads them all.
    pub(crate) fn at_once(list: L) -> Self {
        let widest = list.paging().at_once.max(1);
        Self {
            walk: Walk::new(list.is_filtered()),
            list: Arc::new(list),
            asked: 0,
            underway: VecDeque::new(),
            width: widest,
            widest,
            ended: false,
        }
    }

    /// One at first, and more ahead the more are taken.
    pub(crate) fn one_by_one(list: L) -> Self {
        Self { width: 1, ..Self::at_once(list) }
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
                self.list.fetch(self.asked).await?
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
        while self.underway.len() < self.width && self.asked < last {
            self.asked += 1;
            let (list, number) = (Arc::clone(&self.list), self.asked);
            let fetch = async move { list.fetch(number).await };
            self.underway.push_back(Underway(tokio::spawn(fetch.in_current_span())));
        }
        self.width = (2 * self.width).min(self.widest);
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
