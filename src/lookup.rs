//! The lists of an account that turn names into ids. They are not part of the operations on user
//! groups; what those need of them is here.

use std::num::NonZeroU64;

use crate::client::{Account, Client};
use crate::error::Result;
use crate::id::{AccountId, MemberId, PermissionGroupId, ResourceGroupId};
use crate::model::{AccountMember, AccountMemberStatus, PermissionGroup, ResourceGroup};
use crate::page::{self, List, Page, Paging, paged};
use crate::raw::{self, Options, PermissionGroupQuery, ResourceGroupQuery, Turn};
use crate::request::awaited;

impl Account {
    /// Lists the members of the account ([List Members]), who can be added to its user groups.
    ///
    /// ```
    /// # use cloudflare_user_groups::*;
    /// # use cloudflare_user_groups_sandbox::Sandbox;
    /// # #[tokio::main]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let client =
    /// #     Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    /// # let account = client.account(AccountId::new(sandbox.account_id())?);
    /// let everyone = account.members().all().await?;
    /// let alice = everyone.iter().find(|it| it.email.as_deref() == Some("alice@example.com"));
    /// assert!(alice.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [List Members]: https://developers.cloudflare.com/api/resources/accounts/subresources/members/methods/list/
    pub fn members(&self) -> ListAccountMembers {
        let (client, account) = self.parts();
        ListAccountMembers {
            options: client.options(),
            client,
            account,
            status: None,
            paging: Paging::largest(&page::SMALL_PAGE_SIZES),
        }
    }

    /// Lists the permission groups that policies of the account can name
    /// ([List Account Permission Groups]).
    ///
    /// ```
    /// # use cloudflare_user_groups::*;
    /// # use cloudflare_user_groups_sandbox::Sandbox;
    /// # #[tokio::main]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let client =
    /// #     Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    /// # let account = client.account(AccountId::new(sandbox.account_id())?);
    /// # let name = sandbox.account().permission_groups[0].name.clone();
    /// let found = account.permission_groups().name(name).all().await?;
    /// assert_eq!(found.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [List Account Permission Groups]: https://developers.cloudflare.com/api/resources/iam/subresources/permission_groups/methods/list/
    pub fn permission_groups(&self) -> ListPermissionGroups {
        let (client, account) = self.parts();
        ListPermissionGroups {
            options: client.options(),
            client,
            account,
            query: PermissionGroupQuery::default(),
            paging: Paging::largest(&page::SMALL_PAGE_SIZES),
        }
    }

    /// Lists the resource groups that policies of the account can name, all of them at once
    /// ([List Resource Groups]).
    ///
    /// ```
    /// # use cloudflare_user_groups::*;
    /// # use cloudflare_user_groups_sandbox::Sandbox;
    /// # #[tokio::main]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let client =
    /// #     Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    /// # let account = client.account(AccountId::new(sandbox.account_id())?);
    /// let all = account.resource_groups().await?;
    /// let one = account.resource_groups().name(all[0].name.clone().unwrap_or_default()).await?;
    /// assert_eq!(one, all[..1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the request fails, or the answer announces more than it holds.
    ///
    /// [List Resource Groups]: https://developers.cloudflare.com/api/resources/iam/subresources/resource_groups/methods/list/
    pub fn resource_groups(&self) -> ListResourceGroups {
        let (client, account) = self.parts();
        let options = client.options();
        ListResourceGroups { client, account, options, query: ResourceGroupQuery::default() }
    }
}

/// A list of the members of an account. Made by [`Account::members`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until a page, all or a stream is asked for"]
pub struct ListAccountMembers {
    client: Client,
    account: AccountId,
    options: Options,
    status: Option<AccountMemberStatus>,
    paging: Paging,
}

impl ListAccountMembers {
    /// Keeps only the members with this status.
    pub fn status(mut self, status: AccountMemberStatus) -> Self {
        self.status = Some(status);
        self
    }
}

paged!(ListAccountMembers => AccountMember, "5 to 50");

impl List for ListAccountMembers {
    type Item = AccountMember;
    type Id = MemberId;
    const OPERATION: &'static str = "account-members-list-members";

    fn is_filtered(&self) -> bool {
        self.status.is_some()
    }

    fn id(item: &AccountMember) -> &MemberId {
        &item.id
    }

    fn paging(&self) -> Paging {
        self.paging
    }

    async fn fetch(
        &self,
        page: NonZeroU64,
        per_page: NonZeroU64,
        turn: Option<Turn>,
    ) -> Result<Page<AccountMember>> {
        let Self { client, account, options, status, paging: _ } = self;
        let call = client.call(options.clone()).in_turn(turn);
        raw::list_account_members(call, account, status.as_ref(), page, per_page).await
    }
}

/// A list of permission groups. Made by [`Account::permission_groups`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until a page, all or a stream is asked for"]
pub struct ListPermissionGroups {
    client: Client,
    account: AccountId,
    options: Options,
    query: PermissionGroupQuery,
    paging: Paging,
}

impl ListPermissionGroups {
    /// Keeps only the permission group with this id.
    pub fn id(mut self, id: impl Into<PermissionGroupId>) -> Self {
        self.query.id = Some(id.into());
        self
    }

    /// Keeps only the permission groups with this name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.query.name = Some(name.into());
        self
    }

    /// Keeps only the permission groups with this label.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.query.label = Some(label.into());
        self
    }
}

paged!(ListPermissionGroups => PermissionGroup, "5 to 50");

impl List for ListPermissionGroups {
    type Item = PermissionGroup;
    type Id = Option<PermissionGroupId>;
    const OPERATION: &'static str = "account-permission-group-list";

    fn is_filtered(&self) -> bool {
        let PermissionGroupQuery { id, name, label } = &self.query;
        id.is_some() || name.is_some() || label.is_some()
    }

    fn id(item: &PermissionGroup) -> &Option<PermissionGroupId> {
        &item.id
    }

    fn paging(&self) -> Paging {
        self.paging
    }

    async fn fetch(
        &self,
        page: NonZeroU64,
        per_page: NonZeroU64,
        turn: Option<Turn>,
    ) -> Result<Page<PermissionGroup>> {
        let Self { client, account, options, query, paging: _ } = self;
        let call = client.call(options.clone()).in_turn(turn);
        raw::list_permission_groups(call, account, query, page, per_page).await
    }
}

/// Lists resource groups when awaited. Made by [`Account::resource_groups`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ListResourceGroups {
    client: Client,
    account: AccountId,
    options: Options,
    query: ResourceGroupQuery,
}

impl ListResourceGroups {
    /// Keeps only the resource group with this id.
    pub fn id(mut self, id: impl Into<ResourceGroupId>) -> Self {
        self.query.id = Some(id.into());
        self
    }

    /// Keeps only the resource groups with this name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.query.name = Some(name.into());
        self
    }

    async fn send(self) -> Result<Vec<ResourceGroup>> {
        let Self { client, account, options, query } = self;
        let filtered = query.id.is_some() || query.name.is_some();
        let page = raw::list_resource_groups(client.call(options), &account, &query).await?;
        let (came, total) = (page.items.len() as u64, page.info.total_count.unwrap_or_default());
        if came < total && !filtered {
            let problem = format!("{came} of {total} resource groups were answered");
            let operation = raw::operation("account-resource-group-list");
            return Err(page::inconsistent(problem).during(operation, 1, false));
        }
        Ok(page.items)
    }
}

awaited!(ListResourceGroups => Vec<ResourceGroup>);
