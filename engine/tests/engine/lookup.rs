//! Looking up a few members of a large account.

use cf_groups_engine::Engine;
use cloudflare_user_groups_sandbox::fault::FaultBody;
use cloudflare_user_groups_sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use crate::support::{inject, planned, refused, requests, seed, start};

const LIST: &str = "account-members-list-members";

async fn account(members: Vec<Value>) -> (Sandbox, Engine) {
    start(seed(&json!({"members": members, "user_groups": [{"name": "Team"}]}))).await
}

fn people(count: usize) -> Vec<Value> {
    // The last comes first, so that the list is sorted only on request.
    let email = |number: usize| format!("p{number:04}@example.com");
    (0..count).rev().map(|number| json!({"email": email(number)})).collect()
}

/// How many members are added, after how many requests.
async fn added(sandbox: &Sandbox, engine: &Engine, members: &str) -> (usize, usize) {
    sandbox.clear_log();
    let text = format!("- {{name: Team, members: [{members}]}}\n");
    let plan = planned(engine, &text).await;
    (plan.summary().add_members, requests(sandbox, None))
}

#[tokio::test]
async fn one_address_among_5000_takes_few_requests() {
    let (sandbox, engine) = account(people(5_000)).await;
    for member in ["p0000", "p4999", "p2500", "p0049", "p0050", "P3333"] {
        let (added, requests) = added(&sandbox, &engine, &format!("{member}@example.com")).await;
        assert_eq!(added, 1, "{member}");
        assert!(requests <= 12, "{requests} requests for {member}");
    }
    let three = "p0001@example.com, p1000@example.com, p4000@example.com";
    let (added, requests) = added(&sandbox, &engine, three).await;
    assert!(added == 3 && requests <= 24, "{added} with {requests} requests");
}

#[tokio::test]
async fn all_members_are_read_if_an_address_is_not_found() {
    let (sandbox, engine) = account(people(1_000)).await;
    for member in ["p00010@example.com", "a@example.com", "z@example.com"] {
        let text = format!("- {{name: Team, members: [{member}]}}\n");
        let error = refused(&engine, &text).await;
        assert!(error.contains("there is no member of the account"), "{error}");
    }
    assert!(requests(&sandbox, Some(LIST)) > 3 * 20);
}

#[tokio::test]
async fn all_members_are_read_if_the_list_is_not_sorted() {
    // Sorted by the codes of letters, these are not sorted by address.
    let mut members = people(998);
    members.extend([json!({"email": "Q@example.com"}), json!({"email": "a@example.com"})]);
    let (sandbox, engine) = account(members).await;
    let (found, _) = added(&sandbox, &engine, "q@example.com, p0500@example.com").await;
    assert_eq!(found, 2);
    assert!(requests(&sandbox, Some(LIST)) > 20);
}

#[tokio::test]
async fn all_members_are_read_if_the_list_has_no_total() {
    let (sandbox, engine) = account(people(1_000)).await;
    let page = json!({"success": true, "errors": [], "messages": [], "result": [{"id": "a".repeat(32), "email": "p0001@example.com"}]});
    inject(&sandbox, Fault::status_with(200, FaultBody::Json(page)).on(LIST).count(1));
    assert_eq!(added(&sandbox, &engine, "p0500@example.com").await.0, 1);
}
