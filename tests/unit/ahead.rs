//! How many pages are asked for before they are taken.

use std::num::NonZeroU64;
use std::sync::Mutex;

use tokio::sync::oneshot;

use super::*;
use crate::page::{PAGE_SIZES, PageInfo, Paging};
use crate::raw::Turn;

/// A list of two results a page, whose pages come when the test says so.
#[derive(Default)]
struct Held {
    at_once: usize,
    asked: Mutex<Vec<u64>>,
    answers: Mutex<Vec<(u64, oneshot::Sender<()>)>>,
}

const PAGES: u64 = 30;

impl List for Arc<Held> {
    type Item = u64;
    type Id = u64;
    const OPERATION: &'static str = "account-user-group-list";

    fn is_filtered(&self) -> bool {
        false
    }

    fn id(item: &u64) -> &u64 {
        item
    }

    fn paging(&self) -> Paging {
        Paging { per_page: 2, at_once: self.at_once, ..Paging::largest(&PAGE_SIZES) }
    }

    async fn fetch(
        &self,
        page: NonZeroU64,
        _: NonZeroU64,
        turn: Option<Turn>,
    ) -> Result<Page<u64>> {
        let page = page.get();
        let (answer, answered) = oneshot::channel();
        self.asked.lock().unwrap().push(page);
        self.answers.lock().unwrap().push((page, answer));
        answered.await.unwrap();
        drop(turn);
        tokio::task::yield_now().await;
        let info = PageInfo {
            page: Some(page),
            per_page: Some(2),
            total_count: Some(2 * PAGES),
            ..PageInfo::default()
        };
        Ok(Page { items: vec![2 * page, 2 * page + 1], info })
    }
}

impl Held {
    fn new(at_once: usize) -> Arc<Self> {
        Arc::new(Self { at_once, ..Self::default() })
    }

    /// Answers the request for this page.
    fn answer(&self, page: u64) {
        let mut answers = self.answers.lock().unwrap();
        let at = answers.iter().position(|(number, _)| *number == page).unwrap();
        answers.remove(at).1.send(()).unwrap();
    }

    /// The pages that are asked for when all that can go on has gone on.
    async fn asked(&self) -> Vec<u64> {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.asked.lock().unwrap().clone()
    }
}

/// Takes pages until there are no more, and counts them.
fn take_all(mut pages: Pages<Arc<Held>>) -> JoinHandle<usize> {
    tokio::spawn(async move {
        let mut taken = 0;
        while pages.next().await.unwrap().is_some() {
            taken += 1;
        }
        taken
    })
}

#[tokio::test]
async fn who_reads_all_has_so_many_requests_under_way_and_no_more() {
    let list = Held::new(4);
    let taken = take_all(Pages::at_once(Arc::clone(&list)));
    assert_eq!(list.asked().await, [1], "nobody knows yet how many there are");
    list.answer(1);
    assert_eq!(list.asked().await, [1, 2, 3, 4, 5]);
    list.answer(4);
    assert_eq!(list.asked().await.last(), Some(&6), "though page 2 is still waited for");
    list.answer(3);
    list.answer(5);
    list.answer(6);
    assert_eq!(list.asked().await.last(), Some(&8), "what waits to be taken has a bound");
    for page in [2].into_iter().chain(7..=PAGES) {
        list.answer(page);
        list.asked().await;
    }
    assert_eq!(taken.await.unwrap(), PAGES as usize);
    assert_eq!(list.asked().await, (1..=PAGES).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_at_a_time_is_one_at_a_time() {
    let list = Held::new(1);
    let taken = take_all(Pages::at_once(Arc::clone(&list)));
    for page in 1..=PAGES {
        assert_eq!(list.asked().await, (1..=page).collect::<Vec<_>>());
        list.answer(page);
    }
    assert_eq!(taken.await.unwrap(), PAGES as usize);
}

#[tokio::test]
async fn a_stream_goes_ahead_as_far_as_it_is_taken() {
    let list = Held::new(4);
    let mut pages = Pages::one_by_one(Arc::clone(&list));
    let mut answered = 0;
    for (taken, ahead) in [(1, 0), (2, 0), (3, 1), (4, 3), (5, 3), (6, 3)] {
        let reader = tokio::spawn(async move {
            pages.next().await.unwrap();
            pages
        });
        for page in answered + 1..=*list.asked().await.last().unwrap() {
            list.answer(page);
            answered = page;
        }
        pages = reader.await.unwrap();
        assert_eq!(list.asked().await.last(), Some(&(taken + ahead)), "{taken} taken");
    }
    drop(pages);
    assert_eq!(list.asked().await.last(), Some(&9), "who takes no more asks for no more");
}
