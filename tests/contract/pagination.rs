//! Pagination with servers that behave as documented, and with servers that do not.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cloudflare_user_groups::{
    AccountMemberStatus, Error, PermissionGroupId, ResourceGroupId, UserGroupId,
};
use futures_util::{StreamExt, TryStreamExt};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::operations::{group, shown};
use crate::server::{ACCOUNT, Reply, Request, Server};

/// No list here has as many pages: a reading that requests it would not end.
const ENOUGH: usize = 100;
const MEMBERS: &str = "account-user-group-member-list";

/// What a response reports about the list.
#[derive(Clone, Copy, Debug)]
struct Reported {
    count: bool,
    page: bool,
    per_page: bool,
    total_count: bool,
    total_pages: bool,
}

/// A list as a server returns it.
#[derive(Clone, Debug)]
struct Model {
    pages: Vec<Vec<u32>>,
    /// The maximum number of items on a page: the lesser of what was requested and the server
    /// allows.
    size: u32,
    requested: u32,
    filtered: bool,
    /// The number of items, including those that do not match the filter.
    total: u32,
    reported: Reported,
    trick: Trick,
}

/// What is wrong with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trick {
    None,
    /// Every page is the first, and has its number.
    IgnorePage,
    /// Every page is the first with the requested number.
    IgnorePageSecretly,
    /// Every page holds what the first does, each time in another order.
    Shuffle,
    /// After the end comes the last page again.
    RepeatLast,
    /// Each page begins with the last result of the page before.
    Overlap,
    /// Nothing comes after the first page, whatever was announced.
    Cut,
    /// The page has another number than was requested.
    WrongNumber,
    /// Pages grow twice as large after the first, so that results lie between.
    Grow,
}

impl Model {
    fn items(&self) -> Vec<u32> {
        self.pages.concat()
    }

    fn page(&self, number: usize) -> Vec<u32> {
        let first = || self.pages.first().cloned().unwrap_or_default();
        let (all, size) = (self.items(), self.size as usize);
        let from = |start: usize, size: usize| all.iter().skip(start).take(size).copied().collect();
        match self.trick {
            Trick::IgnorePage | Trick::IgnorePageSecretly => first(),
            Trick::Cut if number > 1 => Vec::new(),
            Trick::RepeatLast if number > self.pages.len() => {
                self.pages.last().cloned().unwrap_or_default()
            }
            Trick::Shuffle => {
                let mut page = first();
                let middle = number % page.len().max(1);
                page.rotate_left(middle);
                page
            }
            Trick::Overlap => from((number - 1) * size.saturating_sub(1), size),
            Trick::Grow if number > 1 => from((number - 1) * 2 * size, 2 * size),
            _ => self.pages.get(number - 1).cloned().unwrap_or_default(),
        }
    }

    fn reply(&self, request: &Request) -> Reply {
        let parameter = |name| request.parameter(name).and_then(|text| text.parse().ok());
        let number: usize = parameter("page").expect("a page is requested");
        if number > ENOUGH {
            return Reply::new(404, "endless pagination");
        }
        let items = self.page(number);
        let reported_page = match self.trick {
            Trick::IgnorePage => 1,
            Trick::WrongNumber => number + 1,
            _ => number,
        };
        let size = if self.trick == Trick::Grow && number > 1 { 2 * self.size } else { self.size };
        let mut info = Map::new();
        let Reported { count, page, per_page, total_count, total_pages } = self.reported;
        let unmatched =
            (self.total as usize).saturating_sub(self.items().len()).div_ceil(self.size as usize);
        for (name, reported, value) in [
            ("count", count, json!(items.len())),
            ("page", page, json!(reported_page)),
            ("per_page", per_page, json!(size)),
            ("total_count", total_count, json!(self.total)),
            ("total_pages", total_pages, json!(self.pages.len() + unmatched)),
        ] {
            if reported {
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

    /// How many requests are necessary with what is reported.
    fn necessary(&self) -> usize {
        let (matches, size) = (self.items().len(), self.size as usize);
        let Reported { total_count, total_pages, per_page, .. } = self.reported;
        let total_ends_it = match self.filtered {
            true => total_count && matches == self.total as usize,
            false => total_count || total_pages,
        };
        if total_ends_it {
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

/// What a stream returned.
struct Reading {
    ids: Vec<String>,
    error: Option<Error>,
    /// Whether the stream returned anything after its end.
    continues: bool,
    requests: Vec<Request>,
}

/// Streams the list of groups or of members.
fn read(model: &Model, members: bool, in_flight: usize) -> Reading {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let served = model.clone();
        let server = Server::start(move |request| served.reply(request)).await;
        let groups = server.account().user_groups();
        let mut stream = if members {
            let list =
                groups.members(group()).list().per_page(model.requested).max_in_flight(in_flight);
            let list = if model.filtered { list.email_contains("n") } else { list };
            list.stream().map_ok(|member| member.id.to_string()).boxed()
        } else {
            let list = groups.list().per_page(model.requested).max_in_flight(in_flight);
            let list = if model.filtered { list.name_contains("n") } else { list };
            list.stream().map_ok(|group| group.id.to_string()).boxed()
        };
        let (mut ids, mut error) = (Vec::new(), None);
        while let Some(next) = stream.next().await {
            match next {
                Ok(id) => ids.push(id),
                Err(failed) => {
                    error = Some(failed);
                    break;
                }
            }
        }
        let continues = stream.next().await.is_some();
        Reading { ids, error, continues, requests: server.take() }
    })
}

fn reported([count, page, per_page, total_count, total_pages]: [bool; 5]) -> Reported {
    Reported { count, page, per_page, total_count, total_pages }
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
    (1..12_u32, 1..12_u32, any::<bool>(), any::<[bool; 5]>(), 0..3_u32, trick).prop_flat_map(
        |(cap, requested, filtered, reported, unmatched, trick)| {
            let (size, reported) = (cap.min(requested), self::reported(reported));
            // A page in the middle may be short only if more is announced.
            let announced = (reported.total_count || reported.total_pages) && !filtered;
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
                Model { pages, size, requested, filtered, total, reported, trick }
            })
        },
    )
}

fn run<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(strategy, test).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn list_is_read_in_order_with_as_few_requests_as_possible() {
    run(&(model(Just(Trick::None)), any::<bool>()), |(model, members)| {
        let Reading { ids, error, continues, requests } = read(&model, members, 1);
        prop_assert!(error.is_none(), "{error:?}");
        prop_assert!(!continues);
        let expected: Vec<_> = model.items().into_iter().map(id).collect();
        prop_assert_eq!(ids, expected);
        let requested: Vec<_> = requests
            .iter()
            .map(|request| (request.parameter("page"), request.parameter("per_page")))
            .collect();
        let size = Some(model.requested.to_string());
        let necessary: Vec<_> =
            (1..=model.necessary()).map(|page| (Some(page.to_string()), size.clone())).collect();
        prop_assert_eq!(requested, necessary);
        Ok(())
    });
}

#[test]
fn prefetching_does_not_change_the_result() {
    let tricks = prop::sample::select(vec![
        Trick::None,
        Trick::IgnorePage,
        Trick::Shuffle,
        Trick::Overlap,
        Trick::Cut,
        Trick::WrongNumber,
        Trick::Grow,
    ]);
    run(&(model(tricks), any::<bool>(), 2_usize..10), |(model, members, in_flight)| {
        let (one, many) = (read(&model, members, 1), read(&model, members, in_flight));
        prop_assert_eq!(&many.ids, &one.ids);
        // Pages that were requested in advance are attempts too.
        let said = |reading: &Reading| {
            let text = reading.error.as_ref()?.to_string();
            text.rsplit_once(" (").map(|(before, _attempts)| before.to_owned())
        };
        prop_assert_eq!(said(&many), said(&one));
        if one.error.is_none() {
            let pages = |reading: &Reading| {
                let pages = reading.requests.iter().map(|request| request.parameter("page"));
                pages.collect::<BTreeSet<_>>()
            };
            prop_assert_eq!(pages(&many), pages(&one));
            prop_assert_eq!(many.requests.len(), one.requests.len());
        }
        Ok(())
    });
}

#[tokio::test]
async fn stream_requests_pages_as_they_are_taken() {
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
    assert_eq!(server.take().len(), 1, "only page 1 was taken");
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert!(server.take().len() <= 2, "at most as many in advance as were taken");
    assert_eq!(list().all().await.unwrap().len(), 40);
    assert_eq!(server.take().len(), 20);
}

/// Whether something in the responses shows what the server does.
fn can_be_noticed(model: &Model) -> bool {
    let Reported { count, page, per_page, total_count, total_pages } = model.reported;
    let informed = count || page || per_page || total_count || total_pages;
    let announced = total_count && !model.filtered;
    match model.trick {
        // Without any report, a page that is not full and comes again is the whole list.
        Trick::IgnorePage | Trick::IgnorePageSecretly | Trick::Shuffle => {
            informed || model.size == model.requested
        }
        Trick::Overlap | Trick::Cut => announced,
        Trick::Grow => per_page || announced,
        _ => true,
    }
}

#[test]
fn list_is_whole_or_an_error_whatever_the_server_does() {
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
    let strategy = model(tricks).prop_filter("nothing shows it", can_be_noticed);
    run(&(strategy, any::<bool>()), |(model, members)| {
        let Reading { ids, error, continues, requests } = read(&model, members, 1);
        prop_assert!(!continues, "the stream continues after its end");
        let bound = model.pages.len() + 5;
        prop_assert!(requests.len() <= bound, "{} requests", requests.len());
        let given: BTreeSet<_> = ids.iter().cloned().collect();
        let whole: BTreeSet<_> = model.items().into_iter().map(id).collect();
        match error {
            None => prop_assert_eq!(given, whole),
            Some(error) => {
                prop_assert_eq!(error.attempts() as usize, requests.len(), "{}", error);
                let list = if members { MEMBERS } else { "account-user-group-list" };
                prop_assert_eq!(error.operation(), Some(list));
                prop_assert!(!error.outcome_unknown());
                // The number of another page is no change of the list.
                let changed = error.to_string().contains("for the whole");
                prop_assert_eq!(error.is_retryable(), changed, "{}", error);
                prop_assert_eq!(changed, !error.to_string().contains("was requested and page"));
            }
        }
        Ok(())
    });
}

fn list(pages: &[&[u32]], total: u32, trick: Trick) -> Model {
    let pages: Vec<Vec<u32>> = pages.iter().map(|page| page.to_vec()).collect();
    let reported = reported([false, true, true, true, false]);
    Model { pages, size: 2, requested: 2, filtered: false, total, reported, trick }
}

#[test]
fn error_names_the_inconsistency() {
    let three: &[&[u32]] = &[&[1, 2], &[3, 4], &[5]];
    let two: &[&[u32]] = &[&[1, 2], &[3, 4]];
    for (trick, pages, total, expected, requests) in [
        (Trick::IgnorePage, three, 5, "page 2 of the list was requested and page 1 returned", 2),
        (
            Trick::IgnorePageSecretly,
            three,
            5,
            "page 2 of the list contains only items of the pages before it",
            2,
        ),
        (Trick::Shuffle, three, 5, "page 2 of the list contains only items", 2),
        (Trick::WrongNumber, three, 5, "page 1 of the list was requested and page 2 returned", 1),
        (Trick::Overlap, three, 5, "2 items of the list came again and 1 of 5 did not come", 3),
        (
            Trick::Grow,
            three,
            5,
            "counts in pages of 4 items and the page before it in pages of 2",
            2,
        ),
        (Trick::Cut, three, 5, "the list ended after 2 items, and more are announced", 4),
        (Trick::RepeatLast, two, 9, "page 3 of the list contains only items", 3),
    ] {
        let reading = read(&list(pages, total, trick), true, 1);
        let error = reading.error.unwrap_or_else(|| panic!("{trick:?}: {:?}", reading.ids));
        assert!(error.to_string().contains(expected), "{trick:?}: {error}");
        assert_eq!(reading.requests.len(), requests, "{trick:?}: {error}");
        assert_eq!(error.attempts() as usize, requests, "{trick:?}: {error}");
    }
}

#[test]
fn total_below_the_items_received_is_ignored() {
    let model = list(&[&[1, 2], &[3, 4], &[5]], 1, Trick::None);
    let reading = read(&model, false, 1);
    assert!(reading.error.is_none());
    assert_eq!(reading.ids, [1, 2, 3, 4, 5].map(id));
    assert_eq!(reading.requests.len(), 3);
}

#[tokio::test]
async fn failed_page_ends_the_list_with_an_error() {
    let model = list(&[&[1, 2], &[3, 4]], 4, Trick::None);
    let server = Server::start(move |request| match request.parameter("page").as_deref() {
        Some("1") => model.reply(request),
        _ => Reply::new(503, "<html>"),
    })
    .await;
    let members = server.account().user_groups().members(group());
    let mut stream = members.list().per_page(2).stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().id.as_str(), id(1));
    assert_eq!(server.take().len(), 1, "the second page is not requested before it is needed");
    assert_eq!(stream.try_next().await.unwrap().unwrap().id.as_str(), id(2));
    let error = stream.try_next().await.expect_err("refused");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
    assert_eq!((error.attempts(), error.operation()), (2, Some(MEMBERS)), "of the whole stream");
    assert!(stream.try_next().await.expect("it has ended").is_none());
    assert_eq!(server.take().len(), 1);
    members
        .list()
        .per_page(2)
        .all()
        .await
        .expect_err("part of a list is not returned as the whole");
    let error = members.list().per_page(0).stream().try_next().await.expect_err("no page has 0");
    assert_eq!((error.attempts(), error.operation()), (0, Some(MEMBERS)));
}

/// A page of a list in which a page holds `size` items.
fn page_of(ids: &[u32], size: usize, request: &Request) -> Value {
    let number = request.parameter("page").map_or(1, |page| page.parse().unwrap());
    let items = ids.iter().skip((number - 1) * size).take(size);
    let items: Vec<_> = items.map(|number| json!({ "id": id(*number), "name": "n" })).collect();
    json!({
        "success": true,
        "result": items,
        "result_info": { "page": number, "per_page": size, "total_count": ids.len() },
    })
}

/// A server whose list has another version for each request, the last one for all that follow.
async fn versions(versions: &'static [&'static [u32]], edit: fn(&mut Value)) -> Server {
    let requests = AtomicUsize::new(0);
    Server::start(move |request| {
        let version = requests.fetch_add(1, Ordering::Relaxed).min(versions.len() - 1);
        let mut body = page_of(versions[version], 3, request);
        edit(&mut body);
        Reply::json(&body)
    })
    .await
}

async fn all_groups(server: &Server) -> Result<Vec<String>, Error> {
    let groups = server.account().user_groups().list().per_page(3).all().await?;
    Ok(groups.into_iter().map(|group| group.id.to_string()).collect())
}

fn pages(server: &Server) -> Vec<Option<String>> {
    server.take().iter().map(|request| request.parameter("page")).collect()
}

fn ids<const N: usize>(numbers: [u32; N]) -> Vec<String> {
    numbers.map(id).to_vec()
}

#[tokio::test]
async fn list_that_changes_between_two_pages_is_read_again() {
    let server = versions(&[&[1, 2, 3, 4, 5, 6], &[2, 3, 4, 5, 6]], |_| ()).await;
    assert_eq!(all_groups(&server).await.unwrap(), ids([2, 3, 4, 5, 6]));
    assert_eq!(pages(&server), ["1", "2", "1", "2"].map(|page| Some(page.to_owned())));
}

#[tokio::test]
async fn list_that_changes_in_every_reading_is_a_retryable_error() {
    let server = versions(
        &[&[1, 2, 3, 4], &[2, 3, 4], &[2, 3, 4, 5], &[3, 4, 5], &[3, 4, 5, 6], &[4, 5, 6]],
        |_| (),
    )
    .await;
    let error = all_groups(&server).await.expect_err("it changes");
    assert!(error.is_retryable() && !error.outcome_unknown());
    assert!(error.to_string().contains("its total was 4 and is 3 on page 2"), "{error}");
    assert_eq!(error.attempts(), 6);
    assert_eq!(server.take().len(), 6, "three readings of two pages");
}

#[tokio::test]
async fn stream_of_a_list_that_changes_ends_with_a_retryable_error() {
    let server = versions(&[&[1, 2, 3, 4, 5, 6], &[2, 3, 4, 5, 6]], |_| ()).await;
    let mut stream = server.account().user_groups().list().per_page(3).stream();
    for number in [1, 2, 3] {
        assert_eq!(stream.try_next().await.unwrap().unwrap().id.as_str(), id(number));
    }
    assert!(stream.try_next().await.expect_err("it changed").is_retryable());
    assert!(stream.try_next().await.expect("it has ended").is_none());
}

#[tokio::test]
async fn filtered_list_contains_nothing_twice() {
    // Without a total nothing but the repeat shows the creation.
    let without_total =
        |body: &mut Value| drop(body["result_info"].as_object_mut().unwrap().remove("total_count"));
    let before: &[u32] = &[2, 3, 4, 5, 6];
    let after: &[u32] = &[1, 2, 3, 4, 5, 6];
    let list: &'static [&'static [u32]] = Box::leak(Box::new([before, after]));

    let server = versions(list, without_total).await;
    let filtered = || server.account().user_groups().list().name_contains("n").per_page(3);
    let all = filtered().all().await.unwrap();
    assert!(all.iter().map(|group| group.id.as_str()).eq(ids([1, 2, 3, 4, 5, 6])));

    let server = versions(list, without_total).await;
    let filtered = server.account().user_groups().list().name_contains("n").per_page(3);
    let streamed: Vec<_> = filtered.stream().try_collect().await.unwrap();
    assert!(streamed.iter().map(|group| group.id.as_str()).eq(ids([2, 3, 4, 5, 6])));
}

#[tokio::test]
async fn total_that_is_too_high_is_overruled_by_two_readings_that_agree() {
    let too_high = |body: &mut Value| body["result_info"]["total_count"] = json!(6);
    let server = versions(&[&[1, 2, 3, 4, 5]], too_high).await;
    assert_eq!(all_groups(&server).await.unwrap(), ids([1, 2, 3, 4, 5]));
    assert_eq!(server.take().len(), 10, "two readings, with three empty pages each");

    let server = versions(&[&[1, 2, 3]], too_high).await;
    let error = all_groups(&server).await.expect_err("page 2 is announced and empty");
    assert!(error.is_retryable(), "{error}");
    let server = versions(&[&[]], too_high).await;
    let error = all_groups(&server).await.expect_err("two pages are announced and empty");
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn page_with_the_number_of_another_page_is_an_error() {
    let server = versions(&[&[1, 2, 3, 4]], |body| body["result_info"]["page"] = json!(1)).await;
    let list = server.account().user_groups().list().per_page(3);
    assert_eq!(list.clone().page(1).await.unwrap().items.len(), 3);
    let error = list.page(7).await.expect_err("page 1 was returned");
    assert!(error.to_string().contains("page 7 of the list was requested and page 1 returned"));
    assert_eq!(error.operation(), Some("account-user-group-list"));
    assert_eq!((error.attempts(), error.is_retryable()), (1, false));
}

/// A server that returns these bodies one after the other, and then the last one.
async fn bodies(bodies: Vec<Value>) -> Server {
    let requests = AtomicUsize::new(0);
    Server::start(move |_| {
        let index = requests.fetch_add(1, Ordering::Relaxed).min(bodies.len() - 1);
        Reply::json(&bodies[index])
    })
    .await
}

#[tokio::test]
async fn null_list_counts_as_empty_only_if_a_second_read_agrees() {
    let null = || json!({ "success": true, "result": null });
    let one = json!({
        "success": true,
        "result": [{ "id": id(1), "name": "n" }],
        "result_info": { "total_count": 1 },
    });
    let server = bodies(vec![null(), one.clone()]).await;
    assert_eq!(all_groups(&server).await.unwrap(), ids([1]));
    assert_eq!(server.take().len(), 2);

    let server = bodies(vec![null(), one]).await;
    let page = server.account().user_groups().list().page(1).await.unwrap();
    assert_eq!(page.items.len(), 1);

    let server = bodies(vec![null()]).await;
    assert_eq!(all_groups(&server).await.unwrap(), ids([]));
    assert_eq!(server.take().len(), 2);
    assert!(server.account().list_permission_groups().all().await.unwrap().is_empty());
    assert_eq!(server.take().len(), 2);
    // O6: that of members needs no second one.
    let members = server.account().user_groups().members(group());
    assert!(members.list().all().await.unwrap().is_empty());
    assert_eq!(server.take().len(), 1);

    let known = json!({ "success": true, "result": null, "result_info": { "total_count": 0 } });
    let server = bodies(vec![known]).await;
    assert_eq!(all_groups(&server).await.unwrap(), ids([]));
    assert_eq!(server.take().len(), 1, "the total says so");
}

#[tokio::test]
async fn filters_hold_if_the_server_ignores_them() {
    let server = Server::start(|request| {
        let item = |number: u32, name: &str, status: &str, account: &str| {
            json!({ "id": id(number), "name": name, "status": status, "account": { "id": account } })
        };
        let other = |number| item(number, "Administrators", "accepted", &id(7));
        let mut body = page_of(&[], 2, request);
        body["result"] = json!([other(1), item(2, "SRE", "pending", ACCOUNT), other(3)]);
        body["result_info"]["total_count"] = json!(3);
        Reply::json(&body)
    })
    .await;
    let account = server.account();
    let (groups, zones) = (account.user_groups().list(), account.list_zones());
    let (permissions, resources) =
        (account.list_permission_groups(), account.list_resource_groups());
    let members = account.list_members().status(AccountMemberStatus::Pending);
    for (index, items) in [
        shown(Box::pin(groups.clone().name("SRE").page(1))),
        shown(Box::pin(groups.clone().name("SRE").all())),
        shown(Box::pin(groups.clone().name("SRE").stream().try_collect::<Vec<_>>())),
        shown(Box::pin(groups.id(UserGroupId::new(id(2)).unwrap()).all())),
        shown(Box::pin(permissions.clone().name("SRE").all())),
        shown(Box::pin(permissions.id(PermissionGroupId::new(id(2)).unwrap()).all())),
        shown(Box::pin(resources.clone().name("SRE").all())),
        shown(Box::pin(resources.id(ResourceGroupId::new(id(2)).unwrap()).all())),
        shown(Box::pin(members.all())),
        shown(Box::pin(zones.all())),
    ]
    .into_iter()
    .enumerate()
    {
        let items = items.await.unwrap();
        assert_eq!([1, 2, 3].map(|it| items.contains(&id(it))), [false, true, false], "{index}");
    }
}

/// O20, and a server that ignores `page` and `per_page`.
#[tokio::test]
async fn list_without_result_info_ends_where_a_page_comes_again() {
    let listed = |count| {
        let items: Vec<_> = (0..count).map(|number| json!({ "id": id(number) })).collect();
        json!({ "success": true, "result": items })
    };
    for (count, filtered) in [(70, false), (3, false), (1, true)] {
        let server = bodies(vec![listed(count)]).await;
        let list = server.account().list_permission_groups();
        let list = if filtered { list.name("n") } else { list };
        assert_eq!(list.all().await.unwrap().len(), count as usize);
        assert_eq!(server.take().len(), 2);
    }
    // A full page can have been cut off.
    let server = bodies(vec![listed(50)]).await;
    let error = server.account().list_permission_groups().all().await.expect_err("50 of how many?");
    assert!(error.to_string().contains("as if the server ignored the page number"), "{error}");
}

#[tokio::test]
async fn resource_groups_are_paged_if_the_server_pages_them() {
    let server = Server::start(|request| {
        let all: Vec<u32> = (0..45).collect();
        Reply::json(&page_of(&all, 20, request))
    })
    .await;
    assert_eq!(server.account().list_resource_groups().all().await.unwrap().len(), 45);
    let queries: Vec<_> = server.take().into_iter().map(|request| request.query).collect();
    assert_eq!(queries, ["", "page=2", "page=3"]);

    let whole = json!({ "success": true, "result": [{ "id": id(1) }, { "id": id(2) }] });
    let server = bodies(vec![whole]).await;
    assert_eq!(server.account().list_resource_groups().all().await.unwrap().len(), 2);
    assert_eq!(server.take().len(), 1, "without any report the list is whole, as published");
}

#[tokio::test(flavor = "multi_thread")]
async fn timeout_of_a_list_is_for_all_its_pages() {
    let server = Server::start(|request| {
        std::thread::sleep(Duration::from_millis(250));
        let all: Vec<u32> = (0..30).collect();
        Reply::json(&page_of(&all, 3, request))
    })
    .await;
    let list = server.account().user_groups().list().per_page(3).max_in_flight(1);
    let error = list.timeout(Duration::from_secs(1)).all().await.expect_err("ten pages take 2.5 s");
    assert!(error.is_timeout(), "{error}");
}
