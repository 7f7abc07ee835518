//! The filters and the order of lists.

use super::member::AccountMemberStatus;
use crate::id::{PermissionGroupId, ResourceGroupId, UserGroupId};

/// The filters of [`ListUserGroups`](crate::ListUserGroups).
#[derive(Clone, Debug, Default)]
pub struct UserGroupQuery {
    pub(crate) id: Option<UserGroupId>,
    pub(crate) name: Option<String>,
    pub(crate) name_contains: Option<String>,
    pub(crate) direction: Option<Direction>,
}

/// The user group of [`ListMembers`](crate::ListMembers), and its filters.
#[derive(Clone, Debug)]
pub struct MemberQuery {
    pub(crate) group: UserGroupId,
    pub(crate) email_contains: Option<String>,
    pub(crate) direction: Option<Direction>,
}

/// The filters of [`ListAccountMembers`](crate::ListAccountMembers).
#[derive(Clone, Debug, Default)]
pub struct AccountMemberQuery {
    pub(crate) status: Option<AccountMemberStatus>,
    pub(crate) by_email: bool,
}

/// The filters of [`ListPermissionGroups`](crate::ListPermissionGroups).
#[derive(Clone, Debug, Default)]
pub struct PermissionGroupQuery {
    pub(crate) id: Option<PermissionGroupId>,
    pub(crate) name: Option<String>,
    pub(crate) label: Option<String>,
}

/// The filters of [`ListResourceGroups`](crate::ListResourceGroups).
#[derive(Clone, Debug, Default)]
pub struct ResourceGroupQuery {
    pub(crate) id: Option<ResourceGroupId>,
    pub(crate) name: Option<String>,
}

/// The filters of [`ListZones`](crate::ListZones).
#[derive(Clone, Debug, Default)]
pub struct ZoneQuery {
    pub(crate) name: Option<String>,
}

/// The order in which a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From A to Z.
    Ascending,
    /// From Z to A.
    Descending,
}
