//! The steps that apply a plan.

use std::collections::BTreeSet;
use std::fmt;

use cloudflare_user_groups::{MemberId, Policy, UserGroupId};
use serde::Serialize;

use crate::text::counted;

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

/// The remaining steps of one group.
#[derive(Debug)]
pub(crate) struct GroupSteps {
    /// The name of the group after the steps.
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) rename: bool,
    pub(crate) policies: Option<Vec<Policy>>,
    pub(crate) add: BTreeSet<MemberId>,
    pub(crate) remove: BTreeSet<MemberId>,
    /// The members of a group that will be deleted.
    pub(crate) delete: Option<BTreeSet<MemberId>>,
}

/// The group that steps are for.
#[derive(Debug)]
pub(crate) enum Target {
    /// A group to create.
    New,
    Existing(UserGroupId),
}

impl GroupSteps {
    pub(crate) fn on(name: &str, target: Target) -> Self {
        Self {
            name: name.to_owned(),
            target,
            rename: false,
            policies: None,
            add: BTreeSet::new(),
            remove: BTreeSet::new(),
            delete: None,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.target, Target::Existing(_))
            && !self.rename
            && self.policies.is_none()
            && self.add.is_empty()
            && self.remove.is_empty()
            && self.delete.is_none()
    }

    pub(crate) fn step(&self, action: Action) -> Step {
        Step { group: self.name.clone(), action }
    }
}
