//! The names behind the ids of an account.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{
    AccountId, AccountMember, Member, MemberId, PermissionGroup, PermissionGroupId, Policy,
    ResourceGroup, ResourceGroupId,
};

use crate::rule::{PolicyResource, PolicyScope};

/// The email address and status of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberInfo {
    /// The email address.
    pub email: Option<String>,
    /// The status of the invitation: `accepted`, `pending` or `rejected`.
    pub status: Option<String>,
}

/// The name and scopes of a resource group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceInfo {
    /// The name.
    pub name: Option<String>,
    /// The scopes.
    pub scopes: BTreeSet<PolicyScope>,
}

/// The names behind ids, as far as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountDirectory {
    /// Members of the account.
    pub members: BTreeMap<MemberId, MemberInfo>,
    /// Members of the account by the IDs of their users, which are easily confused.
    pub users: BTreeMap<String, MemberId>,
    /// Permission groups.
    pub permission_groups: BTreeMap<PermissionGroupId, Option<String>>,
    /// Resource groups.
    pub resource_groups: BTreeMap<ResourceGroupId, ResourceInfo>,
    /// The scope of the whole account.
    pub account: Option<PolicyScope>,
    /// The names of zones, by the scope that consists of the zone.
    pub zones: BTreeMap<PolicyScope, String>,
}

/// Lists of the account that give names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    pub(crate) members: MemberLookup,
    pub(crate) permission_groups: bool,
    pub(crate) resource_groups: bool,
    /// Zones with these names, in lower case.
    pub(crate) zones: BTreeSet<String>,
}

/// The account members that must be looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum MemberLookup {
    #[default]
    None,
    /// Those with these email addresses, in lower case.
    Emails(BTreeSet<String>),
    All,
}

impl AccountDirectory {
    /// Returns a directory that knows nothing but the scope of the account.
    pub(crate) fn of(account: &AccountId) -> Self {
        Self { account: Some(PolicyScope::of_account(account)), ..Self::default() }
    }

    /// Adds a member of a group and returns its id, which shares the text with that of other
    /// groups. Its status may be missing (observed, reported), so that of the account is kept.
    pub(crate) fn add_member(&mut self, member: Member) -> MemberId {
        let status = member.status.map(|status| status.as_str().to_owned());
        let entry = self.members.entry(member.id);
        let id = entry.key().clone();
        let info = entry.or_default();
        info.email = member.email.or(info.email.take());
        info.status = status.or(info.status.take());
        id
    }

    /// Adds what another directory knows of members.
    pub(crate) fn add_known_members(&mut self, other: Self) {
        for (id, info) in other.members {
            let known = self.members.entry(id).or_default();
            known.email = known.email.take().or(info.email);
            known.status = known.status.take().or(info.status);
        }
        self.users.extend(other.users);
    }

    pub(crate) fn add_policy(&mut self, policy: &Policy) {
        self.add_permission_groups(&policy.permission_groups);
        self.add_resource_groups(&policy.resource_groups);
    }

    pub(crate) fn add_account_members(&mut self, members: Vec<AccountMember>) {
        for member in members {
            if let Some(user) = member.user.as_ref().and_then(|user| user.id.as_ref()) {
                self.users.insert(user.to_string(), member.id.clone());
            }
            let email = member.email.or_else(|| member.user.and_then(|user| user.email));
            let status = member.status.map(|status| status.as_str().to_owned());
            self.members.insert(member.id, MemberInfo { email, status });
        }
    }

    pub(crate) fn add_permission_groups(&mut self, groups: &[PermissionGroup]) {
        let named = groups.iter().filter_map(|it| Some((it.id.clone()?, it.name.clone())));
        self.permission_groups.extend(named);
    }

    pub(crate) fn add_resource_groups(&mut self, groups: &[ResourceGroup]) {
        for group in groups {
            let Some(id) = group.id.clone() else { continue };
            let scopes = group.scopes.iter().map(PolicyScope::from).collect();
            self.resource_groups.insert(id, ResourceInfo { name: group.name.clone(), scopes });
        }
    }

    /// Returns whether a text is the email address or ID of a known member.
    pub(crate) fn has_member(&self, text: &str) -> bool {
        let email = |info: &MemberInfo| {
            info.email.as_ref().is_some_and(|email| email.to_lowercase() == text.to_lowercase())
        };
        MemberId::new(text).is_ok_and(|id| self.members.contains_key(&id))
            || self.members.values().any(email)
    }

    /// Returns the email address of a member, or the ID.
    pub(crate) fn email_or_id<'a>(&'a self, id: &'a MemberId) -> &'a str {
        let email = self.members.get(id).and_then(|info| info.email.as_deref());
        email.unwrap_or(id.as_str())
    }

    /// Returns the name of a permission group, or the ID.
    pub(crate) fn permission_name<'a>(&'a self, id: &'a PermissionGroupId) -> &'a str {
        self.permission_groups.get(id).and_then(Option::as_deref).unwrap_or(id.as_str())
    }

    /// Returns the name of a resource group or of zones, the ID, or the scope.
    pub(crate) fn resource_name(&self, resource: &PolicyResource) -> String {
        if let Some(name) = self.places_name(resource) {
            return name;
        }
        let info = resource.id.as_ref().and_then(|id| self.resource_groups.get(id));
        info.and_then(|info| info.name.clone()).unwrap_or_else(|| resource.to_string())
    }

    /// Returns the lists that have the names of policies which are not known.
    pub(crate) fn missing_names(&self) -> Lists {
        Lists {
            members: MemberLookup::None,
            permission_groups: self.permission_groups.values().any(Option::is_none),
            resource_groups: self.resource_groups.values().any(|it| it.name.is_none()),
            zones: BTreeSet::new(),
        }
    }

    /// Returns the resource with its scopes, where they are known. The ones that it has may be
    /// those of a saved plan, which are not trusted.
    pub(crate) fn with_scopes(&self, resource: &PolicyResource) -> PolicyResource {
        let mut resource = resource.clone();
        let info = resource.id.as_ref().and_then(|id| self.resource_groups.get(id));
        if let Some(info) = info.filter(|info| !info.scopes.is_empty()) {
            resource.scopes.clone_from(&info.scopes);
        }
        resource
    }
}
