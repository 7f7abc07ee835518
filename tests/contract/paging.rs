//! Lists, page after page, from servers that keep to the facts and from servers that do not.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex};

use cloudflare_user_groups::{Account, Error};
use futures_util::{StreamExt, TryStreamExt};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::operations::group;
use crate::server::{Reply, Request, Server};

/// No list here has so many pages: a walk that gets there would not end.
const ENOUGH: usize = 100;

/// What an answer tells of the list.
#[derive(Clone, Copy, Debug)]
struct Told {
    count: bool,
    page: bool,
    per_page: bool,
    total_count: bool,
    total_pages: bool,
}

/// A list as a server gives it out.
#[derive(Clone, Debug)]
struct Model {
    pages: Vec<Vec<u32>>,
    /// How many results a page holds at most: the lesser of what was asked for and what the server allows.
    size: u32,
    requested: u32,
    filtered: bool,
    /// How many there are, also those that do not match the filter.
    total: u32,
    told: Told,
    trick: Trick,
}

/// How a server misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trick {
    None,
    /// Every page is the first, and called so.
    IgnorePage,
    /// Every page is the first under the number that was asked for.
    IgnorePageSecretly,
    /// Every page holds what the first does, each time in another order.
    Shuffle,
    /// After the end comes the last page again.
    RepeatLast,
    /// Each page begins with the last result of the page before.
    Overlap,
    /// Nothing comes after the first page, whatever was announced.
    Cut,
    /// The page has another number than was asked for.
    WrongNumber,
    /// Pages grow twice as large after the first, so that results lie between.
    Grow,
}

impl Model {
    fn items(&self) -> Vec<u32> {
        self.pages.concat()
    }

    fn page(&self, asked: usize) -> Vec<u32> {
        let first = || self.pages.first().cloned().unwrap_or_default();
        let (all, size) = (self.items(), self.size as usize);
        let from = |start: usize, size: usize| all.iter().skip(start).take(size).copied().collect();
        match self.trick {
            Trick::IgnorePage | Trick::IgnorePageSecretly => first(),
            Trick::Cut if asked > 1 => Vec::new(),
            Trick::RepeatLast if asked > self.pages.len() => {
                self.pages.last().cloned().unwrap_or_default()
            }
            Trick::Shuffle => {
                let mut page = first();
                let middle = asked % page.len().max(1);
                page.rotate_left(middle);
                page
            }
            Trick::Overlap => from((asked - 1) * size.saturating_sub(1), size),
            Trick::Grow if asked > 1 => from((asked - 1) * 2 * size, 2 * size),
            _ => self.pages.get(asked - 1).cloned().unwrap_or_default(),
        }
    }

    fn reply(&self, request: &Request) -> Reply {
        let number = |name| request.parameter(name).and_then(|text| text.parse().ok());
        let asked: usize = number("page").expect("a page is asked for");
        if asked > ENOUGH {
            return Reply::new(404, "asked for pages without end");
        }
        let items = self.page(asked);
        let told_page = match self.trick {
            Trick::IgnorePage => 1,
            Trick::WrongNumber => asked + 1,
            _ => asked,
        };
        let size = if self.trick == Trick::Grow && asked > 1 { 2 * self.size } else { self.size };
        let mut info = Map::new();
        let Told { count, page, per_page, total_count, total_pages } = self.told;
        let unmatched =
            (self.total as usize).saturating_sub(self.items().len()).div_ceil(self.size as usize);
        for (name, told, value) in [
            ("count", count, json!(items.len())),
            ("page", page, json!(told_page)),
            ("per_page", per_page, json!(size)),
            ("total_count", total_count, json!(self.total)),
            ("total_pages", total_pages, json!(self.pages.len() + unmatched)),
        ] {
            if told {
                info.insert(name.to_owned(), value);
            }
        }
        let item = |number: &u32| json!({ "id": id(*number), "name": "n", "created_on": "c", "modified_on": "m" });
        let items: Vec<_> = items.iter().map(item).collect();
        let mut body = json!({ "success": true, "errors": [], "messages": [], "result": items });
        if !info.is_empty() {
            body["result_info"] = Value::Object(info);
        }
        Reply::json(&body)
    }

    /// How many requests the facts make necessary.
    fn necessary(&self) -> usize {
        let (matches, size) = (self.items().len(), self.size as usize);
        let Told { total_count, total_pages, per_page, .. } = self.told;
        let total_tells = match self.filtered {
            true => total_count && matches == self.total as usize,
            false => total_count || total_pages,
        };
        if total_tells {
            self.pages.len().max(1)
        } else if per_page {
            // The end shows in a page that is not full, or else in an empty one.
            matches / size + 1
        } else {
            // The end shows in an empty page only.
            matches.div_ceil(size) + usize::from(matches > 0)
        }
        .max(1)
    }
}

fn id(number: u32) -> String {
    format!("{number:032x}")
}

/// The client, and a server that gives out whatever list is set.
struct World {
    runtime: Runtime,
    server: Server,
    account: Account,
    model: Arc<Mutex<Option<Model>>>,
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let model = Arc::new(Mutex::new(None::<Model>));
        let served = Arc::clone(&model);
        let server = runtime.block_on(Server::start(move |request| {
            let model = served.lock().unwrap().clone();
            model.expect("a test is going on").reply(request)
        }));
        let account = server.account();
        Self { runtime, server, account, model }
    }
}

/// What came of a walk through a list.
struct Walked {
    ids: Vec<String>,
    error: Option<Error>,
    /// Whether anything came after the error.
    went_on: bool,
    requests: Vec<Request>,
}

/// Walks through the list of groups or of members, one page after the other.
fn walk(model: &Model, members: bool) -> Walked {
    static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::new()));
    let world = WORLD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    walk_in(&world, model, members, 1)
}

/// The same with several pages asked for at once. What is given up may reach the server late, so that
/// each walk has one of its own.
fn walk_ahead(model: &Model, members: bool, at_once: usize) -> Walked {
    walk_in(&World::new(), model, members, at_once)
}

fn walk_in(world: &World, model: &Model, members: bool, at_once: usize) -> Walked {
    *world.model.lock().unwrap() = Some(model.clone());
    world.server.take();
    let (ids, error, went_on) = world.runtime.block_on(async {
        let groups = world.account.user_groups();
        let mut stream = if members {
            let list =
                groups.members(group()).list().per_page(model.requested).pages_at_once(at_once);
            let list = if model.filtered { list.email_contains("n") } else { list };
            list.stream().map_ok(|member| member.id.to_string()).boxed()
        } else {
            let list = groups.list().per_page(model.requested).pages_at_once(at_once);
            let list = if model.filtered { list.name_contains("n") } else { list };
            list.stream().map_ok(|group| group.id.to_string()).boxed()
        };
        let mut ids = Vec::new();
        loop {
            match stream.next().await {
                Some(Ok(id)) => ids.push(id),
                Some(Err(error)) => return (ids, Some(error), stream.next().await.is_some()),
                None => return (ids, None, stream.next().await.is_some()),
            }
        }
    });
    Walked { ids, error, went_on, requests: world.server.take() }
}

fn told() -> impl Strategy<Value = Told> {
    any::<[bool; 5]>().prop_map(|[count, page, per_page, total_count, total_pages]| Told {
        count,
        page,
        per_page,
        total_count,
        total_pages,
    })
}

/// The lengths of pages, of which never three in a row are empty and the last never is.
fn uneven(size: u32) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(prop_oneof![1 => Just(0), 3 => 0..=size, 2 => Just(size)], 0..8).prop_map(
        |mut lengths| {
            for index in 2..lengths.len() {
                if lengths[index - 2..=index] == [0, 0, 0] {
                    lengths[index] = 1;
                }
            }
            while lengths.last() == Some(&0) {
                lengths.pop();
            }
            lengths
        },
    )
}

/// The lengths of pages that are full, but for the last.
fn even(size: u32) -> impl Strategy<Value = Vec<u32>> {
    (0..40_u32).prop_map(move |matches| {
        let mut lengths = vec![size; (matches / size) as usize];
        lengths.extend(Some(matches % size).filter(|rest| *rest > 0));
        lengths
    })
}

fn model(trick: impl Strategy<Value = Trick> + Clone) -> impl Strategy<Value = Model> {
    (1..12_u32, 1..12_u32, any::<bool>(), told(), 0..3_u32, trick).prop_flat_map(
        |(cap, requested, filtered, told, unmatched, trick)| {
            let size = cap.min(requested);
            // Only where more is announced may a page in the middle be short.
            let announced = (told.total_count || told.total_pages) && !filtered;
            let lengths = if announced && trick == Trick::None {
                uneven(size).boxed()
            } else {
                even(size).boxed()
            };
            lengths.prop_map(move |lengths| {
                let mut next = 0..;
                let page = |length| next.by_ref().take(length as usize).collect();
                let pages: Vec<Vec<u32>> = lengths.into_iter().map(page).collect();
                let matches = u32::try_from(pages.concat().len()).expect("few");
                let total = matches + if filtered { unmatched } else { 0 };
                Model { pages, size, requested, filtered, total, told, trick }
            })
        },
    )
}

fn run<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(strategy, test).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn everything_comes_in_order_with_as_few_requests_as_the_facts_allow() {
    run(&(model(Just(Trick::None)), any::<bool>()), |(model, members)| {
        let Walked { ids, error, went_on, requests } = walk(&model, members);
        prop_assert!(error.is_none(), "{error:?}");
        prop_assert!(!went_on);
        let expected: Vec<_> = model.items().into_iter().map(id).collect();
        prop_assert_eq!(ids, expected);
        let asked: Vec<_> = requests
            .iter()
            .map(|request| (request.parameter("page"), request.parameter("per_page")))
            .collect();
        let size = Some(model.requested.to_string());
        let necessary: Vec<_> =
            (1..=model.necessary()).map(|page| (Some(page.to_string()), size.clone())).collect();
        prop_assert_eq!(asked, necessary);
        Ok(())
    });
}

/// Asking ahead changes when pages are asked for, and nothing of what comes of it.
#[test]
fn several_pages_at_once_come_to_the_same() {
    let tricks = prop::sample::select(vec![
        Trick::None,
        Trick::IgnorePage,
        Trick::Shuffle,
        Trick::Overlap,
        Trick::Cut,
        Trick::WrongNumber,
        Trick::Grow,
    ]);
    run(&(model(tricks), any::<bool>(), 2_usize..10), |(model, members, at_once)| {
        let (one, many) = (walk(&model, members), walk_ahead(&model, members, at_once));
        prop_assert_eq!(&many.ids, &one.ids);
        let said = |walked: &Walked| walked.error.as_ref().map(ToString::to_string);
        prop_assert_eq!(said(&many), said(&one));
        if one.error.is_none() {
            let pages = |walked: &Walked| {
                let pages = walked.requests.iter().map(|request| request.parameter("page"));
                pages.collect::<BTreeSet<_>>()
            };
            prop_assert_eq!(pages(&many), pages(&one));
            prop_assert_eq!(many.requests.len(), one.requests.len());
        }
        Ok(())
    });
}

/// Pages are asked for as they are taken.
#[tokio::test]
async fn a_stream_asks_for_no_more_than_it_is_likely_to_need() {
    let server = Server::start(|request| {
        let page: usize = request.parameter("page").unwrap().parse().unwrap();
        let ids: Vec<_> =
            (2 * page - 1..=2 * page).map(|it| json!({ "id": id(it as u32) })).collect();
        Reply::json(&json!({
            "success": true,
            "result": ids,
            "result_info": { "page": page, "per_page": 2, "total_count": 40 },
        }))
    })
    .await;
    let list = || server.account().user_groups().members(group()).list().per_page(2);
    let mut stream = list().stream();
    stream.next().await.unwrap().unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!(server.take().len(), 1, "page 1 was taken, and nobody has asked for more");
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert!(server.take().len() <= 2, "as many ahead as were taken, and no more");
    assert_eq!(list().all().await.unwrap().len(), 40);
    assert_eq!(server.take().len(), 20);
}

/// Whether something in the answers gives the trick away.
fn can_be_noticed(model: &Model) -> bool {
    let announced = model.told.total_count && !model.filtered;
    match model.trick {
        Trick::Overlap | Trick::Cut => announced,
        Trick::Grow => model.told.per_page || announced,
        _ => true,
    }
}

#[test]
fn whatever_a_server_does_the_list_is_whole_or_an_error_and_the_walk_ends() {
    let tricks = prop::sample::select(vec![
        Trick::IgnorePage,
        Trick::IgnorePageSecretly,
        Trick::Shuffle,
        Trick::RepeatLast,
        Trick::Overlap,
        Trick::Cut,
        Trick::WrongNumber,
        Trick::Grow,
    ]);
    let strategy = model(tricks).prop_filter("nothing gives it away", can_be_noticed);
    run(&(strategy, any::<bool>()), |(model, members)| {
        let Walked { ids, error, went_on, requests } = walk(&model, members);
        prop_assert!(!went_on, "the stream goes on after its end");
        let bound = model.pages.len() + 5;
        prop_assert!(requests.len() <= bound, "{} requests", requests.len());
        let given: BTreeSet<_> = ids.iter().cloned().collect();
        let whole: BTreeSet<_> = model.items().into_iter().map(id).collect();
        match error {
            None => prop_assert_eq!(given, whole),
            Some(error) => {
                prop_assert_eq!(error.attempts() as usize, requests.len(), "{}", error);
                let list = if members {
                    "account-user-group-member-list"
                } else {
                    "account-user-group-list"
                };
                prop_assert_eq!(error.operation(), Some(list));
                prop_assert!(!error.is_retryable() && !error.outcome_unknown());
                prop_assert!(error.to_string().contains("for the whole"), "{}", error);
            }
        }
        Ok(())
    });
}

fn list(pages: &[&[u32]], total: u32, trick: Trick) -> Model {
    let pages: Vec<Vec<u32>> = pages.iter().map(|page| page.to_vec()).collect();
    let told =
        Told { count: false, page: true, per_page: true, total_count: true, total_pages: false };
    Model { pages, size: 2, requested: 2, filtered: false, total, told, trick }
}

fn says(model: &Model, expected: &str, requests: usize) {
    let walked = walk(model, true);
    let error = walked.error.unwrap_or_else(|| panic!("{model:?} gave {:?}", walked.ids));
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(walked.requests.len(), requests, "{error}");
    assert_eq!(error.attempts() as usize, requests, "{error}");
}

#[test]
fn an_error_says_what_does_not_add_up() {
    let three: &[&[u32]] = &[&[1, 2], &[3, 4], &[5]];
    says(
        &list(three, 5, Trick::IgnorePage),
        "page 2 of the list was asked for, and page 1 was answered",
        2,
    );
    says(
        &list(three, 5, Trick::IgnorePageSecretly),
        "page 2 of the list repeats what came before",
        2,
    );
    says(&list(three, 5, Trick::Shuffle), "page 2 of the list repeats", 2);
    says(
        &list(three, 5, Trick::WrongNumber),
        "page 1 of the list was asked for, and page 2 was",
        1,
    );
    says(
        &list(three, 5, Trick::Overlap),
        "2 results of the list came again and 1 of 5 did not come",
        3,
    );
    says(&list(three, 5, Trick::Grow), "in pages of 4 results, and not of 2", 2);
    says(&list(three, 5, Trick::Cut), "more of the list is announced than the 2 results", 4);
    says(&list(&[&[1, 2], &[3, 4]], 9, Trick::RepeatLast), "page 3 of the list repeats", 3);
}

/// The totals count as far as they can be true.
#[test]
fn a_total_that_is_less_than_what_came_says_nothing_of_the_end() {
    let model = list(&[&[1, 2], &[3, 4], &[5]], 1, Trick::None);
    let walked = walk(&model, false);
    assert!(walked.error.is_none());
    assert_eq!(walked.ids, [1, 2, 3, 4, 5].map(id));
    assert_eq!(walked.requests.len(), 3);
}

#[test]
fn an_empty_list_takes_one_request() {
    for told in [true, false] {
        let mut model = list(&[], 0, Trick::None);
        model.told =
            Told { count: told, page: told, per_page: told, total_count: told, total_pages: told };
        let walked = walk(&model, true);
        assert!(walked.error.is_none() && walked.ids.is_empty());
        assert_eq!(walked.requests.len(), 1);
    }
}

/// What was taken before an error stays taken, and `all` gives none of it.
#[tokio::test]
async fn a_refusal_in_the_middle_ends_the_list_with_an_error() {
    let model = list(&[&[1, 2], &[3, 4]], 4, Trick::None);
    let server = Server::start(move |request| match request.parameter("page").as_deref() {
        Some("1") => model.reply(request),
        _ => Reply::new(503, "<html>"),
    })
    .await;
    let members = server.account().user_groups().members(group());
    let mut stream = members.list().per_page(2).stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().id.as_str(), id(1));
    assert_eq!(server.take().len(), 1, "the second page is not asked for before it is needed");
    assert_eq!(stream.try_next().await.unwrap().unwrap().id.as_str(), id(2));
    let error = stream.try_next().await.expect_err("refused");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
    assert!(stream.try_next().await.expect("it has ended").is_none());
    assert_eq!(server.take().len(), 1);
    members.list().per_page(2).all().await.expect_err("no part is given as the whole");
}
