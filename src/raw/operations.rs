//! One function for each operation: it builds the request and converts the result.

use std::num::NonZeroU64;

use super::convert::{IntoModel, direction, member_refs, models, written, written_scope};
use super::{Call, ListCall, Listed, arguments, types};
use crate::error::{Error, Result};
use crate::id::{AccountId, MemberId, PermissionGroupId, ResourceGroupId, UserGroupId};
use crate::model::{
    self, AccountMemberQuery, MemberQuery, PermissionGroupQuery, ResourceGroupQuery,
    UserGroupQuery, ZoneQuery,
};

/// Create User Group. `None` if the response does not show the group.
pub(crate) async fn create_user_group(
    call: Call,
    account: &AccountId,
    name: String,
    policies: Vec<model::Policy>,
) -> Result<Option<model::UserGroup>> {
    let policies = (!policies.is_empty()).then(|| written(policies)).transpose()?;
    let body = types::CreateUserGroup { name, policies };
    let arguments = arguments::AccountUserGroupCreate { account_id: account, body: &body };
    let response = call.account_user_group_create(arguments).await;
    Ok(call.result(response)?.map(types::UserGroup::into_model))
}

/// User Group Details.
pub(crate) async fn user_group(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
) -> Result<model::UserGroup> {
    let arguments =
        arguments::AccountUserGroupDetails { account_id: account, user_group_id: group };
    let response = call.account_user_group_details(arguments).await;
    let group = call.result(response)?;
    call.required(group).map(types::UserGroup::into_model)
}

/// Update User Group. `None` if the response does not show the group, or whether policies are gone.
pub(crate) async fn update_user_group(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    name: Option<String>,
    policies: Option<Vec<model::Policy>>,
) -> Result<Option<model::UserGroup>> {
    let removes_policies = policies.as_ref().is_some_and(Vec::is_empty);
    let policies = policies.map(written).transpose()?;
    let body = types::UpdateUserGroup { name, policies };
    let arguments = arguments::AccountUserGroupUpdate {
        account_id: account,
        user_group_id: group,
        body: &body,
    };
    let response = call.account_user_group_update(arguments).await;
    let shown = call.result(response)?.filter(|it| it.policies.is_some() || !removes_policies);
    Ok(shown.map(types::UserGroup::into_model))
}

/// Remove User Group.
pub(crate) async fn delete_user_group(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
) -> Result<()> {
    let arguments = arguments::AccountUserGroupDelete { account_id: account, user_group_id: group };
    let response = call.account_user_group_delete(arguments).await;
    removed(&call, call.result(response))
}

/// List User Groups.
pub(crate) async fn list_user_groups(
    list: ListCall<'_>,
    query: &UserGroupQuery,
) -> Result<Listed<model::UserGroup>> {
    let ListCall { call, account, page, per_page } = list;
    let UserGroupQuery { id, name, name_contains, direction } = query;
    let arguments = arguments::AccountUserGroupList {
        account_id: account,
        id: id.as_ref().map(UserGroupId::sendable).transpose()?,
        name: name.as_deref(),
        fuzzy_name: name_contains.as_deref(),
        direction: direction.map(self::direction),
        page: Some(page),
        per_page,
    };
    let response = call.account_user_group_list(arguments).await;
    Ok(call.result(response)?.unwrap_or_default().into_model())
}

/// List User Group Members.
pub(crate) async fn list_members(
    list: ListCall<'_>,
    query: &MemberQuery,
) -> Result<Listed<model::Member>> {
    let ListCall { call, account, page, per_page } = list;
    let MemberQuery { group, email_contains, direction } = query;
    let arguments = arguments::AccountUserGroupMemberList {
        account_id: account,
        user_group_id: group,
        fuzzy_email: email_contains.as_deref(),
        direction: direction.map(self::direction),
        page: Some(page),
        per_page,
    };
    let response = call.account_user_group_member_list(arguments).await;
    Ok(call.result(response)?.unwrap_or_default().into_model())
}

/// Get User Group Member.
pub(crate) async fn member(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    member: &MemberId,
) -> Result<model::MemberDetails> {
    let arguments = arguments::AccountUserGroupMemberGet {
        account_id: account,
        user_group_id: group,
        member_id: member,
    };
    let response = call.account_user_group_member_get(arguments).await;
    let member = call.result(response)?;
    call.required(member).map(types::MemberDetails::into_model)
}

/// Add User Group Members. `None` if the response does not show members.
pub(crate) async fn add_members(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    members: &[MemberId],
) -> Result<Option<Vec<model::Member>>> {
    let body = member_refs(members)?;
    let arguments = arguments::AccountUserGroupMemberCreate {
        account_id: account,
        user_group_id: group,
        body: &body,
    };
    let response = call.account_user_group_member_create(arguments).await;
    Ok(call.result(response)?.map(|shown| models(shown.0)))
}

/// Update User Group Members. `None` if the response does not show members.
pub(crate) async fn replace_members(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    members: &[MemberId],
) -> Result<Option<Vec<model::Member>>> {
    let body = member_refs(members)?;
    let arguments = arguments::AccountUserGroupMembersUpdate {
        account_id: account,
        user_group_id: group,
        body: &body,
    };
    let response = call.account_user_group_members_update(arguments).await;
    let shown = call.result(response)?.map(|shown| shown.into_model().items);
    Ok(shown.filter(|members| !members.is_empty()))
}

/// Remove User Group Member.
pub(crate) async fn remove_member(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    member: &MemberId,
) -> Result<()> {
    let arguments = arguments::AccountUserGroupMemberDelete {
        account_id: account,
        user_group_id: group,
        member_id: member,
    };
    let response = call.account_user_group_member_delete(arguments).await;
    match call.result(response) {
        Err(error) if error.says_not_in_group() => Ok(()),
        // The API may not know the group yet.
        Err(error) if call.is_of_new_group() => Err(error),
        other => removed(&call, other),
    }
}

/// A 404 of the API, not of something in front of it, after an attempt that may have been applied
/// says that it was.
fn removed<T>(call: &Call, result: Result<Option<T>>) -> Result<()> {
    match result {
        Err(error) if error.is_not_found() && !error.errors().is_empty() && call.is_in_doubt() => {
            Ok(())
        }
        other => other.map(drop),
    }
}

/// List Members (of an account).
pub(crate) async fn list_account_members(
    list: ListCall<'_>,
    query: &AccountMemberQuery,
) -> Result<Listed<model::AccountMember>> {
    let ListCall { call, account, page, per_page } = list;
    let AccountMemberQuery { status, by_email } = query;
    let order = by_email.then_some(types::AccountMemberOrder::UserEmail);
    let direction = order.map(|_| types::SortDirection::Asc);
    let arguments = arguments::AccountMembersListMembers {
        account_id: account,
        status: status.as_ref(),
        order,
        direction,
        page: Some(page),
        per_page: small(per_page),
    };
    let response = call.account_members_list_members(arguments).await;
    Ok(call.result(response)?.unwrap_or_default().into_model())
}

/// List Account Permission Groups.
pub(crate) async fn list_permission_groups(
    list: ListCall<'_>,
    query: &PermissionGroupQuery,
) -> Result<Listed<model::PermissionGroup>> {
    let ListCall { call, account, page, per_page } = list;
    let PermissionGroupQuery { id, name, label } = query;
    let arguments = arguments::AccountPermissionGroupList {
        account_id: account,
        id: id.as_ref().map(PermissionGroupId::sendable).transpose()?,
        name: name.as_deref(),
        label: label.as_deref(),
        page: Some(page),
        per_page: small(per_page),
    };
    let response = call.account_permission_group_list(arguments).await;
    Ok(call.result(response)?.unwrap_or_default().into_model())
}

/// List Resource Groups.
pub(crate) async fn list_resource_groups(
    list: ListCall<'_>,
    query: &ResourceGroupQuery,
) -> Result<Listed<model::ResourceGroup>> {
    let ListCall { call, account, page, per_page } = list;
    let ResourceGroupQuery { id, name } = query;
    // As published the list has no pages: the first request does not mention them.
    let page = (page > NonZeroU64::MIN || per_page.is_some()).then_some(page);
    let arguments = arguments::AccountResourceGroupList {
        account_id: account,
        id: id.as_ref().map(ResourceGroupId::sendable).transpose()?,
        name: name.as_deref(),
        page,
        per_page: small(per_page),
    };
    let response = call.account_resource_group_list(arguments).await;
    Ok(call.result(response)?.unwrap_or_default().into_model())
}

/// Create Resource Group.
pub(crate) async fn create_resource_group(
    call: Call,
    account: &AccountId,
    name: String,
    scope: model::Scope,
) -> Result<model::ResourceGroup> {
    let scope = written_scope(scope).map_err(Error::invalid)?;
    let body = types::CreateResourceGroup { name, scope };
    let arguments = arguments::AccountResourceGroupCreate { account_id: account, body: &body };
    let response = call.account_resource_group_create(arguments).await;
    let group = call.result(response)?;
    call.required(group).map(types::ResourceGroup::into_model)
}

/// List Zones.
pub(crate) async fn list_zones(
    list: ListCall<'_>,
    query: &ZoneQuery,
) -> Result<Listed<model::Zone>> {
    let ListCall { call, account, page, per_page } = list;
    let ZoneQuery { name } = query;
    let arguments = arguments::ZonesGet {
        account_id: Some(account.sendable()?),
        name: name.as_deref(),
        page: Some(page),
        per_page: small(per_page),
    };
    let response = call.zones_get(arguments).await;
    Ok(call.result(response)?.unwrap_or_default().into_model())
}

fn small(per_page: Option<NonZeroU64>) -> Option<i64> {
    per_page.and_then(|size| i64::try_from(size.get()).ok())
}
