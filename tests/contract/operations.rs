//! Every operation, called the same way, for tests that hold of all of them.

use std::fmt::Debug;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use cloudflare_user_groups::{Account, MemberId, Result, UserGroupId, UserGroups};

pub(crate) const GROUP: &str = "5ba5af98b9cd4f80bd3b4ed53ab6e4f5";
pub(crate) const MEMBER: &str = "4536bcfad5faccb111b47003c79917fa";

/// What a call gave, as Debug shows it.
type Sent = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    send: fn(UserGroups) -> Sent,
}

impl Operation {
    pub(crate) async fn send(&self, account: &Account) -> Result<String> {
        (self.send)(account.user_groups()).await
    }

    pub(crate) fn changes(&self) -> bool {
        self.method != "GET"
    }
}

pub(crate) const OPERATIONS: [Operation; 10] = [
    Operation {
        id: "account-user-group-create",
        method: "POST",
        send: |groups| shown(groups.create("SRE")),
    },
    Operation {
        id: "account-user-group-details",
        method: "GET",
        send: |groups| shown(groups.get(group())),
    },
    Operation {
        id: "account-user-group-list",
        method: "GET",
        send: |groups| shown(Box::pin(groups.list().all())),
    },
    Operation {
        id: "account-user-group-update",
        method: "PUT",
        send: |groups| shown(groups.update(group()).name("SRE")),
    },
    Operation {
        id: "account-user-group-delete",
        method: "DELETE",
        send: |groups| shown(groups.delete(group())),
    },
    Operation {
        id: "account-user-group-member-create",
        method: "POST",
        send: |groups| shown(groups.members(group()).add([member()])),
    },
    Operation {
        id: "account-user-group-member-list",
        method: "GET",
        send: |groups| shown(Box::pin(groups.members(group()).list().all())),
    },
    Operation {
        id: "account-user-group-member-get",
        method: "GET",
        send: |groups| shown(groups.members(group()).get(member())),
    },
    Operation {
        id: "account-user-group-members-update",
        method: "PUT",
        send: |groups| shown(groups.members(group()).replace([member()])),
    },
    Operation {
        id: "account-user-group-member-delete",
        method: "DELETE",
        send: |groups| shown(groups.members(group()).remove(member())),
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
