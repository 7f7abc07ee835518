//! The operations on user groups.

mod create;
mod list;
mod update;

pub use self::create::CreateUserGroup;
pub use self::list::ListUserGroups;
pub use self::update::UpdateUserGroup;
use crate::account::Account;
use crate::composite::Composite;
use crate::error::{Error, Result};
use crate::id::{AccountId, UserGroupId};
use crate::members::Members;
use crate::mode::{Async, Mode};
use crate::model::{Policy, UserGroup, UserGroupQuery, same_set};
use crate::raw::{self, Call, Options};
use crate::request::{ListRequest, Request};

/// The user groups of an account.
#[derive(Clone, Debug)]
pub struct UserGroups<M = Async> {
    pub(crate) account: Account<M>,
}

impl<M: Mode> Account<M> {
    /// The user groups of the account.
    pub fn user_groups(&self) -> UserGroups<M> {
        UserGroups { account: self.clone() }
    }
}

impl<M: Mode> UserGroups<M> {
    /// Creates a user group without members ([Create User Group]), exactly once.
    ///
    /// If the outcome of a request is unknown, because its response was lost or says nothing, the
    /// group is looked for: 1, 2 and 4 seconds later by default
    /// ([`settle_times`](crate::ClientBuilder::settle_times)). A group with exactly this name and
    /// these policies that was created since the call began, by the clock of the server, is
    /// returned; a `created_on` in whole seconds counts up to the end of its second. If there is
    /// none the request is retried, as often as the retry policy allows.
    ///
    /// One call does not create two groups if one of these holds:
    ///
    /// * Names are unique in the account. Observed (reported): they are.
    /// * Lists show a new group at most 7 seconds (the sum of the settle times) after the
    ///   connection of the request that created it was lost.
    ///
    /// If another program deletes the group before the call has found it, the call may create it
    /// again.
    ///
    /// The group that is returned always has the name. If another call creates a group of the same
    /// name and policies at the same time, which the API allows only where names are not unique, it
    /// may be that one. Whatever is not clear is an error that says
    /// [`outcome_unknown`](Error::outcome_unknown), and so is a creation of which the API applied a
    /// part only. A future that is dropped while it waits leaves an unknown outcome as well.
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, permission, resource, .. }| {
    /// use cloudflare_user_groups::Policy;
    ///
    /// let sre = groups.create("SRE").policy(Policy::allow([permission], [resource])).await?;
    /// assert_eq!(sre.name, "SRE");
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_name_taken`] if there is a group of this name. [`Error::is_invalid_input`] if
    /// the name is empty or a policy cannot be written, before anything is sent.
    ///
    /// [Create User Group]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/create/
    pub fn create(&self, name: impl Into<String>) -> CreateUserGroup<M> {
        CreateUserGroup {
            account: self.account.clone(),
            options: self.account.client.options(),
            name: name.into(),
            policies: Vec::new(),
        }
    }

    /// Reads one user group ([User Group Details]).
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, .. }| {
    /// let sre = groups.create("SRE").await?;
    /// assert_eq!(groups.get(&sre.id).await?, sre);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such group; and if the request fails otherwise.
    ///
    /// [User Group Details]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/get/
    pub fn get(&self, id: impl Into<UserGroupId>) -> Request<UserGroup, M> {
        let input = (self.account.awaited(), id.into());
        Request::new("account-user-group-details", &self.account, input, get)
    }

    /// Changes the name of a user group, its policies, or both ([Update User Group]).
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, permission, resource, .. }| {
    /// use cloudflare_user_groups::Policy;
    ///
    /// let sre = groups.create("SRE").await?;
    /// let policies = sre.policies.into_iter().chain([Policy::allow([permission], [resource])]);
    /// let platform = groups.update(&sre.id).name("Platform").policies(policies).await?;
    /// assert_eq!(platform.policies.len(), 1);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_name_taken`] if another group has the name. [`Error::is_invalid_input`] if there
    /// is nothing to change, the name is empty or a policy cannot be written, before anything is
    /// sent. An error that says what was not applied if the API reports success and shows something
    /// else.
    ///
    /// [Update User Group]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/update/
    pub fn update(&self, id: impl Into<UserGroupId>) -> UpdateUserGroup<M> {
        UpdateUserGroup {
            account: self.account.clone(),
            options: self.account.client.options(),
            id: id.into(),
            name: None,
            policies: None,
        }
    }

    /// Removes a user group; its members stay members of the account ([Remove User Group]).
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, .. }| {
    /// let sre = groups.create("SRE").await?;
    /// groups.delete(&sre.id).await?;
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such group; and if the request fails otherwise. A
    /// group that is gone when the request is retried after a lost response counts as removed.
    ///
    /// [Remove User Group]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/delete/
    pub fn delete(&self, id: impl Into<UserGroupId>) -> Request<(), M> {
        let input = (self.account.awaited(), id.into());
        Request::new("account-user-group-delete", &self.account, input, delete)
    }

    /// Lists the user groups of the account ([List User Groups]).
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { groups, .. }| {
    /// use cloudflare_user_groups::Direction;
    /// use futures_util::TryStreamExt;
    ///
    /// groups.create("SRE").await?;
    /// let all = groups.list().all().await?;
    /// let mut some = groups.list().name_contains("SR").direction(Direction::Descending).stream();
    /// while let Some(group) = some.try_next().await? {
    ///     assert!(all.contains(&group));
    /// }
    /// let page = groups.list().per_page(50).page(1).await?;
    /// assert_eq!(page.info.total_count, Some(1));
    /// # Ok(()) });
    /// ```
    ///
    /// [List User Groups]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/list/
    pub fn list(&self) -> ListUserGroups<M> {
        ListRequest::new(&self.account, UserGroupQuery::default())
    }

    /// The members of a user group.
    pub fn members(&self, id: impl Into<UserGroupId>) -> Members<M> {
        Members { account: self.account.clone(), group: id.into() }
    }
}

async fn get((account, id): (Account, UserGroupId), options: Options) -> Result<UserGroup> {
    raw::user_group(account.client.call(options), &account.id, &id).await
}

async fn delete((account, id): (Account, UserGroupId), options: Options) -> Result<()> {
    raw::delete_user_group(account.client.call(options), &account.id, &id).await?;
    account.client.new_groups().deleted(&id);
    Ok(())
}

/// A name that says something.
pub(crate) fn named(name: &str) -> Result<&str> {
    if name.trim().is_empty() { Err(Error::invalid("the name is empty")) } else { Ok(name) }
}

/// Compares the group that a response shows with what was sent. A response may leave parts out or
/// be older than the change, so that a difference is only one if reading the group shows it too.
async fn verify(
    call: &Composite<'_>,
    request: &Call,
    account: &AccountId,
    shown: UserGroup,
    name: Option<&str>,
    policies: Option<&[Policy]>,
) -> Result<UserGroup> {
    if difference(&shown, name, policies).is_none() {
        return Ok(shown);
    }
    // Rare, and boxed so that every other call has a small future.
    let read = Box::pin(raw::user_group(call.request(), account, &shown.id)).await?;
    match difference(&read, name, policies) {
        None => Ok(read),
        Some(problem) => Err(request.not_applied(problem)),
    }
}

fn difference(
    shown: &UserGroup,
    name: Option<&str>,
    policies: Option<&[Policy]>,
) -> Option<String> {
    let UserGroup { id, name: shown_name, .. } = shown;
    if let Some(name) = name.filter(|name| *name != shown_name) {
        return Some(format!("the group {id} has the name {shown_name:?} instead of {name:?}"));
    }
    let policies = policies?;
    let same = same_set(&shown.policies, policies, Policy::may_show);
    (!same).then(|| {
        let (count, sent) = (shown.policies.len(), policies.len());
        format!("the policies of the group {id} ({count}) are not the {sent} that were sent")
    })
}
