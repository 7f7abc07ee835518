//! The names behind the ids of an account.

use std::collections::BTreeMap;

use cloudflare_user_groups::{
    AccountMember, Member, MemberId, PermissionGroup, PermissionGroupId, Policy, ResourceGroup,
    ResourceGroupId,
};

/// The email address and status of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberInfo {
    /// The email address.
    pub email: Option<String>,
    /// The status of the invitation: `accepted`, `pending` or `rejected`.
    pub status: Option<String>,
}

/// The names behind ids, as far as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountDirectory {
    /// Members of the account.
    pub members: BTreeMap<MemberId, MemberInfo>,
    /// Permission groups.
    pub permission_groups: BTreeMap<PermissionGroupId, Option<String>>,
    /// Resource groups.
    pub resource_groups: BTreeMap<ResourceGroupId, Option<String>>,
}

/// Lists of the account that give names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    pub(crate) members: bool,
    pub(crate) permission_groups: bool,
    pub(crate) resource_groups: bool,
}

impl AccountDirectory {
    pub(crate) fn add_member(&mut self, member: Member) {
        let status = member.status.map(|status| status.as_str().to_owned());
        self.members.insert(member.id, MemberInfo { email: member.email, status });
    }

    pub(crate) fn add_policy(&mut self, policy: &Policy) {
        for group in &policy.permission_groups {
            self.permission_groups.extend(group.id.clone().map(|id| (id, group.name.clone())));
        }
        for group in &policy.resource_groups {
            self.resource_groups.extend(group.id.clone().map(|id| (id, group.name.clone())));
        }
    }

    pub(crate) fn add_account_members(&mut self, members: Vec<AccountMember>) {
        for member in members {
            let email = member.email.or_else(|| member.user.and_then(|user| user.email));
            let status = member.status.map(|status| status.as_str().to_owned());
            self.members.insert(member.id, MemberInfo { email, status });
        }
    }

    pub(crate) fn add_permission_groups(&mut self, groups: Vec<PermissionGroup>) {
        self.permission_groups.extend(groups.into_iter().filter_map(|it| Some((it.id?, it.name))));
    }

    pub(crate) fn add_resource_groups(&mut self, groups: Vec<ResourceGroup>) {
        self.resource_groups.extend(groups.into_iter().filter_map(|it| Some((it.id?, it.name))));
    }
}
