use std::sync::Mutex;

use tokio::sync::oneshot;

use super::*;
use crate::pagination::tests::{Fake, Respond};

/// A list of two items a page, whose responses arrive when the test says so.
#[derive(Default)]
struct Held {
    max_in_flight: usize,
    total: u64,
    requested: Mutex<Vec<u64>>,
    responses: Mutex<Vec<(u64, oneshot::Sender<()>)>>,
}

const PAGES: u64 = 30;

impl Respond for Held {
    fn paging(&self) -> (u32, usize) {
        (2, self.max_in_flight)
    }

    async fn respond(&self, page: u64) -> (Vec<String>, u64) {
        let (response, arrived) = oneshot::channel();
        self.requested.lock().unwrap().push(page);
        self.responses.lock().unwrap().push((page, response));
        arrived.await.unwrap();
        (vec![(2 * page).to_string(), (2 * page + 1).to_string()], self.total)
    }
}

impl Fake<Held> {
    fn new(max_in_flight: usize) -> Arc<Self> {
        Arc::new(Self(Held { max_in_flight, total: 2 * PAGES, ..Held::default() }))
    }

    /// Lets the response with this page arrive.
    fn respond(&self, page: u64) {
        let mut responses = self.0.responses.lock().unwrap();
        let at = responses.iter().position(|(number, _)| *number == page).unwrap();
        responses.remove(at).1.send(()).unwrap();
    }

    /// The pages that are requested when all tasks wait.
    async fn requested(&self) -> Vec<u64> {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        self.0.requested.lock().unwrap().clone()
    }
}

/// Takes pages until there are no more, and counts them.
fn take_all(mut pages: Prefetcher<Fake<Held>>) -> JoinHandle<usize> {
    tokio::spawn(async move {
        let mut taken = 0;
        while pages.next().await.unwrap().is_some() {
            taken += 1;
        }
        taken
    })
}

#[tokio::test]
async fn eager_keeps_the_allowed_number_of_requests_in_flight() {
    let list = Fake::new(4);
    let taken = take_all(Prefetcher::eager(Arc::clone(&list)));
    assert_eq!(list.requested().await, [1], "the total is not known yet");
    list.respond(1);
    assert_eq!(list.requested().await, [1, 2, 3, 4, 5]);
    list.respond(4);
    assert_eq!(list.requested().await.last(), Some(&6), "although page 2 has not arrived");
    list.respond(3);
    list.respond(5);
    list.respond(6);
    assert_eq!(list.requested().await.last(), Some(&8), "pages that wait to be taken are limited");
    for page in [2].into_iter().chain(7..=PAGES) {
        list.respond(page);
        list.requested().await;
    }
    assert_eq!(taken.await.unwrap(), PAGES as usize);
    assert_eq!(list.requested().await, (1..=PAGES).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_in_flight_is_sequential() {
    let list = Fake::new(1);
    let taken = take_all(Prefetcher::eager(Arc::clone(&list)));
    for page in 1..=PAGES {
        assert_eq!(list.requested().await, (1..=page).collect::<Vec<_>>());
        list.respond(page);
    }
    assert_eq!(taken.await.unwrap(), PAGES as usize);
}

#[tokio::test]
async fn requests_in_flight_are_limited_whatever_caller_and_total_say() {
    let held = Held { max_in_flight: usize::MAX, total: u64::MAX, ..Held::default() };
    let list = Arc::new(Fake(held));
    let taken = take_all(Prefetcher::eager(Arc::clone(&list)));
    list.requested().await;
    list.respond(1);
    assert_eq!(list.requested().await.len(), 1 + MAX_IN_FLIGHT);
    for page in 3..=2 + MAX_IN_FLIGHT as u64 {
        list.respond(page);
        list.requested().await;
    }
    assert_eq!(list.requested().await.len(), 2 * MAX_IN_FLIGHT, "page 2 has not arrived");
    taken.abort();
}

#[tokio::test]
async fn on_demand_requests_as_far_ahead_as_pages_were_taken() {
    let list = Fake::new(4);
    let mut pages = Prefetcher::on_demand(Arc::clone(&list));
    let mut arrived = 0;
    for (taken, ahead) in [(1, 0), (2, 0), (3, 1), (4, 3), (5, 3), (6, 3)] {
        let reader = tokio::spawn(async move {
            pages.next().await.unwrap();
            pages
        });
        for page in arrived + 1..=*list.requested().await.last().unwrap() {
            list.respond(page);
            arrived = page;
        }
        pages = reader.await.unwrap();
        assert_eq!(list.requested().await.last(), Some(&(taken + ahead)), "{taken} taken");
    }
    drop(pages);
    assert_eq!(list.requested().await.last(), Some(&9), "nothing more is requested");
}
