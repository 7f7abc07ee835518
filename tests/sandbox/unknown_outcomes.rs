//! Requests whose response is lost: what the client finds out, and what stays unknown.

use std::time::{Duration, Instant};

use cloudflare_user_groups::{ClientBuilder, RetryPolicy, UserGroups};
use cloudflare_user_groups_sandbox::fault::{FaultBody, Interference};
use cloudflare_user_groups_sandbox::{Builder, Fault, FaultKind, Sandbox};
use serde_json::json;

use crate::observed::{ADD, CREATE, LIST, lost, named, observed, people, requests, with};
use crate::operations::{group, member};
use crate::server::TOKEN;

const HOUR: Duration = Duration::from_secs(3600);

/// A client that reads at these times after a lost response. The clock of the server is an hour
/// ahead.
async fn start(
    sandbox: Builder,
    faults: impl IntoIterator<Item = Fault>,
    settle_times: &[u64],
) -> (Sandbox, UserGroups) {
    let times = settle_times.iter().copied().map(Duration::from_millis);
    let retry = RetryPolicy::default().initial_backoff(Duration::from_millis(1));
    let adjust = |client: ClientBuilder| client.settle_times(times).retry(retry);
    with(sandbox.clock_offset(3600), faults, adjust).await
}

fn stale(ms: u64) -> Fault {
    Fault::new(FaultKind::StaleList { ms }).on(LIST)
}

fn refusal(status: u16, message: &str) -> Fault {
    let errors = json!([{ "code": status, "message": message }]);
    let body = json!({ "success": false, "errors": errors, "messages": [], "result": null });
    Fault::status_with(status, FaultBody::Json(body))
}

#[tokio::test]
async fn lists_later_than_the_settle_times_make_one_group_where_names_are_unique() {
    let (sandbox, groups) = start(observed(), [lost(), stale(3000)], &[10, 20]).await;
    let error = groups.create("SRE").await.unwrap_err();
    assert!(error.outcome_unknown() && error.is_name_taken(), "{error}");
    assert_eq!(named(&sandbox, "SRE").len(), 1);
}

#[tokio::test]
async fn name_in_use_after_an_unknown_outcome_is_looked_for_again() {
    let (sandbox, groups) = start(observed(), [lost(), stale(600)], &[100, 400]).await;
    let group = groups.create("SRE").await.expect("found");
    assert_eq!(requests(&sandbox, CREATE), 2);
    assert_eq!(named(&sandbox, "SRE"), [group.id.as_str()]);
}

/// The name comes from the server, which may repeat anything.
#[tokio::test]
async fn group_that_may_have_been_renamed_is_named_without_the_credential() {
    let sandbox = Sandbox::builder().token(TOKEN);
    let rename =
        FaultKind::Interfere { action: Interference::Rename, name: Some(TOKEN.to_owned()) };
    let faults = [lost(), Fault::new(rename).on(LIST)];
    let (sandbox, groups) = start(sandbox, faults, &[10]).await;
    let error = groups.create("SRE").await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(error.outcome_unknown() && shown.contains("cannot be determined"), "{shown}");
    assert!(!shown.contains(TOKEN) && shown.contains("[redacted]"), "{shown}");
    assert_eq!(requests(&sandbox, CREATE), 1);
}

#[tokio::test]
async fn refusal_after_an_unknown_outcome_keeps_the_doubt() {
    let limited = Fault::status(429).retry_after("600").on(CREATE);
    let (sandbox, groups) = start(observed(), [lost(), limited, stale(600_000)], &[10, 10]).await;
    let error = groups.create("SRE").await.unwrap_err();
    assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    assert_eq!(error.attempts() as usize, sandbox.log().len());
    assert_eq!(error.operation(), Some(CREATE));
}

/// A response to an addition that is lost, once; it is not applied.
fn lost_addition() -> Fault {
    lost().applied(false).on(ADD)
}

#[tokio::test]
async fn refused_addition_after_an_unknown_outcome_keeps_the_doubt() {
    let refused = refusal(409, "already a member").on(ADD);
    let (sandbox, groups) = start(observed(), [lost_addition(), refused], &[10]).await;
    let members = groups.members(groups.create("SRE").await.unwrap().id);
    sandbox.clear_log();
    let error = members.add(&people(&sandbox)[..1]).await.unwrap_err();
    assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    assert_eq!(error.attempts() as usize, sandbox.log().len());
}

#[tokio::test]
async fn list_that_shows_a_removed_member_is_no_proof_of_its_addition() {
    let lagging = observed().deletion_lag(Duration::from_secs(600));
    let (sandbox, groups) = start(lagging, [lost_addition().skip(1)], &[10]).await;
    let people = people(&sandbox);
    let members = groups.members(groups.create("SRE").await.unwrap().id);
    members.add(&people[..1]).await.expect("added");
    members.remove(&people[0]).await.expect("removed");
    sandbox.clear_log();
    members.add(&people[..1]).await.expect("added again");
    let sent: Vec<_> = sandbox.log().into_iter().map(|it| it.operation).collect();
    assert_eq!(sent, [Some(ADD), Some(ADD)]);
}

#[tokio::test]
async fn outcome_stays_unknown_without_time_to_look() {
    let (sandbox, groups) = start(observed(), [lost().count(9)], &[60_000]).await;
    let error = groups.create("SRE").timeout(Duration::from_millis(300)).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error}");
    assert_eq!(requests(&sandbox, CREATE), 1);
}

#[tokio::test]
async fn members_of_a_new_group_are_retried_until_the_api_knows_it() {
    let operations = [ADD, "account-user-group-member-list", "account-user-group-members-update"];
    for operation in operations {
        let unknown = refusal(404, "User group not found").on(operation).count(2);
        let (sandbox, groups) = start(observed(), [unknown], &[10]).await;
        let members = groups.members(groups.create("SRE").await.expect("created").id);
        let person = &people(&sandbox)[..1];
        match operation {
            ADD => drop(members.add(person).await.expect("known in the end")),
            "account-user-group-member-list" => drop(members.list().all().await.expect("known")),
            _ => drop(members.replace(person).await.expect("known in the end")),
        }
        assert_eq!(requests(&sandbox, operation), 3);
    }
}

#[tokio::test]
async fn members_of_a_group_that_is_unknown_or_was_deleted_are_not_retried() {
    let (sandbox, groups) = start(observed(), [], &[10]).await;
    let deleted = groups.create("SRE").await.expect("created");
    groups.delete(&deleted.id).await.expect("deleted");
    sandbox.clear_log();
    for error in [
        groups.members(&deleted.id).list().all().await.unwrap_err(),
        groups.members(group()).add([member()]).await.unwrap_err(),
    ] {
        assert!(error.is_not_found() && !error.outcome_unknown(), "{error}");
        assert_eq!(error.attempts(), 1);
    }
    assert_eq!(sandbox.log().len(), 2);
}

#[tokio::test]
async fn new_group_that_stays_unknown_ends_within_its_time() {
    let lagging = observed().new_group_lag(HOUR);
    let limit = Duration::from_millis(1200);
    let (_sandbox, groups) = with(lagging, [], |client| client.new_group_timeout(limit)).await;
    let members = groups.members(groups.create("SRE").await.expect("created").id);
    let started = Instant::now();
    let error = members.list().all().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(started.elapsed() < Duration::from_millis(1500));
    assert_eq!(error.attempts(), 2);
}

#[tokio::test]
async fn new_group_that_is_unknown_does_not_say_that_a_member_was_removed() {
    let faults = [Fault::status(503).count(1), refusal(404, "User group not found")];
    let faults = faults.map(|it| it.on("account-user-group-member-delete"));
    let (_sandbox, groups) = start(observed(), faults, &[10]).await;
    let members = groups.members(groups.create("SRE").await.expect("created").id);
    let error = members.remove(member()).timeout(Duration::from_millis(300)).await.unwrap_err();
    assert!(error.is_not_found() && error.outcome_unknown(), "{error}");
}

#[tokio::test]
async fn page_of_a_proxy_does_not_say_that_something_was_removed() {
    let page = Fault::status_with(404, FaultBody::Html("<html>not here</html>".to_owned()));
    let faults = [Fault::status(503).count(1), page].map(|it| it.on("account-user-group-delete"));
    let (_sandbox, groups) = start(observed(), faults, &[10]).await;
    let error = groups.delete(group()).await.unwrap_err();
    assert!(error.is_not_found() && error.outcome_unknown(), "{error}");
}
