//! Compares two snapshots: two points in time, or two accounts.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{MemberId, PermissionGroupId, ResourceGroupId, UserGroupId};

use crate::diff::{creation, deletion, update};
use crate::directory::AccountDirectory;
use crate::matching::DiffError;
use crate::plan::{AccountTotals, Plan, PlanWarning};
use crate::rule::{PolicyResource, PolicyRule};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualState, DesiredGroup};

impl Plan {
    /// Returns the changes from one snapshot to another, as a plan that cannot be applied.
    ///
    /// Groups, members, permission groups and resource groups are the same by id; where an id is in
    /// one snapshot only, by name or email address. What is unknown in one of them is not compared,
    /// and there is a warning.
    ///
    /// # Errors
    ///
    /// If a group cannot be compared in part either.
    pub fn between(from: &Snapshot, to: &Snapshot) -> Result<Self, DiffError> {
        let same = SameThings::of(&from.directory, &to.directory);
        let mut plan = Self { before: AccountTotals::of(&from.state), ..Self::default() };
        let mut gone: BTreeSet<&UserGroupId> = from.state.groups.keys().collect();
        for (id, group) in pairs(&from.state, &to.state) {
            let mut wanted = same.group(group);
            let before = id.as_ref().and_then(|id| from.state.groups.get_key_value(id));
            let Some((id, old)) = before else {
                plan.creations.push(creation(&wanted));
                continue;
            };
            gone.remove(id);
            let mut skip = |what: &str| {
                let message = format!("its {what} are not compared: they are not known");
                plan.warnings.push(PlanWarning { group: wanted.name.clone(), message });
            };
            if wanted.policies.is_none() || !old.incomplete_policies.is_empty() {
                skip("policies");
                wanted.policies = None;
            }
            if wanted.members.is_none() || old.members.get().is_none() {
                skip("members");
                wanted.members = None;
            }
            plan.updates.extend(update(id, old, &wanted)?);
        }
        let gone = gone.into_iter().filter_map(|id| Some((id, from.state.groups.get(id)?)));
        plan.deletions = gone.map(|(id, group)| deletion(id, group)).collect();
        plan.sort();
        plan.add_labels(&to.directory);
        let labels = std::mem::take(&mut plan.labels);
        plan.add_labels(&from.directory);
        for (id, label) in labels {
            plan.labels.entry(id).or_insert(label);
        }
        Ok(plan)
    }
}

/// Returns each group of `to` with the same group of `from`: by id, then by name.
fn pairs<'a>(
    from: &ActualState,
    to: &'a ActualState,
) -> Vec<(Option<UserGroupId>, &'a ActualGroup)> {
    let mut named: BTreeMap<&str, Vec<&UserGroupId>> = BTreeMap::new();
    for (id, group) in from.groups.iter().rev().filter(|(id, _)| !to.groups.contains_key(*id)) {
        named.entry(&group.name).or_default().push(id);
    }
    let mut pair = |(id, group): (&UserGroupId, &'a ActualGroup)| {
        let id = Some(id).filter(|id| from.groups.contains_key(*id));
        let same = id.or_else(|| named.get_mut(&*group.name).and_then(Vec::pop));
        (same.cloned(), group)
    };
    to.groups.iter().map(&mut pair).collect()
}

/// The ids in `from` of what has another id in `to`.
struct SameThings<'a> {
    members: BTreeMap<MemberId, MemberId>,
    permissions: BTreeMap<PermissionGroupId, PermissionGroupId>,
    resources: BTreeMap<ResourceGroupId, ResourceGroupId>,
    /// What places are in `from`.
    places: BTreeMap<String, PolicyResource>,
    to: &'a AccountDirectory,
}

impl<'a> SameThings<'a> {
    fn of(from: &AccountDirectory, to: &'a AccountDirectory) -> Self {
        Self {
            members: same(&from.members, &to.members, |it| {
                it.email.as_ref().map(|email| email.to_lowercase())
            }),
            permissions: same(&from.permission_groups, &to.permission_groups, Clone::clone),
            resources: same(&from.resource_groups, &to.resource_groups, |it| it.name.clone()),
            places: from.places(),
            to,
        }
    }

    fn group(&self, group: &ActualGroup) -> DesiredGroup {
        let known = group.incomplete_policies.is_empty();
        let member = |id: &MemberId| self.members.get(id).unwrap_or(id).clone();
        DesiredGroup {
            id: None,
            name: group.name.clone(),
            policies: known.then(|| group.policies.iter().map(|it| self.rule(it)).collect()),
            members: group.members.get().map(|ids| ids.iter().map(member).collect()),
        }
    }

    fn rule(&self, rule: &PolicyRule) -> PolicyRule {
        let permission = |id: &PermissionGroupId| self.permissions.get(id).unwrap_or(id).clone();
        let resource = |resource: &PolicyResource| {
            if let Some(place) = self.places.get(&self.to.resource_name(resource)) {
                return place.clone();
            }
            let id = resource.id.as_ref().map(|id| self.resources.get(id).unwrap_or(id).clone());
            PolicyResource { id, scopes: resource.scopes.clone() }
        };
        PolicyRule {
            permission_groups: rule.permission_groups.iter().map(permission).collect(),
            resource_groups: rule.resource_groups.iter().map(resource).collect(),
            ..rule.clone()
        }
    }
}

/// Returns the id in `from` for each id of `to` that only has its name in common. Names that
/// several have are not used.
fn same<I: Clone + Ord, T>(
    from: &BTreeMap<I, T>,
    to: &BTreeMap<I, T>,
    name: impl Fn(&T) -> Option<String>,
) -> BTreeMap<I, I> {
    let mut named: BTreeMap<String, Vec<&I>> = BTreeMap::new();
    for (id, it) in from {
        named.entry(name(it).unwrap_or_default()).or_default().push(id);
    }
    let others = to.iter().filter(|(id, _)| !from.contains_key(*id));
    others
        .filter_map(|(id, it)| match named.get(&name(it)?)?.as_slice() {
            [same] => Some((id.clone(), (*same).clone())),
            _ => None,
        })
        .collect()
}
