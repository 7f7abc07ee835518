//! The contract `observed`: what the live service was reported to do, O1 to O20.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant, SystemTime};

use cloudflare_user_groups_sandbox::{Builder, Contract, Sandbox, Seed};
use common::{Client, Response, texts};
use serde_json::{Value, json};

const UNKNOWN: &str = "00000000000000000000000000000000";
const GROUPS: &str = "/iam/user_groups";

fn builder() -> Builder {
    Sandbox::builder().contract(Contract::Observed).logical_clock()
}

async fn client() -> Client {
    Client::of(builder()).await
}

async fn seeded(account: Value) -> Client {
    let seed = Seed::from_json(&json!({ "accounts": [account] }).to_string()).unwrap();
    Client::of(builder().seed(seed)).await
}

/// An error in the form of the live service: the code is the HTTP status.
#[track_caller]
fn refused(response: &Response, status: u16, message: &str) {
    assert_eq!(response.status, status, "{response:?}");
    let error = json!({ "code": status, "message": message });
    let body = json!({ "success": false, "errors": [error], "messages": [], "result": null });
    assert_eq!(response.json(), body);
}

#[track_caller]
fn succeeded(response: &Response, result: &Value) {
    assert_eq!(response.status, 200, "{response:?}");
    let body = json!({ "success": true, "errors": [], "messages": [], "result": result });
    assert_eq!(response.json(), body);
}

fn shown(client: &Client, name: &str) -> Value {
    let id = client.member(&format!("{name}@example.com"));
    json!({ "id": id, "email": format!("{name}@example.com"), "status": "accepted" })
}

fn id(member: &Value) -> Value {
    json!({ "id": member["id"] })
}

#[tokio::test]
async fn o1_names_are_unique() {
    let client = client().await;
    client.group("SRE").await;
    let other = client.group("Platform").await;
    let taken = "User group name 'SRE' is already in use";
    refused(&client.post(GROUPS, &json!({ "name": "SRE" })).await, 400, taken);
    refused(&client.put(&other, &json!({ "name": "SRE" })).await, 400, taken);
    client.put(&other, &json!({ "name": "Platform" })).await.result();
    client.post(GROUPS, &json!({ "name": "sre" })).await.result();
    assert_eq!(client.sandbox.account().user_groups.len(), 3);
}

#[tokio::test]
async fn o2_policies_get_new_ids_with_every_update() {
    let client = client().await;
    let policy = client.policy("allow");
    let body = json!({ "name": "SRE", "policies": [policy] });
    let created = client.post(GROUPS, &body).await.result();
    let path = format!("{GROUPS}/{}", created["id"].as_str().unwrap());
    let first = created["policies"][0]["id"].clone();

    let mut with_id = policy.clone();
    with_id["id"] = first.clone();
    let body = json!({ "policies": [with_id] });
    refused(&client.put(&path, &body).await, 400, "Cannot re-use policy IDs");
    with_id["id"] = json!("mine");
    let body = json!({ "policies": [with_id, with_id] });
    refused(&client.put(&path, &body).await, 400, "Cannot re-use policy IDs");
    assert_eq!(client.get(&path).await.result(), created, "nothing is changed");

    let updated = client.put(&path, &json!({ "policies": [policy] })).await.result();
    let second = updated["policies"][0]["id"].clone();
    assert_ne!(first, second);
    let mut expected = created.clone();
    expected["policies"][0]["id"] = second;
    expected["modified_on"] = updated["modified_on"].clone();
    assert_eq!(updated, expected);
    let third = client.put(&path, &json!({ "policies": [with_id] })).await.result();
    assert_eq!(third["policies"][0]["id"].as_str().unwrap().len(), 32, "not the one that was sent");
}

#[tokio::test]
async fn o3_deny_policies_are_refused() {
    let client = client().await;
    let group = client.group("SRE").await;
    let invalid = "Policy validation failed";
    let deny = json!([client.policy("allow"), client.policy("deny")]);
    let body = json!({ "name": "Platform", "policies": deny });
    refused(&client.post(GROUPS, &body).await, 400, invalid);
    refused(&client.put(&group, &json!({ "policies": deny })).await, 400, invalid);
    let mut unknown = client.policy("allow");
    unknown["permission_groups"][0]["id"] = json!(UNKNOWN);
    refused(&client.put(&group, &json!({ "policies": [unknown] })).await, 400, invalid);
    assert_eq!(client.sandbox.account().user_groups.len(), 1);
}

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(100);

/// Repeats a request until its response has this status, and checks that it took a short lag.
async fn until(started: Instant, status: u16, request: impl AsyncFn() -> Response) -> Response {
    loop {
        let response = request().await;
        if response.status == status {
            assert!(started.elapsed() >= SHORT);
            return response;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{response:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn o4_members_of_a_new_group_are_not_found_at_first() {
    let client = Client::of(builder().new_group_lag(LONG)).await;
    let group = client.group("SRE").await;
    let members = format!("{group}/members");
    let alice = shown(&client, "alice");
    let one = format!("{members}/{}", alice["id"].as_str().unwrap());
    let body = json!([id(&alice)]);
    for response in [
        client.get(&members).await,
        client.post(&members, &body).await,
        client.put(&members, &body).await,
        client.get(&one).await,
        client.delete(&one).await,
    ] {
        refused(&response, 404, "User group not found");
    }
    client.get(&group).await.result();
    client.put(&group, &json!({ "name": "Platform" })).await.result();
    assert_eq!(client.get(&members).await.status, 404, "a change makes it no older");
}

#[tokio::test]
async fn o4_members_of_an_older_group_are_found_after_a_change() {
    let seed = json!({ "accounts": [{ "user_groups": [{ "name": "SRE" }] }] });
    let seed = Seed::from_json(&seed.to_string()).unwrap();
    let client = Client::of(builder().seed(seed).new_group_lag(LONG)).await;
    let group = format!("{GROUPS}/{}", client.sandbox.account().user_groups[0].id);
    client.put(&group, &json!({ "name": "Platform" })).await.result();
    succeeded(&client.get(&format!("{group}/members")).await, &Value::Null);
}

#[tokio::test]
async fn o5_removed_groups_and_members_are_still_shown_at_first() {
    let client = Client::of(builder().deletion_lag(LONG)).await;
    let group = client.group("SRE").await;
    let members = format!("{group}/members");
    let (alice, bob) = (shown(&client, "alice"), shown(&client, "bob"));
    client.put(&members, &json!([id(&alice), id(&bob)])).await.result();

    let one = format!("{members}/{}", alice["id"].as_str().unwrap());
    client.delete(&one).await.result();
    assert_eq!(client.get(&members).await.result(), json!([alice, bob]));
    assert_eq!(client.get(&one).await.result()["email"], alice["email"]);
    refused(&client.delete(&one).await, 404, "Member not found in user group");

    let before = client.get(&group).await.result();
    client.delete(&group).await.result();
    assert_eq!(client.get(&group).await.result(), before);
    assert_eq!(client.get(GROUPS).await.result(), json!([before]));
    assert_eq!(client.get(&members).await.result(), json!([alice, bob]));
    refused(&client.put(&group, &json!({})).await, 404, "User group not found");
    refused(&client.post(&members, &json!([])).await, 404, "User group not found");
    refused(&client.delete(&group).await, 404, "User group not found");
    assert!(client.sandbox.account().user_groups.is_empty());
}

#[tokio::test]
async fn o5_removed_groups_and_members_are_not_shown_after_the_lag() {
    let client = Client::of(builder().deletion_lag(SHORT)).await;
    let group = client.group("SRE").await;
    let members = format!("{group}/members");
    let (alice, bob) = (shown(&client, "alice"), shown(&client, "bob"));
    client.put(&members, &json!([id(&alice), id(&bob)])).await.result();

    let one = format!("{members}/{}", alice["id"].as_str().unwrap());
    let started = Instant::now();
    client.delete(&one).await.result();
    let gone = until(started, 404, async || client.get(&one).await).await;
    refused(&gone, 404, "Member not found in user group");
    assert_eq!(client.get(&members).await.result(), json!([bob]));

    let started = Instant::now();
    client.delete(&group).await.result();
    let gone = until(started, 404, async || client.get(&group).await).await;
    refused(&gone, 404, "User group not found");
    assert_eq!(client.get(GROUPS).await.result(), json!([]));
}

#[tokio::test]
async fn o6_the_member_list_of_an_empty_group_is_null() {
    let client = client().await;
    let members = format!("{}/members", client.group("SRE").await);
    succeeded(&client.get(&members).await, &Value::Null);
    let alice = shown(&client, "alice");
    client.post(&members, &json!([id(&alice)])).await.result();
    let info =
        json!({ "count": 1, "page": 1, "per_page": 100, "total_count": 1, "total_pages": 1 });
    let body = json!({
        "success": true, "errors": [], "messages": [], "result": [alice], "result_info": info,
    });
    assert_eq!(client.get(&members).await.json(), body);
    assert_eq!(client.get(&format!("{members}?page=2")).await.json()["result"], json!([]));
}

#[tokio::test]
async fn o6_the_list_of_permission_groups_has_no_result_info() {
    let client = client().await;
    let groups = client.sandbox.account().permission_groups;
    let shown = groups.iter().map(|it| json!({ "id": it.id, "name": it.name, "meta": it.meta }));
    succeeded(&client.get("/iam/permission_groups").await, &shown.collect());
}

#[tokio::test]
async fn o7_adding_members_returns_the_whole_set() {
    let client = client().await;
    let members = format!("{}/members", client.group("SRE").await);
    let (alice, bob) = (shown(&client, "alice"), shown(&client, "bob"));
    succeeded(&client.post(&members, &json!([id(&bob)])).await, &json!([bob]));
    succeeded(&client.post(&members, &json!([id(&alice)])).await, &json!([alice, bob]));
    succeeded(&client.post(&members, &json!([id(&alice)])).await, &json!([alice, bob]));
    succeeded(&client.post(&members, &json!([])).await, &json!([alice, bob]));
    succeeded(&client.put(&members, &json!([])).await, &json!([]));
}

#[tokio::test]
async fn o8_o9_unknown_members_and_groups_have_the_status_as_code() {
    let client = client().await;
    let group = client.group("SRE").await;
    let members = format!("{group}/members");
    let alice = client.member("alice@example.com");
    let body = json!([{ "id": alice }, { "id": UNKNOWN }]);
    refused(&client.post(&members, &body).await, 400, "Invalid member");
    refused(&client.put(&members, &body).await, 400, "Invalid member");
    refused(&client.delete(&format!("{members}/{UNKNOWN}")).await, 400, "Invalid member");
    let not_in_group = client.delete(&format!("{members}/{alice}")).await;
    refused(&not_in_group, 404, "Member not found in user group");
    assert!(client.sandbox.account().user_groups[0].members.is_empty());

    let unknown = format!("{GROUPS}/{UNKNOWN}");
    let members = format!("{unknown}/members");
    for response in [
        client.get(&unknown).await,
        client.put(&unknown, &json!({ "name": "x" })).await,
        client.delete(&unknown).await,
        client.get(&members).await,
        client.post(&members, &json!([])).await,
        client.put(&members, &json!([])).await,
        client.delete(&format!("{members}/{alice}")).await,
    ] {
        refused(&response, 404, "User group not found");
    }
    let response = client.get(&format!("{GROUPS}?page=0")).await;
    assert_eq!(response.json()["errors"][0]["code"], 400, "in errors of the form as well");
}

#[tokio::test]
async fn o10_the_member_list_of_a_group_with_invalid_policies_is_an_error() {
    let client =
        seeded(json!({ "user_groups": [{ "name": "Old", "invalid_policies": true }] })).await;
    let group = client.sandbox.account().user_groups[0].clone();
    let path = format!("{GROUPS}/{}", group.id);
    refused(&client.get(&format!("{path}/members")).await, 400, "Policy validation failed");
    let shown = json!({
        "id": group.id, "name": "Old", "policies": [], "status": "V",
        "created_on": group.created_on, "modified_on": group.modified_on,
    });
    succeeded(&client.get(&path).await, &shown);
}

#[tokio::test]
async fn o11_bodies_of_members_are_arrays() {
    let client = client().await;
    let members = format!("{}/members", client.group("SRE").await);
    for (body, kind) in [(json!({}), "object"), (json!("x"), "string"), (json!(null), "null")] {
        let message = format!("Invalid type '{kind}' in JSON input");
        refused(&client.post(&members, &body).await, 400, &message);
        refused(&client.put(&members, &body).await, 400, &message);
    }
}

#[tokio::test]
async fn o12_a_group_is_created_with_and_without_policies() {
    let client = client().await;
    for body in [json!({ "name": "a", "policies": [] }), json!({ "name": "b" })] {
        assert_eq!(client.post(GROUPS, &body).await.result()["policies"], json!([]));
    }
}

#[tokio::test]
async fn o13_accounts_have_a_predefined_resource_group_and_names_are_not_unique() {
    let client =
        seeded(json!({ "resource_groups": [{ "name": "zones" }, { "name": "zones" }] })).await;
    let groups = client.get("/iam/resource_groups").await.result();
    let predefined = format!("com.cloudflare.api.account.{}", client.sandbox.account_id());
    assert_eq!(texts(&groups, "name"), ["zones", "zones", predefined.as_str()]);
    let found = client.get(&format!("/iam/resource_groups?name={predefined}")).await.result();
    let id = &client.sandbox.account().resource_groups[2].id;
    let scope = json!({ "key": predefined, "objects": [{ "key": "*" }] });
    let expected =
        json!([{ "id": id, "name": predefined, "meta": { "editable": "false" }, "scope": scope }]);
    assert_eq!(found, expected);

    let again = builder().seed(client.sandbox.state()).start().await.unwrap();
    assert_eq!(again.state(), client.sandbox.state(), "it is not added twice");
    let own = seeded(json!({ "resource_groups": [{ "id": UNKNOWN, "name": predefined }] })).await;
    assert_eq!(own.sandbox.account().resource_groups.len(), 1, "nor to one of the seed");
}

#[tokio::test]
async fn o17_a_policy_can_show_a_scope_without_an_id() {
    let scope = json!({ "key": "com.cloudflare.api.account", "objects": [{ "key": "*" }] });
    let policy = json!({
        "id": "p", "access": "allow", "permission_groups": ["DNS"],
        "resource_groups": [{ "scope": scope }],
    });
    let client = seeded(json!({
        "permission_groups": [{ "name": "DNS" }],
        "user_groups": [{ "name": "SRE", "policies": [policy] }],
    }))
    .await;
    let group = client.sandbox.account().user_groups[0].clone();
    let dns = client.sandbox.account().permission_groups[0].id.clone();
    let shown = json!({
        "id": group.id, "name": "SRE", "status": "V",
        "created_on": group.created_on, "modified_on": group.modified_on,
        "policies": [{
            "id": "p", "access": "allow",
            "permission_groups": [{ "id": dns, "name": "DNS", "meta": {} }],
            "resource_groups": [{ "scope": scope }],
        }],
    });
    succeeded(&client.get(&format!("{GROUPS}/{}", group.id)).await, &shown);
    let again = builder().seed(client.sandbox.state()).start().await.unwrap();
    assert_eq!(again.state(), client.sandbox.state());
}

#[tokio::test]
async fn o18_a_group_managed_by_scim_accepts_policies_alone() {
    let client = seeded(json!({
        "members": [{ "email": "alice@example.com" }],
        "permission_groups": [{ "name": "DNS" }],
        "resource_groups": [{ "name": "All" }],
        "user_groups": [{ "name": "IdP", "managed_by_scim": true, "members": ["alice@example.com"] }],
    }))
    .await;
    let group = client.sandbox.account().user_groups[0].clone();
    let path = format!("{GROUPS}/{}", group.id);
    let members = format!("{path}/members");
    let alice = client.member("alice@example.com");
    let policies = json!([client.policy("allow")]);
    for response in [
        client.put(&path, &json!({ "name": "x", "policies": policies })).await,
        client.delete(&path).await,
        client.post(&members, &json!([{ "id": alice }])).await,
        client.put(&members, &json!([])).await,
        client.delete(&format!("{members}/{alice}")).await,
    ] {
        refused(&response, 400, "User group is managed by SCIM and cannot be modified");
    }
    assert_eq!(client.sandbox.account().user_groups[0], group);
    let body = json!({ "name": "IdP", "policies": policies });
    let updated = client.put(&path, &body).await.result();
    assert_eq!(updated["policies"].as_array().unwrap().len(), 1);
    let fields: Vec<&String> = updated.as_object().unwrap().keys().collect();
    assert_eq!(fields.len(), 6, "nothing marks the group: {fields:?}");
}

#[tokio::test]
async fn o19_a_policy_can_be_written_with_a_scope() {
    let client = client().await;
    let group = client.group("SRE").await;
    let mut policy = client.policy("allow");
    let zone = "com.cloudflare.api.account.zone.023e105f4ecef8ad9ca31a8372d0c353";
    let scope = json!({ "key": "com.cloudflare.api.account.x", "objects": [{ "key": zone }] });
    policy["resource_groups"] = json!([{ "scope": scope }]);
    let updated = client.put(&group, &json!({ "policies": [policy] })).await.result();
    assert_eq!(updated["policies"][0]["resource_groups"], json!([{ "scope": scope }]));
    assert_eq!(client.get(&group).await.result(), updated);
    policy["resource_groups"][0]["id"] = json!(UNKNOWN);
    let response = client.put(&group, &json!({ "policies": [policy] })).await;
    assert_eq!(response.refused(400), ["/policies/0/resource_groups/0"]);
    policy["resource_groups"] = json!([{ "scope": { "key": "x" } }]);
    let response = client.put(&group, &json!({ "policies": [policy] })).await;
    assert_eq!(response.refused(400), ["/policies/0/resource_groups/0/scope/objects"]);
}

#[tokio::test]
async fn o19_only_the_documented_contract_refuses_a_scope() {
    let scope = json!({ "key": "k", "objects": [{ "key": "*" }] });
    for (contract, status) in [(Contract::Documented, 400), (Contract::Current, 200)] {
        let client = Client::of(Sandbox::builder().contract(contract)).await;
        let mut policy = client.policy("allow");
        policy["resource_groups"] = json!([{ "scope": scope }]);
        let body = json!({ "name": "SRE", "policies": [policy] });
        let response = client.post(GROUPS, &body).await;
        assert_eq!(response.status, status);
        if status == 400 {
            assert_eq!(response.refused(400), ["/policies/0/resource_groups/0/scope"]);
        }
    }
}

#[tokio::test]
async fn o20_members_can_be_shown_without_status() {
    let meta = json!({ "description": "Edits DNS", "label": "dns", "scopes": "zone" });
    let client = seeded(json!({
        "hide_member_status": true,
        "members": [{ "email": "alice@example.com" }],
        "permission_groups": [{ "name": "DNS", "meta": meta }],
    }))
    .await;
    let members = format!("{}/members", client.group("SRE").await);
    let alice = client.member("alice@example.com");
    let shown = json!([{ "id": alice, "email": "alice@example.com" }]);
    succeeded(&client.post(&members, &json!([{ "id": alice }])).await, &shown);
    assert_eq!(client.get(&members).await.result(), shown);
    assert_eq!(client.get("/members").await.result()[0]["status"], "accepted");
    let id = &client.sandbox.account().permission_groups[0].id;
    let groups = json!([{ "id": id, "name": "DNS", "meta": meta }]);
    succeeded(&client.get("/iam/permission_groups").await, &groups);
}

/// The time of a `Date` header and of `created_on`, in seconds since 1970.
async fn times(client: &Client) -> (i64, i64) {
    let response = client.post(GROUPS, &json!({ "name": "SRE" })).await;
    let date = httpdate::parse_http_date(response.headers["date"].to_str().unwrap()).unwrap();
    let created = response.result()["created_on"].as_str().unwrap().to_owned();
    let created = humantime::parse_rfc3339(&created).unwrap();
    let seconds = |it: SystemTime| {
        i64::try_from(it.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()).unwrap()
    };
    (seconds(date), seconds(created))
}

#[tokio::test]
async fn date_and_created_on_are_the_time_of_the_servers_clock() {
    for offset in [0, 3600, -3600] {
        let builder = Sandbox::builder().contract(Contract::Observed).clock_offset(offset);
        let (date, created) = times(&Client::of(builder).await).await;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let expected = i64::try_from(now).unwrap() + i64::from(offset);
        assert!((expected - 30..=expected).contains(&date), "{date} {expected}");
        assert!((created..=created + 30).contains(&date), "{date} {created}");
    }
    assert_eq!(times(&client().await).await, (1_714_554_001, 1_714_554_001), "the logical clock");
}
