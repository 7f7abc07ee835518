//! The operations of the API, and the versions of its contract.

use axum::http::Method;

/// The version of the contract that a sandbox keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Contract {
    /// As documented: nine operations, adding members returns one member
    Documented,
    /// As published in mid-2026: ten operations, adding members returns an array
    Current,
    /// As the live service behaves (reported): names are unique, policy ids change, see the README
    #[default]
    Observed,
}

/// An operation: its method, path and query parameters.
#[derive(Debug)]
pub struct Operation {
    /// The published operationId.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path below `/client/v4`, with the names of its parameters in braces.
    pub path: &'static str,
    /// The names of its query parameters.
    pub query: &'static [&'static str],
    pub(crate) name: Name,
}

/// The operations by the function that serves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    CreateGroup,
    ListGroups,
    UpdateGroup,
    GetGroup,
    DeleteGroup,
    ReplaceMembers,
    AddMembers,
    ListMembers,
    RemoveMember,
    GetMember,
    ListAccountMembers,
    ListPermissionGroups,
    ListResourceGroups,
    CreateResourceGroup,
    ListZones,
}

const GROUPS: &str = "/accounts/{account_id}/iam/user_groups";
const GROUP: &str = "/accounts/{account_id}/iam/user_groups/{user_group_id}";
const MEMBERS: &str = "/accounts/{account_id}/iam/user_groups/{user_group_id}/members";
const MEMBER: &str = "/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}";
const ACCOUNT_MEMBERS: &str = "/accounts/{account_id}/members";
const PERMISSION_GROUPS: &str = "/accounts/{account_id}/iam/permission_groups";
const RESOURCE_GROUPS: &str = "/accounts/{account_id}/iam/resource_groups";
const ZONES: &str = "/zones";

const fn operation(
    id: &'static str,
    method: Method,
    path: &'static str,
    query: &'static [&'static str],
    name: Name,
) -> Operation {
    Operation { id, method, path, query, name }
}

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    operation("account-user-group-create", Method::POST, GROUPS, &[], Name::CreateGroup),
    operation("account-user-group-list", Method::GET, GROUPS,
        &["id", "name", "fuzzyName", "page", "per_page", "direction"], Name::ListGroups),
    operation("account-user-group-update", Method::PUT, GROUP, &[], Name::UpdateGroup),
    operation("account-user-group-details", Method::GET, GROUP, &[], Name::GetGroup),
    operation("account-user-group-delete", Method::DELETE, GROUP, &[], Name::DeleteGroup),
    operation("account-user-group-members-update", Method::PUT, MEMBERS, &[], Name::ReplaceMembers),
    operation("account-user-group-member-create", Method::POST, MEMBERS, &[], Name::AddMembers),
    operation("account-user-group-member-list", Method::GET, MEMBERS,
        &["page", "per_page", "fuzzyEmail", "direction"], Name::ListMembers),
    operation("account-user-group-member-delete", Method::DELETE, MEMBER, &[], Name::RemoveMember),
    operation("account-user-group-member-get", Method::GET, MEMBER, &[], Name::GetMember),
    operation("account-members-list-members", Method::GET, ACCOUNT_MEMBERS,
        &["page", "per_page", "order", "direction", "status"], Name::ListAccountMembers),
    operation("account-permission-group-list", Method::GET, PERMISSION_GROUPS,
        &["id", "name", "label", "page", "per_page"], Name::ListPermissionGroups),
    operation("account-resource-group-list", Method::GET, RESOURCE_GROUPS,
        &["id", "name", "page", "per_page"], Name::ListResourceGroups),
    operation("account-resource-group-create", Method::POST, RESOURCE_GROUPS, &[],
        Name::CreateResourceGroup),
    operation("zones-get", Method::GET, ZONES,
        &["account.id", "name", "page", "per_page"], Name::ListZones),
];

/// The operations of a contract.
pub fn operations(contract: Contract) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS
        .iter()
        .filter(move |it| contract != Contract::Documented || it.name != Name::GetMember)
}

impl Operation {
    /// Whether it returns one page of a list.
    pub(crate) fn is_paged(&self) -> bool {
        self.query.contains(&"page")
    }

    /// Whether a request has a body.
    pub fn has_body(&self) -> bool {
        [Method::POST, Method::PUT, Method::PATCH].contains(&self.method)
    }
}
