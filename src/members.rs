//! The operations on the members of a user group.

mod list;

use std::collections::HashSet;

pub use self::list::ListMembers;
use crate::client::Client;
use crate::error::Result;
use crate::id::{AccountId, MemberId, UserGroupId};
use crate::model::{Member, MemberDetails, MemberQuery};
use crate::raw::{self, Options};
use crate::request::{ListRequest, awaited};
use crate::resolve;

/// The members of a user group: a set, in an order of the API's own.
#[derive(Clone, Debug)]
pub struct Members {
    pub(crate) client: Client,
    pub(crate) account: AccountId,
    pub(crate) group: UserGroupId,
}

impl Members {
    pub(crate) fn new(client: Client, account: AccountId, group: UserGroupId) -> Self {
        Self { client, account, group }
    }

    /// Adds members of the account to the group ([Add User Group Members]).
    ///
    /// Returns the members that the answer names: those that were added, and before mid-2026 one,
    /// however many were added. With no members at all nothing is sent.
    ///
    /// If an attempt ends without an answer, the members of the group are listed, and only those who
    /// are missing are added again: membership is a set, so looking settles the matter and costs
    /// nothing where all goes well.
    ///
    /// ```
    /// # use cloudflare_user_groups::*;
    /// # use cloudflare_user_groups_sandbox::Sandbox;
    /// # #[tokio::main]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let client =
    /// #     Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    /// # let account = AccountId::new(sandbox.account_id())?;
    /// # let groups = client.account(account).user_groups();
    /// # let mut ids = Vec::new();
    /// # for member in sandbox.account().members {
    /// #     ids.push(MemberId::new(member.id)?);
    /// # }
    /// # let (alice, bob) = (&ids[0], &ids[1]);
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice, bob]).await?;
    /// assert_eq!(members.list().all().await?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the request fails, for instance since there is no such group, or somebody is not a member of
    /// the account.
    ///
    /// [Add User Group Members]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/create/
    pub fn add<M: Into<MemberId>>(&self, members: impl IntoIterator<Item = M>) -> AddMembers {
        AddMembers { group: self.clone(), options: self.client.options(), members: set(members) }
    }

    /// Makes these the members of the group, and no others ([Update User Group Members]).
    ///
    /// With no members at all the group is emptied. Who was added by somebody else in the meantime is
    /// removed again: where others work on the same group, [`add`](Self::add) and
    /// [`remove`](Self::remove) lose nothing.
    ///
    /// ```
    /// # use cloudflare_user_groups::*;
    /// # use cloudflare_user_groups_sandbox::Sandbox;
    /// # #[tokio::main]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let client =
    /// #     Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    /// # let account = AccountId::new(sandbox.account_id())?;
    /// # let groups = client.account(account).user_groups();
    /// # let mut ids = Vec::new();
    /// # for member in sandbox.account().members {
    /// #     ids.push(MemberId::new(member.id)?);
    /// # }
    /// # let (alice, bob) = (&ids[0], &ids[1]);
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice]).await?;
    /// members.replace([bob]).await?;
    /// assert_eq!(&members.list().all().await?[0].id, bob);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the request fails, for instance since there is no such group, or somebody is not a member of
    /// the account.
    ///
    /// [Update User Group Members]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/update/
    pub fn replace<M: Into<MemberId>>(
        &self,
        members: impl IntoIterator<Item = M>,
    ) -> ReplaceMembers {
        ReplaceMembers {
            group: self.clone(),
            options: self.client.options(),
            members: set(members),
        }
    }

    /// Takes a member out of the group ([Remove User Group Member]).
    ///
    /// ```
    /// # use cloudflare_user_groups::*;
    /// # use cloudflare_user_groups_sandbox::Sandbox;
    /// # #[tokio::main]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let client =
    /// #     Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    /// # let account = AccountId::new(sandbox.account_id())?;
    /// # let groups = client.account(account).user_groups();
    /// # let mut ids = Vec::new();
    /// # for member in sandbox.account().members {
    /// #     ids.push(MemberId::new(member.id)?);
    /// # }
    /// # let (alice, bob) = (&ids[0], &ids[1]);
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice, bob]).await?;
    /// members.remove(alice).await?;
    /// assert_eq!(members.list().all().await?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`](crate::Error::is_not_found) if there is no such group or member of it;
    /// and if the request fails otherwise. A member who is gone when the request is sent again after a
    /// lost answer counts as removed.
    ///
    /// [Remove User Group Member]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/delete/
    pub fn remove(&self, member: impl Into<MemberId>) -> RemoveMember {
        RemoveMember { group: self.clone(), options: self.client.options(), member: member.into() }
    }

    /// Reads one member of the group, with the user behind the membership ([Get User Group Member]).
    ///
    /// The API has this operation since 2026.
    ///
    /// ```
    /// # use cloudflare_user_groups::*;
    /// # use cloudflare_user_groups_sandbox::Sandbox;
    /// # #[tokio::main]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let client =
    /// #     Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    /// # let account = AccountId::new(sandbox.account_id())?;
    /// # let groups = client.account(account).user_groups();
    /// # let mut ids = Vec::new();
    /// # for member in sandbox.account().members {
    /// #     ids.push(MemberId::new(member.id)?);
    /// # }
    /// # let (alice, bob) = (&ids[0], &ids[1]);
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice]).await?;
    /// assert_eq!(&members.get(alice).await?.id, alice);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`](crate::Error::is_not_found) if there is no such group or member of it;
    /// and if the request fails otherwise.
    ///
    /// [Get User Group Member]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/get/
    pub fn get(&self, member: impl Into<MemberId>) -> GetMember {
        GetMember { group: self.clone(), options: self.client.options(), member: member.into() }
    }

    /// Lists the members of the group ([List User Group Members]).
    ///
    /// ```
    /// # use cloudflare_user_groups::*;
    /// # use cloudflare_user_groups_sandbox::Sandbox;
    /// # #[tokio::main]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let client =
    /// #     Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    /// # let account = AccountId::new(sandbox.account_id())?;
    /// # let groups = client.account(account).user_groups();
    /// # let mut ids = Vec::new();
    /// # for member in sandbox.account().members {
    /// #     ids.push(MemberId::new(member.id)?);
    /// # }
    /// # let (alice, bob) = (&ids[0], &ids[1]);
    /// # let members = groups.members(groups.create("SRE").await?.id);
    /// members.add([alice, bob]).await?;
    /// let everyone = members.list().all().await?;
    /// assert_eq!(everyone.len(), 2);
    /// assert!(members.list().email_contains("nobody").all().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [List User Group Members]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/subresources/members/methods/list/
    pub fn list(&self) -> ListMembers {
        let group = self.group.clone();
        let query = MemberQuery { group, email_contains: None, direction: None };
        ListRequest::new(self.client.clone(), self.account.clone(), query)
    }
}

/// Each member once, in the order given.
fn set<M: Into<MemberId>>(members: impl IntoIterator<Item = M>) -> Vec<MemberId> {
    let mut seen = HashSet::new();
    members.into_iter().map(Into::into).filter(|id| seen.insert(id.clone())).collect()
}

/// Reads a member when awaited. Made by [`Members::get`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct GetMember {
    group: Members,
    options: Options,
    member: MemberId,
}

impl GetMember {
    async fn send(self) -> Result<MemberDetails> {
        let Self { group: Members { client, account, group }, options, member } = self;
        raw::member(client.call(options), &account, &group, &member).await
    }
}

awaited!(GetMember => MemberDetails);

/// Adds members when awaited. Made by [`Members::add`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct AddMembers {
    group: Members,
    options: Options,
    members: Vec<MemberId>,
}

impl AddMembers {
    async fn send(self) -> Result<Vec<Member>> {
        let Self { group, options, members } = self;
        if members.is_empty() {
            return Ok(Vec::new());
        }
        resolve::add(&group, options, members).await
    }
}

awaited!(AddMembers => Vec<Member>);

/// Replaces the members when awaited. Made by [`Members::replace`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ReplaceMembers {
    group: Members,
    options: Options,
    members: Vec<MemberId>,
}

impl ReplaceMembers {
    async fn send(self) -> Result<Vec<Member>> {
        let Self { group: Members { client, account, group }, options, members } = self;
        raw::replace_members(client.call(options), &account, &group, &members).await
    }
}

awaited!(ReplaceMembers => Vec<Member>);

/// Removes a member when awaited. Made by [`Members::remove`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct RemoveMember {
    group: Members,
    options: Options,
    member: MemberId,
}

impl RemoveMember {
    async fn send(self) -> Result<()> {
        let Self { group: Members { client, account, group }, options, member } = self;
        raw::remove_member(client.call(options), &account, &group, &member).await
    }
}

awaited!(RemoveMember => ());
