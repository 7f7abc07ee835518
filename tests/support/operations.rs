//! Every operation, called the same way, for tests that hold of all of them.

use std::fmt::Debug;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use cloudflare_user_groups::{Account, MemberId, Result, UserGroupId};

pub(crate) const GROUP: &str = "5ba5af98b9cd4f80bd3b4ed53ab6e4f5";
pub(crate) const MEMBER: &str = "4536bcfad5faccb111b47003c79917fa";

/// What a call gave, as Debug shows it.
type Sent = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    send: fn(&Account) -> Sent,
}

impl Operation {
    pub(crate) async fn send(&self, account: &Account) -> Result<String> {
        (self.send)(account).await
    }

    pub(crate) fn changes(&self) -> bool {
        self.method != "GET"
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        self.method != "POST"
    }
}

pub(crate) const OPERATIONS: [Operation; 13] = [
    Operation {
        id: "account-user-group-create",
        method: "POST",
        send: |account| shown(account.user_groups().create("SRE")),
    },
    Operation {
        id: "account-user-group-details",
        method: "GET",
        send: |account| shown(account.user_groups().get(group())),
    },
    Operation {
        id: "account-user-group-list",
        method: "GET",
        send: |account| shown(Box::pin(account.user_groups().list().all())),
    },
    Operation {
        id: "account-user-group-update",
        method: "PUT",
        send: |account| shown(account.user_groups().update(group()).name("SRE")),
    },
    Operation {
        id: "account-user-group-delete",
        method: "DELETE",
        send: |account| shown(account.user_groups().delete(group())),
    },
    Operation {
        id: "account-user-group-member-create",
        method: "POST",
        send: |account| shown(account.user_groups().members(group()).add([member()])),
    },
    Operation {
        id: "account-user-group-member-list",
        method: "GET",
        send: |account| shown(Box::pin(account.user_groups().members(group()).list().all())),
    },
    Operation {
        id: "account-user-group-member-get",
        method: "GET",
        send: |account| shown(account.user_groups().members(group()).get(member())),
    },
    Operation {
        id: "account-user-group-members-update",
        method: "PUT",
        send: |account| shown(account.user_groups().members(group()).replace([member()])),
    },
    Operation {
        id: "account-user-group-member-delete",
        method: "DELETE",
        send: |account| shown(account.user_groups().members(group()).remove(member())),
    },
    Operation {
        id: "account-members-list-members",
        method: "GET",
        send: |account| shown(Box::pin(account.members().all())),
    },
    Operation {
        id: "account-permission-group-list",
        method: "GET",
        send: |account| shown(Box::pin(account.permission_groups().all())),
    },
    Operation {
        id: "account-resource-group-list",
        method: "GET",
        send: |account| shown(Box::pin(account.resource_groups().all())),
    },
];

pub(crate) fn group() -> UserGroupId {
    UserGroupId::new(GROUP).expect("an id")
}

pub(crate) fn member() -> MemberId {
    MemberId::new(MEMBER).expect("an id")
}

fn shown<T, R>(request: R) -> Sent
where
    T: Debug,
    R: IntoFuture<Output = Result<T>, IntoFuture: Send + 'static>,
{
    let sent = request.into_future();
    Box::pin(async move { sent.await.map(|value| format!("{value:?}")) })
}
