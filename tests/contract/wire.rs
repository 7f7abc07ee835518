//! Each operation on the wire, to the byte.

use std::future::IntoFuture;

use cloudflare_user_groups::{
    Account, ErrorKind, MemberId, MemberStatus, PermissionGroupId, Policy, ResourceGroupId, Result,
    Scope, Timestamp,
};
use httpmock::MockServer;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::operations::{
    GROUP, MEMBER, OPERATIONS, Operation, group, group_json, member, member_json,
};
use crate::server::{ACCOUNT, Reply, Request, Server, TOKEN, account};

const BOB: &str = "0a36bcfad5faccb111b47003c79917fb";
pub(crate) const PERMISSION: &str = "c8fed203ed3043cba015a93ad1616f1f";
pub(crate) const RESOURCE: &str = "6d7f2f5f5b1d4a0e9081fdc98d432fd1";
const POLICY: &str = "f267e341f3dd4697bd3b9f71dd96247f";
const POLICY_BODY: &str = concat!(
    r#"{"access":"allow","permission_groups":[{"id":"c8fed203ed3043cba015a93ad1616f1f"}],"#,
    r#""resource_groups":[{"id":"6d7f2f5f5b1d4a0e9081fdc98d432fd1"}]}"#
);

fn policy() -> Policy {
    let permission = PermissionGroupId::new(PERMISSION).expect("an id");
    Policy::allow([permission], [ResourceGroupId::new(RESOURCE).expect("an id")])
}

fn group_with_policy() -> Value {
    let mut group = group_json();
    let scope = json!({ "key": "com.cloudflare.api.account", "objects": [{ "key": "*" }] });
    group["policies"] = json!([{
        "id": POLICY, "access": "allow",
        "permission_groups": [{ "id": PERMISSION, "name": "Load Balancer Admin" }],
        "resource_groups": [
            { "id": RESOURCE, "name": "com.cloudflare.api.account", "scope": scope },
        ],
    }]);
    group
}

fn envelope(result: &Value) -> Value {
    json!({ "success": true, "errors": [], "messages": [], "result": result })
}

fn from_json<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the value is of this type")
}

/// Names and values, which are compared without their order.
pub(crate) type Pairs = [(String, String)];

/// The names and values of a query.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Sends a request to a server that returns this response, and compares it with what it must be.
async fn sent<T, R: IntoFuture<Output = Result<T>>>(
    operation: &str,
    query: &Pairs,
    body: &str,
    response: Value,
    request: impl FnOnce(&Account) -> R,
) -> T {
    let server = Server::start(move |_| Reply::json(&response)).await;
    let value = request(&server.account()).await.expect(operation);
    let requests = server.take();
    let [request] = requests.as_slice() else { panic!("{operation}: {requests:?}") };
    assert_request(request, Operation::find(operation), query, body);
    value
}

#[track_caller]
pub(crate) fn assert_request(request: &Request, operation: &Operation, query: &Pairs, body: &str) {
    let (mut expected, mut sent) = (query.to_vec(), pairs(&request.query));
    expected.sort();
    sent.sort();
    let path = format!("/client/v4{}", operation.path_in(ACCOUNT));
    assert_eq!((&*request.method, &*request.path), (operation.method, &*path));
    assert_eq!((sent, request.text()), (expected, body), "{}", operation.id);
    let connection = ["host", "content-length"];
    let mut headers: Vec<_> =
        request.headers.iter().filter(|(name, _)| !connection.contains(&name.as_str())).collect();
    headers.sort();
    let token = format!("Bearer {TOKEN}");
    let agent = format!("cloudflare-user-groups/{}", env!("CARGO_PKG_VERSION"));
    let json = "application/json";
    let mut expected =
        vec![("accept", json), ("accept-encoding", "gzip"), ("authorization", &token)];
    expected.extend((!body.is_empty()).then_some(("content-type", json)));
    expected.push(("user-agent", &agent));
    assert!(headers.iter().map(|(name, value)| (&**name, &**value)).eq(expected), "{headers:?}");
}

#[tokio::test]
async fn every_operation_sends_its_method_path_query_body_and_headers() {
    for operation in OPERATIONS {
        let (body, response) = (operation.body, operation.success());
        sent(operation.id, &pairs(operation.query), body, response, |account| {
            let account = account.clone();
            async move { operation.send(&account).await }
        })
        .await;
    }
}

/// The typed helpers of the feature `mock`.
#[tokio::test]
async fn mock_helper_of_every_operation_matches_its_request() {
    let server = MockServer::start_async().await;
    let account = account(&server.base_url());
    for operation in OPERATIONS {
        let mock = (operation.mock)(&server, operation.success());
        operation.send(&account).await.expect(operation.id);
        mock.assert_calls(1);
    }
}

#[tokio::test]
async fn create_sends_policies_by_their_ids_and_returns_the_group() {
    let mut read: Policy = from_json(group_with_policy()["policies"][0].clone());
    read.permission_groups[0].name = Some("not sent".to_owned());
    let body = format!(r#"{{"name":"SRE","policies":[{POLICY_BODY}]}}"#);
    let operation = "account-user-group-create";
    let group = sent(operation, &[], &body, envelope(&group_with_policy()), |account| {
        account.user_groups().create("SRE").policy(read)
    })
    .await;
    assert_eq!((group.id.as_str(), group.name.as_str()), (GROUP, "SRE"));
    assert_eq!(group.created_on.unwrap().as_str(), "2024-03-01T12:21:02.0000Z");
    assert_eq!(group.modified_on.unwrap().as_str(), "2024-03-02T12:21:02.0000Z");
    assert!(group.policies[0].has_same_effect(&policy()));
    assert_eq!(group.policies[0].resource_groups[0].scopes[0].objects[0].key, "*");
}

/// The group as the API shows it after a request with this body.
fn group_after(body: &str) -> Value {
    let mut group = group_json();
    group["policies"] = json!([]);
    let sent: Value = serde_json::from_str(body).expect("a body");
    for (key, value) in sent.as_object().expect("an object") {
        group[key] = value.clone();
    }
    group
}

#[tokio::test]
async fn create_omits_policies_that_were_not_given() {
    let body = r#"{"name":"ü\"\n"}"#;
    sent("account-user-group-create", &[], body, envelope(&group_after(body)), |account| {
        account.user_groups().create("ü\"\n").policies([])
    })
    .await;
}

#[tokio::test]
async fn update_sends_what_is_set_and_nothing_else() {
    let read: Policy = from_json(group_with_policy()["policies"][0].clone());
    let one = format!(r#"{{"policies":[{POLICY_BODY}]}}"#);
    let both = format!(r#"{{"name":"P","policies":[{POLICY_BODY}]}}"#);
    let cases = [
        (Some("Platform"), None, r#"{"name":"Platform"}"#),
        (None, Some(vec![]), r#"{"policies":[]}"#),
        (None, Some(vec![read]), &*one),
        (Some("P"), Some(vec![policy()]), &*both),
    ];
    for (name, policies, body) in cases {
        sent("account-user-group-update", &[], body, envelope(&group_after(body)), |account| {
            let mut update = account.user_groups().update(group());
            if let Some(policies) = policies {
                update = update.policies(policies);
            }
            if let Some(name) = name { update.name(name) } else { update }
        })
        .await;
    }
}

#[tokio::test]
async fn page_has_the_numbers_of_the_response() {
    let body = json!({
        "success": true, "result": [group_json()],
        "result_info": { "count": 1, "page": 2, "per_page": 20, "total_count": 21, "total_pages": 2 },
    });
    let server = Server::start(move |_| Reply::json(&body)).await;
    let page = server.account().user_groups().list().page(2).await.expect("listed");
    let info = page.info;
    assert_eq!((info.count, info.page, info.per_page), (Some(1), Some(2), Some(20)));
    assert_eq!((info.total_count, info.total_pages), (Some(21), Some(2)));
    assert_eq!(page.items[0].id, group());
}

#[tokio::test]
async fn invalid_input_is_refused_before_anything_is_sent() {
    const CREATE: &str = "account-user-group-create";
    const LIST: &str = "account-user-group-list";
    const UPDATE: &str = "account-user-group-update";
    const MEMBERS: &str = "account-user-group-member-list";
    const RESOURCES: &str = "account-resource-group-create";
    let server = Server::start(|_| Reply::new(500, "unexpected request")).await;
    let account = server.account();
    let groups = account.user_groups();
    let resources = |name, scope| account.create_resource_group(name, scope);
    let members = groups.members(group());
    let refused = [
        (LIST, groups.list().page(0).await.map(drop)),
        (LIST, groups.list().per_page(0).page(1).await.map(drop)),
        (LIST, groups.list().per_page(501).all().await.map(drop)),
        (MEMBERS, members.list().page(0).await.map(drop)),
        (MEMBERS, members.list().per_page(u32::MAX).all().await.map(drop)),
        (CREATE, groups.create(" \t").await.map(drop)),
        (UPDATE, groups.update(group()).name("").await.map(drop)),
        (UPDATE, groups.update(group()).await.map(drop)),
        (RESOURCES, resources(" ", Scope::new("key", ["*"])).await.map(drop)),
        (RESOURCES, resources("Shops", Scope::new("", ["*"])).await.map(drop)),
        (RESOURCES, resources("Shops", Scope::new("key", [""; 0])).await.map(drop)),
    ];
    for (operation, result) in refused {
        let error = result.expect_err("refused");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some(operation)));
        assert_eq!((error.attempts(), error.status()), (0, None));
        assert!(error.is_invalid_input() && !error.is_retryable() && !error.outcome_unknown());
    }
    assert_eq!(members.add::<MemberId>([]).await.expect("nothing to do"), []);
    assert_eq!(server.take(), []);
}

fn other_member_json() -> Value {
    json!({ "id": BOB, "email": "user@example.com", "status": "accepted" })
}

#[tokio::test]
async fn members_are_sent_once_each() {
    let bob = MemberId::new(BOB).expect("an id");
    let both = json!([member_json(), other_member_json()]);
    let ids = |members: &[cloudflare_user_groups::Member]| -> Vec<String> {
        members.iter().map(|member| member.id.to_string()).collect()
    };
    let body = format!(r#"[{{"id":"{BOB}"}},{{"id":"{MEMBER}"}}]"#);
    let operation = "account-user-group-member-create";
    let added = sent(operation, &[], &body, envelope(&both), |account| {
        account.user_groups().members(group()).add([bob.clone(), member(), bob.clone()])
    })
    .await;
    assert_eq!(ids(&added), [BOB, MEMBER]);

    let shown = json!([other_member_json(), member_json()]);
    let body = format!(r#"[{{"id":"{MEMBER}"}},{{"id":"{BOB}"}}]"#);
    let operation = "account-user-group-members-update";
    let members = sent(operation, &[], &body, envelope(&shown), |account| {
        account.user_groups().members(group()).replace([member(), bob.clone(), member()])
    })
    .await;
    assert_eq!(ids(&members), [BOB, MEMBER]);
}

/// An empty group may be shown as an empty list or as null, and then the list decides.
#[tokio::test]
async fn replacing_all_members_with_none_empties_the_group() {
    for result in [json!([]), json!(null)] {
        let server = Server::start(move |_| Reply::json(&envelope(&result))).await;
        let members = server.account().user_groups().members(group());
        assert_eq!(members.replace::<MemberId>([]).await.expect("replaced"), []);
        let sent = server.take();
        assert_eq!((sent[0].text(), sent.len()), ("[]", 2));
    }
}

#[tokio::test]
async fn member_details_are_read() {
    let details = json!({
        "id": MEMBER, "email": "user@example.com", "status": "pending",
        "created_at": "2026-01-15T10:30:00Z",
        "user": { "id": BOB, "email": "u@example.com", "first_name": "A", "last_name": "B" },
    });
    let read = sent("account-user-group-member-get", &[], "", envelope(&details), |account| {
        account.user_groups().members(group()).get(member())
    })
    .await;
    assert_eq!((read.id, read.email.as_deref()), (member(), Some("user@example.com")));
    assert_eq!(read.status, Some(MemberStatus::Pending));
    let created = read.created_at.as_ref().map(Timestamp::as_str);
    assert_eq!(created, Some("2026-01-15T10:30:00Z"));
    let user = read.user.expect("the response has a user");
    assert_eq!(user.email.as_deref(), Some("u@example.com"));
    assert_eq!((user.first_name.as_deref(), user.last_name.as_deref()), (Some("A"), Some("B")));
}
