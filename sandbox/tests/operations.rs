//! The operations on the documented contracts.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod common;

use cloudflare_user_groups_sandbox::{AccountMember, Contract, Sandbox, Seed};
use common::{Client, texts};
use reqwest::Method;
use serde_json::json;

fn emails(result: &serde_json::Value) -> Vec<String> {
    texts(result, "email")
}

#[tokio::test]
async fn group_life_cycle() {
    let client = Client::current().await;
    let account = client.sandbox.account();
    let (old, new) = (&account.permission_groups[3], &account.permission_groups[0]);
    let resource = &account.resource_groups[0];

    let body = json!({ "name": "SRE", "policies": [{
        "access": "allow",
        "permission_groups": [{ "id": old.id }, { "id": new.id }],
        "resource_groups": [{ "id": resource.id }],
    }] });
    let created = client.post("/iam/user_groups", &body).await.result();
    assert_eq!(created["name"], "SRE");
    assert_eq!(created["created_on"], created["modified_on"]);
    let policy = &created["policies"][0];
    assert_eq!(policy["access"], "allow");
    assert_eq!(
        policy["permission_groups"],
        json!([
            { "id": new.id, "name": new.name, "meta": new.meta },
            { "id": old.id, "name": old.name, "meta": old.meta },
        ]),
        "newest first, whatever was sent"
    );
    assert_eq!(
        policy["resource_groups"],
        json!([{ "id": resource.id, "name": resource.name, "meta": resource.meta, "scope": resource.scope }])
    );

    let path = format!("/iam/user_groups/{}", created["id"].as_str().unwrap());
    let renamed = client.put(&path, &json!({ "name": "Platform" })).await.result();
    assert_eq!(renamed["policies"], created["policies"], "missing fields are kept");
    assert_eq!(renamed["created_on"], created["created_on"]);
    assert!(renamed["modified_on"].as_str() > created["modified_on"].as_str());

    let mine = json!({ "id": policy["id"], "access": "deny", "permission_groups": [], "resource_groups": [] });
    let another = json!({ "access": "allow", "permission_groups": [], "resource_groups": [] });
    let body = json!({ "policies": [mine, another] });
    let updated = client.put(&path, &body).await.result();
    assert_eq!(updated["policies"][0], mine, "a policy keeps its id");
    let id = updated["policies"][1]["id"].as_str().unwrap();
    assert_eq!(id.len(), 32, "a policy without an id gets one");

    assert_eq!(client.put(&path, &json!({})).await.result(), updated, "nothing changes");
    assert_eq!(client.delete(&path).await.result(), json!({ "id": created["id"] }));
    assert_eq!(client.delete(&path).await.refused(404), ["user_group_id"]);
}

#[tokio::test]
async fn documented_contract_returns_one_added_member() {
    let client = Client::of(Sandbox::builder().contract(Contract::Documented)).await;
    let members = format!("{}/members", client.group("SRE").await);
    let [alice, frank] = ["alice", "frank"].map(|it| client.member(&format!("{it}@example.com")));

    assert_eq!(client.get(&members).await.result(), json!([]));
    let body = json!([{ "id": frank }, { "id": alice }]);
    let added = client.post(&members, &body).await.result();
    let frank_shown = json!({ "id": frank, "email": "frank@example.com", "status": "pending" });
    assert_eq!(added, frank_shown, "one member: the first of the request");
    let list = client.get(&members).await.result();
    assert_eq!(emails(&list), ["alice@example.com", "frank@example.com"]);

    let one = format!("{members}/{alice}");
    assert_eq!(client.delete(&one).await.result()["email"], "alice@example.com");
    assert_eq!(client.delete(&one).await.refused(404), ["member_id"]);
    let none = client.post(&members, &json!([])).await;
    assert_eq!(none.json().get("result"), None, "no member, no result");
    assert_eq!(none.status, 200);
    assert_eq!(client.get(&one).await.refused(405), ["none"]);
}

#[tokio::test]
async fn current_contract_returns_arrays_and_reads_one_member() {
    let client = Client::current().await;
    let group = client.group("SRE").await;
    let members = format!("{group}/members");
    let alice = client.member("alice@example.com");
    let bob = client.member("bob@example.com");
    client.post(&members, &json!([{ "id": bob }])).await.result();

    let added = client.post(&members, &json!([{ "id": alice }])).await.result();
    assert_eq!(emails(&added), ["alice@example.com"]);
    let none = client.post(&members, &json!([])).await.result();
    assert_eq!(none, json!([]));

    let got = client.get(&format!("{members}/{alice}")).await.result();
    let account = client.sandbox.account();
    let user = json!({
        "id": account.members[0].user_id,
        "email": "alice@example.com",
        "first_name": "Alice",
        "last_name": "Archer",
    });
    assert_eq!(got["user"], user);
    assert_eq!(got["status"], "accepted");
    assert_eq!(got["created_at"], account.members[0].created_at);

    let info = client.get(&format!("{members}?per_page=1")).await.json()["result_info"].clone();
    let expected =
        json!({ "count": 1, "page": 1, "per_page": 1, "total_count": 2, "total_pages": 2 });
    assert_eq!(info, expected);
}

#[tokio::test]
async fn current_contract_allows_duplicate_names_and_deletion_removes_memberships() {
    let client = Client::current().await;
    let first = client.group("SRE").await;
    let second = client.group("SRE").await;
    assert_ne!(first, second);
    let alice = client.member("alice@example.com");
    let body = json!([{ "id": alice }]);
    client.post(&format!("{first}/members"), &body).await.result();
    client.delete(&first).await.result();
    assert_eq!(client.get(&format!("{first}/members")).await.refused(404), ["user_group_id"]);
    assert_eq!(client.get(&format!("{second}/members")).await.result(), json!([]));
    assert_eq!(client.member("alice@example.com"), alice, "she stays in the account");
}

#[tokio::test]
async fn lookup_lists_are_filtered() {
    let client = Client::new().await;
    let account = client.sandbox.account();

    let response = client.get("/members?per_page=5&order=user.email&direction=desc").await;
    assert_eq!(response.result()[0]["email"], "frank@example.com");
    assert_eq!(response.json()["result_info"]["total_count"], 6);
    let pending = client.get("/members?status=pending").await.result();
    assert_eq!(emails(&pending), ["frank@example.com"]);
    assert_eq!(pending[0]["user"]["id"], account.members[5].user_id);

    let all = client.get("/iam/permission_groups").await.result();
    let names: Vec<String> = account.permission_groups.iter().map(|it| it.name.clone()).collect();
    assert_eq!(texts(&all, "name"), names);
    for query in ["name=DNS", "label=dns_admin", &format!("id={}", account.permission_groups[2].id)]
    {
        let found = client.get(&format!("/iam/permission_groups?{query}")).await.result();
        assert_eq!(texts(&found, "name"), ["DNS"], "{query}");
    }
    let found = client.get("/iam/resource_groups?name=All%20Domains").await.result();
    assert_eq!(found[0]["id"], account.resource_groups[1].id);
    assert_eq!(found[0]["scope"]["objects"], json!([{ "key": "*" }]));
}

#[tokio::test]
async fn zones_of_an_account_are_listed_by_name() {
    let client = Client::new().await;
    let get = |query: String| {
        let url = format!("{}/zones?{query}", client.sandbox.base_url());
        common::send(client.anonymous(Method::GET, &url).bearer_auth(client.sandbox.token()))
    };
    let account = client.sandbox.account();
    let all = get(format!("account.id={}", account.id)).await;
    assert_eq!(texts(&all.result(), "name"), ["example.com", "example.org"]);
    assert_eq!(all.json()["result_info"]["total_count"], 2);
    let zone = &account.zones[1];
    let found = get("name=example.org".to_owned()).await.result();
    let shown = json!({ "id": zone.id, "name": zone.name, "account": { "id": account.id } });
    assert_eq!(found, json!([shown]));
    get(format!("account.id={}", "f".repeat(32))).await.refused(403);
    assert_eq!(get("account.id=x".to_owned()).await.refused(400), ["account.id"]);
}

#[tokio::test]
async fn resource_groups_are_created_and_their_names_are_not_unique() {
    let client = Client::new().await;
    let scope = json!({ "key": "com.cloudflare.api.account.x", "objects": [{ "key": "*" }] });
    let body = json!({ "name": "Shops", "scope": scope });
    let first = client.post("/iam/resource_groups", &body).await.result();
    let second = client.post("/iam/resource_groups", &body).await.result();
    assert_eq!((&first["scope"], &first["name"]), (&scope, &json!("Shops")));
    let found = client.get("/iam/resource_groups?name=Shops").await.result();
    assert_eq!(found, json!([first, second]));
    let policy = json!({ "access": "allow", "permission_groups": [], "resource_groups": [
        { "id": first["id"] },
    ] });
    let body = json!({ "name": "SRE", "policies": [policy] });
    let group = client.post("/iam/user_groups", &body).await.result();
    assert_eq!(group["policies"][0]["resource_groups"], json!([first]));
}

#[tokio::test]
async fn reset_restores_seed_and_ids() {
    let client = Client::new().await;
    let before = client.sandbox.state();
    let first = client.group("SRE").await;
    let url = client.sandbox.base_url().replace("/client/v4", "/_sandbox/");
    let reset = client.anonymous(Method::POST, &format!("{url}reset"));
    assert_eq!(common::send(reset).await.status, 200);
    assert_eq!(client.sandbox.state(), before);
    assert_eq!(client.group("SRE").await, first);

    let state = client.anonymous(Method::GET, &format!("{url}state"));
    let state = Seed::from_json(&common::send(state).await.text).unwrap();
    assert_eq!(state, client.sandbox.state());
    assert_eq!(state.accounts[0].user_groups[0].name, "SRE");
    client.sandbox.reset();
    assert_eq!(client.sandbox.state(), before);

    let mut seed = before;
    let email = "new@example.com".to_owned();
    seed.accounts[0].members.push(AccountMember { email, ..AccountMember::default() });
    Sandbox::builder().seed(seed).start().await.expect("a made id is none of the seed's");
}
