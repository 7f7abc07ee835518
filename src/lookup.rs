//! Lookup: the lists of an account that resolve names to ids, and the creation of a resource group.
//! Only what the operations on user groups need of them.

use crate::account::Account;
use crate::error::Result;
use crate::id::{AccountId, PermissionGroupId, ResourceGroupId, ZoneId};
use crate::mode::{Async, Mode};
use crate::model::{
    AccountMember, AccountMemberQuery, AccountMemberStatus, PermissionGroup, PermissionGroupQuery,
    ResourceGroup, ResourceGroupQuery, Scope, Zone, ZoneQuery,
};
use crate::pagination::{Paging, SMALL_PAGE_SIZES};
use crate::raw::{self, ListCall, Listed, Options};
use crate::request::{Fetch, ListRequest, Query, Request, filters, is_allowed};
use crate::user_groups::named;

impl<M: Mode> Account<M> {
    /// Lists the members of the account ([List Members]), which can be added to its user groups.
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { account, .. }| {
    /// let members = account.list_members().all().await?;
    /// let alice = members.iter().find(|it| it.email.as_deref() == Some("alice@example.com"));
    /// assert!(alice.is_some());
    /// # Ok(()) });
    /// ```
    ///
    /// [List Members]: https://developers.cloudflare.com/api/resources/accounts/subresources/members/methods/list/
    pub fn list_members(&self) -> ListAccountMembers<M> {
        ListRequest::new(self, AccountMemberQuery::default())
    }

    /// Lists the permission groups that policies of the account can name
    /// ([List Account Permission Groups]).
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { account, permission, .. }| {
    /// # let name = permission.name.unwrap_or_default();
    /// let found = account.list_permission_groups().name(name).all().await?;
    /// assert_eq!(found.len(), 1);
    /// # Ok(()) });
    /// ```
    ///
    /// [List Account Permission Groups]: https://developers.cloudflare.com/api/resources/iam/subresources/permission_groups/methods/list/
    pub fn list_permission_groups(&self) -> ListPermissionGroups<M> {
        ListRequest::new(self, PermissionGroupQuery::default())
    }

    /// Lists the resource groups that policies of the account can name ([List Resource Groups]).
    ///
    /// As published the API returns all of them at once. If the response reports more, the other
    /// pages are requested too. Assumption: the API has the parameters for it that its earlier
    /// schema had.
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { account, .. }| {
    /// let all = account.list_resource_groups().all().await?;
    /// let name = all[0].name.clone().unwrap_or_default();
    /// let one = account.list_resource_groups().name(name).all().await?;
    /// assert_eq!(one, all[..1]);
    /// # Ok(()) });
    /// ```
    ///
    /// [List Resource Groups]: https://developers.cloudflare.com/api/resources/iam/subresources/resource_groups/methods/list/
    pub fn list_resource_groups(&self) -> ListResourceGroups<M> {
        ListRequest::new(self, ResourceGroupQuery::default())
    }

    /// Creates a resource group ([Create Resource Group]). The request is retried only if it
    /// certainly was not processed: names are not unique (observed, reported), so that nothing in
    /// the list shows which group a lost request created.
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { account, account_id: id, .. }| {
    /// use cloudflare_user_groups::Scope;
    ///
    /// let zone = account.list_zones().name("example.com").all().await?.remove(0);
    /// let object = format!("com.cloudflare.api.account.zone.{}", zone.id);
    /// let scope = Scope::new(format!("com.cloudflare.api.account.{id}"), [object]);
    /// let created = account.create_resource_group("example.com", scope).await?;
    /// assert!(created.id.is_some());
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// Also if the name or the scope is empty, before anything is sent, or if the response shows no
    /// id, or another name or scope. Once the request may have been applied, the error says
    /// [`outcome_unknown`](crate::Error::outcome_unknown).
    ///
    /// [Create Resource Group]: https://developers.cloudflare.com/api/resources/iam/subresources/resource_groups/methods/create/
    pub fn create_resource_group(
        &self,
        name: impl Into<String>,
        scope: Scope,
    ) -> Request<ResourceGroup, M> {
        let input = (self.awaited(), name.into(), scope);
        Request::new("account-resource-group-create", self, input, create_resource_group)
    }

    /// Lists the zones of the account ([List Zones]), as far as the credential can read them. A
    /// token needs Zone Read.
    ///
    /// ```
    /// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
    /// # docs::run(async |docs::World { account, .. }| {
    /// let found = account.list_zones().name("example.com").all().await?;
    /// assert_eq!(found.len(), 1);
    /// # Ok(()) });
    /// ```
    ///
    /// [List Zones]: https://developers.cloudflare.com/api/resources/zones/methods/list/
    pub fn list_zones(&self) -> ListZones<M> {
        ListRequest::new(self, ZoneQuery::default())
    }
}

async fn create_resource_group(
    (account, name, scope): (Account, String, Scope),
    options: Options,
) -> Result<ResourceGroup> {
    named(&name)?;
    let call = account.client.call(options);
    let created =
        raw::create_resource_group(call.clone(), &account.id, name.clone(), scope.clone()).await?;
    if created.id.is_none() {
        return Err(call.unexpected("the resource group has no id"));
    }
    let renamed = created.name.as_ref().is_some_and(|shown| *shown != name);
    if renamed || created.scopes.iter().any(|shown| *shown != scope) {
        let problem = "the resource group has another name or scope than was sent";
        return Err(call.not_applied(problem.to_owned()));
    }
    Ok(created)
}

/// A list of the members of an account. Made by [`Account::list_members`].
pub type ListAccountMembers<M = Async> = ListRequest<AccountMemberQuery, M>;

impl<M> ListRequest<AccountMemberQuery, M> {
    /// Keeps only the members with this status.
    pub fn status(mut self, status: AccountMemberStatus) -> Self {
        self.query.status = Some(status);
        self
    }

    /// Sorts the members by email address.
    pub fn sort_by_email(mut self) -> Self {
        self.query.by_email = true;
        self
    }
}

impl Query for AccountMemberQuery {
    type Item = AccountMember;
}

impl Fetch for AccountMemberQuery {
    const OPERATION: &'static str = "account-members-list-members";

    fn is_filtered(&self) -> bool {
        // The order hides nothing.
        let Self { status, by_email: _ } = self;
        status.is_some()
    }

    fn allows(&self, _: &AccountId, member: &AccountMember) -> bool {
        is_allowed(self.status.as_ref(), member.status.as_ref())
    }

    fn id(item: &AccountMember) -> Option<&str> {
        Some(item.id.as_str())
    }

    async fn fetch(&self, list: ListCall<'_>) -> Result<Listed<AccountMember>> {
        raw::list_account_members(list, self).await
    }
}

/// A list of permission groups. Made by [`Account::list_permission_groups`].
pub type ListPermissionGroups<M = Async> = ListRequest<PermissionGroupQuery, M>;

impl<M> ListRequest<PermissionGroupQuery, M> {
    filters! {
        /// Keeps only the permission group with this id.
        id: PermissionGroupId,
        /// Keeps only the permission groups with this name.
        name: String,
        /// Keeps only the permission groups with this label.
        label: String,
    }
}

impl Query for PermissionGroupQuery {
    type Item = PermissionGroup;
}

impl Fetch for PermissionGroupQuery {
    const OPERATION: &'static str = "account-permission-group-list";

    fn is_filtered(&self) -> bool {
        let Self { id, name, label } = self;
        id.is_some() || name.is_some() || label.is_some()
    }

    fn allows(&self, _: &AccountId, group: &PermissionGroup) -> bool {
        is_allowed(self.id.as_ref(), group.id.as_ref())
            && is_allowed(self.name.as_ref(), group.name.as_ref())
    }

    fn id(item: &PermissionGroup) -> Option<&str> {
        item.id.as_ref().map(PermissionGroupId::as_str)
    }

    async fn fetch(&self, list: ListCall<'_>) -> Result<Listed<PermissionGroup>> {
        raw::list_permission_groups(list, self).await
    }
}

/// A list of resource groups. Made by [`Account::list_resource_groups`].
pub type ListResourceGroups<M = Async> = ListRequest<ResourceGroupQuery, M>;

impl<M> ListRequest<ResourceGroupQuery, M> {
    filters! {
        /// Keeps only the resource group with this id.
        id: ResourceGroupId,
        /// Keeps only the resource groups with this name.
        name: String,
    }
}

impl Query for ResourceGroupQuery {
    type Item = ResourceGroup;
}

impl Fetch for ResourceGroupQuery {
    const OPERATION: &'static str = "account-resource-group-list";

    fn paging() -> Paging {
        Paging::server_sized(&SMALL_PAGE_SIZES)
    }

    fn is_filtered(&self) -> bool {
        let Self { id, name } = self;
        id.is_some() || name.is_some()
    }

    fn allows(&self, _: &AccountId, group: &ResourceGroup) -> bool {
        is_allowed(self.id.as_ref(), group.id.as_ref())
            && is_allowed(self.name.as_ref(), group.name.as_ref())
    }

    fn id(item: &ResourceGroup) -> Option<&str> {
        item.id.as_ref().map(ResourceGroupId::as_str)
    }

    async fn fetch(&self, list: ListCall<'_>) -> Result<Listed<ResourceGroup>> {
        raw::list_resource_groups(list, self).await
    }
}

/// A list of zones. Made by [`Account::list_zones`].
pub type ListZones<M = Async> = ListRequest<ZoneQuery, M>;

impl<M> ListRequest<ZoneQuery, M> {
    filters! {
        /// Keeps only the zone with this name.
        name: String,
    }
}

impl Query for ZoneQuery {
    type Item = Zone;
}

impl Fetch for ZoneQuery {
    const OPERATION: &'static str = "zones-get";

    fn is_filtered(&self) -> bool {
        // The account is a filter too.
        true
    }

    fn allows(&self, account: &AccountId, zone: &Zone) -> bool {
        is_allowed(Some(account), zone.account_id.as_ref())
    }

    fn id(item: &Zone) -> Option<&str> {
        Some(ZoneId::as_str(&item.id))
    }

    async fn fetch(&self, list: ListCall<'_>) -> Result<Listed<Zone>> {
        raw::list_zones(list, self).await
    }
}
