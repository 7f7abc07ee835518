//! What of a plan is still to be done, and the steps in which it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cloudflare_user_groups::{MemberId, Policy, PolicyId, UserGroupId};
use serde::Serialize;

use super::changes::{Creation, Deletion, Plan, Update};
use super::counted::counted;
use super::fingerprint::Fingerprint;
use super::state::{Group, Rule, State};

/// A change that is made with one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The name of the group.
    pub group: String,
    /// What is done to it.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Creates the group with its policies.
    Create,
    /// Gives the group a name, policies, or both.
    Update {
        /// Whether it gets another name.
        rename: bool,
        /// Whether it gets other policies.
        policies: bool,
    },
    /// Adds members.
    Add(Vec<MemberId>),
    /// Removes a member.
    Remove(MemberId),
    /// Deletes the group.
    Delete,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = &self.group;
        match &self.action {
            Action::Create => write!(f, "create {group:?}"),
            Action::Update { rename: true, policies: false } => write!(f, "rename to {group:?}"),
            Action::Update { rename: false, .. } => write!(f, "change the policies of {group:?}"),
            Action::Update { .. } => write!(f, "rename to {group:?} and change its policies"),
            Action::Add(members) => {
                write!(f, "add {} to {group:?}", counted(members.len(), "member"))
            }
            Action::Remove(member) => write!(f, "remove member {member} from {group:?}"),
            Action::Delete => write!(f, "delete {group:?}"),
        }
    }
}

/// The account has changed since the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StalePlan {
    /// What has changed, one sentence for each group.
    pub changes: Vec<String>,
}

impl fmt::Display for StalePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = self.changes.join("; ");
        write!(
            f,
            "the account has changed since the plan was made: {changes}; nothing was changed, \
             make a new plan"
        )
    }
}

impl std::error::Error for StalePlan {}

/// What is to be done to one group.
#[derive(Debug)]
pub(crate) struct Work {
    /// The name that the group has in the end.
    pub(crate) name: String,
    pub(crate) start: Start,
    pub(crate) rename: bool,
    pub(crate) policies: Option<Vec<Policy>>,
    pub(crate) add: BTreeSet<MemberId>,
    pub(crate) remove: BTreeSet<MemberId>,
    /// If the group is to be deleted, who is in it.
    pub(crate) delete: Option<BTreeSet<MemberId>>,
}

/// Whether the group is there.
#[derive(Debug)]
pub(crate) enum Start {
    /// It is not. Other groups, which the plan renames or deletes, may bear its name for now.
    Absent {
        others: Vec<UserGroupId>,
    },
    There(UserGroupId),
}

impl Work {
    fn on(name: &str, start: Start) -> Self {
        Self {
            name: name.to_owned(),
            start,
            rename: false,
            policies: None,
            add: BTreeSet::new(),
            remove: BTreeSet::new(),
            delete: None,
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.start, Start::There(_))
            && !self.rename
            && self.policies.is_none()
            && self.add.is_empty()
            && self.remove.is_empty()
            && self.delete.is_none()
    }
}

/// What a change of a group is based on: all that it leaves as it is. So what is partly done has
/// the same base as what is not begun, and can be finished.
pub(crate) fn update_base(update: &Update, group: &Group) -> Fingerprint {
    let mut texts = Vec::new();
    let (add, remove) = (&update.add, &update.remove);
    if update.old_name.is_none() {
        texts.push(group.name.as_str());
    }
    if update.policies.is_none() {
        push_rules(&mut texts, group);
    }
    if update.changes_members() {
        let members = group.members.iter().flatten();
        texts.push("members");
        texts.extend(
            members.filter(|id| !add.contains(*id) && !remove.contains(*id)).map(MemberId::as_str),
        );
    }
    Fingerprint::of(texts)
}

/// What the deletion of a group is based on: all of it.
pub(crate) fn deletion_base(group: &Group) -> Fingerprint {
    let mut texts = vec![group.name.as_str()];
    push_rules(&mut texts, group);
    texts.push("members");
    texts.extend(group.members.iter().flatten().map(MemberId::as_str));
    Fingerprint::of(texts)
}

fn push_rules<'a>(texts: &mut Vec<&'a str>, group: &'a Group) {
    for rule in group.policies.keys() {
        texts.extend(["policy", rule.access.as_str()]);
        texts.extend(rule.permission_groups.iter().map(|id| id.as_str()));
        texts.push("on");
        texts.extend(rule.resource_groups.iter().map(|id| id.as_str()));
    }
}

/// What is still to be done, now that the account is in this state.
///
/// What the plan wanted and is there already is left out, whoever did it.
pub(crate) fn remaining(plan: &Plan, now: &State) -> Result<Vec<Work>, StalePlan> {
    let by_name = ByName::new(plan, now);
    let creations = plan.creations.iter().map(|it| rest_of_creation(it, &by_name));
    let updates = plan.updates.iter().map(|it| rest_of_update(it, &by_name, now));
    let deletions = plan.deletions.iter().map(|it| rest_of_deletion(it, now));
    let (mut work, mut changes) = (Vec::new(), Vec::new());
    for rest in creations.chain(updates).chain(deletions) {
        match rest {
            Ok(rest) if rest.is_done() => {}
            Ok(rest) => work.push(rest),
            Err(change) => changes.push(change),
        }
    }
    if changes.is_empty() { Ok(work) } else { Err(StalePlan { changes }) }
}

/// The groups of an account by their names, and which of them a plan changes or deletes.
pub(crate) struct ByName<'a> {
    groups: BTreeMap<&'a str, Vec<(&'a UserGroupId, &'a Group)>>,
    planned: BTreeSet<&'a UserGroupId>,
}

impl<'a> ByName<'a> {
    pub(crate) fn new(plan: &'a Plan, now: &'a State) -> Self {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, group) in &now.groups {
            groups.entry(group.name.as_str()).or_default().push((id, group));
        }
        let updated = plan.updates.iter().map(|it| &it.id);
        let planned = updated.chain(plan.deletions.iter().map(|it| &it.id)).collect();
        Self { groups, planned }
    }

    fn all(&self, name: &str) -> &[(&'a UserGroupId, &'a Group)] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }

    /// The groups of this name, without those that the plan changes or deletes.
    pub(crate) fn namesakes(
        &self,
        name: &str,
    ) -> impl Iterator<Item = (&'a UserGroupId, &'a Group)> {
        self.all(name).iter().copied().filter(|(id, _)| !self.planned.contains(id))
    }
}

fn rest_of_creation(creation: &Creation, by_name: &ByName<'_>) -> Result<Work, String> {
    let Creation { name, policies, members } = creation;
    let there: Vec<_> = by_name.namesakes(name).collect();
    let nobody = BTreeSet::new();
    let (start, add) = match there.as_slice() {
        [] => {
            let others = by_name.all(name).iter().map(|(id, _)| (*id).clone()).collect();
            (Start::Absent { others }, members.clone())
        }
        [(id, group)] => {
            let in_it = group.members.as_ref().unwrap_or(&nobody);
            if group.rules() != *policies || !in_it.is_subset(members) {
                return Err(format!("there is a group {name:?} now, of another content"));
            }
            (Start::There((*id).clone()), members - in_it)
        }
        _ => return Err(format!("there are several groups {name:?} now")),
    };
    let mut work = Work::on(name, start);
    if matches!(work.start, Start::Absent { .. }) {
        work.policies = Some(policies.iter().map(|rule| rule.to_policy(None)).collect());
    }
    Ok(Work { add, ..work })
}

fn rest_of_update(update: &Update, by_name: &ByName<'_>, now: &State) -> Result<Work, String> {
    let Update { id, name, old_name, policies, .. } = update;
    let Some(group) = now.groups.get(id) else {
        return Err(format!("the group {name:?} ({id}) is gone"));
    };
    let rules = group.rules();
    let known_name = group.name == *name || Some(&group.name) == old_name.as_ref();
    let known_rules = policies.as_ref().is_none_or(|it| rules == it.from || rules == it.to);
    if !known_name || !known_rules || update_base(update, group) != update.base {
        return Err(format!("the group {name:?} ({id}) is not what it was"));
    }
    let rename = group.name != *name;
    if rename && by_name.namesakes(name).any(|(id, _)| !update.namesakes.contains(id)) {
        return Err(format!("there is another group {name:?} now"));
    }
    let nobody = BTreeSet::new();
    let in_it = group.members.as_ref().unwrap_or(&nobody);
    let other = policies.as_ref().filter(|it| rules != it.to);
    Ok(Work {
        rename,
        policies: other.map(|change| with_ids(&change.to, &group.policies)),
        add: &update.add - in_it,
        remove: &update.remove & in_it,
        ..Work::on(name, Start::There(id.clone()))
    })
}

/// The policies that do all of this. Those that stay keep their ids; each of the others is put in the
/// place of one that goes, as long as there are any, since the published schema asks for ids here.
fn with_ids(rules: &BTreeSet<Rule>, policies: &BTreeMap<Rule, Option<PolicyId>>) -> Vec<Policy> {
    let gone = policies.iter().filter(|(rule, _)| !rules.contains(*rule));
    let mut free = gone.filter_map(|(_, id)| id.clone());
    rules
        .iter()
        .map(|rule| match policies.get(rule) {
            Some(id) => rule.to_policy(id.clone()),
            None => rule.to_policy(free.next()),
        })
        .collect()
}

fn rest_of_deletion(deletion: &Deletion, now: &State) -> Result<Work, String> {
    let Deletion { id, name, members, base } = deletion;
    let mut work = Work::on(name, Start::There(id.clone()));
    match now.groups.get(id) {
        None => {}
        Some(group) if deletion_base(group) == *base => work.delete = Some(members.clone()),
        Some(_) => return Err(format!("the group {name:?} ({id}) is not what it was")),
    }
    Ok(work)
}
