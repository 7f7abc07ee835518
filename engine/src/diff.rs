//! The diff of actual and desired state.

use std::collections::BTreeSet;

use cloudflare_user_groups::{PermissionGroupId, PolicyAccess, UserGroupId};

use crate::fingerprint::GroupBase;
use crate::matching::{DiffError, GroupsByName, Key, check_changeable, match_groups};
use crate::plan::{
    AccountTotals, Creation, Deletion, Plan, PlanWarning, PolicyChange, UnmanagedGroup, Update,
};
use crate::rule::{PolicyRule, same_rules};
use crate::state::{ActualGroup, ActualMembers, ActualState, DesiredGroup, DesiredState};

impl Plan {
    /// Returns the changes that turn the actual state into the desired state.
    ///
    /// A pure function: nothing is read. The order of groups, policies and members makes no
    /// difference. Groups that match already are not in the plan.
    ///
    /// # Errors
    ///
    /// If a desired group matches no group clearly. [`resolve`](crate::resolve) finds all such
    /// cases beforehand and reports their place in the file.
    pub fn diff(actual: &ActualState, desired: &DesiredState) -> Result<Self, DiffError> {
        let keys: Vec<Key<'_>> = desired.groups.iter().map(Key::from).collect();
        let mut plan = Self { before: AccountTotals::of(actual), ..Self::default() };
        let mut matched = BTreeSet::new();
        let found = match_groups(&keys, &desired.prune, actual);
        for (wanted, found) in desired.groups.iter().zip(found) {
            let found = found?;
            match found.as_ref().and_then(|id| Some((id, actual.groups.get(id)?))) {
                Some((id, group)) => plan.updates.extend(update(id, group, wanted)?),
                None => plan.creations.push(creation(wanted)),
            }
            matched.extend(found);
        }
        for (id, group) in actual.groups.iter().filter(|(id, _)| !matched.contains(*id)) {
            if desired.prune.deletes(&group.name) {
                plan.prune(id, group);
            } else {
                plan.unmanaged.push(UnmanagedGroup { name: group.name.clone(), id: id.clone() });
            }
        }
        plan.unmanaged.sort();
        record_namesakes(&mut plan, actual);
        plan.sort();
        plan.add_warnings(actual, &matched);
        Ok(plan)
    }

    /// Returns the deletion of these groups.
    pub(crate) fn deletion_of(actual: &ActualState, ids: &BTreeSet<UserGroupId>) -> Self {
        let mut plan = Self { before: AccountTotals::of(actual), ..Self::default() };
        let groups = actual.groups.iter().filter(|(id, _)| ids.contains(*id));
        plan.deletions = groups.map(|(id, group)| deletion(id, group)).collect();
        plan.sort();
        plan
    }

    pub(crate) fn sort(&mut self) {
        self.creations.sort_by(|a, b| a.name.cmp(&b.name));
        self.updates.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        self.deletions.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        self.warnings.sort();
    }

    /// Plans the deletion of a group, unless the API refuses to list its members.
    fn prune(&mut self, id: &UserGroupId, group: &ActualGroup) {
        match &group.members {
            ActualMembers::Unreadable(problem) => self.warnings.push(PlanWarning {
                group: group.name.clone(),
                message: format!("it is not deleted: its members cannot be read: {problem}"),
            }),
            _ => self.deletions.push(deletion(id, group)),
        }
    }
}

/// Records for each rename the groups that have the new name and keep it.
fn record_namesakes(plan: &mut Plan, actual: &ActualState) {
    let planned = plan.planned_ids().cloned().collect();
    let by_name = GroupsByName::new(actual, planned);
    for update in plan.updates.iter_mut().filter(|it| it.old_name.is_some()) {
        update.namesakes = by_name.unplanned(&update.name).map(|(id, _)| id.clone()).collect();
    }
}

pub(crate) fn creation(wanted: &DesiredGroup) -> Creation {
    Creation {
        name: wanted.name.clone(),
        policies: wanted.policies.clone().unwrap_or_default(),
        members: wanted.members.clone().unwrap_or_default(),
    }
}

pub(crate) fn deletion(id: &UserGroupId, group: &ActualGroup) -> Deletion {
    Deletion {
        id: id.clone(),
        name: group.name.clone(),
        members: group.members.iter().cloned().collect(),
        policies: group.policies.clone(),
        incomplete_policies: group.incomplete_policies.len(),
        base: GroupBase::of_group(group),
    }
}

/// Returns the permissions that rules allow.
fn allowed(rules: &BTreeSet<PolicyRule>) -> BTreeSet<PermissionGroupId> {
    let rules = rules.iter().filter(|rule| rule.access == PolicyAccess::Allow);
    rules.flat_map(|rule| &rule.permission_groups).cloned().collect()
}

/// Returns the changes of one group, if there are any.
pub(crate) fn update(
    id: &UserGroupId,
    group: &ActualGroup,
    wanted: &DesiredGroup,
) -> Result<Option<Update>, DiffError> {
    check_changeable(group, wanted.policies.is_some(), wanted.members.is_some())?;
    let from = &group.policies;
    let to = wanted.policies.as_ref().filter(|to| !same_rules(to, from));
    let (add, remove, members_before) = match (&wanted.members, group.members.get()) {
        (None, _) => Default::default(),
        (Some(to), Some(from)) => (to - from, from - to, from.len()),
        (Some(_), None) => return Err(DiffError::MembersNotRead { name: wanted.name.clone() }),
    };
    let mut update = Update {
        id: id.clone(),
        name: wanted.name.clone(),
        old_name: (group.name != wanted.name).then(|| group.name.clone()),
        policies: to.map(|to| PolicyChange { to: to.clone(), from: from.clone() }),
        permissions: if add.is_empty() { BTreeSet::new() } else { allowed(to.unwrap_or(from)) },
        add,
        remove,
        members_before,
        namesakes: BTreeSet::new(),
        base: GroupBase::of_group(group),
    };
    update.base = update.base_in(group);
    let changes =
        update.old_name.is_some() || update.policies.is_some() || update.changes_members();
    Ok(changes.then_some(update))
}
