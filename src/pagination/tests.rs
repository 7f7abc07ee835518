//! Whole lists and streams, while the list changes between two responses.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;

use futures_util::TryStreamExt;
use proptest::prelude::*;

use super::*;
use crate::model::PageInfo;

/// A list that others change between two responses.
#[derive(Debug)]
struct State {
    per_page: u32,
    max_in_flight: usize,
    items: Vec<u32>,
    next: u32,
    /// What happens after each of the first responses.
    script: VecDeque<Vec<Change>>,
    ever: BTreeSet<u32>,
    deleted: BTreeSet<u32>,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Create(usize),
    Delete(usize),
}

impl State {
    fn change(&mut self, change: Change) {
        match change {
            Change::Create(at) => {
                self.items.insert(at % (self.items.len() + 1), self.next);
                self.ever.insert(self.next);
                self.next += 1;
            }
            Change::Delete(_) if self.items.is_empty() => {}
            Change::Delete(at) => {
                let deleted = self.items.remove(at % self.items.len());
                self.deleted.insert(deleted);
            }
        }
    }

    fn respond(&mut self, page: u64) -> (Vec<String>, u64) {
        let (page, per_page) = (page as usize, self.per_page as usize);
        let items = self.items.iter().skip((page - 1) * per_page).take(per_page);
        let listed = (items.map(u32::to_string).collect(), self.items.len() as u64);
        for change in self.script.pop_front().unwrap_or_default() {
            self.change(change);
        }
        listed
    }
}

/// A list whose responses a test makes.
pub(super) struct Fake<R>(pub(super) R);

pub(super) trait Respond: Send + Sync + 'static {
    /// The size of pages, and how many are requested at once.
    fn paging(&self) -> (u32, usize);

    /// The items of a page, and how many there are in all.
    fn respond(&self, page: u64) -> impl Future<Output = (Vec<String>, u64)> + Send;
}

impl<R: Respond> List for Fake<R> {
    type Item = String;
    const OPERATION: &'static str = "account-user-group-list";
    const NULL_IS_EMPTY: bool = false;

    fn is_filtered(&self) -> bool {
        false
    }

    fn allows(&self, _: &String) -> bool {
        true
    }

    fn id(item: &String) -> Option<&str> {
        Some(item)
    }

    fn paging(&self) -> Paging {
        let (per_page, max_in_flight) = self.0.paging();
        Paging { per_page: Some(per_page), max_in_flight, ..Paging::largest(&PAGE_SIZES) }
    }

    async fn fetch(
        &self,
        page: NonZeroU64,
        _: Option<NonZeroU64>,
        permit: Option<PagePermit>,
    ) -> Result<Listed<String>> {
        let (items, total) = self.0.respond(page.get()).await;
        drop(permit);
        tokio::task::yield_now().await;
        let info = PageInfo {
            page: Some(page.get()),
            per_page: Some(self.0.paging().0.into()),
            total_count: Some(total),
            ..PageInfo::default()
        };
        Ok(Listed { items, is_null: false, info })
    }
}

impl Respond for Mutex<State> {
    fn paging(&self) -> (u32, usize) {
        let state = self.lock().unwrap();
        (state.per_page, state.max_in_flight)
    }

    async fn respond(&self, page: u64) -> (Vec<String>, u64) {
        // Requests that are sent together arrive in another order.
        for _ in 0..7 * page % 5 {
            tokio::task::yield_now().await;
        }
        self.lock().unwrap().respond(page)
    }
}

/// Creations only, or deletions only: both between two responses cannot be seen.
fn changes() -> impl Strategy<Value = Vec<Change>> {
    let some =
        |change: fn(usize) -> Change| prop::collection::vec((0..1000_usize).prop_map(change), 1..3);
    prop_oneof![6 => Just(Vec::new()), 1 => some(Change::Create), 1 => some(Change::Delete)]
}

fn state() -> impl Strategy<Value = State> {
    let script = prop::collection::vec(changes(), 0..20).prop_map(VecDeque::from);
    (1..6_u32, 1..4_usize, 0..20_u32, script).prop_map(
        |(per_page, max_in_flight, length, script)| State {
            per_page,
            max_in_flight,
            items: (0..length).collect(),
            next: length,
            script,
            ever: (0..length).collect(),
            deleted: BTreeSet::new(),
        },
    )
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap().block_on(future)
}

fn run(cases: u32, test: impl Fn(State) -> std::result::Result<(), TestCaseError>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    runner.run(&state(), test).unwrap_or_else(|error| panic!("{error}"));
}

/// Reads the list while it changes.
fn read_all(state: State) -> (Result<Vec<u32>>, State) {
    block_on(async {
        let list = Arc::new(Fake(Mutex::new(state)));
        let result = all(Arc::clone(&list)).await;
        tokio::task::yield_now().await;
        let state = match Arc::try_unwrap(list) {
            Ok(list) => list.0.into_inner().unwrap(),
            Err(_) => panic!("a request is still in flight"),
        };
        (result.map(|items| items.iter().map(|item| item.parse().unwrap()).collect()), state)
    })
}

#[test]
fn all_returns_everything_that_existed_throughout_or_an_error() {
    run(3000, |state| {
        let before: BTreeSet<u32> = state.items.iter().copied().collect();
        let changes = state.script.iter().any(|step| !step.is_empty());
        let (result, state) = read_all(state);
        match result {
            Ok(items) => {
                let received: BTreeSet<u32> = items.iter().copied().collect();
                prop_assert_eq!(received.len(), items.len(), "an item came twice");
                prop_assert!(received.is_subset(&state.ever));
                let throughout: BTreeSet<u32> =
                    before.difference(&state.deleted).copied().collect();
                prop_assert!(
                    received.is_superset(&throughout),
                    "{:?} of {:?}",
                    received,
                    throughout
                );
            }
            Err(error) => {
                prop_assert!(changes, "{}", error);
                prop_assert!(error.is_inconsistent() && error.is_retryable());
            }
        }
        Ok(())
    });
}

#[test]
fn stream_returns_everything_that_existed_throughout_or_ends_with_an_error() {
    run(3000, |state| {
        let before: BTreeSet<u32> = state.items.iter().copied().collect();
        let list = Arc::new(Fake(Mutex::new(state)));
        let (result, items) = block_on(async {
            let mut items = Vec::new();
            let mut stream = stream(Arc::clone(&list), |error| error);
            loop {
                match stream.try_next().await {
                    Ok(Some(item)) => items.push(item.parse::<u32>().unwrap()),
                    Ok(None) => return (Ok(()), items),
                    Err(error) => return (Err(error), items),
                }
            }
        });
        let received: BTreeSet<u32> = items.iter().copied().collect();
        prop_assert_eq!(received.len(), items.len(), "an item came twice");
        let deleted = &list.0.lock().unwrap().deleted;
        match result {
            Ok(()) => prop_assert!(before.difference(deleted).all(|id| received.contains(id))),
            Err(error) => prop_assert!(error.is_inconsistent() && error.is_retryable()),
        }
        Ok(())
    });
}

/// The documented exception: what cannot be seen in the responses.
#[test]
fn deletion_and_creation_between_two_responses_cannot_be_seen() {
    let state = State {
        per_page: 2,
        max_in_flight: 1,
        items: vec![0, 1, 2, 3],
        next: 4,
        script: VecDeque::from([vec![Change::Delete(0), Change::Create(3)]]),
        ever: BTreeSet::from([0, 1, 2, 3]),
        deleted: BTreeSet::new(),
    };
    let (result, _) = read_all(state);
    assert_eq!(result.unwrap(), [0, 1, 3, 4]);
}
