//! The steps that apply a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cloudflare_user_groups::{MemberId, Policy, UserGroupId};
use serde::Serialize;

use crate::plan::Label;
use crate::text::counted;

/// A change that is made with one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The name of the group, as the plan leaves it, or the temporary one that it gets; or of the
    /// resource group that is created.
    pub group: String,
    /// The id of the group; missing while it is not created.
    pub group_id: Option<UserGroupId>,
    /// What is done.
    pub action: Action,
    /// The members that are added or removed.
    pub members: Vec<StepMember>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Creates a resource group.
    CreateResourceGroup,
    /// Creates the group with its policies.
    Create,
    /// Renames the group.
    Rename,
    /// Replaces the policies of the group.
    SetPolicies,
    /// Adds members.
    AddMembers,
    /// Removes members.
    RemoveMembers,
    /// Deletes the group.
    Delete,
}

/// A member that a step adds or removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StepMember {
    /// The id.
    pub id: MemberId,
    /// The email address, if it is known.
    pub email: Option<String>,
}

/// How many members a message names.
const NAMED: usize = 5;

impl fmt::Display for StepMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.email.as_deref().unwrap_or(self.id.as_str()))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, members, .. } = self;
        let whom = match members.len() {
            0..=NAMED => members.iter().map(StepMember::to_string).collect::<Vec<_>>().join(", "),
            more => counted(more, "member"),
        };
        match self.action {
            Action::CreateResourceGroup => write!(f, "create the resource group {group:?}"),
            Action::Create => write!(f, "create {group:?}"),
            Action::Rename => write!(f, "rename to {group:?}"),
            Action::SetPolicies => write!(f, "change the policies of {group:?}"),
            Action::AddMembers => write!(f, "add {whom} to {group:?}"),
            Action::RemoveMembers => write!(f, "remove {whom} from {group:?}"),
            Action::Delete => write!(f, "delete {group:?}"),
        }
    }
}

/// The remaining steps of one group.
#[derive(Debug)]
pub(crate) struct GroupSteps {
    /// The name of the group after the steps.
    pub(crate) name: String,
    pub(crate) target: Target,
    /// The name that the group has now, if it will be renamed.
    pub(crate) rename_from: Option<String>,
    pub(crate) policies: Option<Vec<Policy>>,
    pub(crate) add: BTreeSet<MemberId>,
    pub(crate) remove: BTreeSet<MemberId>,
    /// Whether the removals leave no members.
    pub(crate) empties: bool,
    /// The members of a group that will be deleted.
    pub(crate) delete: Option<BTreeSet<MemberId>>,
}

/// The group that steps are for.
#[derive(Debug)]
pub(crate) enum Target {
    New,
    Existing(UserGroupId),
}

impl GroupSteps {
    pub(crate) fn on(name: &str, target: Target) -> Self {
        Self {
            name: name.to_owned(),
            target,
            rename_from: None,
            policies: None,
            add: BTreeSet::new(),
            remove: BTreeSet::new(),
            empties: false,
            delete: None,
        }
    }

    /// Returns the number of steps without renames.
    pub(crate) fn count(&self) -> usize {
        let create = matches!(self.target, Target::New);
        usize::from(create)
            + usize::from(!create && self.policies.is_some())
            + self.add.len().div_ceil(ADDED_AT_ONCE)
            + if self.removes_at_once() { 1 } else { self.remove.len() }
            + usize::from(self.delete.is_some())
    }

    fn removes_at_once(&self) -> bool {
        self.remove.len() >= REPLACED_FROM
    }

    /// Returns the members that each removal removes.
    pub(crate) fn removals(&self) -> Vec<Vec<MemberId>> {
        let ids = self.remove.iter().cloned();
        if self.removes_at_once() { vec![ids.collect()] } else { ids.map(|id| vec![id]).collect() }
    }

    pub(crate) fn existing(&self) -> Option<&UserGroupId> {
        match &self.target {
            Target::New => None,
            Target::Existing(id) => Some(id),
        }
    }
}

/// From this number of removals in a group, one request replaces all its members.
const REPLACED_FROM: usize = 10;

/// How many members one request adds.
// Assumption: no limit is documented. This is the largest page of a list.
pub(crate) const ADDED_AT_ONCE: usize = 500;

/// Makes steps with the email addresses of members.
pub(crate) struct StepFactory<'a> {
    pub(crate) labels: &'a BTreeMap<String, Label>,
}

impl StepFactory<'_> {
    pub(crate) fn step(&self, steps: &GroupSteps, action: Action) -> Step {
        Step {
            group: steps.name.clone(),
            group_id: steps.existing().cloned(),
            action,
            members: Vec::new(),
        }
    }

    pub(crate) fn with_members(
        &self,
        steps: &GroupSteps,
        action: Action,
        members: &[MemberId],
    ) -> Step {
        let member = |id: &MemberId| StepMember {
            id: id.clone(),
            email: self.labels.get(id.as_str()).map(|label| label.name.clone()),
        };
        Step { members: members.iter().map(member).collect(), ..self.step(steps, action) }
    }
}
