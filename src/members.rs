//! The operations on the members of a user group.

mod change;
mod list;

use std::collections::HashSet;

use self::change::{AddMembers, ReplaceMembers};
pub use self::list::ListMembers;
use crate::account::Account;
use crate::error::Result;
use crate::id::{MemberId, UserGroupId};
use crate::mode::{Async, Mode};
use crate::model::{Member, MemberDetails, MemberQuery};
use crate::raw::{self, Options};
use crate::request::{ListRequest, Request};

/// The members of a user group: a set, in an order of the API's own.
#[derive(Clone, Debug)]
pub struct Members<M = Async> {
    pub(crate) account: Account<M>,
    pub(crate) group: UserGroupId,
}

impl<M: Mode> Members<M> {
    /// The same members for requests that are awaited.
    fn awaited(&self) -> Members {
        Members { account: self.account.awaited(), group: self.group.clone() }
    }

    /// Adds members of the account to the group ([Add User Group Members]).
    ///
    /// Members that are in the group already stay in it. Returns those that were given, as the API
    /// shows them. Without any, nothing is sent.
    ///
    /// If the outcome of a request is unknown, it is retried a second later
    /// ([`settle_times`](crate::ClientBuilder::settle_times)), as often as the retry policy allows:
    /// adding a member twice is one addition (observed, reported). If the API reports success and
    /// does not show a member, the list decides.
    ///
    /// Observed (reported): the API does not know the members of a new group for a while. If this
    /// client created the group, a 404 is retried for up to 60 seconds
    /// ([`new_group_timeout`](crate::ClientBuilder::new_group_timeout)) within the timeout of the
    /// call. The same holds for all requests about the members of a group.
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, alice, bob, .. }| {
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice, bob]).await?;
    /// assert_eq!(members.list().all().await?.len(), 2);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`](crate::Error::is_not_found) if there is no such group. The API
    /// refuses ids that are not members of the account with 400. An error that names the members
    /// that are not as they were sent if the API reports success and the list shows something else.
    /// Once a request may have been applied, every error says
    /// [`outcome_unknown`](crate::Error::outcome_unknown).
    ///
    /// [Add User Group Members]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/create/
    pub fn add<I: Into<MemberId>>(
        &self,
        members: impl IntoIterator<Item = I>,
    ) -> Request<Vec<Member>, M> {
        let add = AddMembers { group: self.awaited(), members: set(members) };
        let operation = "account-user-group-member-create";
        Request::new(operation, &self.account, add, AddMembers::send)
    }

    /// Makes these the members of the group, and no others ([Update User Group Members]).
    ///
    /// Without any members the group is emptied. Members that were added by other programs in the
    /// meantime are removed: where others change the same group, [`add`](Self::add) and
    /// [`remove`](Self::remove) lose nothing.
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, alice, bob, .. }| {
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice]).await?;
    /// members.replace([bob]).await?;
    /// assert_eq!(&members.list().all().await?[0].id, bob);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`](crate::Error::is_not_found) if there is no such group. The API
    /// refuses ids that are not members of the account with 400. An error that names the members
    /// that are not as they were sent if the API reports success and the list shows something else.
    /// Once a request may have been applied, every error says
    /// [`outcome_unknown`](crate::Error::outcome_unknown).
    ///
    /// [Update User Group Members]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/update/
    pub fn replace<I: Into<MemberId>>(
        &self,
        members: impl IntoIterator<Item = I>,
    ) -> Request<Vec<Member>, M> {
        let replace = ReplaceMembers { group: self.awaited(), members: set(members) };
        let operation = "account-user-group-members-update";
        Request::new(operation, &self.account, replace, ReplaceMembers::send)
    }

    /// Takes a member out of the group ([Remove User Group Member]).
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, alice, bob, .. }| {
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice, bob]).await?;
    /// members.remove(alice).await?;
    /// assert_eq!(members.list().all().await?.len(), 1);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// A member that is not in the group counts as removed.
    /// [`Error::is_not_found`](crate::Error::is_not_found) if there is no such group. The API
    /// refuses an id that is not a member of the account with 400.
    ///
    /// [Remove User Group Member]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/delete/
    pub fn remove(&self, member: impl Into<MemberId>) -> Request<(), M> {
        let input = (self.awaited(), member.into());
        Request::new("account-user-group-member-delete", &self.account, input, remove)
    }

    /// Reads one member of the group, with the user behind the membership ([Get User Group
    /// Member]).
    ///
    /// The API has this operation since 2026.
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, alice, .. }| {
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice]).await?;
    /// assert_eq!(&members.get(alice).await?.id, alice);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`](crate::Error::is_not_found) if there is no such group or member of
    /// it; and if the request fails otherwise.
    ///
    /// [Get User Group Member]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/get/
    pub fn get(&self, member: impl Into<MemberId>) -> Request<MemberDetails, M> {
        let input = (self.awaited(), member.into());
        Request::new("account-user-group-member-get", &self.account, input, get)
    }

    /// Lists the members of the group ([List User Group Members]).
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, alice, bob, .. }| {
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice, bob]).await?;
    /// let everyone = members.list().all().await?;
    /// assert_eq!(everyone.len(), 2);
    /// assert!(members.list().email_contains("unknown").all().await?.is_empty());
    /// # Ok(()) });
    /// ```
    ///
    /// [List User Group Members]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/list/
    pub fn list(&self) -> ListMembers<M> {
        let group = self.group.clone();
        let query = MemberQuery { group, email_contains: None, direction: None };
        ListRequest::new(&self.account, query)
    }
}

/// Each member once, in the order given.
fn set<M: Into<MemberId>>(members: impl IntoIterator<Item = M>) -> Vec<MemberId> {
    let mut seen = HashSet::new();
    members.into_iter().map(Into::into).filter(|id| seen.insert(id.clone())).collect()
}

async fn get((members, member): (Members, MemberId), options: Options) -> Result<MemberDetails> {
    let Members { account, group } = &members;
    raw::member(account.client.call(options).of_group(group), &account.id, group, &member).await
}

async fn remove((members, member): (Members, MemberId), options: Options) -> Result<()> {
    let Members { account, group } = &members;
    let call = account.client.call(options).of_group(group);
    raw::remove_member(call, &account.id, group, &member).await
}
