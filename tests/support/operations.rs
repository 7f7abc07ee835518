//! The operations of the API: the one table for all tests that go through every operation.

use std::fmt::Debug;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use cloudflare_user_groups::raw::mock::MockServerExt;
use cloudflare_user_groups::{Account, AccountId, MemberId, Result, Scope, UserGroupId};
use cloudflare_user_groups_sandbox::seed;
use httpmock::{Mock, MockServer};
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "eb78d65290b24279ba6f44721b3ea3c4";
pub(crate) const GROUP: &str = "5ba5af98b9cd4f80bd3b4ed53ab6e4f5";
pub(crate) const MEMBER: &str = "4536bcfad5faccb111b47003c79917fa";

/// The result of a call, as Debug shows it.
pub(crate) type Sent = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

pub(crate) struct Operation {
    /// The published operationId.
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    /// The path below the account; that of zones is below the base URL.
    pub(crate) path: &'static str,
    /// The query and the body of the request.
    pub(crate) query: &'static str,
    pub(crate) body: &'static str,
    /// The result in the response to that request.
    pub(crate) result: fn() -> Value,
    send: fn(&Account, &Subject) -> Sent,
    /// Whether the state of the account shows the change. Reading has no effect.
    pub(crate) effect: Option<fn(&seed::Account, &Subject) -> bool>,
    /// Makes a mock server return this response, with the helper of the feature `mock`.
    pub(crate) mock: for<'a> fn(&'a MockServer, Value) -> Mock<'a>,
}

/// What a request is about.
pub(crate) struct Subject {
    pub(crate) group: UserGroupId,
    /// The name of a group that is created or renamed.
    pub(crate) name: &'static str,
    /// The member that is read or removed.
    pub(crate) member: MemberId,
    /// The members that are added, or that replace the others.
    pub(crate) members: Vec<MemberId>,
}

impl Default for Subject {
    fn default() -> Self {
        Self { group: group(), name: "SRE", member: member(), members: vec![member()] }
    }
}

impl Subject {
    fn group_in<'a>(&self, account: &'a seed::Account) -> Option<&'a seed::UserGroup> {
        account.user_groups.iter().find(|group| group.id == self.group.as_str())
    }

    fn has(&self, account: &seed::Account, member: &MemberId) -> bool {
        self.group_in(account).is_some_and(|group| group.members.contains(&member.to_string()))
    }

    fn has_all(&self, account: &seed::Account) -> bool {
        self.members.iter().all(|member| self.has(account, member))
    }
}

impl Operation {
    pub(crate) async fn send(&self, account: &Account) -> Result<String> {
        self.send_about(account, &Subject::default()).await
    }

    pub(crate) async fn send_about(&self, account: &Account, subject: &Subject) -> Result<String> {
        (self.send)(account, subject).await
    }

    pub(crate) fn find(id: &str) -> &'static Self {
        OPERATIONS.iter().find(|operation| operation.id == id).expect("the table has it")
    }

    pub(crate) fn changes(&self) -> bool {
        self.method != "GET"
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        ["GET", "PUT", "DELETE"].contains(&self.method)
    }

    /// Whether the result is a list.
    pub(crate) fn is_list(&self) -> bool {
        !self.query.is_empty() || self.id == "account-resource-group-list"
    }

    /// The body of the response to that request.
    pub(crate) fn success(&self) -> Value {
        let result = (self.result)();
        let mut body = json!({ "success": true, "errors": [], "messages": [], "result": result });
        if self.is_list() {
            let page = json!({ "count": 1, "page": 1, "per_page": 50, "total_count": 1 });
            body["result_info"] = page;
        }
        body
    }

    /// The path below the base URL, with its parameters in braces.
    pub(crate) fn template(&self) -> String {
        let of_account = if self.path == ZONES { "" } else { "/accounts/{account_id}" };
        of_account.to_owned() + self.path
    }

    /// The path below the base URL, with the ids of [`Subject::default`].
    pub(crate) fn path_in(&self, account: &str) -> String {
        let path = self.template().replace("{account_id}", account);
        path.replace("{user_group_id}", GROUP).replace("{member_id}", MEMBER)
    }
}

const GROUPS: &str = "/iam/user_groups";
const ONE_GROUP: &str = "/iam/user_groups/{user_group_id}";
const MEMBERS: &str = "/iam/user_groups/{user_group_id}/members";
const ONE_MEMBER: &str = "/iam/user_groups/{user_group_id}/members/{member_id}";
const RESOURCE_GROUPS: &str = "/iam/resource_groups";
const ZONES: &str = "/zones";

const NAME: &str = r#"{"name":"SRE"}"#;
const ONE_ID: &str = r#"[{"id":"4536bcfad5faccb111b47003c79917fa"}]"#;
const PAGE_OF_500: &str = "page=1&per_page=500";
const PAGE_OF_50: &str = "page=1&per_page=50";
const ZONES_OF_ACCOUNT: &str = "account.id=eb78d65290b24279ba6f44721b3ea3c4&page=1&per_page=50";
const SCOPED: &str = r#"{"name":"SRE","scope":{"key":"k","objects":[{"key":"o"}]}}"#;

macro_rules! mock {
    ($helper:ident $(, $($parameter:ident($value:expr)).+)?) => {
        |server, response| {
            server.$helper(|when, then| {
                let account = AccountId::new(ACCOUNT).expect("an id");
                let _ = when.account_id(&account)$($(.$parameter($value))+)?;
                then.ok(&serde_json::from_value(response).expect("the response of the spec"));
            })
        }
    };
}

/// An operation without a query, a body and an effect.
const fn operation(id: &'static str, method: &'static str, path: &'static str) -> Operation {
    Operation {
        id,
        method,
        path,
        query: "",
        body: "",
        result: || Value::Null,
        send: |_, _| panic!("there is no call"),
        effect: None,
        mock: |_, _| panic!("there is no mock"),
    }
}

impl Operation {
    const fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    const fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    const fn result(self, result: fn() -> Value) -> Self {
        Self { result, ..self }
    }

    const fn call(self, send: fn(&Account, &Subject) -> Sent) -> Self {
        Self { send, ..self }
    }

    const fn effect(self, is_there: fn(&seed::Account, &Subject) -> bool) -> Self {
        Self { effect: Some(is_there), ..self }
    }

    const fn mock(self, mock: for<'a> fn(&'a MockServer, Value) -> Mock<'a>) -> Self {
        Self { mock, ..self }
    }
}

pub(crate) static OPERATIONS: &[Operation] = &[
    operation("account-user-group-list", "GET", GROUPS)
        .query(PAGE_OF_500)
        .result(|| json!([group_json()]))
        .call(|account, _| shown(Box::pin(account.user_groups().list().all())))
        .mock(mock!(account_user_group_list)),
    operation("account-user-group-details", "GET", ONE_GROUP)
        .result(group_json)
        .call(|account, it| shown(account.user_groups().get(&it.group)))
        .mock(mock!(account_user_group_details, user_group_id(&group()))),
    operation("account-user-group-member-list", "GET", MEMBERS)
        .query(PAGE_OF_500)
        .result(|| json!([member_json()]))
        .call(|account, it| shown(Box::pin(account.user_groups().members(&it.group).list().all())))
        .mock(mock!(account_user_group_member_list, user_group_id(&group()))),
    operation("account-user-group-member-get", "GET", ONE_MEMBER)
        .result(member_json)
        .call(|account, it| shown(account.user_groups().members(&it.group).get(&it.member)))
        .mock(mock!(account_user_group_member_get, user_group_id(&group()).member_id(&member()))),
    operation("account-user-group-update", "PUT", ONE_GROUP)
        .body(NAME)
        .result(group_json)
        .call(|account, it| shown(account.user_groups().update(&it.group).name(it.name)))
        .effect(|account, it| it.group_in(account).is_some_and(|group| group.name == it.name))
        .mock(mock!(account_user_group_update, user_group_id(&group()))),
    operation("account-user-group-members-update", "PUT", MEMBERS)
        .body(ONE_ID)
        .result(|| json!([member_json()]))
        .call(|account, it| shown(account.user_groups().members(&it.group).replace(&it.members)))
        .effect(|account, it| !it.has(account, &it.member) && it.has_all(account))
        .mock(mock!(account_user_group_members_update, user_group_id(&group()))),
    operation("account-user-group-delete", "DELETE", ONE_GROUP)
        .result(|| json!({ "id": GROUP }))
        .call(|account, it| shown(account.user_groups().delete(&it.group)))
        .effect(|account, it| it.group_in(account).is_none())
        .mock(mock!(account_user_group_delete, user_group_id(&group()))),
    operation("account-user-group-member-delete", "DELETE", ONE_MEMBER)
        .result(member_json)
        .call(|account, it| shown(account.user_groups().members(&it.group).remove(&it.member)))
        .effect(|account, it| !it.has(account, &it.member))
        .mock(mock!(
            account_user_group_member_delete,
            user_group_id(&group()).member_id(&member())
        )),
    operation("account-user-group-create", "POST", GROUPS)
        .body(NAME)
        .result(group_json)
        .call(|account, it| shown(account.user_groups().create(it.name)))
        .effect(|account, it| account.user_groups.iter().any(|group| group.name == it.name))
        .mock(mock!(account_user_group_create)),
    operation("account-user-group-member-create", "POST", MEMBERS)
        .body(ONE_ID)
        .result(|| json!([member_json()]))
        .call(|account, it| shown(account.user_groups().members(&it.group).add(&it.members)))
        .effect(|account, it| it.has_all(account))
        .mock(mock!(account_user_group_member_create, user_group_id(&group()))),
    operation("account-members-list-members", "GET", "/members")
        .query(PAGE_OF_50)
        .result(|| json!([member_json()]))
        .call(|account, _| shown(Box::pin(account.list_members().all())))
        .mock(mock!(account_members_list_members)),
    operation("account-permission-group-list", "GET", "/iam/permission_groups")
        .query(PAGE_OF_50)
        .result(|| json!([{ "id": "c".repeat(32), "name": "Load Balancer Admin" }]))
        .call(|account, _| shown(Box::pin(account.list_permission_groups().all())))
        .mock(mock!(account_permission_group_list)),
    operation("account-resource-group-list", "GET", RESOURCE_GROUPS)
        .result(|| json!([resource_group_json()]))
        .call(|account, _| shown(Box::pin(account.list_resource_groups().all())))
        .mock(mock!(account_resource_group_list)),
    operation("account-resource-group-create", "POST", RESOURCE_GROUPS)
        .body(SCOPED)
        .result(resource_group_json)
        .call(|account, it| shown(account.create_resource_group(it.name, Scope::new("k", ["o"]))))
        .effect(|account, it| account.resource_groups.iter().any(|group| group.name == it.name))
        .mock(mock!(account_resource_group_create)),
    operation("zones-get", "GET", ZONES)
        .query(ZONES_OF_ACCOUNT)
        .result(|| {
            let account = json!({ "id": ACCOUNT });
            json!([{ "id": "e".repeat(32), "name": "example.com", "account": account }])
        })
        .call(|account, _| shown(Box::pin(account.list_zones().all())))
        .mock(mock!(zones_get)),
];

/// A group without policies.
pub(crate) fn group_json() -> Value {
    let (created, modified) = ("2024-03-01T12:21:02.0000Z", "2024-03-02T12:21:02.0000Z");
    json!({ "id": GROUP, "name": "SRE", "created_on": created, "modified_on": modified })
}

fn resource_group_json() -> Value {
    let scope = json!({ "key": "k", "objects": [{ "key": "o" }] });
    json!({ "id": "d".repeat(32), "name": "SRE", "scope": scope })
}

pub(crate) fn member_json() -> Value {
    json!({ "id": MEMBER, "email": "user@example.com", "status": "accepted" })
}

pub(crate) fn group() -> UserGroupId {
    UserGroupId::new(GROUP).expect("an id")
}

pub(crate) fn member() -> MemberId {
    MemberId::new(MEMBER).expect("an id")
}

pub(crate) fn shown<T, R>(request: R) -> Sent
where
    T: Debug,
    R: IntoFuture<Output = Result<T>, IntoFuture: Send + 'static>,
{
    let sent = request.into_future();
    Box::pin(async move { sent.await.map(|value| format!("{value:?}")) })
}
