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
    /// The summary in the published documentation.
    pub(crate) summary: &'static str,
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

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        id: "account-user-group-list",
        method: "GET",
        path: GROUPS,
        summary: "List User Groups",
        query: PAGE_OF_500,
        body: "",
        result: || json!([group_json()]),
        send: |account, _| shown(Box::pin(account.user_groups().list().all())),
        effect: None,
        mock: mock!(account_user_group_list),
    },
    Operation {
        id: "account-user-group-details",
        method: "GET",
        path: ONE_GROUP,
        summary: "User Group Details",
        query: "",
        body: "",
        result: group_json,
        send: |account, it| shown(account.user_groups().get(&it.group)),
        effect: None,
        mock: mock!(account_user_group_details, user_group_id(&group())),
    },
    Operation {
        id: "account-user-group-member-list",
        method: "GET",
        path: MEMBERS,
        summary: "List User Group Members",
        query: PAGE_OF_500,
        body: "",
        result: || json!([member_json()]),
        send: |account, it| shown(Box::pin(account.user_groups().members(&it.group).list().all())),
        effect: None,
        mock: mock!(account_user_group_member_list, user_group_id(&group())),
    },
    Operation {
        id: "account-user-group-member-get",
        method: "GET",
        path: ONE_MEMBER,
        summary: "Get User Group Member",
        query: "",
        body: "",
        result: member_json,
        send: |account, it| shown(account.user_groups().members(&it.group).get(&it.member)),
        effect: None,
        mock: mock!(account_user_group_member_get, user_group_id(&group()).member_id(&member())),
    },
    Operation {
        id: "account-user-group-update",
        method: "PUT",
        path: ONE_GROUP,
        summary: "Update User Group",
        query: "",
        body: NAME,
        result: group_json,
        send: |account, it| shown(account.user_groups().update(&it.group).name(it.name)),
        effect: Some(|account, it| it.group_in(account).is_some_and(|group| group.name == it.name)),
        mock: mock!(account_user_group_update, user_group_id(&group())),
    },
    Operation {
        id: "account-user-group-members-update",
        method: "PUT",
        path: MEMBERS,
        summary: "Update User Group Members",
        query: "",
        body: ONE_ID,
        result: || json!([member_json()]),
        send: |account, it| shown(account.user_groups().members(&it.group).replace(&it.members)),
        effect: Some(|account, it| !it.has(account, &it.member) && it.has_all(account)),
        mock: mock!(account_user_group_members_update, user_group_id(&group())),
    },
    Operation {
        id: "account-user-group-delete",
        method: "DELETE",
        path: ONE_GROUP,
        summary: "Remove User Group",
        query: "",
        body: "",
        result: || json!({ "id": GROUP }),
        send: |account, it| shown(account.user_groups().delete(&it.group)),
        effect: Some(|account, it| it.group_in(account).is_none()),
        mock: mock!(account_user_group_delete, user_group_id(&group())),
    },
    Operation {
        id: "account-user-group-member-delete",
        method: "DELETE",
        path: ONE_MEMBER,
        summary: "Remove User Group Member",
        query: "",
        body: "",
        result: member_json,
        send: |account, it| shown(account.user_groups().members(&it.group).remove(&it.member)),
        effect: Some(|account, it| !it.has(account, &it.member)),
        mock: mock!(account_user_group_member_delete, user_group_id(&group()).member_id(&member())),
    },
    Operation {
        id: "account-user-group-create",
        method: "POST",
        path: GROUPS,
        summary: "Create User Group",
        query: "",
        body: NAME,
        result: group_json,
        send: |account, it| shown(account.user_groups().create(it.name)),
        effect: Some(|account, it| account.user_groups.iter().any(|group| group.name == it.name)),
        mock: mock!(account_user_group_create),
    },
    Operation {
        id: "account-user-group-member-create",
        method: "POST",
        path: MEMBERS,
        summary: "Add User Group Members",
        query: "",
        body: ONE_ID,
        result: || json!([member_json()]),
        send: |account, it| shown(account.user_groups().members(&it.group).add(&it.members)),
        effect: Some(|account, it| it.has_all(account)),
        mock: mock!(account_user_group_member_create, user_group_id(&group())),
    },
    Operation {
        id: "account-members-list-members",
        method: "GET",
        path: "/members",
        summary: "List Members",
        query: PAGE_OF_50,
        body: "",
        result: || json!([member_json()]),
        send: |account, _| shown(Box::pin(account.list_members().all())),
        effect: None,
        mock: mock!(account_members_list_members),
    },
    Operation {
        id: "account-permission-group-list",
        method: "GET",
        path: "/iam/permission_groups",
        summary: "List Account Permission Groups",
        query: PAGE_OF_50,
        body: "",
        result: || json!([{ "id": "c".repeat(32), "name": "Load Balancer Admin" }]),
        send: |account, _| shown(Box::pin(account.list_permission_groups().all())),
        effect: None,
        mock: mock!(account_permission_group_list),
    },
    Operation {
        id: "account-resource-group-list",
        method: "GET",
        path: RESOURCE_GROUPS,
        summary: "List Resource Groups",
        query: "",
        body: "",
        result: || json!([resource_group_json()]),
        send: |account, _| shown(Box::pin(account.list_resource_groups().all())),
        effect: None,
        mock: mock!(account_resource_group_list),
    },
    Operation {
        id: "account-resource-group-create",
        method: "POST",
        path: RESOURCE_GROUPS,
        summary: "Create Resource Group",
        query: "",
        body: SCOPED,
        result: resource_group_json,
        send: |account, it| shown(account.create_resource_group(it.name, Scope::new("k", ["o"]))),
        effect: Some(|account, it| {
            account.resource_groups.iter().any(|group| group.name == it.name)
        }),
        mock: mock!(account_resource_group_create),
    },
    Operation {
        id: "zones-get",
        method: "GET",
        path: ZONES,
        summary: "List Zones",
        query: ZONES_OF_ACCOUNT,
        body: "",
        result: || {
            let account = json!({ "id": ACCOUNT });
            json!([{ "id": "e".repeat(32), "name": "example.com", "account": account }])
        },
        send: |account, _| shown(Box::pin(account.list_zones().all())),
        effect: None,
        mock: mock!(zones_get),
    },
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
