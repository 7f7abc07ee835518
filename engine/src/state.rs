//! What an account has, and what it shall have.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{
    MemberId, PermissionGroupId, Policy, PolicyAccess, PolicyId, ResourceGroupId, UserGroupId,
};
use serde::{Deserialize, Serialize};

/// What a policy does. Two policies of the same rule have the same effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// Whether it grants or denies.
    pub access: PolicyAccess,
    /// What it grants or denies.
    pub permission_groups: BTreeSet<PermissionGroupId>,
    /// On what.
    pub resource_groups: BTreeSet<ResourceGroupId>,
}

impl PolicyRule {
    fn key(&self) -> (&str, &BTreeSet<PermissionGroupId>, &BTreeSet<ResourceGroupId>) {
        (self.access.as_str(), &self.permission_groups, &self.resource_groups)
    }

    /// The policy that does it.
    pub(crate) fn to_policy(&self, id: Option<PolicyId>) -> Policy {
        let mut policy = Policy::allow(&self.permission_groups, &self.resource_groups);
        policy.access = Some(self.access.clone());
        policy.id = id;
        policy
    }
}

impl From<&Policy> for PolicyRule {
    fn from(policy: &Policy) -> Self {
        Self {
            // An access that the API leaves out is none that a file could ask for.
            access: policy.access.clone().unwrap_or_else(|| PolicyAccess::from("")),
            permission_groups: policy
                .permission_groups
                .iter()
                .filter_map(|it| it.id.clone())
                .collect(),
            resource_groups: policy.resource_groups.iter().filter_map(|it| it.id.clone()).collect(),
        }
    }
}

impl Ord for PolicyRule {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for PolicyRule {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A user group that the account has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActualGroup {
    /// Its name.
    pub name: String,
    /// What its policies do, each with the id of a policy that does it.
    pub policies: BTreeMap<PolicyRule, Option<PolicyId>>,
    /// Who is in it; `None` where that was not read.
    pub members: Option<BTreeSet<MemberId>>,
}

impl ActualGroup {
    /// What the policies do.
    pub fn rules(&self) -> BTreeSet<PolicyRule> {
        self.policies.keys().cloned().collect()
    }
}

/// The user groups that an account has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActualState {
    /// The groups by id.
    pub groups: BTreeMap<UserGroupId, ActualGroup>,
}

/// What becomes of groups that are not asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// They are left alone.
    #[default]
    No,
    /// They are deleted.
    Yes,
}

/// The user groups that an account shall have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DesiredState {
    /// The groups.
    pub groups: Vec<DesiredGroup>,
    /// What becomes of all others.
    pub prune: Prune,
}

/// A user group that an account shall have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DesiredGroup {
    /// The id, where it is pinned; else the group is known by its name.
    pub id: Option<UserGroupId>,
    /// The name.
    pub name: String,
    /// What its policies shall do; `None` leaves them alone.
    pub policies: Option<BTreeSet<PolicyRule>>,
    /// Who shall be in it; `None` leaves them alone.
    pub members: Option<BTreeSet<MemberId>>,
}
