//! Powerful permissions, and the risks of a plan.

use cloudflare_user_groups::PolicyAccess;
use serde::Serialize;
use std::collections::BTreeSet;

use crate::plan::{Plan, Update};
use crate::removal_limit::{RemovalLimit, RemovalReason, Removals};
use crate::rule::PolicyRule;
use crate::state::matches;

/// Assumption: names of the vendor's roles and permission groups that reach the account itself, or
/// all of a product.
const DEFAULT: [&str; 7] = [
    "*Administrator",
    "Super Administrator*",
    "*Admin",
    "Account Settings Write",
    "API Tokens Write",
    "Billing*",
    "SCIM Provisioning",
];

/// The permissions that count as powerful, as patterns of names of permission groups. `*` stands
/// for any text, `?` for any character; the case makes no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerfulPermissions(Vec<String>);

impl PowerfulPermissions {
    /// Returns the permissions of these patterns; the default list if there are none.
    pub fn new(patterns: &[String]) -> Self {
        if patterns.is_empty() {
            return Self(DEFAULT.map(str::to_lowercase).to_vec());
        }
        Self(patterns.iter().map(|it| it.to_lowercase()).collect())
    }

    /// Returns whether a permission group of this name, or id, is powerful.
    pub fn contains(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.0.iter().any(|pattern| matches(pattern, &name))
    }
}

/// What a reviewer must not overlook in a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Risk {
    /// The name of the group.
    pub group: String,
    /// The kind.
    pub kind: RiskKind,
    /// The name of the permission group or the member; null for the other kinds.
    pub subject: Option<String>,
}

/// The kind of a [`Risk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RiskKind {
    /// A policy allows a powerful permission.
    PowerfulPermission,
    /// Members are added to a group that has a powerful permission.
    PowerfulMembership,
    /// All members of a group are removed.
    LastMember,
    /// The last policy of a group is removed.
    LastPolicy,
    /// A protected member loses a group.
    ProtectedMember,
    /// A protected group loses something.
    ProtectedGroup,
}

impl RiskKind {
    /// Returns a short description.
    pub fn description(self) -> &'static str {
        match self {
            Self::PowerfulPermission => "powerful permission granted",
            Self::PowerfulMembership => "members get a powerful permission",
            Self::LastMember => "all members removed",
            Self::LastPolicy => "last policy removed",
            Self::ProtectedMember => "protected member removed",
            Self::ProtectedGroup => "protected group changed",
        }
    }
}

impl Plan {
    /// Returns the risks of the plan. The limit says who is protected.
    pub fn risks(&self, limit: &RemovalLimit, powerful: &PowerfulPermissions) -> Vec<Risk> {
        let mut risks = BTreeSet::new();
        let mut add = |group: &str, kind, permissions: BTreeSet<&str>| {
            let names = permissions.into_iter().map(|id| self.name(id));
            for name in names.filter(|name| powerful.contains(name)) {
                let (group, subject) = (group.to_owned(), Some(name.to_owned()));
                risks.insert(Risk { group, kind, subject });
            }
        };
        for creation in &self.creations {
            let rules = creation.policies.iter();
            let ids = rules.flat_map(allowed).map(|(id, _)| id).collect();
            add(&creation.name, RiskKind::PowerfulPermission, ids);
        }
        for update in &self.updates {
            add(&update.name, RiskKind::PowerfulPermission, granted(update));
            let ids = update.permissions.iter().map(AsRef::as_ref).collect();
            add(&update.name, RiskKind::PowerfulMembership, ids);
        }
        let reasons = Removals::of(self).notable.into_iter().chain(limit.protected(self));
        risks.extend(reasons.filter_map(risk));
        risks.into_iter().collect()
    }

    /// Returns the name of an id, or the id.
    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.label(id).map_or(id, |label| &label.name)
    }
}

/// Returns what a rule allows: each permission with each resource.
fn allowed(rule: &PolicyRule) -> impl Iterator<Item = (&str, String)> {
    let permissions = rule.permission_groups.iter();
    let permissions = permissions.filter(|_| rule.access != PolicyAccess::Deny);
    permissions.flat_map(|id| {
        rule.resource_groups.iter().map(move |resource| (id.as_str(), resource.to_string()))
    })
}

/// Returns the permissions that an update allows on more resources than before.
fn granted(update: &Update) -> BTreeSet<&str> {
    let Some(change) = &update.policies else { return BTreeSet::new() };
    let before: BTreeSet<_> = change.from.iter().flat_map(allowed).collect();
    let after = change.to.iter().flat_map(allowed);
    after.filter(|it| !before.contains(it)).map(|(id, _)| id).collect()
}

fn risk(reason: RemovalReason) -> Option<Risk> {
    let (group, kind, subject) = match reason {
        RemovalReason::AllMembers { group, .. } => (group, RiskKind::LastMember, None),
        RemovalReason::LastPolicy { group } => (group, RiskKind::LastPolicy, None),
        RemovalReason::ProtectedGroup { group } => (group, RiskKind::ProtectedGroup, None),
        RemovalReason::ProtectedMember { member, group } => {
            (group, RiskKind::ProtectedMember, Some(member))
        }
        _ => return None,
    };
    Some(Risk { group, kind, subject })
}
