//! Changes whose response, or the read after it, does not show what was sent.

use std::future::IntoFuture;
use std::time::{Duration, Instant};

use cloudflare_user_groups::{
    Account, AccountId, Client, MemberId, PermissionGroupId, Policy, RateLimit, ResourceGroupId,
    RetryPolicy, UserGroups,
};
use serde_json::{Value, json};

use crate::operations::{ACCOUNT, MEMBER, Operation, group};
use crate::server::{Reply, Request, Server, TOKEN};

const HOUR: Duration = Duration::from_secs(3600);

fn success(result: &Value) -> Reply {
    let mut body = json!({ "success": true, "errors": [], "messages": [], "result": result });
    if let Some(items) = result.as_array() {
        body["result_info"] = json!({ "total_count": items.len() });
    }
    Reply::json(&body)
}

/// An account through a client that reads a changed object after `settle`, and has `limit` for a
/// call.
fn account(server: &Server, settle: Duration, limit: Duration) -> Account {
    let client = Client::builder()
        .api_token(TOKEN)
        .base_url(server.base_url())
        .rate_limit(RateLimit::off())
        .retry(RetryPolicy::default().initial_backoff(Duration::from_millis(1)))
        .settle_times([settle])
        .timeout(limit);
    client.build().unwrap().account(AccountId::new(ACCOUNT).unwrap())
}

fn groups(server: &Server) -> UserGroups {
    account(server, Duration::from_millis(10), HOUR).user_groups()
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
    let policies = [vec!["d"], vec!["a", "c", "a"]].map(|permissions| {
        let permissions =
            permissions.iter().map(|it| PermissionGroupId::new(it.repeat(32)).unwrap());
        Policy::allow(permissions, [ResourceGroupId::new("b".repeat(32)).unwrap()])
    });
    let update = groups(&server).update(group()).policies(policies);
    update.await.expect("applied");
    assert_eq!(server.take().len(), 1);
}

#[tokio::test]
async fn members_that_the_list_does_not_show_are_an_error() {
    let shown = json!([{ "id": "9".repeat(32) }]);
    let server = Server::start(move |_| success(&shown)).await;
    let members = groups(&server).members(group());
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

/// The changes that can consist of several requests.
fn composites() -> [&'static Operation; 4] {
    [
        "account-user-group-create",
        "account-user-group-update",
        "account-user-group-member-create",
        "account-user-group-members-update",
    ]
    .map(Operation::find)
}

/// A success that shows something else than was sent, so that the object is read.
fn something_else(request: &Request) -> Reply {
    let members = json!([{ "id": "9".repeat(32) }]);
    let other = json!({ "id": group().as_str(), "name": "Other" });
    success(if request.path.ends_with("/members") { &members } else { &other })
}

/// What a response leaves out is not none.
#[tokio::test]
async fn removal_of_policies_that_the_response_does_not_show_is_read() {
    let server = Server::start(|request| {
        let mut shown = json!({ "id": group().as_str(), "name": "SRE" });
        if request.method == "GET" {
            shown["policies"] = json!([{}]);
        }
        success(&shown)
    })
    .await;
    let error = groups(&server).update(group()).policies([]).await.unwrap_err();
    assert!(error.to_string().contains("(1) are not the 0 that were sent"), "{error}");
    groups(&server).update(group()).name("SRE").await.expect("applied");
    assert_eq!(server.take().last().unwrap().method, "PUT");
}

#[tokio::test]
async fn failed_read_after_a_change_is_an_error_of_the_whole_call() {
    let server = Server::start(|request| match &*request.method {
        "GET" => Reply::new(503, "busy"),
        _ => something_else(request),
    })
    .await;
    let account = account(&server, Duration::from_millis(10), HOUR);
    for operation in composites() {
        let error = operation.send(&account).await.unwrap_err();
        assert_eq!(error.operation(), Some(operation.id), "{error}");
        assert_eq!(error.attempts() as usize, server.take().len(), "{error}");
        assert_eq!((error.attempts(), error.status().unwrap().as_u16()), (6, 503), "{error}");
        assert!(error.outcome_unknown(), "{error}");
        assert_eq!(error.is_retryable(), operation.is_idempotent(), "{error}");
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
    let account = account(&server, Duration::from_secs(60), Duration::from_millis(300));
    for operation in composites() {
        let started = Instant::now();
        let error = operation.send(&account).await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(20), "the attempt timeout is 30 seconds");
        assert_eq!(error.operation(), Some(operation.id), "{error}");
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
        let members = groups(&server).members(group());
        let added = members.add(&ids[..2]).await.expect("added");
        assert_eq!(added.iter().map(|it| it.id.clone()).collect::<Vec<_>>(), ids[..2]);
        assert_eq!(server.take().len(), requests);
    }
}
