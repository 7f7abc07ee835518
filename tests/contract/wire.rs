//! Each operation on the wire, to the byte, against the typed helpers that the generator makes.

use std::sync::{Arc, Mutex};

use cloudflare_user_groups::raw::mock::MockServerExt;
use cloudflare_user_groups::raw::types;
use cloudflare_user_groups::{
    Account, AccountId, Client, Direction, Error, MemberId, MemberStatus, PermissionGroupId,
    Policy, ResourceGroupId, Timestamp, UserGroup, UserGroupId,
};
use futures_util::TryStreamExt;
use httpmock::{HttpMockRequest, MockServer, When};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::server::{ACCOUNT, Reply, Server, TOKEN, account};

const GROUP: &str = "5ba5af98b9cd4f80bd3b4ed53ab6e4f5";
const ALICE: &str = "4536bcfad5faccb111b47003c79917fa";
const BOB: &str = "0a36bcfad5faccb111b47003c79917fb";
const PERMISSION: &str = "c8fed203ed3043cba015a93ad1616f1f";
const RESOURCE: &str = "6d7f2f5f5b1d4a0e9081fdc98d432fd1";
const POLICY: &str = "f267e341f3dd4697bd3b9f71dd96247f";

/// Every request that a mock was asked about.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<HttpMockRequest>>>);

impl Record {
    fn note(&self, when: When) {
        let record = self.clone();
        when.is_true(move |request| {
            record.0.lock().expect("nothing panics here").push(request.clone());
            true
        });
    }

    /// Compares the one request with what it must be. The query is compared without its order.
    #[track_caller]
    fn assert_sent(&self, method: &str, path: &str, query: &[(&str, &str)], body: &str) {
        let requests = self.0.lock().expect("nothing panics here");
        let [request] = requests.as_slice() else {
            panic!("{} requests instead of one", requests.len())
        };
        let mut sent = request.query_params();
        sent.sort();
        let mut expected: Vec<_> =
            query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        expected.sort();
        assert_eq!(request.method_str(), method);
        assert_eq!(request.uri().path(), path);
        assert_eq!(sent, expected);
        assert_eq!(request.body_string(), body);
        assert_eq!(headers(request), expected_headers(!body.is_empty()));
    }
}

/// All headers but those that belong to the connection.
fn headers(request: &HttpMockRequest) -> Vec<(String, String)> {
    let mut headers: Vec<_> = request
        .headers_vec()
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .filter(|(name, _)| !["host", "content-length"].contains(&name.as_str()))
        .collect();
    headers.sort();
    headers
}

fn expected_headers(has_body: bool) -> Vec<(String, String)> {
    let mut expected = vec![
        ("accept".to_owned(), "application/json".to_owned()),
        ("accept-encoding".to_owned(), "gzip".to_owned()),
        ("authorization".to_owned(), format!("Bearer {TOKEN}")),
    ];
    if has_body {
        expected.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let version = env!("CARGO_PKG_VERSION");
    expected.push(("user-agent".to_owned(), format!("cloudflare-user-groups/{version}")));
    expected
}

/// Wire types can only be read, as they are in an answer.
fn wire<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the value is of this type")
}

fn success<T: DeserializeOwned>(result: Value) -> T {
    wire(json!({ "success": true, "errors": [], "messages": [], "result": result }))
}

fn failure(code: i64) -> types::FailureResponse {
    let errors = json!([{
        "code": code, "message": "it was refused",
        "documentation_url": "https://example.com/why", "source": { "pointer": "/name" },
    }]);
    wire(json!({ "success": false, "errors": errors, "messages": [], "result": {} }))
}

#[track_caller]
fn assert_refused(error: &Error, status: u16, code: i64, operation: &str) {
    assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
    assert_eq!(error.codes().collect::<Vec<_>>(), [code]);
    assert_eq!(error.operation(), Some(operation));
    assert_eq!(error.is_not_found(), status == 404);
    let [item] = error.errors() else { panic!("{} items", error.errors().len()) };
    assert_eq!(item.message(), "it was refused");
    assert_eq!(item.pointer(), Some("/name"));
    assert_eq!(item.documentation_url(), Some("https://example.com/why"));
}

fn group_json() -> Value {
    json!({
        "id": GROUP, "name": "SRE",
        "created_on": "2024-03-01T12:21:02.0000Z", "modified_on": "2024-03-02T12:21:02.0000Z",
        "policies": [{
            "id": POLICY, "access": "allow",
            "permission_groups": [{ "id": PERMISSION, "name": "Load Balancer Admin" }],
            "resource_groups": [{
                "id": RESOURCE, "name": "com.cloudflare.api.account",
                "scope": { "key": "com.cloudflare.api.account", "objects": [{ "key": "*" }] },
            }],
        }],
    })
}

fn member_json(id: &str) -> Value {
    json!({ "id": id, "email": "user@example.com", "status": "accepted" })
}

struct Wire {
    server: MockServer,
    account: Account,
    account_id: AccountId,
    group: UserGroupId,
    record: Record,
}

impl Wire {
    async fn new() -> Self {
        let server = MockServer::start_async().await;
        let account = account(&server.base_url());
        let (account_id, group) =
            (AccountId::new(ACCOUNT).unwrap(), UserGroupId::new(GROUP).unwrap());
        Self { server, account, account_id, group, record: Record::default() }
    }
}

fn groups_path() -> String {
    format!("/accounts/{ACCOUNT}/iam/user_groups")
}

fn group_path() -> String {
    format!("/accounts/{ACCOUNT}/iam/user_groups/{GROUP}")
}

fn members_path() -> String {
    format!("/accounts/{ACCOUNT}/iam/user_groups/{GROUP}/members")
}

fn member(id: &str) -> MemberId {
    MemberId::new(id).expect("an id")
}

fn policy() -> Policy {
    let permission = PermissionGroupId::new(PERMISSION).expect("an id");
    let resource = ResourceGroupId::new(RESOURCE).expect("an id");
    Policy::allow([permission], [resource])
}

const POLICY_BODY: &str = concat!(
    r#"{"access":"allow","permission_groups":[{"id":"c8fed203ed3043cba015a93ad1616f1f"}],"#,
    r#""resource_groups":[{"id":"6d7f2f5f5b1d4a0e9081fdc98d432fd1"}]}"#
);

#[tokio::test]
async fn create() {
    let it = Wire::new().await;
    let mock = it.server.account_user_group_create(|when, then| {
        it.record.note(when.account_id(&it.account_id).into_inner());
        then.ok(&success(group_json()));
    });
    let group = it.account.user_groups().create("SRE").policy(policy()).await.expect("created");
    mock.assert_calls(1);
    let body = format!(r#"{{"name":"SRE","policies":[{POLICY_BODY}]}}"#);
    it.record.assert_sent("POST", &groups_path(), &[], &body);
    assert_eq!((group.id.as_str(), group.name.as_str()), (GROUP, "SRE"));
    assert_eq!(group.created_on.unwrap().as_str(), "2024-03-01T12:21:02.0000Z");
    assert_eq!(group.modified_on.unwrap().as_str(), "2024-03-02T12:21:02.0000Z");
    assert!(group.policies[0].has_same_effect(&policy()));
    assert_eq!(group.policies[0].resource_groups[0].scopes[0].objects[0].key, "*");
}

/// The group as the API shows it after a request with this body.
fn shown(body: &str) -> Value {
    let mut group = group_json();
    let sent: Value = serde_json::from_str(body).expect("a body");
    for (key, value) in sent.as_object().expect("an object") {
        group[key] = value.clone();
    }
    if sent.get("policies").is_none() {
        group["policies"] = json!([]);
    }
    group
}

#[tokio::test]
async fn create_sends_no_policies_that_were_not_given_and_no_id_of_another_group() {
    let it = Wire::new().await;
    let mut read: Policy = wire(group_json()["policies"][0].clone());
    read.permission_groups[0].name = Some("not sent".to_owned());
    let groups = it.account.user_groups();
    let requests = [
        (groups.create("ü\"\n"), r#"{"name":"ü\"\n"}"#.to_owned()),
        (
            groups.create("a").policies([read]),
            format!(r#"{{"name":"a","policies":[{POLICY_BODY}]}}"#),
        ),
        (groups.create("a").policies([]), r#"{"name":"a"}"#.to_owned()),
    ];
    for (request, body) in requests {
        let record = Record::default();
        let mock = it.server.account_user_group_create(|when, then| {
            record.note(when.into_inner());
            then.ok(&success(shown(&body)));
        });
        request.await.expect("created");
        record.assert_sent("POST", &groups_path(), &[], &body);
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn create_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_create(|_, then| {
        then.client_error(400, &failure(1001));
    });
    let error = it.account.user_groups().create("SRE").await.expect_err("refused");
    assert_refused(&error, 400, 1001, "account-user-group-create");
}

#[tokio::test]
async fn details() {
    let it = Wire::new().await;
    let mock = it.server.account_user_group_details(|when, then| {
        it.record.note(when.account_id(&it.account_id).user_group_id(&it.group).into_inner());
        then.ok(&success(group_json()));
    });
    let group = it.account.user_groups().get(&it.group).await.expect("read");
    mock.assert_calls(1);
    it.record.assert_sent("GET", &group_path(), &[], "");
    assert_eq!(group.id, it.group);
}

#[tokio::test]
async fn details_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_details(|_, then| {
        then.client_error(404, &failure(1002));
    });
    let error = it.account.user_groups().get(&it.group).await.expect_err("refused");
    assert_refused(&error, 404, 1002, "account-user-group-details");
}

#[tokio::test]
async fn update_sends_what_is_named_and_nothing_else() {
    let it = Wire::new().await;
    let read: Policy = wire(group_json()["policies"][0].clone());
    let groups = it.account.user_groups();
    let requests = [
        (groups.update(&it.group).name("Platform"), r#"{"name":"Platform"}"#.to_owned()),
        (groups.update(&it.group).policies([]), r#"{"policies":[]}"#.to_owned()),
        (groups.update(&it.group).policies([read]), format!(r#"{{"policies":[{POLICY_BODY}]}}"#)),
        (
            groups.update(&it.group).policies([policy()]).name("P"),
            format!(r#"{{"name":"P","policies":[{POLICY_BODY}]}}"#),
        ),
    ];
    for (request, body) in requests {
        let record = Record::default();
        let mock = it.server.account_user_group_update(|when, then| {
            record.note(when.account_id(&it.account_id).user_group_id(&it.group).into_inner());
            then.ok(&success(shown(&body)));
        });
        request.await.expect("updated");
        record.assert_sent("PUT", &group_path(), &[], &body);
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn update_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_update(|_, then| {
        then.client_error(409, &failure(1003));
    });
    let error = it.account.user_groups().update(&it.group).name("a").await.expect_err("refused");
    assert_refused(&error, 409, 1003, "account-user-group-update");
}

#[tokio::test]
async fn delete() {
    let it = Wire::new().await;
    let mock = it.server.account_user_group_delete(|when, then| {
        it.record.note(when.account_id(&it.account_id).user_group_id(&it.group).into_inner());
        then.ok(&success(json!({ "id": GROUP })));
    });
    it.account.user_groups().delete(&it.group).await.expect("deleted");
    mock.assert_calls(1);
    it.record.assert_sent("DELETE", &group_path(), &[], "");
}

#[tokio::test]
async fn delete_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_delete(|_, then| {
        then.client_error(404, &failure(1004));
    });
    let error = it.account.user_groups().delete(&it.group).await.expect_err("refused");
    assert_refused(&error, 404, 1004, "account-user-group-delete");
}

#[tokio::test]
async fn list() {
    let it = Wire::new().await;
    let mock = it.server.account_user_group_list(|when, then| {
        it.record.note(when.account_id(&it.account_id).into_inner());
        then.ok(&wire(json!({
            "success": true, "result": [group_json()],
            "result_info": { "count": 1, "page": 1, "per_page": 500, "total_count": 1 },
        })));
    });
    let groups = it.account.user_groups().list().all().await.expect("listed");
    mock.assert_calls(1);
    it.record.assert_sent("GET", &groups_path(), &[("page", "1"), ("per_page", "500")], "");
    assert_eq!(groups.len(), 1);
}

#[tokio::test]
async fn list_sends_each_filter_alone_and_all_together() {
    let it = Wire::new().await;
    let list = it.account.user_groups().list();
    let awkward = "a&b=c+d e/ü%20?#'";
    let requests = [
        (list.clone().id(&it.group), vec![("id", GROUP)]),
        (list.clone().name(awkward), vec![("name", awkward)]),
        (list.clone().name(""), vec![("name", "")]),
        (list.clone().name_contains(awkward), vec![("fuzzyName", awkward)]),
        (list.clone().direction(Direction::Ascending), vec![("direction", "asc")]),
        (list.clone().direction(Direction::Descending), vec![("direction", "desc")]),
        (
            list.id(&it.group).name("n").name_contains("f").direction(Direction::Descending),
            vec![("id", GROUP), ("name", "n"), ("fuzzyName", "f"), ("direction", "desc")],
        ),
    ];
    for (request, mut query) in requests {
        let record = Record::default();
        let mock = it.server.account_user_group_list(|when, then| {
            record.note(when.into_inner());
            then.ok(&wire(json!({ "success": true, "result": [] })));
        });
        let page = request.per_page(7).page(3).await.expect("listed");
        assert!(page.items.is_empty());
        query.extend([("page", "3"), ("per_page", "7")]);
        record.assert_sent("GET", &groups_path(), &query, "");
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn a_page_says_what_the_answer_says_of_it() {
    let it = Wire::new().await;
    it.server.account_user_group_list(|_, then| {
        then.ok(&wire(json!({
            "success": true, "result": [group_json()],
            "result_info": {
                "count": 1, "page": 2, "per_page": 20, "total_count": 21, "total_pages": 2,
            },
        })));
    });
    let page = it.account.user_groups().list().page(2).await.expect("listed");
    let told = (page.info.count, page.info.page, page.info.per_page, page.info.total_count);
    assert_eq!(told, (Some(1), Some(2), Some(20), Some(21)));
    assert_eq!(page.info.total_pages, Some(2));
    assert_eq!(page.items[0].id, it.group);
}

#[tokio::test]
async fn list_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_list(|_, then| {
        then.client_error(403, &failure(10000));
    });
    let error = it.account.user_groups().list().all().await.expect_err("refused");
    assert_refused(&error, 403, 10000, "account-user-group-list");
    assert!(error.is_forbidden());
}

#[tokio::test]
async fn member_list_sends_each_filter() {
    let it = Wire::new().await;
    let list = it.account.user_groups().members(&it.group).list();
    let requests = [
        (list.clone(), vec![]),
        (list.clone().email_contains("@a+b.com"), vec![("fuzzyEmail", "@a+b.com")]),
        (list.clone().direction(Direction::Ascending), vec![("direction", "asc")]),
        (
            list.email_contains("ü").direction(Direction::Descending),
            vec![("fuzzyEmail", "ü"), ("direction", "desc")],
        ),
    ];
    for (request, mut query) in requests {
        let record = Record::default();
        let mock = it.server.account_user_group_member_list(|when, then| {
            record.note(when.account_id(&it.account_id).user_group_id(&it.group).into_inner());
            then.ok(&wire(json!({
                "success": true, "result": [member_json(ALICE)], "result_info": { "total_count": 1 },
            })));
        });
        let members: Vec<_> = request.stream().try_collect().await.expect("listed");
        assert_eq!(members[0].id, member(ALICE));
        assert_eq!(members[0].email.as_deref(), Some("user@example.com"));
        query.extend([("page", "1"), ("per_page", "500")]);
        record.assert_sent("GET", &members_path(), &query, "");
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn member_list_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_member_list(|_, then| {
        then.client_error(404, &failure(1005));
    });
    let list = it.account.user_groups().members(&it.group).list();
    let error = list.stream().try_next().await.expect_err("refused");
    assert_refused(&error, 404, 1005, "account-user-group-member-list");
}

#[tokio::test]
async fn pages_out_of_bounds_are_refused_before_anything_is_sent() {
    let server = Server::start(|_| Reply::new(500, "not to be asked")).await;
    let groups = server.account().user_groups();
    let members = groups.members(UserGroupId::new(GROUP).unwrap());
    let refused = [
        groups.list().page(0).await.map(drop),
        groups.list().per_page(0).page(1).await.map(drop),
        groups.list().per_page(501).all().await.map(drop),
        members.list().page(0).await.map(drop),
        members.list().per_page(u32::MAX).all().await.map(drop),
    ];
    for result in refused {
        let error = result.expect_err("refused");
        assert!(error.is_invalid_input(), "{error}");
        assert_eq!(error.attempts(), 0);
    }
    assert_eq!(server.take(), []);
}

#[tokio::test]
async fn add_members_sends_each_once() {
    let it = Wire::new().await;
    let mock = it.server.account_user_group_member_create(|when, then| {
        it.record.note(when.account_id(&it.account_id).user_group_id(&it.group).into_inner());
        then.ok(&success(json!([member_json(ALICE), member_json(BOB)])));
    });
    let members = it.account.user_groups().members(&it.group);
    let added = members.add([member(BOB), member(ALICE), member(BOB)]).await.expect("added");
    mock.assert_calls(1);
    let body = format!(r#"[{{"id":"{BOB}"}},{{"id":"{ALICE}"}}]"#);
    it.record.assert_sent("POST", &members_path(), &[], &body);
    let added: Vec<_> = added.iter().map(|member| member.id.as_str()).collect();
    assert_eq!(added, [BOB, ALICE]);
}

#[tokio::test]
async fn adding_nobody_sends_nothing() {
    let server = Server::start(|_| Reply::new(500, "not to be asked")).await;
    let members = server.account().user_groups().members(UserGroupId::new(GROUP).unwrap());
    assert_eq!(members.add::<MemberId>([]).await.expect("nothing to do"), []);
    assert_eq!(server.take(), []);
}

#[tokio::test]
async fn add_members_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_member_create(|_, then| {
        then.client_error(400, &failure(1006));
    });
    let members = it.account.user_groups().members(&it.group);
    let error = members.add([member(ALICE)]).await.expect_err("refused");
    assert_refused(&error, 400, 1006, "account-user-group-member-create");
}

#[tokio::test]
async fn replace_members_and_empty_the_group() {
    let it = Wire::new().await;
    let members = it.account.user_groups().members(&it.group);
    let requests = [
        (
            members.replace([member(ALICE), member(BOB), member(ALICE)]),
            format!(r#"[{{"id":"{ALICE}"}},{{"id":"{BOB}"}}]"#),
        ),
        (members.replace::<MemberId>([]), "[]".to_owned()),
    ];
    // An empty group may be shown as an empty list or as null, and then the list decides.
    it.server.account_user_group_member_list(|_, then| {
        then.ok(&success(json!(null)));
    });
    let shown = [vec![BOB, ALICE], vec![]];
    for ((request, body), shown) in requests.into_iter().zip(shown) {
        let record = Record::default();
        let mock = it.server.account_user_group_members_update(|when, then| {
            record.note(when.account_id(&it.account_id).user_group_id(&it.group).into_inner());
            then.ok(&success(shown.iter().map(|id| member_json(id)).collect()));
        });
        let now = request.await.expect("replaced");
        assert_eq!(now.iter().map(|member| member.id.as_str()).collect::<Vec<_>>(), shown);
        record.assert_sent("PUT", &members_path(), &[], &body);
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn replace_members_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_members_update(|_, then| {
        then.client_error(422, &failure(1007));
    });
    let members = it.account.user_groups().members(&it.group);
    let error = members.replace([member(ALICE)]).await.expect_err("refused");
    assert_refused(&error, 422, 1007, "account-user-group-members-update");
}

#[tokio::test]
async fn remove_member() {
    let it = Wire::new().await;
    let alice = member(ALICE);
    let mock = it.server.account_user_group_member_delete(|when, then| {
        let when = when.account_id(&it.account_id).user_group_id(&it.group).member_id(&alice);
        it.record.note(when.into_inner());
        then.ok(&success(member_json(ALICE)));
    });
    it.account.user_groups().members(&it.group).remove(&alice).await.expect("removed");
    mock.assert_calls(1);
    it.record.assert_sent("DELETE", &format!("{}/{ALICE}", members_path()), &[], "");
}

#[tokio::test]
async fn remove_member_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_member_delete(|_, then| {
        then.client_error(404, &failure(1008));
    });
    let members = it.account.user_groups().members(&it.group);
    let error = members.remove(member(ALICE)).await.expect_err("refused");
    assert_refused(&error, 404, 1008, "account-user-group-member-delete");
}

#[tokio::test]
async fn member_details() {
    let it = Wire::new().await;
    let alice = member(ALICE);
    let mock = it.server.account_user_group_member_get(|when, then| {
        let when = when.account_id(&it.account_id).user_group_id(&it.group).member_id(&alice);
        it.record.note(when.into_inner());
        then.ok(&success(json!({
            "id": ALICE, "email": "user@example.com", "status": "pending",
            "created_at": "2026-01-15T10:30:00Z",
            "user": { "id": BOB, "email": "u@example.com", "first_name": "A", "last_name": "B" },
        })));
    });
    let read = it.account.user_groups().members(&it.group).get(&alice).await.expect("read");
    mock.assert_calls(1);
    it.record.assert_sent("GET", &format!("{}/{ALICE}", members_path()), &[], "");
    assert_eq!((&read.id, read.email.as_deref()), (&alice, Some("user@example.com")));
    assert_eq!(read.status, Some(MemberStatus::Pending));
    let created = read.created_at.as_ref().map(Timestamp::as_str);
    assert_eq!(created, Some("2026-01-15T10:30:00Z"));
    let user = read.user.expect("the user is told");
    assert_eq!(user.email.as_deref(), Some("u@example.com"));
    assert_eq!((user.first_name.as_deref(), user.last_name.as_deref()), (Some("A"), Some("B")));
}

#[tokio::test]
async fn member_details_refused() {
    let it = Wire::new().await;
    it.server.account_user_group_member_get(|_, then| {
        then.client_error(404, &failure(1009));
    });
    let members = it.account.user_groups().members(&it.group);
    let error = members.get(member(ALICE)).await.expect_err("refused");
    assert_refused(&error, 404, 1009, "account-user-group-member-get");
}

#[tokio::test]
async fn names_that_say_nothing_and_empty_updates_are_refused_before_anything_is_sent() {
    let server = Server::start(|_| Reply::new(500, "not to be asked")).await;
    let groups = server.account().user_groups();
    let group = UserGroupId::new(GROUP).unwrap();
    for error in [
        groups.create(" \t").await.expect_err("refused"),
        groups.update(&group).name("").await.expect_err("refused"),
        groups.update(&group).await.expect_err("refused"),
    ] {
        assert!(error.is_invalid_input(), "{error}");
        assert_eq!((error.attempts(), error.status()), (0, None));
        assert!(!error.is_retryable() && !error.outcome_unknown());
    }
    assert_eq!(server.take(), []);
}

/// Answers with one group and nothing to page for.
async fn one_group() -> Server {
    Server::start(|_| Reply::json(&json!({ "success": true, "result": group_json() }))).await
}

const KEY: &str = "1234567893feefc5f0q5000bfo0c38d90bbeb";
const EMAIL: &str = "admin+sre@example.com";

#[tokio::test]
async fn a_key_pair_is_sent_instead_of_a_token_and_a_base_path_is_kept() {
    let server = one_group().await;
    let client = Client::builder()
        .api_key(EMAIL, KEY)
        .base_url(format!("{}/", server.base_url()))
        .user_agent("group-sync/1.2")
        .build()
        .expect("set up rightly");
    let groups = client.account(AccountId::new(ACCOUNT).unwrap()).user_groups();
    groups.get(UserGroupId::new(GROUP).unwrap()).await.expect("read");
    let requests = server.take();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.path, format!("/client/v4{}", group_path()));
    assert_eq!(request.header("x-auth-email"), Some(EMAIL));
    assert_eq!(request.header("x-auth-key"), Some(KEY));
    let agent = format!("group-sync/1.2 cloudflare-user-groups/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent.as_str()));
    let unwanted = ["authorization", "api-version", "cookie", "content-type"];
    assert!(!request.headers.iter().any(|(name, _)| unwanted.contains(&name.as_str())));
}

#[tokio::test]
async fn nothing_that_can_be_shown_shows_the_credential() {
    for builder in [Client::builder().api_token(KEY), Client::builder().api_key(EMAIL, KEY)] {
        let mut shown = vec![format!("{builder:?}")];
        let client = builder.base_url("http://127.0.0.1:9").build().expect("set up rightly");
        let account = client.account(AccountId::new(ACCOUNT).unwrap());
        let (groups, group) = (account.user_groups(), UserGroupId::new(GROUP).unwrap());
        let members = groups.members(&group);
        shown.extend([
            format!("{client:?} {account:?} {groups:?} {members:?}"),
            format!("{:?} {:?} {:?}", groups.create("a"), groups.get(&group), groups.list()),
            format!("{:?} {:?}", groups.update(&group).name("a"), groups.delete(&group)),
            format!("{:?} {:?}", members.add([member(ALICE)]), members.replace([member(ALICE)])),
            format!("{:?} {:?}", members.remove(member(ALICE)), members.list()),
            format!("{:?}", members.list().stream()),
        ]);
        for text in shown {
            assert!(!text.contains(KEY) && !text.contains(EMAIL), "{text}");
        }
    }
}

#[test]
fn a_credential_that_cannot_be_one_is_refused_without_being_shown() {
    let bad = ["", "Bearer abc", "abc\n", "abc\r\nX-Evil: 1", "ab\u{e9}c", "\u{0}"];
    for text in bad {
        for builder in [
            Client::builder().api_token(text),
            Client::builder().api_key(text, KEY),
            Client::builder().api_key(EMAIL, text),
        ] {
            let error = builder.build().expect_err("refused");
            assert!(error.is_invalid_input());
            assert!(text.is_empty() || !format!("{error} {error:?}").contains(text), "{error}");
        }
    }
}

#[test]
fn plain_http_is_only_for_loopback() {
    let build = |url: &str| Client::builder().api_token(TOKEN).base_url(url).build();
    for url in [
        "http://example.com",
        "http://10.0.0.1",
        "http://0.0.0.0:8080",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[::2]",
        "http://[::ffff:10.0.0.1]",
        "HTTP://api.cloudflare.com/client/v4",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "127.0.0.1:8080",
        "api.cloudflare.com",
        "https://user:secret@api.cloudflare.com",
        "http://secret@127.0.0.1",
        "https://api.cloudflare.com/?secret=1",
        "https://api.cloudflare.com/#secret",
        "https://",
        "",
    ] {
        let error = build(url).expect_err(url);
        assert!(error.is_invalid_input(), "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
    for url in [
        "http://127.0.0.1:1",
        "http://127.8.9.10",
        "http://[::1]:8080/client/v4",
        "http://localhost:8080/",
        "http://LOCALHOST",
        "https://example.com/client/v4",
    ] {
        assert!(build(url).is_ok(), "{url}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = one_group().await;
    let location = format!("{}{}", elsewhere.base_url(), group_path());
    for status in [301, 302, 303, 307, 308] {
        let to = location.clone();
        let server = Server::start(move |_| Reply::new(status, "").header("location", &to)).await;
        let group = UserGroupId::new(GROUP).unwrap();
        let error = server.account().user_groups().get(&group).await.expect_err("not followed");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(!error.is_retryable());
        assert!(error.to_string().contains("redirects are not followed"), "{error}");
        // 303 after a POST says that it was processed.
        let error = server.account().user_groups().create("a").await.expect_err("not followed");
        assert_eq!(error.outcome_unknown(), status == 303, "{error}");
    }
    assert_eq!(elsewhere.take(), []);
}

/// Names and values of environment variables.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Tests may not change the environment of their process, so each of these runs in one of its own.
#[tokio::test]
async fn the_environment_gives_one_credential_and_a_token_wins() {
    let server = one_group().await;
    let (token, email, key) =
        (("CLOUDFLARE_API_TOKEN", TOKEN), ("CLOUDFLARE_EMAIL", EMAIL), ("CLOUDFLARE_API_KEY", KEY));
    let bearer = format!("Bearer {TOKEN}");
    let cases: [(Variables<'_>, Option<[Option<&str>; 3]>); 7] = [
        (&[token], Some([Some(&bearer), None, None])),
        (&[token, email, key], Some([Some(&bearer), None, None])),
        (&[email, key], Some([None, Some(EMAIL), Some(KEY)])),
        (&[("CLOUDFLARE_API_TOKEN", ""), email, key], Some([None, Some(EMAIL), Some(KEY)])),
        (&[email], None),
        (&[key], None),
        (&[], None),
    ];
    for (variables, expected) in cases {
        let status = tokio::process::Command::new(std::env::current_exe().expect("it has a path"))
            .args(["--exact", "wire::from_env", "--ignored", "--quiet"])
            .env_clear()
            .envs(variables.iter().copied())
            .env("CLOUDFLARE_BASE_URL", server.base_url())
            .env("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)
            .output()
            .await
            .expect("it runs")
            .status;
        assert_eq!(status.success(), expected.is_some(), "{variables:?}");
        let sent: Vec<_> = server.take();
        let sent: Vec<_> = sent
            .iter()
            .map(|it| ["authorization", "x-auth-email", "x-auth-key"].map(|name| it.header(name)))
            .collect();
        assert_eq!(sent, Vec::from_iter(expected), "{variables:?}");
    }
}

#[tokio::test]
#[ignore = "run by the test above with an environment of its own"]
async fn from_env() {
    let client = Client::from_env().expect("there is a credential");
    let account = client.account(AccountId::from_env().expect("there is an account"));
    account.user_groups().get(UserGroupId::new(GROUP).unwrap()).await.expect("read");
}

/// What the API writes can be kept as it is and read again, and the other way round.
#[test]
fn the_model_reads_and_writes_the_json_of_the_api() {
    let group: UserGroup = wire(group_json());
    assert_eq!(group.policies[0].resource_groups[0].scopes.len(), 1);
    assert_eq!(serde_json::to_value(&group).expect("it can be written"), group_json());
    let mut several = group_json();
    let scope = several["policies"][0]["resource_groups"][0]["scope"].take();
    several["policies"][0]["resource_groups"][0]["scope"] = json!([scope, scope]);
    let group: UserGroup = wire(several.clone());
    assert_eq!(group.policies[0].resource_groups[0].scopes.len(), 2);
    assert_eq!(serde_json::to_value(&group).expect("it can be written"), several);
}
