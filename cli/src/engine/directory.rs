//! What the ids of an account mean.

use std::collections::BTreeMap;

use cloudflare_user_groups::{
    AccountMember, Member, MemberId, PermissionGroup, PermissionGroupId, Policy, ResourceGroup,
    ResourceGroupId,
};

/// What is known of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The email address.
    pub email: Option<String>,
    /// What became of the invitation: `accepted`, `pending` or `rejected`.
    pub status: Option<String>,
}

/// The names behind ids, as far as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// Members of the account.
    pub members: BTreeMap<MemberId, Person>,
    /// Permission groups.
    pub permission_groups: BTreeMap<PermissionGroupId, Option<String>>,
    /// Resource groups.
    pub resource_groups: BTreeMap<ResourceGroupId, Option<String>>,
    /// Which of the three are complete.
    pub(crate) complete: Complete,
}

/// Which lists of the account were read as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Complete {
    pub(crate) members: bool,
    pub(crate) permission_groups: bool,
    pub(crate) resource_groups: bool,
}

impl Directory {
    pub(crate) fn learn_member(&mut self, member: Member) {
        let status = member.status.map(|status| status.as_str().to_owned());
        self.members.insert(member.id, Person { email: member.email, status });
    }

    pub(crate) fn learn_policy(&mut self, policy: &Policy) {
        for group in &policy.permission_groups {
            self.permission_groups.extend(group.id.clone().map(|id| (id, group.name.clone())));
        }
        for group in &policy.resource_groups {
            self.resource_groups.extend(group.id.clone().map(|id| (id, group.name.clone())));
        }
    }

    pub(crate) fn learn_all_members(&mut self, members: Vec<AccountMember>) {
        for member in members {
            let email = member.email.or_else(|| member.user.and_then(|user| user.email));
            let status = member.status.map(|status| status.as_str().to_owned());
            self.members.insert(member.id, Person { email, status });
        }
        self.complete.members = true;
    }

    pub(crate) fn learn_all_permission_groups(&mut self, groups: Vec<PermissionGroup>) {
        self.permission_groups.extend(groups.into_iter().filter_map(|it| Some((it.id?, it.name))));
        self.complete.permission_groups = true;
    }

    pub(crate) fn learn_all_resource_groups(&mut self, groups: Vec<ResourceGroup>) {
        self.resource_groups.extend(groups.into_iter().filter_map(|it| Some((it.id?, it.name))));
        self.complete.resource_groups = true;
    }
}
