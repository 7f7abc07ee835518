//! The comparison of what is with what shall be.

use std::collections::BTreeSet;

use cloudflare_user_groups::UserGroupId;

use super::changes::{Creation, Deletion, Plan, PolicyChange, Update};
use super::matching::{Key, Unclear, match_groups};
use super::state::{Desired, DesiredGroup, Group, Prune, State};
use super::steps::{ByName, deletion_base, update_base};

/// What is to be changed so that the account has what it shall have.
///
/// A pure function: nothing is read. The order of what is given makes no difference. Nothing is
/// planned for what is the same already.
///
/// # Errors
///
/// If it is not clear which group is meant. [`resolve`](crate::resolve) finds all such cases
/// beforehand and tells where they are in the file.
pub fn plan(actual: &State, desired: &Desired) -> Result<Plan, Unclear> {
    let keys: Vec<Key<'_>> = desired.groups.iter().map(Key::from).collect();
    let mut plan = Plan { groups_before: actual.groups.len(), ..Plan::default() };
    let mut kept = BTreeSet::new();
    for (wanted, found) in desired.groups.iter().zip(match_groups(&keys, desired.prune, actual)) {
        let found = found?;
        match found.as_ref().and_then(|id| Some((id, actual.groups.get(id)?))) {
            Some((id, group)) => plan.updates.extend(update(id, group, wanted)?),
            None => plan.creations.push(creation(wanted)),
        }
        kept.extend(found);
    }
    if desired.prune == Prune::Yes {
        let others = actual.groups.iter().filter(|(id, _)| !kept.contains(*id));
        plan.deletions = others.map(|(id, group)| deletion(id, group)).collect();
    }
    let by_name = ByName::new(&plan, actual);
    let kept = |it: &Update| match it.old_name {
        Some(_) => by_name.namesakes(&it.name).map(|(id, _)| id.clone()).collect(),
        None => BTreeSet::new(),
    };
    let kept: Vec<_> = plan.updates.iter().map(kept).collect();
    plan.updates.iter_mut().zip(kept).for_each(|(update, kept)| update.namesakes = kept);
    plan.creations.sort_by(|a, b| a.name.cmp(&b.name));
    plan.updates.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    plan.deletions.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(plan)
}

fn creation(wanted: &DesiredGroup) -> Creation {
    Creation {
        name: wanted.name.clone(),
        policies: wanted.policies.clone().unwrap_or_default(),
        members: wanted.members.clone().unwrap_or_default(),
    }
}

fn deletion(id: &UserGroupId, group: &Group) -> Deletion {
    Deletion {
        id: id.clone(),
        name: group.name.clone(),
        members: group.members.clone().unwrap_or_default(),
        base: deletion_base(group),
    }
}

/// What is to be changed in a group, if anything.
fn update(
    id: &UserGroupId,
    group: &Group,
    wanted: &DesiredGroup,
) -> Result<Option<Update>, Unclear> {
    let from = group.rules();
    let to = wanted.policies.as_ref().filter(|to| **to != from);
    let (add, remove, members_before) = match (&wanted.members, &group.members) {
        (None, _) => Default::default(),
        (Some(to), Some(from)) => (to - from, from - to, from.len()),
        (Some(_), None) => return Err(Unclear::NotRead { name: wanted.name.clone() }),
    };
    let mut update = Update {
        id: id.clone(),
        name: wanted.name.clone(),
        old_name: (group.name != wanted.name).then(|| group.name.clone()),
        policies: to.map(|to| PolicyChange { to: to.clone(), from }),
        add,
        remove,
        members_before,
        namesakes: BTreeSet::new(),
        base: deletion_base(group),
    };
    update.base = update_base(&update, group);
    let changes =
        update.old_name.is_some() || update.policies.is_some() || update.changes_members();
    Ok(changes.then_some(update))
}
