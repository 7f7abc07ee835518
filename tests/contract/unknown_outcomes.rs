//! Requests whose response is lost, late, or says something else than what was sent.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use cloudflare_user_groups::{
    Client, Error, MemberId, PermissionGroupId, Policy, RateLimit, ResourceGroupId, RetryPolicy,
    UserGroups,
};
use futures_util::TryFutureExt;
use serde_json::{Value, json};

use crate::operations::{MEMBER, group};
use crate::server::{self, Reply, Request, Server, TOKEN};

const HOUR: Duration = Duration::from_secs(3600);

/// A small account behind a server that may be late, forgetful or wrong. Its clock is an hour ahead.
#[derive(Default)]
struct World {
    /// Each group, and when lists begin to show it.
    groups: Vec<(Value, Instant)>,
    posts: usize,
    lag: Duration,
    names_are_unique: bool,
}

fn server_time() -> SystemTime {
    SystemTime::now() + HOUR
}

fn moment(time: SystemTime) -> String {
    let text = httpdate::fmt_http_date(time);
    // The form of RFC 3339, with the fraction that a `Date` does not have.
    let (date, clock) = text["Sun, ".len()..].rsplit_once(' ').unwrap().0.rsplit_once(' ').unwrap();
    let parts: Vec<&str> = date.split(' ').collect();
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = MONTHS.find(parts[1]).unwrap() / 3 + 1;
    let fraction = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_micros();
    format!("{}-{month:02}-{}T{clock}.{fraction:06}Z", parts[2], parts[0])
}

impl World {
    fn shared(lag: Duration) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { lag, names_are_unique: true, ..Self::default() }))
    }

    fn insert(&mut self, name: &str, policies: &Value, created: SystemTime) -> Value {
        let id = format!("{:032x}", self.groups.len() + 1);
        let created = moment(created);
        let group = json!({
            "id": id, "name": name, "created_on": created, "modified_on": created,
            "policies": policies,
        });
        self.groups.push((group.clone(), Instant::now() + self.lag));
        group
    }

    /// Applies a creation and returns the response that the API would send.
    fn create(&mut self, request: &Request) -> Reply {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let name = body["name"].as_str().unwrap().to_owned();
        self.posts += 1;
        if self.names_are_unique && self.groups.iter().any(|(group, _)| group["name"] == *name) {
            return refused(400, "User group name already in use");
        }
        let policies = body.get("policies").cloned().unwrap_or(json!([]));
        success(&self.insert(&name, &policies, server_time()))
    }

    /// Everything that lists show now, whatever they are filtered by.
    fn list(&self) -> Reply {
        let shown: Vec<&Value> = self
            .groups
            .iter()
            .filter(|(_, from)| *from <= Instant::now())
            .map(|(group, _)| group)
            .collect();
        let info = json!({
            "count": shown.len(), "page": 1, "per_page": 500, "total_count": shown.len(),
        });
        dated(
            json!({ "success": true, "errors": [], "messages": [], "result": shown, "result_info": info }),
        )
    }

    fn named(&self, name: &str) -> usize {
        self.groups.iter().filter(|(group, _)| group["name"] == *name).count()
    }
}

fn dated(body: Value) -> Reply {
    Reply::json(&body).header("date", &httpdate::fmt_http_date(server_time()))
}

fn success(result: &Value) -> Reply {
    let mut body = json!({ "success": true, "errors": [], "messages": [], "result": result });
    if let Some(items) = result.as_array() {
        let count = items.len();
        body["result_info"] =
            json!({ "count": count, "page": 1, "per_page": 500, "total_count": count });
    }
    dated(body)
}

fn refused(status: u16, message: &str) -> Reply {
    let errors = json!([{ "code": status, "message": message }]);
    let body = json!({ "success": false, "errors": errors, "messages": [], "result": null });
    Reply::new(status, body.to_string())
}

fn groups(server: &Server, settle_times: &[u64]) -> UserGroups {
    let client = Client::builder()
        .api_token(TOKEN)
        .base_url(server.base_url())
        .rate_limit(RateLimit::off())
        .retry(RetryPolicy::default().initial_backoff(Duration::from_millis(1)));
    let client = match settle_times {
        [] => client,
        times => client.settle_times(times.iter().copied().map(Duration::from_millis)),
    };
    server::groups(client)
}

fn policy(digit: char) -> Policy {
    let permission = PermissionGroupId::new(digit.to_string().repeat(32)).unwrap();
    Policy::allow([permission], [ResourceGroupId::new("b".repeat(32)).unwrap()])
}

/// A server that applies the first `lost` creations and closes the connection without a response.
async fn losing(world: &Arc<Mutex<World>>, lost: usize) -> Server {
    let world = Arc::clone(world);
    let seen = AtomicUsize::new(0);
    Server::start(move |request| {
        let mut world = world.lock().unwrap();
        if request.method == "GET" {
            return world.list();
        }
        let reply = world.create(request);
        if seen.fetch_add(1, Ordering::Relaxed) < lost { Reply::Close } else { reply }
    })
    .await
}

#[tokio::test]
async fn lists_later_than_the_settle_times_make_one_group_where_names_are_unique() {
    let world = World::shared(Duration::from_secs(3));
    let server = losing(&world, 1).await;
    let error = groups(&server, &[10, 20]).create("SRE").await.unwrap_err();
    assert!(error.outcome_unknown() && error.is_name_taken(), "{error}");
    assert_eq!(world.lock().unwrap().named("SRE"), 1);
}

#[tokio::test]
async fn name_in_use_after_an_unknown_outcome_is_looked_for_again() {
    let world = World::shared(Duration::from_millis(600));
    let server = losing(&world, 1).await;
    let group = groups(&server, &[100, 400]).create("SRE").await.expect("found");
    let world = world.lock().unwrap();
    assert_eq!((world.posts, world.named("SRE")), (2, 1));
    assert_eq!(world.groups[0].0["id"], *group.id.as_str());
}

#[tokio::test]
async fn group_that_was_there_before_the_call_is_not_taken_for_the_created_one() {
    let world = World::shared(Duration::ZERO);
    // Later than this machine's clock, and before the call by the server's.
    let before = server_time() - Duration::from_secs(60);
    world.lock().unwrap().insert("SRE", &json!([]), before);
    let shared = Arc::clone(&world);
    let server = Server::start(move |request| {
        let mut world = shared.lock().unwrap();
        if request.method == "GET" {
            return world.list();
        }
        match world.create(request) {
            _ if world.posts == 1 => Reply::Close,
            reply => reply,
        }
    })
    .await;
    let error = groups(&server, &[10]).create("SRE").await.unwrap_err();
    assert!(error.is_name_taken() && error.outcome_unknown(), "{error}");
}

#[tokio::test]
async fn new_group_of_other_policies_is_not_taken_for_the_created_one() {
    let world = World::shared(Duration::ZERO);
    let shared = Arc::clone(&world);
    let server = Server::start(move |request| {
        let mut world = shared.lock().unwrap();
        if request.method == "POST" {
            world.posts += 1;
            world.insert("SRE", &json!([]), server_time());
            return Reply::Close;
        }
        world.list()
    })
    .await;
    let error = groups(&server, &[10]).create("SRE").policy(policy('a')).await.unwrap_err();
    assert!(error.outcome_unknown() && error.to_string().contains("other policies"), "{error}");
    assert_eq!(world.lock().unwrap().posts, 1);
}

/// The name comes from the server, which may repeat anything.
#[tokio::test]
async fn group_that_may_have_been_renamed_is_named_without_the_credential() {
    let world = World::shared(Duration::ZERO);
    let server = Server::start(move |request| {
        let mut world = world.lock().unwrap();
        if request.method == "POST" {
            world.insert(TOKEN, &json!([]), server_time());
            let renamed = moment(server_time() + Duration::from_secs(1));
            world.groups[0].0["modified_on"] = json!(renamed);
            return Reply::Close;
        }
        world.list()
    })
    .await;
    let error = groups(&server, &[10]).create("SRE").await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(error.outcome_unknown() && shown.contains("cannot be determined"), "{shown}");
    assert!(!shown.contains(TOKEN) && shown.contains("[redacted]"), "{shown}");
}

#[tokio::test]
async fn refusal_after_an_unknown_outcome_keeps_the_doubt() {
    let world = World::shared(HOUR);
    let shared = Arc::clone(&world);
    let server = Server::start(move |request| {
        let mut world = shared.lock().unwrap();
        match &*request.method {
            "GET" => world.list(),
            _ if world.posts == 0 => {
                world.create(request);
                Reply::Close
            }
            _ => Reply::new(429, "error code: 1015").header("retry-after", "600"),
        }
    })
    .await;
    let error = groups(&server, &[10, 10]).create("SRE").await.unwrap_err();
    assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    assert_eq!(error.attempts() as usize, server.take().len());
    assert_eq!(error.operation(), Some("account-user-group-create"));
}

#[tokio::test]
async fn refused_addition_after_an_unknown_outcome_keeps_the_doubt() {
    let seen = AtomicUsize::new(0);
    let server = Server::start(move |request| match &*request.method {
        "GET" => success(&json!([])),
        _ if seen.fetch_add(1, Ordering::Relaxed) == 0 => Reply::Close,
        _ => refused(409, "already a member"),
    })
    .await;
    let members = groups(&server, &[10]).members(group());
    let error = members.add([MemberId::new(MEMBER).unwrap()]).await.unwrap_err();
    assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    assert_eq!(error.attempts() as usize, server.take().len());
}

#[tokio::test]
async fn list_that_shows_a_removed_member_is_no_proof_of_its_addition() {
    let posts = AtomicUsize::new(0);
    let server = Server::start(move |request| match &*request.method {
        "POST" if posts.fetch_add(1, Ordering::Relaxed) == 0 => Reply::Close,
        _ => success(&json!([{ "id": MEMBER }])),
    })
    .await;
    let members = groups(&server, &[10]).members(group());
    members.add([MemberId::new(MEMBER).unwrap()]).await.expect("added");
    let methods: Vec<String> = server.take().into_iter().map(|it| it.method).collect();
    assert_eq!(methods, ["POST", "POST"]);
}

#[tokio::test]
async fn outcome_stays_unknown_without_time_to_look() {
    let world = World::shared(Duration::ZERO);
    let server = losing(&world, 9).await;
    let create = groups(&server, &[]).create("SRE").timeout(Duration::from_millis(300));
    let error = create.await.unwrap_err();
    assert!(error.outcome_unknown(), "{error}");
    assert_eq!(world.lock().unwrap().posts, 1);
}

#[tokio::test]
async fn policies_are_compared_as_sets_and_a_scope_counts_for_its_id() {
    let one = json!({ "id": "1", "access": "allow",
        "permission_groups": [{ "id": "c".repeat(32) }, { "id": "a".repeat(32) }],
        "resource_groups": [{ "scope": { "key": "k", "objects": [{ "key": "*" }] } }] });
    let other = json!({ "id": "2", "access": "allow",
        "permission_groups": [{ "id": "d".repeat(32) }],
        "resource_groups": [{ "id": "b".repeat(32) }] });
    let shown = json!({ "id": group().as_str(), "name": "SRE", "policies": [one, other] });
    let server = Server::start(move |_| success(&shown)).await;
    let permissions = ["a", "c", "a"].map(|it| PermissionGroupId::new(it.repeat(32)).unwrap());
    let resource = ResourceGroupId::new("b".repeat(32)).unwrap();
    let policies = [policy('d'), Policy::allow(permissions, [resource])];
    let update = groups(&server, &[10]).update(group()).policies(policies);
    update.await.expect("applied");
    assert_eq!(server.take().len(), 1);
}

#[tokio::test]
async fn members_that_the_list_does_not_show_are_an_error() {
    let shown = json!([{ "id": "9".repeat(32) }]);
    let server = Server::start(move |_| success(&shown)).await;
    let members = groups(&server, &[10, 10]).members(group());
    let id = MemberId::new(MEMBER).unwrap();
    for request in [members.add([&id]).into_future(), members.replace([&id]).into_future()] {
        let error = request.await.unwrap_err();
        assert!(
            error.to_string().contains(&format!("these members are not in the group: {MEMBER}")),
            "{error}"
        );
        assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    }
    let error = members.replace([] as [MemberId; 0]).await.unwrap_err();
    assert!(error.to_string().contains("these are still in it: 9999"), "{error}");
}

type Change = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// Each change that can consist of several requests, with its operation and whether it is idempotent.
fn composites(groups: &UserGroups, limit: Duration) -> [(&'static str, bool, Change); 4] {
    let (members, id) = (groups.members(group()), MemberId::new(MEMBER).unwrap());
    let (create, update) = (groups.create("SRE"), groups.update(group()).name("SRE"));
    let (add, replace) = (members.add([&id]).timeout(limit), members.replace([&id]).timeout(limit));
    let (create, update) = (create.timeout(limit), update.timeout(limit));
    [
        ("account-user-group-create", false, Box::pin(create.into_future().map_ok(drop))),
        ("account-user-group-update", true, Box::pin(update.into_future().map_ok(drop))),
        ("account-user-group-member-create", false, Box::pin(add.into_future().map_ok(drop))),
        ("account-user-group-members-update", true, Box::pin(replace.into_future().map_ok(drop))),
    ]
}

/// A success that shows something else than was sent, so that the object is read.
fn something_else(request: &Request) -> Reply {
    let members = json!([{ "id": "9".repeat(32) }]);
    let other = json!({ "id": group().as_str(), "name": "Other" });
    success(if request.path.ends_with("/members") { &members } else { &other })
}

#[tokio::test]
async fn failed_read_after_a_change_is_an_error_of_the_whole_call() {
    let server = Server::start(|request| match &*request.method {
        "GET" => Reply::new(503, "busy"),
        _ => something_else(request),
    })
    .await;
    for (operation, is_idempotent, call) in composites(&groups(&server, &[10]), HOUR) {
        let error = call.await.unwrap_err();
        assert_eq!(error.operation(), Some(operation), "{error}");
        assert_eq!(error.attempts() as usize, server.take().len(), "{error}");
        assert_eq!((error.attempts(), error.status().unwrap().as_u16()), (6, 503), "{error}");
        assert!(error.outcome_unknown(), "{error}");
        assert_eq!(error.is_retryable(), is_idempotent, "{error}");
        assert!(error.to_string().contains("it failed while"), "{error}");
    }
}

#[tokio::test]
async fn calls_of_several_requests_have_one_deadline() {
    let server = Server::start(|request| match &*request.method {
        "GET" => Reply::Never,
        _ => something_else(request),
    })
    .await;
    for (operation, _, call) in composites(&groups(&server, &[60_000]), Duration::from_millis(300))
    {
        let started = Instant::now();
        let error = call.await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(20), "the attempt timeout is 30 seconds");
        assert_eq!(error.operation(), Some(operation), "{error}");
        assert!(error.is_timeout() && error.outcome_unknown(), "{error}");
        assert_eq!((error.attempts(), server.take().len()), (2, 2), "{error}");
    }
}

#[tokio::test]
async fn response_may_list_all_members_or_one_of_those_that_were_added() {
    let ids = ["1", "2", "3"].map(|digit| MemberId::new(digit.repeat(32)).unwrap());
    let member = |id: &MemberId| json!({ "id": id.as_str(), "email": "user@example.com" });
    let all = json!(ids.iter().map(member).collect::<Vec<_>>());
    for (added, requests) in [(all.clone(), 1), (member(&ids[0]), 2), (json!(null), 2)] {
        let all = all.clone();
        let server = Server::start(move |request| {
            success(if request.method == "POST" { &added } else { &all })
        })
        .await;
        let members = groups(&server, &[10]).members(group());
        let added = members.add(&ids[..2]).await.expect("added");
        assert_eq!(added.iter().map(|it| it.id.clone()).collect::<Vec<_>>(), ids[..2]);
        assert_eq!(server.take().len(), requests);
    }
}

#[tokio::test]
async fn empty_body_of_a_read_is_an_error() {
    for status in [200, 204] {
        let server = Server::start(move |_| Reply::new(status, "")).await;
        let groups = groups(&server, &[10]);
        for error in [
            groups.get(group()).await.unwrap_err(),
            groups.list().all().await.unwrap_err(),
            groups.members(group()).list().all().await.unwrap_err(),
        ] {
            assert!(error.to_string().contains("the body is empty"), "{error}");
        }
    }
}

/// A server that does not know the members of any group for its first three requests about them.
async fn unaware() -> Server {
    let world = World::shared(Duration::ZERO);
    let unknown = AtomicUsize::new(0);
    Server::start(move |request| {
        if !request.path.contains("/members") {
            return world.lock().unwrap().create(request);
        }
        if unknown.fetch_add(1, Ordering::Relaxed) < 2 {
            return refused(404, "User group not found");
        }
        success(&json!([{ "id": MEMBER }]))
    })
    .await
}

#[tokio::test]
async fn members_of_a_new_group_are_retried_until_the_api_knows_it() {
    for operation in 0..3 {
        let server = unaware().await;
        let groups = groups(&server, &[10]);
        let members = groups.members(groups.create("SRE").await.expect("created").id);
        let id = MemberId::new(MEMBER).unwrap();
        let shown = match operation {
            0 => members.add([&id]).await,
            1 => members.list().all().await,
            _ => members.replace([&id]).await,
        };
        assert_eq!(shown.expect("known in the end").len(), 1);
        assert_eq!(server.take().len(), 4);
    }
}

#[tokio::test]
async fn members_of_a_group_that_was_deleted_are_not_retried() {
    let server = Server::start(|request| match &*request.method {
        "POST" if !request.path.contains("/members") => {
            success(&json!({ "id": "1".repeat(32), "name": "SRE", "policies": [] }))
        }
        "DELETE" => success(&json!({ "id": "1".repeat(32) })),
        _ => refused(404, "User group not found"),
    })
    .await;
    let groups = groups(&server, &[10]);
    let group = groups.create("SRE").await.expect("created");
    groups.delete(&group.id).await.expect("deleted");
    let error = groups.members(&group.id).list().all().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn members_of_other_groups_are_not_retried() {
    let server = unaware().await;
    let members = groups(&server, &[10]).members(group());
    let error = members.add([MemberId::new(MEMBER).unwrap()]).await.unwrap_err();
    assert!(error.is_not_found() && !error.outcome_unknown(), "{error}");
    assert_eq!(server.take().len(), 1);
}

#[tokio::test]
async fn new_group_that_stays_unknown_ends_within_its_time() {
    let world = World::shared(Duration::ZERO);
    let server = Server::start(move |request| {
        if request.path.contains("/members") {
            return refused(404, "User group not found");
        }
        world.lock().unwrap().create(request)
    })
    .await;
    let client = Client::builder()
        .api_token(TOKEN)
        .base_url(server.base_url())
        .new_group_timeout(Duration::from_millis(1200));
    let groups = server::groups(client);
    let members = groups.members(groups.create("SRE").await.expect("created").id);
    let started = Instant::now();
    let error = members.list().all().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(started.elapsed() < Duration::from_millis(1500));
    assert_eq!(error.attempts(), 2);
}

#[tokio::test]
async fn removing_a_member_that_is_not_in_the_group_is_done() {
    let id = MemberId::new(MEMBER).unwrap();
    let cases = [
        (404, "Member not found in user group", true),
        (404, "User group not found", false),
        (400, "Invalid member", false),
    ];
    for (status, message, done) in cases {
        let server = Server::start(move |_| refused(status, message)).await;
        let removed = groups(&server, &[10]).members(group()).remove(&id).await;
        assert_eq!(removed.is_ok(), done, "{status} {message}");
        let error = removed.err();
        assert_eq!(error.is_some_and(|it| it.is_not_found()), status == 404 && !done);
        assert_eq!(server.take().len(), 1);
    }
}

#[tokio::test]
async fn page_of_a_proxy_does_not_say_that_something_was_removed() {
    let seen = AtomicUsize::new(0);
    let server = Server::start(move |_| match seen.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::new(503, "busy"),
        _ => Reply::new(404, "<html>not here</html>"),
    })
    .await;
    let error = groups(&server, &[10]).delete(group()).await.unwrap_err();
    assert!(error.is_not_found() && error.outcome_unknown(), "{error}");
}
