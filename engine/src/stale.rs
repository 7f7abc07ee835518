//! Whether a plan is stale, and which of its steps remain.

use std::collections::BTreeSet;

use cloudflare_user_groups::{MemberId, Policy, UserGroupId};

use crate::engine::Engine;
use crate::error::{Error, StalePlan};
use crate::fingerprint::GroupBase;
use crate::matching::GroupsByName;
use crate::outcome::Progress;
use crate::plan::{Creation, Deletion, Plan, Update};
use crate::renames::temporary_name;
use crate::rule::{PolicyRule, same_rules};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualMembers};
use crate::steps::{GroupSteps, Target};

impl Engine {
    /// Checks that a plan is for this account.
    pub(crate) fn check_account(&self, plan: &Plan) -> Result<(), Error> {
        if plan.account.as_ref() == Some(&self.account_id) {
            return Ok(());
        }
        Err(Error::OtherAccount { planned: plan.account.clone(), here: self.account_id.clone() })
    }

    /// Reads the part of the actual state that a plan is based on.
    pub(crate) async fn read_base(
        &self,
        plan: &Plan,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        let exists = |id: &&UserGroupId| snapshot.state.groups.contains_key(*id);
        let updated = plan.updates.iter().filter(|it| it.changes_members()).map(|it| &it.id);
        let deleted = plan.deletions.iter().map(|it| &it.id);
        let by_name = GroupsByName::new(&snapshot.state, plan.planned_ids().cloned().collect());
        let begun = plan.creations.iter().flat_map(|it| by_name.unplanned(&it.name));
        let ids = updated.chain(deleted).filter(exists).chain(begun.map(|(id, _)| id));
        let ids = ids.cloned().collect();
        snapshot.read_members(self, ids, progress).await?;
        Ok(snapshot)
    }
}

/// Returns the steps that remain in the actual state.
///
/// Changes that are in place already are left out, even if others made them.
pub(crate) fn remaining(plan: &Plan, now: &Snapshot) -> Result<Vec<GroupSteps>, StalePlan> {
    let by_name = GroupsByName::new(&now.state, plan.planned_ids().cloned().collect());
    let creations = plan.creations.iter().map(|it| rest_of_creation(it, &by_name));
    let updates = plan.updates.iter().map(|it| rest_of_update(it, &by_name, plan, now));
    let deletions = plan.deletions.iter().map(|it| rest_of_deletion(it, plan, now));
    let (mut remaining, mut changes) = (Vec::new(), Vec::new());
    for rest in creations.chain(updates).chain(deletions) {
        match rest {
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
    plan: &Plan,
    now: &Snapshot,
) -> Result<GroupSteps, String> {
    let Update { id, name, old_name, policies, base, .. } = update;
    let Some(group) = now.state.groups.get(id) else {
        return Err(format!("group {name:?} ({id}) was deleted"));
    };
    let known_name = group.name == *name
        || old_name.as_ref().is_some_and(|old| [old, &temporary_name(name)].contains(&&group.name));
    let known_rules =
        policies.as_ref().is_none_or(|it| has_rules(group, &it.from) || has_rules(group, &it.to));
    let base_now = update.base_in(group);
    let difference = Difference {
        name: base.name != base_now.name || !known_name,
        policies: base.policies != base_now.policies || !known_rules,
        members: (base.members.as_ref(), base_now.members.as_ref()),
    };
    difference.check(name, id, plan, now)?;
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
        empties: update.removes_all_members(),
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
    plan: &Plan,
    now: &Snapshot,
) -> Result<GroupSteps, String> {
    let Deletion { id, name, members, policies, base, .. } = deletion;
    let mut steps = GroupSteps::on(name, Target::Existing(id.clone()));
    if let Some(group) = now.state.groups.get(id) {
        let base_now = GroupBase::of_group(group);
        let difference = Difference {
            name: base.name != base_now.name,
            // What is deleted is what was shown.
            policies: base.policies != base_now.policies || !same_rules(policies, &group.policies),
            members: (Some(members), base_now.members.as_ref()),
        };
        difference.check(name, id, plan, now)?;
        steps.delete = Some(members.clone());
    }
    Ok(steps)
}

/// How a group differs from what a plan is based on.
struct Difference<'a> {
    name: bool,
    policies: bool,
    /// The members that the plan is based on, and those that the group has instead.
    members: (Option<&'a BTreeSet<MemberId>>, Option<&'a BTreeSet<MemberId>>),
}

impl Difference<'_> {
    /// Describes the difference, if there is one.
    fn check(
        &self,
        name: &str,
        id: &UserGroupId,
        plan: &Plan,
        now: &Snapshot,
    ) -> Result<(), String> {
        let Some(group) = now.state.groups.get(id) else { return Ok(()) };
        let members = match (&group.members, self.members) {
            (_, (before, after)) if before == after => None,
            (ActualMembers::Unreadable(problem), _) => {
                Some(format!("its members cannot be read: {problem}"))
            }
            (_, (before, after)) => Some(joined_and_left(before, after, plan, now)),
        };
        let parts = [
            self.name.then(|| format!("it is named {:?} now", group.name)),
            self.policies.then(|| "its policies are others".to_owned()),
            members,
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            return Ok(());
        }
        let modified = group.modified_on.as_ref();
        let modified = modified.map(|it| format!(", last modified {it}")).unwrap_or_default();
        let what = parts.join(", ");
        Err(format!("group {name:?} ({id}{modified}) has changed since the plan was made: {what}"))
    }
}

/// Names the members who joined and left a group: `members +ada@example.com, -alan@example.com`.
fn joined_and_left(
    before: Option<&BTreeSet<MemberId>>,
    after: Option<&BTreeSet<MemberId>>,
    plan: &Plan,
    now: &Snapshot,
) -> String {
    let none = BTreeSet::new();
    let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
    let named = |sign: char, id: &MemberId| match plan.label(id) {
        Some(label) => format!("{sign}{}", label.name),
        None => format!("{sign}{}", now.directory.email_or_id(id)),
    };
    let joined = after.difference(before).map(|id| named('+', id));
    let left = before.difference(after).map(|id| named('-', id));
    format!("members {}", joined.chain(left).collect::<Vec<_>>().join(", "))
}
