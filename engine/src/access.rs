//! Who has access: the members, permissions and resources of groups, one row for each.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{MemberId, PermissionGroupId, PolicyAccess, UserGroupId};
use serde::Serialize;

use crate::diagnostic::{Diagnostics, resolve_argument};
use crate::directory::AccountDirectory;
use crate::group_file::WHOLE_ACCOUNT;
use crate::place::ZONE_PREFIX;
use crate::plan::PlanWarning;
use crate::resolve::AccountNames;
use crate::rule::{PolicyResource, PolicyRule, PolicyScope};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualMembers};

/// A permission on a resource that a group gives to a member, or denies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Access {
    /// The name of the group.
    pub group: String,
    /// The id of the group, or its name if the id is not known.
    #[cfg_attr(test, schemars(with = "String"))]
    pub group_id: UserGroupId,
    /// The email address of the member, or the id; null for a group without members.
    pub address: Option<String>,
    /// The status of the member, if it is known: `accepted`, `pending` or `rejected`.
    pub status: Option<String>,
    /// `allow` or `deny`; `unknown` if policies cannot be read; null for a group without policies.
    pub access: Option<String>,
    /// The name of the permission group, or the id.
    pub permission: Option<String>,
    /// The name of the resource group, the id, or the scope.
    pub resource: Option<String>,
    /// Whether the member has the permission: it is allowed here, and denied nowhere on the same
    /// resource. A pending member has it once the invitation is accepted.
    pub effective: bool,
    /// The group that denies what is allowed here.
    pub denied_by: Option<String>,
}

/// A permission on a resource, allowed or denied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant<'a> {
    pub(crate) denied: bool,
    pub(crate) permission: &'a PermissionGroupId,
    pub(crate) resource: &'a PolicyResource,
}

impl<'a> Grant<'a> {
    pub(crate) fn all_of(rule: &'a PolicyRule) -> impl Iterator<Item = Self> {
        let denied = rule.access == PolicyAccess::Deny;
        rule.permission_groups.iter().flat_map(move |permission| {
            rule.resource_groups.iter().map(move |resource| Self { denied, permission, resource })
        })
    }
}

/// A member of a group, and what the group gives; without one if there is none.
struct Row<'a> {
    id: &'a UserGroupId,
    group: &'a ActualGroup,
    member: Option<&'a MemberId>,
    grant: Option<Grant<'a>>,
}

/// What is denied to each member, and by which group.
type Denials<'a> = BTreeMap<&'a MemberId, Vec<(&'a str, Grant<'a>)>>;

impl Snapshot {
    /// Returns what all groups give to their members. Groups without members, and groups without
    /// policies, have rows too.
    pub fn access(&self) -> Vec<Access> {
        self.access_where(|_| true)
    }

    /// Returns what a member has, by email address or id, and through which groups.
    ///
    /// # Errors
    ///
    /// If the member is not known.
    pub fn access_of(&self, member: &str) -> Result<Vec<Access>, Diagnostics> {
        let member = AccountNames::of(self).members.resolve_one(member)?;
        Ok(self.access_where(|row| row.member == member.as_ref()))
    }

    /// Returns who effectively has a permission, by name or id, on any resource, or on this one and
    /// those that contain it. What a resource group of a file contains is not known.
    ///
    /// # Errors
    ///
    /// If the permission group or the resource is not known.
    pub fn access_to(
        &self,
        permission: &str,
        resource: Option<&str>,
    ) -> Result<Vec<Access>, Diagnostics> {
        let permission = self.permission(permission)?;
        let resource = resource.map(|text| self.resource_of(text)).transpose()?;
        let is_on = |wanted: &PolicyResource, given: &PolicyResource| {
            wanted.is_same(given) || given.contains(wanted)
        };
        let mut rows = self.access_where(|row| {
            row.grant.is_some_and(|grant| {
                Some(grant.permission) == permission.as_ref()
                    && resource.as_ref().is_none_or(|it| is_on(it, grant.resource))
            })
        });
        rows.retain(|row| row.effective);
        Ok(rows)
    }

    /// Returns what the rows cannot show, because it is not known.
    pub fn unknown_access(&self) -> Vec<PlanWarning> {
        let mut warnings = Vec::new();
        for group in self.state.groups.values() {
            let mut add = |message| {
                warnings.push(PlanWarning { group: group.name.clone(), message });
            };
            if let Some(policy) = group.incomplete_policies.first() {
                add(format!("its policies are not known: {}", policy.problem));
            }
            if let ActualMembers::Unreadable(problem) = &group.members {
                add(format!("its members are not known: {problem}"));
            }
        }
        warnings.sort();
        warnings
    }

    /// Returns the permission group of this name or id.
    pub(crate) fn permission(&self, text: &str) -> Result<Option<PermissionGroupId>, Diagnostics> {
        AccountNames::of(self).permission_groups.resolve_one(text)
    }

    /// Returns the resource with this text: a scope, a resource group by name or id, a zone by
    /// name, or the whole account.
    fn resource_of(&self, text: &str) -> Result<PolicyResource, Diagnostics> {
        if let Some(scope) = PolicyScope::of_argument(text) {
            return Ok(scope.into());
        }
        let names = AccountNames::of(self).resource_groups;
        if names.find(text).is_none() {
            let zone = text.strip_prefix(ZONE_PREFIX).map_or(text, str::trim);
            if let [scope] = self.directory.zones_named(zone).as_slice() {
                return Ok((*scope).clone().into());
            }
            if let Some(account) = self.directory.account.as_ref().filter(|_| text == WHOLE_ACCOUNT)
            {
                return Ok(account.clone().into());
            }
            if self.account.is_some() && text.starts_with(ZONE_PREFIX) {
                let scope = resolve_argument(zone, |zone, diagnostics| {
                    self.directory.zone_scope(zone, diagnostics)
                })?;
                return Ok(PolicyResource { id: None, scopes: scope.into_iter().collect() });
            }
        }
        let resource = PolicyResource { id: names.resolve_one(text)?, scopes: BTreeSet::new() };
        Ok(self.directory.with_scopes(&resource))
    }

    fn access_where(&self, is_wanted: impl Fn(&Row<'_>) -> bool) -> Vec<Access> {
        let denials = self.denials();
        let rows = self.rows().filter(is_wanted);
        rows.map(|row| row.access(&self.directory, &denials)).collect()
    }

    /// Returns a row for each member and grant of each group, by names.
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut groups: Vec<_> = self.state.groups.iter().collect();
        groups.sort_by_key(|(id, group)| (&group.name, *id));
        groups.into_iter().flat_map(|(id, group)| {
            let grants: BTreeSet<Grant<'_>> =
                group.policies.iter().flat_map(Grant::all_of).collect();
            let unknown = grants.is_empty() || !group.incomplete_policies.is_empty();
            let grants: Vec<_> =
                grants.into_iter().map(Some).chain(unknown.then_some(None)).collect();
            let members = self.members_of(group).into_iter();
            members.flat_map(move |member| {
                grants.clone().into_iter().map(move |grant| Row { id, group, member, grant })
            })
        })
    }

    /// Returns the members of a group by address; `None` stands for a group without any.
    fn members_of<'a>(&'a self, group: &'a ActualGroup) -> Vec<Option<&'a MemberId>> {
        let mut members: Vec<_> = group.members.iter().map(Some).collect();
        members.sort_by_cached_key(|id| id.map(|id| self.directory.email_or_id(id).to_lowercase()));
        if members.is_empty() { vec![None] } else { members }
    }

    fn denials(&self) -> Denials<'_> {
        let mut denials = Denials::new();
        for group in self.state.groups.values() {
            let grants = group.policies.iter().flat_map(Grant::all_of);
            let denied: Vec<_> = grants.filter(|it| it.denied).collect();
            for member in group.members.iter().filter(|_| !denied.is_empty()) {
                let of_member = denials.entry(member).or_default();
                of_member.extend(denied.iter().map(|grant| (group.name.as_str(), *grant)));
            }
        }
        denials
    }
}

impl Row<'_> {
    fn access(&self, directory: &AccountDirectory, denials: &Denials<'_>) -> Access {
        let Self { id, group, member, grant } = *self;
        let info = member.and_then(|id| directory.members.get(id));
        let denials = member.and_then(|id| denials.get(id)).map_or(&[][..], Vec::as_slice);
        let allowed = grant.filter(|it| !it.denied);
        let denial = allowed.and_then(|grant| {
            let same = |it: &Grant<'_>| {
                it.permission == grant.permission && it.resource.is_same(grant.resource)
            };
            denials.iter().find(|(_, it)| same(it))
        });
        let unknown = !group.incomplete_policies.is_empty();
        let access = match grant {
            Some(grant) => Some(if grant.denied { "deny" } else { "allow" }),
            None => unknown.then_some("unknown"),
        };
        Access {
            group: group.name.clone(),
            group_id: id.clone(),
            address: member.map(|id| directory.email_or_id(id).to_owned()),
            status: info.and_then(|info| info.status.clone()),
            access: access.map(str::to_owned),
            permission: grant.map(|it| directory.permission_name(it.permission).to_owned()),
            resource: grant.map(|it| directory.resource_name(it.resource)),
            effective: allowed.is_some() && denial.is_none() && member.is_some(),
            denied_by: denial.map(|(group, _)| (*group).to_owned()),
        }
    }
}
