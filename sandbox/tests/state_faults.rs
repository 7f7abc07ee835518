//! Faults of the service behind the API: late lists, ignored filters, a second actor, changes that
//! are not applied, and unusual successes.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use cloudflare_user_groups_sandbox::fault::{
    ChangePart, Interference, Normalisation, SECOND_ACTOR,
};
use cloudflare_user_groups_sandbox::{Contract, Fault, FaultKind, FaultPlan, Sandbox};
use common::{Client, texts};
use serde_json::{Value, json};

const CREATE: &str = "account-user-group-create";
const LIST: &str = "account-user-group-list";
const UPDATE: &str = "account-user-group-update";
const GROUPS: &str = "/iam/user_groups";

async fn client() -> Client {
    Client::of(Sandbox::builder().contract(Contract::Observed).logical_clock()).await
}

fn inject(client: &Client, fault: Fault) {
    client.sandbox.set_faults(&FaultPlan::new(1).fault(fault)).unwrap();
}

fn names(client: &Client) -> Vec<String> {
    client.sandbox.account().user_groups.into_iter().map(|it| it.name).collect()
}

/// The name of the fault that hit the last request.
fn last_fault(client: &Client) -> Option<&'static str> {
    client.sandbox.log().last().unwrap().fault
}

fn success(result: &Value) -> Value {
    json!({ "success": true, "errors": [], "messages": [], "result": result })
}

#[tokio::test]
async fn stale_list_shows_the_state_of_some_time_ago() {
    let client = client().await;
    let group = client.group("SRE").await;
    let alice = json!([{ "id": client.member("alice@example.com") }]);
    let members = format!("{group}/members");
    client.post(&members, &alice).await.result();
    client.put(&group, &json!({ "name": "Platform" })).await.result();
    client.group("New").await;

    // Ten minutes ago there was no group, and now there are two.
    inject(&client, Fault::new(FaultKind::StaleList { ms: 600_000 }));
    let info = json!({
        "count": 0, "page": 1, "per_page": 100, "total_count": 0, "total_pages": 0,
    });
    let mut none = success(&json!([]));
    none["result_info"] = info;
    assert_eq!(client.get(GROUPS).await.json(), none);
    assert_eq!(last_fault(&client), Some("stale_list"));
    assert_eq!(client.get(&members).await.status, 404, "the group was not there");
    assert_eq!(client.get(&group).await.result()["name"], "Platform", "this is not a list");
    assert_eq!(last_fault(&client), None);

    let started = Instant::now();
    client.put(&group, &json!({ "name": "Late" })).await.result();
    inject(&client, Fault::new(FaultKind::StaleList { ms: 200 }));
    while !texts(&client.get(GROUPS).await.result(), "name").contains(&"Late".to_owned()) {
        assert!(started.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn ignore_filter_returns_the_whole_list() {
    let client = client().await;
    for name in ["a", "b", "c"] {
        client.group(name).await;
    }
    let members = format!("{GROUPS}/{}/members", client.sandbox.account().user_groups[0].id);
    let both = ["alice@example.com", "bob@example.com"];
    let body = both.map(|email| json!({ "id": client.member(email) }));
    client.put(&members, &json!(body)).await.result();
    inject(&client, Fault::new(FaultKind::IgnoreFilter));
    for query in ["name=b", "fuzzyName=b", "id=00000000000000000000000000000000"] {
        let list = client.get(&format!("{GROUPS}?{query}&direction=desc")).await;
        assert_eq!(texts(&list.result(), "name"), ["c", "b", "a"], "{query}");
    }
    let page = client.get(&format!("{GROUPS}?name=b&page=2&per_page=2")).await;
    assert_eq!(texts(&page.result(), "name"), ["c"]);
    let list = client.get(&format!("{members}?fuzzyEmail=alice")).await;
    assert_eq!(texts(&list.result(), "email"), both);
    for path in ["/members?status=pending", "/iam/permission_groups?name=DNS"] {
        assert!(client.get(path).await.result().as_array().unwrap().len() > 1, "{path}");
    }
}

#[tokio::test]
async fn interfere_changes_a_group_before_the_request() {
    let client = client().await;
    let group = client.group("SRE").await;
    let interfere = |action| Fault::new(FaultKind::Interfere { action, name: None });

    inject(&client, interfere(Interference::Create).on(LIST));
    let list = texts(&client.get(GROUPS).await.result(), "name");
    assert!(list[1].starts_with(SECOND_ACTOR) && list.len() == 2, "{list:?}");
    let entry = client.sandbox.log().pop().unwrap();
    let account = client.sandbox.account();
    let change = json!({ "action": "create", "group": account.user_groups[1].id });
    assert_eq!((entry.fault, entry.interference), (Some("interfere"), Some(change)));

    inject(&client, interfere(Interference::Fill));
    let filled = client.get(&format!("{group}/members")).await.result();
    assert_eq!(filled.as_array().unwrap().len(), 1);

    inject(&client, interfere(Interference::Rename));
    let renamed = client.put(&group, &json!({})).await.result();
    assert!(renamed["name"].as_str().unwrap().starts_with(SECOND_ACTOR), "{renamed}");

    inject(&client, interfere(Interference::Delete));
    assert_eq!(client.get(&group).await.status, 404);
    assert_eq!(names(&client).len(), 1);
    assert_eq!(client.get(&group).await.status, 404);
    assert_eq!(client.sandbox.log().pop().unwrap().interference, None, "nothing to delete");
}

#[tokio::test]
async fn interfere_can_take_the_name_of_a_request() {
    let client = client().await;
    let take = |action| Fault::new(FaultKind::Interfere { action, name: Some("SRE".to_owned()) });
    inject(&client, take(Interference::Create).on(CREATE));
    let response = client.post(GROUPS, &json!({ "name": "SRE" })).await;
    assert_eq!(response.json()["errors"][0]["message"], "User group name 'SRE' is already in use");
    assert!(!client.sandbox.log().pop().unwrap().applied);
    client.post(GROUPS, &json!({ "name": "Platform" })).await.result();
    assert_eq!(names(&client), ["Platform", "SRE"], "the second actor cannot use a name twice");
}

#[tokio::test]
async fn interfere_follows_from_the_seed() {
    let run = async |seed| {
        let client = client().await;
        for name in ["a", "b", "c", "d"] {
            client.group(name).await;
        }
        let mut plan = FaultPlan::new(seed);
        for action in [Interference::Fill, Interference::Rename, Interference::Delete] {
            let kind = FaultKind::Interfere { action, name: None };
            plan = plan.fault(Fault::new(kind).on(LIST).count(2));
        }
        client.sandbox.set_faults(&plan).unwrap();
        for _ in 0..6 {
            client.get(GROUPS).await.result();
        }
        client.sandbox.state()
    };
    assert_eq!(run(1).await, run(1).await);
    assert_ne!(run(1).await, run(2).await);
}

#[tokio::test]
async fn normalise_name_stores_another_name() {
    let cases = [
        (Normalisation::Trim, " SRE\t", "SRE"),
        (Normalisation::Cut(3), "Plätze", "Plä"),
        (Normalisation::Nfc, "Cafe\u{301}", "Caf\u{e9}"),
    ];
    for (how, sent, stored) in cases {
        let client = client().await;
        let other = client.group("Other").await;
        inject(&client, Fault::new(FaultKind::NormaliseName(how)));
        let created = client.post(GROUPS, &json!({ "name": sent })).await.result();
        assert_eq!(created["name"], stored);
        assert_eq!(last_fault(&client), Some("normalise_name"));
        let taken = client.put(&other, &json!({ "name": sent })).await;
        assert_eq!(taken.status, 400, "the normalised name is taken");
        client.delete(&format!("{GROUPS}/{}", created["id"].as_str().unwrap())).await.result();
        assert_eq!(last_fault(&client), None);
        assert_eq!(client.put(&other, &json!({ "name": sent })).await.result()["name"], stored);
        assert_eq!(names(&client), [stored]);
    }
}

#[tokio::test]
async fn drop_change_does_not_apply_policies() {
    let client = client().await;
    let policy = client.policy("allow");
    inject(&client, Fault::new(FaultKind::DropChange(ChangePart::Policies)));
    let body = json!({ "name": "SRE", "policies": [policy] });
    let created = client.post(GROUPS, &body).await.result();
    assert_eq!((&created["name"], &created["policies"]), (&json!("SRE"), &json!([])));
    let entry = client.sandbox.log().pop().unwrap();
    assert_eq!((entry.fault, entry.applied), (Some("drop_change"), false));
    let path = format!("{GROUPS}/{}", created["id"].as_str().unwrap());
    let body = json!({ "name": "Platform", "policies": [policy] });
    let updated = client.put(&path, &body).await.result();
    assert_eq!((&updated["name"], &updated["policies"]), (&json!("Platform"), &json!([])));
    assert_eq!(client.get(&path).await.result(), updated);
}

#[tokio::test]
async fn refuse_inline_scopes_refuses_policies_with_them() {
    let client = client().await;
    inject(&client, Fault::new(FaultKind::RefuseInlineScopes));
    let scope = json!({ "key": "k", "objects": [{ "key": "*" }] });
    let body = |resource: Value| {
        let policy = json!({
            "access": "allow", "permission_groups": [], "resource_groups": [resource],
        });
        json!({ "name": "SRE", "policies": [policy] })
    };
    client.post(GROUPS, &body(json!({ "scope": scope }))).await.refused(400);
    let entry = client.sandbox.log().last().unwrap().clone();
    assert_eq!((entry.fault, entry.applied), (Some("refuse_inline_scopes"), false));
    let id = client.sandbox.account().resource_groups[0].id.clone();
    client.post(GROUPS, &body(json!({ "id": id }))).await.result();
}

#[tokio::test]
async fn drop_change_does_not_apply_the_name() {
    let client = client().await;
    let group = client.group("SRE").await;
    let before = client.get(&group).await.json();
    inject(&client, Fault::new(FaultKind::DropChange(ChangePart::Name)).on(UPDATE));
    let updated = client.put(&group, &json!({ "name": "Platform" })).await;
    assert_eq!((updated.status.as_u16(), updated.json()), (200, before));
    assert_eq!(names(&client), ["SRE"]);
}

#[tokio::test]
async fn drop_change_does_not_apply_members() {
    let client = client().await;
    let members = format!("{}/members", client.group("SRE").await);
    let [alice, bob] = ["alice", "bob"].map(|it| client.member(&format!("{it}@example.com")));
    let added = client.post(&members, &json!([{ "id": alice }])).await.json();
    inject(&client, Fault::new(FaultKind::DropChange(ChangePart::Members)));
    assert_eq!(client.post(&members, &json!([{ "id": bob }])).await.json(), added);
    assert_eq!(client.put(&members, &json!([])).await.json(), added);
    let removed = client.delete(&format!("{members}/{alice}")).await;
    assert_eq!(removed.json(), success(&added["result"][0]));
    assert_eq!(client.sandbox.account().user_groups[0].members, [alice]);
    client.post(GROUPS, &json!({ "name": "x" })).await.result();
    assert_eq!(last_fault(&client), None);
}

#[tokio::test]
async fn null_result_is_a_success_without_result() {
    let client = client().await;
    client.group("SRE").await;
    inject(&client, Fault::new(FaultKind::NullResult));
    for response in [
        client.get(GROUPS).await,
        client.get("/iam/resource_groups").await,
        client.post(GROUPS, &json!({ "name": "Platform" })).await,
    ] {
        assert_eq!((response.status.as_u16(), response.json()), (200, success(&Value::Null)));
    }
    assert_eq!(names(&client), ["Platform", "SRE"]);
    let failure = client.post(GROUPS, &json!({})).await;
    assert_eq!(failure.refused(400), ["/name"], "failures are as they are");
}

#[tokio::test]
async fn success_status_is_another_or_without_a_body() {
    for (code, empty) in [(201, false), (202, false), (202, true), (204, false), (200, true)] {
        let client = client().await;
        let group = client.group("SRE").await;
        let right = client.get(&group).await.text;
        inject(&client, Fault::new(FaultKind::SuccessStatus { code, empty }));
        let response = client.get(&group).await;
        assert_eq!(response.status, code);
        let expected = if empty || code == 204 { "" } else { right.as_str() };
        assert_eq!(response.text, expected);
        assert_eq!(response.headers.contains_key("content-type"), !expected.is_empty());
        let removed = client.delete(&group).await;
        assert_eq!((removed.status.as_u16(), removed.text.is_empty()), (code, expected.is_empty()));
        assert!(names(&client).is_empty());
        assert_eq!(client.get(&group).await.status, 404, "failures are as they are");
    }
}

#[test]
fn faults_read_as_they_are_documented() {
    let kinds = [
        (json!({ "stale_list": { "ms": 5 } }), FaultKind::StaleList { ms: 5 }),
        (json!("ignore_filter"), FaultKind::IgnoreFilter),
        (
            json!({ "interfere": { "action": "fill" } }),
            FaultKind::Interfere { action: Interference::Fill, name: None },
        ),
        (json!({ "normalise_name": "trim" }), FaultKind::NormaliseName(Normalisation::Trim)),
        (
            json!({ "normalise_name": { "cut": 9 } }),
            FaultKind::NormaliseName(Normalisation::Cut(9)),
        ),
        (json!({ "drop_change": "members" }), FaultKind::DropChange(ChangePart::Members)),
        (json!("null_result"), FaultKind::NullResult),
        (
            json!({ "success_status": { "code": 202 } }),
            FaultKind::SuccessStatus { code: 202, empty: false },
        ),
    ];
    for (fault, kind) in kinds {
        let text = json!({ "faults": [{ "fault": fault }] }).to_string();
        assert_eq!(FaultPlan::from_json(&text).unwrap().faults[0].kind, Some(kind));
    }
}
