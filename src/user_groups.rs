//! The operations on user groups.

mod list;

use std::collections::HashSet;

pub use self::list::ListUserGroups;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::id::{AccountId, UserGroupId};
use crate::members::Members;
use crate::model::{Policy, UserGroup, UserGroupQuery};
use crate::raw::{self, Options};
use crate::request::{ListRequest, awaited};
use crate::resolve;

/// The user groups of an account.
#[derive(Clone, Debug)]
pub struct UserGroups {
    pub(crate) client: Client,
    pub(crate) account: AccountId,
}

impl UserGroups {
    pub(crate) fn new(client: Client, account: AccountId) -> Self {
        Self { client, account }
    }

    /// Creates a user group, without members at first ([Create User Group]).
    ///
    /// The API allows several groups of the same name, and has no way to tell that two requests to
    /// create one are the same: if [`Error::outcome_unknown`], look before creating it again, or let
    /// [`exactly_once`](CreateUserGroup::exactly_once) do so.
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
    /// # let permission = PermissionGroupId::new(&*sandbox.account().permission_groups[0].id)?;
    /// # let resource = ResourceGroupId::new(&*sandbox.account().resource_groups[0].id)?;
    /// let sre = groups.create("SRE").policy(Policy::allow([permission], [resource])).await?;
    /// assert_eq!(sre.name, "SRE");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the name is empty or a policy says neither allow nor deny, before anything is sent; and if
    /// the request fails.
    ///
    /// [Create User Group]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/create/
    pub fn create(&self, name: impl Into<String>) -> CreateUserGroup {
        CreateUserGroup {
            groups: self.clone(),
            options: self.client.options(),
            name: name.into(),
            policies: None,
            once: Once::Unsure,
        }
    }

    /// Reads one user group ([User Group Details]).
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
    /// let sre = groups.create("SRE").await?;
    /// assert_eq!(groups.get(&sre.id).await?, sre);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such group; and if the request fails otherwise.
    ///
    /// [User Group Details]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/get/
    pub fn get(&self, id: impl Into<UserGroupId>) -> GetUserGroup {
        GetUserGroup { groups: self.clone(), options: self.client.options(), id: id.into() }
    }

    /// Changes the name of a user group, its policies, or both ([Update User Group]).
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
    /// # let permission = PermissionGroupId::new(&*sandbox.account().permission_groups[0].id)?;
    /// # let resource = ResourceGroupId::new(&*sandbox.account().resource_groups[0].id)?;
    /// let sre = groups.create("SRE").await?;
    /// let policies = sre.policies.into_iter().chain([Policy::allow([permission], [resource])]);
    /// let platform = groups.update(&sre.id).name("Platform").policies(policies).await?;
    /// assert_eq!(platform.policies.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If there is nothing to change, the name is empty or a policy says neither allow nor deny, before
    /// anything is sent; and if the request fails.
    ///
    /// [Update User Group]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/update/
    pub fn update(&self, id: impl Into<UserGroupId>) -> UpdateUserGroup {
        UpdateUserGroup {
            groups: self.clone(),
            options: self.client.options(),
            id: id.into(),
            name: None,
            policies: None,
        }
    }

    /// Removes a user group; its members stay members of the account ([Remove User Group]).
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
    /// let sre = groups.create("SRE").await?;
    /// groups.delete(&sre.id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such group; and if the request fails otherwise. A group
    /// that is gone when the request is sent again after a lost answer counts as removed.
    ///
    /// [Remove User Group]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/delete/
    pub fn delete(&self, id: impl Into<UserGroupId>) -> DeleteUserGroup {
        DeleteUserGroup { groups: self.clone(), options: self.client.options(), id: id.into() }
    }

    /// Lists the user groups of the account ([List User Groups]).
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
    /// use futures_util::TryStreamExt;
    ///
    /// groups.create("SRE").await?;
    /// let all: Vec<UserGroup> = groups.list().all().await?;
    /// let mut some = groups.list().name_contains("SR").direction(Direction::Descending).stream();
    /// while let Some(group) = some.try_next().await? {
    ///     assert!(all.contains(&group));
    /// }
    /// let page = groups.list().per_page(50).page(1).await?;
    /// assert_eq!(page.info.total_count, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [List User Groups]: https://developers.cloudflare.com/api/resources/iam/subresources/user_groups/methods/list/
    pub fn list(&self) -> ListUserGroups {
        ListRequest::new(self.client.clone(), self.account.clone(), UserGroupQuery::default())
    }

    /// The members of a user group.
    pub fn members(&self, id: impl Into<UserGroupId>) -> Members {
        Members::new(self.client.clone(), self.account.clone(), id.into())
    }
}

/// Creates a user group when awaited. Made by [`UserGroups::create`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct CreateUserGroup {
    groups: UserGroups,
    options: Options,
    name: String,
    policies: Option<Vec<Policy>>,
    once: Once,
}

/// Whether a group is created once although an attempt ends without an answer.
#[derive(Clone, Debug)]
enum Once {
    /// Nobody looks.
    Unsure,
    /// The groups of the name are looked up before, unless the caller knows them.
    Sure { known: Option<HashSet<UserGroupId>> },
}

impl CreateUserGroup {
    /// Adds a policy that the group starts with. An id in it is not sent: the API gives out new ones.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policies.get_or_insert_default().push(policy);
        self
    }

    /// Adds policies that the group starts with.
    pub fn policies(mut self, policies: impl IntoIterator<Item = Policy>) -> Self {
        self.policies.get_or_insert_default().extend(policies);
        self
    }

    /// Finds out by looking if an attempt ends without an answer, and creates the group only if it is
    /// not there.
    ///
    /// The groups of this name are listed once before the first attempt, and again after each attempt
    /// whose outcome is unknown. A group that is new, bears the name and has the same policies is
    /// taken for the one that was to be created; if there is none, the request is sent again, as often
    /// as the retry policy allows.
    ///
    /// Guaranteed is that the call does not create a second group, also where others of the name exist
    /// already, as long as the API does not carry out a request later than a few seconds after its
    /// connection is lost. What nobody can tell apart is a group of the same name and policies that
    /// somebody else creates during the call: if there is one such group it may be theirs, and
    /// if there are several the call ends with an error whose
    /// [outcome is unknown](Error::outcome_unknown).
    ///
    /// This is not the default, since it costs every creation one request more, and most callers of a
    /// single creation would rather decide themselves.
    pub fn exactly_once(mut self) -> Self {
        self.once = Once::Sure { known: None };
        self
    }

    /// [`exactly_once`](Self::exactly_once) for a caller who has just listed the groups and knows which
    /// of them bear this name: the request before the first attempt is saved.
    ///
    /// A group of the same name and policies that somebody else creates after the caller looked may be
    /// taken for the one that was to be created.
    pub fn exactly_once_beside(
        mut self,
        known: impl IntoIterator<Item = impl Into<UserGroupId>>,
    ) -> Self {
        self.once = Once::Sure { known: Some(known.into_iter().map(Into::into).collect()) };
        self
    }

    async fn send(self) -> Result<UserGroup> {
        let Self { groups, options, name, policies, once } = self;
        let name = named(name)?;
        if let Once::Sure { known } = once {
            let policies = policies.unwrap_or_default();
            return resolve::create(&groups, options, &name, &policies, known).await;
        }
        let UserGroups { client, account } = groups;
        raw::create_user_group(client.call(options), &account, name, policies).await
    }
}

awaited!(CreateUserGroup => UserGroup);

/// Reads a user group when awaited. Made by [`UserGroups::get`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct GetUserGroup {
    groups: UserGroups,
    options: Options,
    id: UserGroupId,
}

impl GetUserGroup {
    async fn send(self) -> Result<UserGroup> {
        let Self { groups: UserGroups { client, account }, options, id } = self;
        raw::user_group(client.call(options), &account, &id).await
    }
}

awaited!(GetUserGroup => UserGroup);

/// Changes a user group when awaited. Made by [`UserGroups::update`].
///
/// What is not named stays as it is. If nothing is named, awaiting it is an error.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct UpdateUserGroup {
    groups: UserGroups,
    options: Options,
    id: UserGroupId,
    name: Option<String>,
    policies: Option<Vec<Policy>>,
}

impl UpdateUserGroup {
    /// The new name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// All the policies that the group shall have, in place of those it has. None at all removes them.
    ///
    /// A policy that has an id is changed, one without is new. The published schema requires the id;
    /// that the API also takes policies without has been seen in use.
    pub fn policies(mut self, policies: impl IntoIterator<Item = Policy>) -> Self {
        self.policies = Some(policies.into_iter().collect());
        self
    }

    async fn send(self) -> Result<UserGroup> {
        let Self { groups: UserGroups { client, account }, options, id, name, policies } = self;
        if name.is_none() && policies.is_none() {
            return Err(Error::invalid("neither a name nor policies are given to update"));
        }
        let name = name.map(named).transpose()?;
        raw::update_user_group(client.call(options), &account, &id, name, policies).await
    }
}

awaited!(UpdateUserGroup => UserGroup);

/// Removes a user group when awaited. Made by [`UserGroups::delete`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct DeleteUserGroup {
    groups: UserGroups,
    options: Options,
    id: UserGroupId,
}

impl DeleteUserGroup {
    async fn send(self) -> Result<()> {
        let Self { groups: UserGroups { client, account }, options, id } = self;
        raw::delete_user_group(client.call(options), &account, &id).await
    }
}

awaited!(DeleteUserGroup => ());

/// A name that says something.
fn named(name: String) -> Result<String> {
    if name.trim().is_empty() {
        return Err(Error::invalid("the name of a user group must not be empty"));
    }
    Ok(name)
}
