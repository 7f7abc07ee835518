//! Refused requests and seeds: the status and the place of the error.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use cloudflare_user_groups_sandbox::{
    Account, AccountMember, Contract, DEFAULT_ACCOUNT_ID, Sandbox, Seed, operations,
};
use common::{Client, send};
use reqwest::Method;
use serde_json::{Value, json};

const UNKNOWN: &str = "00000000000000000000000000000000";

#[tokio::test]
async fn missing_and_wrong_credentials_are_401() {
    let builder = Sandbox::builder().api_key("ada@example.com", "0123456789abcdef");
    let client = Client::of(builder).await;
    let base = client.sandbox.base_url();
    let url = format!("{base}/accounts/{DEFAULT_ACCOUNT_ID}/iam/user_groups");
    let with = async |headers: &[(&str, &str)]| {
        let request = client.anonymous(Method::GET, &url);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        send(request).await
    };
    let token = format!("Bearer {}", client.sandbox.token());
    with(&[("authorization", &token)]).await.result();
    let pair = [("x-auth-email", "ada@example.com"), ("x-auth-key", "0123456789abcdef")];
    with(&pair).await.result();
    with(&[pair[0], pair[1], ("authorization", &token)]).await.result();

    let wrong: [&[(&str, &str)]; 6] = [
        &[],
        &[("authorization", "Bearer wrong")],
        &[("authorization", client.sandbox.token())],
        &[pair[0]],
        &[pair[0], ("x-auth-key", "fedcba9876543210")],
        &[pair[0], pair[1], ("authorization", "Bearer wrong")],
    ];
    for headers in wrong {
        let response = with(headers).await;
        response.refused(401);
        assert_eq!(response.headers["www-authenticate"], "Bearer");
    }
    let response = with(&[pair[0], ("x-auth-key", client.sandbox.token())]).await;
    response.refused(400);
    let error = &response.json()["errors"][0];
    assert_eq!(error["code"], 6003);
    assert_eq!(error["error_chain"][0]["code"], 6103);
}

#[tokio::test]
async fn other_accounts_are_403() {
    let other = "11111111111111111111111111111111";
    let mut seed = Seed::default();
    seed.accounts.push(Account { id: other.to_owned(), ..Account::default() });
    let client = Client::of(Sandbox::builder().seed(seed)).await;
    for account in [other, UNKNOWN] {
        let url = format!("{}/accounts/{account}/iam/user_groups", client.sandbox.base_url());
        let request = client.anonymous(Method::GET, &url).bearer_auth(client.sandbox.token());
        assert_eq!(send(request).await.refused(403), ["account_id"]);
    }
}

#[tokio::test]
async fn malformed_path_ids_are_400() {
    let client = Client::new().await;
    let zeros = "0".repeat(31);
    let wrong = ["x", "%20", "..x"].map(str::to_owned).into_iter();
    for wrong in wrong.chain(["g", "+", "é", "00"].map(|begin| format!("{begin}{zeros}"))) {
        let path = format!("/iam/user_groups/{wrong}");
        assert_eq!(client.get(&path).await.refused(400), ["user_group_id"], "{wrong}");
        let path = format!("/iam/user_groups/{wrong}/members/{wrong}");
        assert_eq!(client.delete(&path).await.refused(400), ["user_group_id", "member_id"]);
        let url = format!("{}/accounts/{wrong}/iam/user_groups", client.sandbox.base_url());
        let request = client.anonymous(Method::GET, &url).bearer_auth(client.sandbox.token());
        assert_eq!(send(request).await.refused(400), ["account_id"]);
    }
    client.get("/iam/user_groups/%ff").await.refused(404);
}

#[tokio::test]
async fn unknown_path_ids_are_404() {
    let client = Client::current().await;
    let group = format!("/iam/user_groups/{UNKNOWN}");
    let members = format!("{group}/members");
    let responses = [
        client.get(&group).await,
        client.put(&group, &json!({ "name": "x" })).await,
        client.delete(&group).await,
        client.get(&members).await,
        client.post(&members, &json!([])).await,
        client.put(&members, &json!([])).await,
        client.delete(&format!("{members}/{UNKNOWN}")).await,
    ];
    for response in responses {
        assert_eq!(response.refused(404), ["user_group_id"]);
        assert_eq!(response.json()["errors"][0]["code"], 1003);
    }
}

#[tokio::test]
async fn unknown_references_are_404_and_change_nothing() {
    let client = Client::current().await;
    let group = client.group("SRE").await;
    let before = client.sandbox.state();
    let known = client.sandbox.account();
    let body = json!({ "name": "x", "policies": [{
        "access": "allow",
        "permission_groups": [{ "id": known.permission_groups[0].id }, { "id": UNKNOWN }],
        "resource_groups": [{ "id": UNKNOWN }],
    }] });
    let pointers = ["/policies/0/permission_groups/1/id", "/policies/0/resource_groups/0/id"];
    assert_eq!(client.post("/iam/user_groups", &body).await.refused(404), pointers);
    assert_eq!(client.put(&group, &body).await.refused(404), pointers);
    let members = format!("{group}/members");
    let body = json!([{ "id": known.members[0].id }, { "id": UNKNOWN }]);
    assert_eq!(client.post(&members, &body).await.refused(404), ["/1/id"]);
    assert_eq!(client.put(&members, &body).await.refused(404), ["/1/id"]);
    let policy =
        json!({ "id": "p", "access": "allow", "permission_groups": [], "resource_groups": [] });
    let body = json!({ "policies": [policy, policy] });
    assert_eq!(client.put(&group, &body).await.refused(409), ["/policies/1/id"]);
    assert_eq!(client.sandbox.state(), before);
}

#[tokio::test]
async fn members_who_rejected_the_invitation_cannot_be_added() {
    let mut seed = Seed::default();
    seed.accounts[0].members[1].status =
        cloudflare_user_groups_sandbox::seed::MemberStatus::Rejected;
    let client = Client::of(Sandbox::builder().contract(Contract::Current).seed(seed)).await;
    let members = format!("{}/members", client.group("SRE").await);
    let body = json!([{ "id": client.member("alice@example.com") }, { "id": client.member("bob@example.com") }]);
    assert_eq!(client.post(&members, &body).await.refused(409), ["/1/id"]);
}

/// A body with a policy of which this field has this value.
fn with_policy(field: &str, value: Value) -> Value {
    let mut policy = json!({ "access": "allow", "permission_groups": [], "resource_groups": [] });
    policy[field] = value;
    json!({ "name": "x", "policies": [policy] })
}

#[tokio::test]
async fn malformed_group_bodies_are_400() {
    let client = Client::new().await;
    let group = client.group("SRE").await;
    let before = client.sandbox.state();
    let unknown_field = json!([{ "id": UNKNOWN, "name": "x" }]);
    let wrong = [
        (json!(null), ""),
        (json!([]), ""),
        (json!("x"), ""),
        (json!({ "name": null }), "/name"),
        (json!({ "name": 1 }), "/name"),
        (json!({ "name": "x", "extra": 1, "a/b~c": 1 }), "/a~1b~0c"),
        (json!({ "name": "x", "policies": null }), "/policies"),
        (json!({ "name": "x", "policies": {} }), "/policies"),
        (json!({ "name": "x", "policies": [1] }), "/policies/0"),
        (json!({ "name": "x", "policies": [["allow", [], []]] }), "/policies/0"),
        (json!({ "name": "x", "policies": [{}] }), "/policies/0/access"),
        (with_policy("id", json!(7)), "/policies/0/id"),
        (with_policy("access", json!("grant")), "/policies/0/access"),
        (with_policy("access", json!(null)), "/policies/0/access"),
        (with_policy("extra", json!(1)), "/policies/0/extra"),
        (with_policy("permission_groups", json!("x")), "/policies/0/permission_groups"),
        (with_policy("permission_groups", json!(["x"])), "/policies/0/permission_groups/0"),
        (with_policy("permission_groups", json!([{}])), "/policies/0/permission_groups/0/id"),
        (with_policy("resource_groups", json!([{ "id": 1 }])), "/policies/0/resource_groups/0/id"),
        (
            with_policy("resource_groups", json!([{ "id": "x" }])),
            "/policies/0/resource_groups/0/id",
        ),
        (with_policy("resource_groups", unknown_field), "/policies/0/resource_groups/0/name"),
    ];
    for (body, pointer) in wrong {
        let response = client.post("/iam/user_groups", &body).await;
        assert_eq!(response.refused(400), [pointer], "{body}");
        assert_eq!(client.put(&group, &body).await.refused(400), [pointer], "{body}");
    }
    assert_eq!(client.post("/iam/user_groups", &json!({})).await.refused(400), ["/name"]);
    let response = client.post("/iam/user_groups", &with_policy("id", json!("p"))).await;
    assert_eq!(response.refused(400), ["/policies/0/id"], "only updates name policies");
    assert_eq!(client.sandbox.state(), before);
}

#[tokio::test]
async fn malformed_member_bodies_are_400() {
    let client = Client::current().await;
    let members = format!("{}/members", client.group("SRE").await);
    let wrong = [
        (json!({}), ""),
        (json!(null), ""),
        (json!(["x"]), "/0"),
        (json!([{}]), "/0/id"),
        (json!([{ "id": null }]), "/0/id"),
        (json!([{ "id": UNKNOWN }, { "id": "x" }]), "/1/id"),
        (json!([{ "id": UNKNOWN, "email": "x" }]), "/0/email"),
    ];
    for (body, pointer) in wrong {
        assert_eq!(client.post(&members, &body).await.refused(400), [pointer], "{body}");
        assert_eq!(client.put(&members, &body).await.refused(400), [pointer], "{body}");
    }
}

#[tokio::test]
async fn bodies_must_be_json_within_the_size_limit() {
    let client = Client::new().await;
    let post = || client.request(Method::POST, "/iam/user_groups");
    let json_type = "application/json";
    assert_eq!(send(post()).await.refused(400), [""]);
    for text in ["{", "nonsense", "{\"name\": \"\\ud800\"}", &"[".repeat(100_000)] {
        let request = post().header("content-type", json_type).body(text.to_owned());
        assert_eq!(send(request).await.refused(400), [""]);
    }
    let request = post().header("content-type", json_type).body(vec![0xff, 0xfe]);
    assert_eq!(send(request).await.refused(400), [""]);
    for wrong in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = post().header("content-type", wrong).body("{\"name\":\"x\"}");
        assert_eq!(send(request).await.refused(400), ["Content-Type"], "{wrong}");
    }
    let request = post().header("content-type", "Application/JSON; charset=utf-8");
    send(request.body("{\"name\":\"x\"}")).await.result();

    let largest = json!({ "name": "x".repeat(4 * 1024 * 1024 - 11) }).to_string();
    let request = post().header("content-type", json_type).body(largest.clone());
    send(request).await.result();
    let request = post().header("content-type", json_type).body(largest + " ");
    send(request).await.refused(413);
    assert_eq!(client.sandbox.account().user_groups.len(), 2);
}

#[tokio::test]
async fn invalid_queries_are_400() {
    let client = Client::new().await;
    let group = client.group("SRE").await;
    let lists = ["/iam/user_groups".to_owned(), format!("{group}/members")];
    let bounds = [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=x", "page"),
        ("page=%2B1", "page"),
        ("page=+1", "page"),
        ("page=1.", "page"),
        ("page=.0", "page"),
        ("page=1e3", "page"),
        ("page=0x1", "page"),
        ("page=%D9%A3", "page"),
        ("page=", "page"),
        ("page=9223372036854775808", "page"),
        ("page=99999999999999999999999999", "page"),
        ("per_page=0", "per_page"),
        ("per_page=501", "per_page"),
        ("per_page=ten", "per_page"),
        ("direction=up", "direction"),
        ("direction=ASC", "direction"),
        ("page=1&page=1", "page"),
        ("pages=1", "pages"),
    ];
    for list in &lists {
        for (query, pointer) in bounds {
            let response = client.get(&format!("{list}?{query}")).await;
            assert_eq!(response.refused(400), [pointer], "{query}");
        }
        let response = client.get(&format!("{list}?page=0&pages=1&per_page=0")).await;
        assert_eq!(response.refused(400), ["pages", "page", "per_page"], "all at once");
        for query in
            ["page=2.0", "page=9223372036854775807", "per_page=500", "per_page=1", "direction=asc"]
        {
            client.get(&format!("{list}?{query}")).await.result();
        }
    }
    assert_eq!(client.get("/iam/user_groups?id=x").await.refused(400), ["id"]);
    assert_eq!(client.get(&format!("{group}?page=1")).await.refused(400), ["page"]);
    let response = client.post("/iam/user_groups?name=x", &json!({ "name": "x" })).await;
    assert_eq!(response.refused(400), ["name"]);
    for (query, pointer) in [
        ("per_page=4", "per_page"),
        ("per_page=51", "per_page"),
        ("status=x", "status"),
        ("order=id", "order"),
    ] {
        assert_eq!(client.get(&format!("/members?{query}")).await.refused(400), [pointer]);
    }
}

#[tokio::test]
async fn unknown_paths_are_404() {
    let client = Client::new().await;
    for path in ["/iam", "/iam/user_groups/", "//iam/user_groups", "/iam/User_Groups"] {
        client.get(path).await.refused(404);
    }
    let root = client.sandbox.base_url().replace("/client/v4", "");
    for path in ["/", "/client/v4", "/_sandbox", "/client/v4/_sandbox/reset", "/%ff%00"] {
        send(client.anonymous(Method::POST, &format!("{root}{path}"))).await.refused(404);
    }
}

#[tokio::test]
async fn wrong_methods_are_405_with_allow() {
    let client = Client::new().await;
    let group = client.group("SRE").await;
    let mut paths: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for operation in operations(Contract::default()) {
        // Zones are not below the account.
        let Some(path) = operation.path.strip_prefix("/accounts/{account_id}") else { continue };
        let path = path.replace("/iam/user_groups/{user_group_id}", &group);
        let path = path.replace("{member_id}", UNKNOWN);
        paths.entry(path).or_default().push(operation.method.as_str());
    }
    let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"];
    for (path, allow) in paths {
        for method in methods.iter().filter(|method| !allow.contains(method)) {
            let response = send(client.request(method.parse().unwrap(), &path)).await;
            assert_eq!(response.status, 405, "{method} {path}");
            assert_eq!(response.headers.get_all("allow").iter().count(), 1);
            assert_eq!(response.headers["allow"], allow.join(", "), "{method} {path}");
            if *method != "HEAD" {
                response.refused(405);
            }
        }
    }
    let root = client.sandbox.base_url().replace("/client/v4", "");
    let response = send(client.anonymous(Method::GET, &format!("{root}/_sandbox/reset"))).await;
    response.refused(405);
    assert_eq!(response.headers["allow"], "POST");
}

#[tokio::test]
async fn invalid_seed_reports_the_place() {
    let id = "22222222222222222222222222222222";
    let policy = |permissions: &[&str], resources: &[&str]| {
        let policy = json!({
            "access": "deny", "permission_groups": permissions, "resource_groups": resources,
        });
        json!([{ "name": "x", "policies": [policy] }])
    };
    let long = format!("{}@example.com", "x".repeat(90));
    let wrong = [
        (json!({ "members": [{ "id": "x", "email": "a@b" }] }), "[0].members[0]"),
        (json!({ "members": [{ "email": "no-address" }] }), "[0].members[0].email"),
        (json!({ "members": [{ "email": long }] }), "[0].members[0].email"),
        (json!({ "members": [{ "email": "a@b" }, { "email": "A@b" }] }), "[0].members[1].email"),
        (
            json!({ "members": [{ "id": id, "email": "a@b" }, { "id": id, "email": "c@d" }] }),
            "[0].members",
        ),
        (
            json!({ "members": [{ "email": "a@b", "created_at": "today" }] }),
            "[0].members[0].created_at",
        ),
        (
            json!({ "permission_groups": [{ "id": id, "name": "x" }, { "id": id, "name": "y" }] }),
            "[0].permission_groups",
        ),
        (json!({ "resource_groups": [{ "id": "..", "name": "x" }] }), "[0].resource_groups[0]"),
        (
            json!({ "user_groups": [{ "id": id, "name": "x" }, { "id": id, "name": "y" }] }),
            "[0].user_groups[1].id",
        ),
        (
            json!({ "user_groups": [{ "name": "x", "members": [id] }] }),
            "[0].user_groups[0].members[0]",
        ),
        (
            json!({
                "members": [{ "email": "a@b" }],
                "user_groups": [{ "name": "x", "members": ["a@b", "a@b"] }],
            }),
            "[0].user_groups[0].members[1]",
        ),
        (
            json!({ "user_groups": policy(&["x"], &[]) }),
            "[0].user_groups[0].policies[0].permission_groups[0]",
        ),
        (
            json!({
                "resource_groups": [{ "name": "x" }, { "name": "x" }],
                "user_groups": policy(&[], &["x"]),
            }),
            "[0].user_groups[0].policies[0].resource_groups[0]",
        ),
        (json!({ "id": "x" }), "[0].id"),
        (json!({ "id": id }), ""),
    ];
    for (account, place) in wrong {
        let seed = Seed::from_json(&json!({ "accounts": [account] }).to_string()).unwrap();
        let error = Sandbox::builder().seed(seed).start().await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("invalid seed: accounts{place}: ")), "{error}");
    }
    let misspelt = "{\n \"accounts\": [{\n  \"mebers\": []}]}";
    let error = Seed::from_json(misspelt).unwrap_err().to_string();
    assert!(error.contains("mebers") && error.contains("line 3"), "{error}");
}

#[tokio::test]
async fn seed_values_are_kept_and_read_back() {
    let id = |digit: &str| digit.repeat(32);
    let seed = json!({ "accounts": [{
        "members": [
            { "id": id("1"), "email": "zoe@a.example", "status": "pending" },
            { "id": id("2"), "email": "ada@z.example", "created_at": "2020-01-01T00:00:00Z" },
        ],
        "permission_groups": [{ "id": id("3"), "name": "p", "meta": { "label": "p" } }],
        "resource_groups": [{ "id": id("4"), "name": "r", "scope": [{ "key": "k", "objects": [{ "key": "*" }] }] }],
        "user_groups": [{
            "id": id("5"),
            "name": "SRE",
            "created_on": "2030-01-01T00:00:00.0000Z",
            "policies": [{ "id": "f", "access": "deny", "permission_groups": ["p"], "resource_groups": [id("4")] }],
            "members": ["zoe@a.example", id("2")],
        }],
    }] });
    let seed = Seed::from_json(&seed.to_string()).unwrap();
    let client =
        Client::of(Sandbox::builder().seed(seed).account_id(id("A")).logical_clock()).await;
    assert_eq!(client.sandbox.account_id(), id("a"));
    let group = client.get(&format!("/iam/user_groups/{}", id("5"))).await.result();
    assert_eq!(group["created_on"], "2030-01-01T00:00:00.0000Z");
    assert_eq!(group["policies"][0]["permission_groups"][0]["id"], id("3"));
    let scope = json!([{ "key": "k", "objects": [{ "key": "*" }] }]);
    assert_eq!(group["policies"][0]["resource_groups"][0]["scope"], scope);
    assert_eq!(client.sandbox.account().user_groups[0].members, [id("2"), id("1")]);
    let renamed = client
        .put(&format!("/iam/user_groups/{}", id("5")), &json!({ "name": "x" }))
        .await
        .result();
    assert_eq!(renamed["modified_on"], "2030-01-01T00:00:01.000Z", "never before created_on");

    let state = client.sandbox.state();
    let again = Sandbox::builder().seed(state.clone()).account_id(id("a")).start().await.unwrap();
    assert_eq!(again.state(), state);
    let member = AccountMember { id: id("1"), ..again.account().members[1].clone() };
    assert_eq!(again.account().members[1], member);
}
