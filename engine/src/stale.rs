//! Whether a plan is stale, and which of its steps remain.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{MemberId, Policy, UserGroupId};

use crate::api::Api;
use crate::error::{Error, StalePlan};
use crate::fingerprint::GroupBase;
use crate::matching::GroupsByName;
use crate::outcome::Progress;
use crate::plan::{Creation, Deletion, Label, Plan, Update};
use crate::rule::{PolicyRule, same_rules};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualMembers, ActualState};
use crate::steps::{GroupSteps, Target};

/// Reads the part of the actual state that a plan is based on.
pub(crate) async fn read_base(
    api: &Api,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<ActualState, Error> {
    let mut snapshot = Snapshot::read_groups(api).await?;
    let exists = |id: &&UserGroupId| snapshot.state.groups.contains_key(*id);
    let updated = plan.updates.iter().filter(|it| it.changes_members()).map(|it| &it.id);
    let deleted = plan.deletions.iter().map(|it| &it.id);
    let by_name = GroupsByName::new(&snapshot.state, plan.planned_ids().cloned().collect());
    let begun = plan.creations.iter().flat_map(|it| by_name.unplanned(&it.name));
    let ids: BTreeSet<UserGroupId> =
        updated.chain(deleted).filter(exists).chain(begun.map(|(id, _)| id)).cloned().collect();
    snapshot.read_members(api, ids, progress).await?;
    Ok(snapshot.state)
}

/// Returns the steps that remain in the actual state.
///
/// Changes that are in place already are left out, whoever made them.
pub(crate) fn remaining(plan: &Plan, now: &ActualState) -> Result<Vec<GroupSteps>, StalePlan> {
    let by_name = GroupsByName::new(now, plan.planned_ids().cloned().collect());
    let creations = plan.creations.iter().map(|it| rest_of_creation(it, &by_name));
    let updates = plan.updates.iter().map(|it| rest_of_update(it, &by_name, now));
    let deletions = plan.deletions.iter().map(|it| rest_of_deletion(it, now, &plan.labels));
    let (mut remaining, mut changes) = (Vec::new(), Vec::new());
    for rest in creations.chain(updates).chain(deletions) {
        match rest {
            Ok(rest) if rest.is_done() => {}
            Ok(rest) => remaining.push(rest),
            Err(change) => changes.push(change),
        }
    }
    if changes.is_empty() { Ok(remaining) } else { Err(StalePlan { changes }) }
}

fn rest_of_creation(creation: &Creation, by_name: &GroupsByName<'_>) -> Result<GroupSteps, String> {
    let Creation { name, policies, members } = creation;
    let there: Vec<_> = by_name.unplanned(name).collect();
    let none = BTreeSet::new();
    let (target, add) = match there.as_slice() {
        [] => (Target::New, members.clone()),
        [(id, group)] => {
            let present = group.members.get().unwrap_or(&none);
            if !has_rules(group, policies) || !present.is_subset(members) {
                return Err(format!(
                    "a group named {name:?} now exists with different policies or members"
                ));
            }
            (Target::Existing((*id).clone()), members - present)
        }
        _ => return Err(format!("several groups named {name:?} now exist")),
    };
    let mut steps = GroupSteps::on(name, target);
    if matches!(steps.target, Target::New) {
        steps.policies = Some(to_policies(policies));
    }
    Ok(GroupSteps { add, ..steps })
}

fn rest_of_update(
    update: &Update,
    by_name: &GroupsByName<'_>,
    now: &ActualState,
) -> Result<GroupSteps, String> {
    let Update { id, name, old_name, policies, .. } = update;
    let Some(group) = now.groups.get(id) else {
        return Err(format!("group {name:?} ({id}) was deleted"));
    };
    let known_name = group.name == *name || Some(&group.name) == old_name.as_ref();
    let known_rules =
        policies.as_ref().is_none_or(|it| has_rules(group, &it.from) || has_rules(group, &it.to));
    let [renamed, policies_changed, members_changed] =
        update.base.differences(&update.base_in(group));
    let changed = [renamed || !known_name, policies_changed || !known_rules, members_changed];
    if let Some(what) = describe(changed, group) {
        return Err(format!("group {name:?} ({id}) was modified since it was created: {what}"));
    }
    let rename = group.name != *name;
    if rename && by_name.unplanned(name).any(|(id, _)| !update.namesakes.contains(id)) {
        return Err(format!("another group named {name:?} now exists"));
    }
    let none = BTreeSet::new();
    let present = group.members.get().unwrap_or(&none);
    let other = policies.as_ref().filter(|it| !has_rules(group, &it.to));
    Ok(GroupSteps {
        rename_from: rename.then(|| group.name.clone()),
        policies: other.map(|change| to_policies(&change.to)),
        add: &update.add - present,
        remove: &update.remove & present,
        ..GroupSteps::on(name, Target::Existing(id.clone()))
    })
}

fn has_rules(group: &ActualGroup, rules: &BTreeSet<PolicyRule>) -> bool {
    group.incomplete_policies.is_empty() && same_rules(&group.policies, rules)
}

fn to_policies(rules: &BTreeSet<PolicyRule>) -> Vec<Policy> {
    rules.iter().map(PolicyRule::to_policy).collect()
}

fn rest_of_deletion(
    deletion: &Deletion,
    now: &ActualState,
    labels: &BTreeMap<String, Label>,
) -> Result<GroupSteps, String> {
    let Deletion { id, name, members, base, .. } = deletion;
    let mut steps = GroupSteps::on(name, Target::Existing(id.clone()));
    match now.groups.get(id) {
        None => {}
        Some(group) => match describe(base.differences(&GroupBase::of_group(group)), group) {
            None => steps.delete = Some(members.clone()),
            Some(what) => {
                let who = joined_and_left(members, group, labels);
                return Err(format!(
                    "group {name:?} ({id}) was modified since it was created: {what}{who}"
                ));
            }
        },
    }
    Ok(steps)
}

/// Describes the changes of name, policies and members, if there are any.
fn describe([name, policies, members]: [bool; 3], group: &ActualGroup) -> Option<String> {
    let parts = [
        name.then(|| format!("it is named {:?} now", group.name)),
        policies.then(|| "its policies have changed".to_owned()),
        match &group.members {
            ActualMembers::Unreadable(problem) => {
                members.then(|| format!("its members cannot be read: {problem}"))
            }
            _ => members.then(|| "its members have changed".to_owned()),
        },
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Names the members who joined and left a group.
fn joined_and_left(
    before: &BTreeSet<MemberId>,
    group: &ActualGroup,
    labels: &BTreeMap<String, Label>,
) -> String {
    let Some(now) = group.members.get() else { return String::new() };
    let named = |sign: char, ids: BTreeSet<MemberId>| {
        let name =
            |id: &MemberId| labels.get(id.as_str()).map_or(id.to_string(), |it| it.name.clone());
        ids.iter().map(|id| format!("{sign}{}", name(id))).collect::<Vec<_>>()
    };
    let changes = [named('+', now - before), named('-', before - now)].concat();
    if changes.is_empty() { String::new() } else { format!(" ({})", changes.join(", ")) }
}
