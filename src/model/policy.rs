//! Policies, and the permission groups that they grant or deny.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::meta::Meta;
use super::open_enum::open_enum;
use super::resource_group::ResourceGroup;
use super::set::{hash_set, same_set};
use crate::id::{PermissionGroupId, PolicyId};

/// Permissions on resources, granted or denied to the members of a user group.
///
/// The same type is read and written. [`Policy::allow`] and [`Policy::deny`] set only ids or
/// scopes; a policy from a response also has names. Only the ids of its groups are sent, or the
/// scopes of resource groups without an id, so a policy that was read can be written back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// Read-only: the API gives out a fresh id with every update of the group's policies, so it is
    /// never sent and does not identify a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PolicyId>,
    /// Whether the policy grants or denies. Responses may omit it; it is required
    /// to write the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<PolicyAccess>,
    /// The permissions that are granted or denied: a set, in any order.
    #[serde(default)]
    pub permission_groups: Vec<PermissionGroup>,
    /// The resources to which the policy applies: a set, in any order.
    #[serde(default)]
    pub resource_groups: Vec<ResourceGroup>,
}

impl Policy {
    /// A new policy that grants the permissions on the resources.
    pub fn allow<P, R>(
        permission_groups: impl IntoIterator<Item = P>,
        resource_groups: impl IntoIterator<Item = R>,
    ) -> Self
    where
        P: Into<PermissionGroup>,
        R: Into<ResourceGroup>,
    {
        Self::new(PolicyAccess::Allow, permission_groups, resource_groups)
    }

    /// A new policy that denies the permissions on the resources.
    pub fn deny<P, R>(
        permission_groups: impl IntoIterator<Item = P>,
        resource_groups: impl IntoIterator<Item = R>,
    ) -> Self
    where
        P: Into<PermissionGroup>,
        R: Into<ResourceGroup>,
    {
        Self::new(PolicyAccess::Deny, permission_groups, resource_groups)
    }

    fn new<P, R>(
        access: PolicyAccess,
        permission_groups: impl IntoIterator<Item = P>,
        resource_groups: impl IntoIterator<Item = R>,
    ) -> Self
    where
        P: Into<PermissionGroup>,
        R: Into<ResourceGroup>,
    {
        Self {
            id: None,
            access: Some(access),
            permission_groups: permission_groups.into_iter().map(Into::into).collect(),
            resource_groups: resource_groups.into_iter().map(Into::into).collect(),
        }
    }

    /// Compares access, permissions and resources of two policies.
    ///
    /// Ignored are the ids of the policies, the names of their groups, order and repetition: the
    /// API keeps sets, and returns them in any order. Resource groups are the same if their ids
    /// are, or their scopes if one of them has no id.
    pub fn has_same_effect(&self, other: &Self) -> bool {
        self.is_like(other, ResourceGroup::is_same)
    }

    /// Whether a response that shows `self` can stand for what was sent as `sent`. A resource group
    /// that was sent by id and is shown by its scope alone cannot be compared and counts as the
    /// same.
    pub(crate) fn may_show(&self, sent: &Self) -> bool {
        self.is_like(sent, |shown, sent| {
            shown.is_same(sent) || (shown.id.is_none() && sent.scopes.is_empty())
        })
    }

    fn is_like(&self, other: &Self, is_same: fn(&ResourceGroup, &ResourceGroup) -> bool) -> bool {
        let (ours, others) = (&self.permission_groups, &other.permission_groups);
        self.access == other.access
            && same_set(ours, others, |one, other| one.id == other.id)
            && same_set(&self.resource_groups, &other.resource_groups, is_same)
    }
}

/// Equal if all fields are equal; order and repetition of the groups make no difference, because
/// the API keeps sets. See also [`Policy::has_same_effect`].
impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        let Self { id, access, permission_groups, resource_groups } = self;
        *id == other.id
            && *access == other.access
            && same_set(permission_groups, &other.permission_groups, PermissionGroup::eq)
            && same_set(resource_groups, &other.resource_groups, ResourceGroup::eq)
    }
}

impl Eq for Policy {}

impl Hash for Policy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { id, access, permission_groups, resource_groups } = self;
        (id, access).hash(state);
        hash_set(permission_groups, state);
        hash_set(resource_groups, state);
    }
}

open_enum! {
    /// Whether a policy grants or denies.
    PolicyAccess {
        /// The policy grants.
        Allow = "allow",
        /// The policy denies.
        Deny = "deny",
    }
}

/// A named set of permissions, which a policy grants or denies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PermissionGroup {
    /// Identifies the permission group. A policy can only be written if each has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PermissionGroupId>,
    /// The name, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Other fields that the API returns.
    #[serde(default, skip_serializing_if = "Meta::is_empty")]
    pub meta: Meta,
}

impl From<PermissionGroupId> for PermissionGroup {
    fn from(id: PermissionGroupId) -> Self {
        Self { id: Some(id), name: None, meta: Meta::default() }
    }
}

impl From<&PermissionGroupId> for PermissionGroup {
    fn from(id: &PermissionGroupId) -> Self {
        id.clone().into()
    }
}
