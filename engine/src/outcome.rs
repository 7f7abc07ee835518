//! The outcome of applying a plan.

use std::collections::BTreeSet;
use std::fmt;

use cloudflare_user_groups::{ErrorKind, MemberId, UserGroupId};

use crate::steps::{Action, Step};

/// The outcome of each step of a plan.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// The steps that were applied.
    pub done: Vec<Step>,
    /// The steps that failed.
    pub failed: Vec<FailedStep>,
    /// The steps that were not tried because an earlier one failed.
    pub skipped: Vec<Skipped>,
}

impl Outcome {
    /// Returns whether all steps were applied.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty()
    }

    /// Returns whether another run can succeed without a change of the group file.
    pub fn can_be_repeated(&self) -> bool {
        self.failed.iter().any(FailedStep::can_be_repeated)
            || self.skipped.iter().any(|it| it.because == INTERRUPTED)
    }
}

/// A step that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedStep {
    /// The step.
    pub step: Step,
    /// Why it failed.
    pub error: StepError,
}

impl FailedStep {
    /// Returns whether the same step can succeed in another run. A group that was created in
    /// another form than the one that was sent would not be found.
    pub fn can_be_repeated(&self) -> bool {
        let other_form = self.step.action == Action::Create && self.error.is_not_applied();
        self.error.can_be_repeated() && !other_form
    }
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The request failed, or the response shows that it was not applied.
    #[error("{}", .0.reason())]
    Request(cloudflare_user_groups::Error),
    /// The API refuses policies that write a scope inline, maybe for that reason.
    #[error(
        "{}; a policy has a scope without a resource group, which the API may not accept; run again \
         with --create-resource-groups to create a resource group with exactly this scope",
        .0.reason()
    )]
    InlineScope(#[source] cloudflare_user_groups::Error),
    /// A group of the name exists, which did not when the plan was made.
    #[error(
        "a group of this name exists{}; run again to bring it under the group file",
        since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default()
    )]
    NameTaken {
        /// When it was created, if that is known.
        since: Option<String>,
        /// The error of the API.
        source: cloudflare_user_groups::Error,
    },
    /// The group was created, and another one of the same name at the same time.
    #[error(
        "{} groups have this name now: {}; another run created one at the same time; delete the one \
         that is not needed",
        ids.len(),
        ids.iter().map(UserGroupId::as_str).collect::<Vec<_>>().join(", ")
    )]
    NameNotUnique {
        /// The groups.
        ids: Vec<UserGroupId>,
    },
    /// All members that the plan keeps have left the group since.
    #[error(
        "all members that were to stay have left the group since the plan was made, so that this \
         would empty it"
    )]
    WouldEmpty,
    /// The group was created, but it is not known whether it is the only one of its name.
    #[error("created, but whether the name is unique could not be checked: {0}")]
    NotChecked(String),
}

impl StepError {
    /// Returns whether the same step can succeed in another run.
    pub fn can_be_repeated(&self) -> bool {
        match self {
            Self::Request(error) => error.is_retryable() || error.outcome_unknown(),
            Self::NameTaken { .. } | Self::NotChecked(_) => true,
            Self::InlineScope(_) | Self::NameNotUnique { .. } | Self::WouldEmpty => false,
        }
    }

    fn is_not_applied(&self) -> bool {
        matches!(self, Self::Request(error) if error.kind() == ErrorKind::NotApplied)
    }

    fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Request(error) if error.is_unauthorized())
    }
}

impl From<cloudflare_user_groups::Error> for StepError {
    fn from(source: cloudflare_user_groups::Error) -> Self {
        Self::Request(source)
    }
}

/// A step that was not tried.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Skipped {
    /// The step.
    pub step: Step,
    /// Why it was not tried.
    pub because: &'static str,
}

/// Receives the progress while an account is read or a plan is applied.
pub trait Progress: Sync {
    /// The members of `groups` of `total` groups were read. Called with 0 first.
    fn read(&self, groups: usize, total: usize) {
        let _ = (groups, total);
    }

    /// The plan takes this many steps.
    fn begin(&self, steps: usize) {
        let _ = steps;
    }

    /// A step ended. `problem` is why it failed or was skipped.
    fn ended(&self, step: &Step, problem: Option<&dyn fmt::Display>) {
        let _ = (step, problem);
    }

    /// Returns whether the remaining steps are skipped.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Ignores the progress.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {}

/// The outcome so far, and what it means for the steps that follow.
#[derive(Debug, Default)]
pub(crate) struct OutcomeRecorder {
    pub(crate) outcome: Outcome,
    /// The groups in which a step failed that later steps depend on.
    broken: BTreeSet<usize>,
    /// Members who could not be added to a group.
    left_out: BTreeSet<MemberId>,
    /// Names that groups keep because a step failed.
    kept_names: BTreeSet<String>,
    /// Whether the API rejects the credential.
    unauthorized: bool,
}

pub(crate) const INTERRUPTED: &str = "interrupted";
const EARLIER: &str = "an earlier step for this group failed";
pub(crate) const MOVING: &str = "a member of it could not be added to another group";
const NAME_KEPT: &str = "the group that has this name could not be renamed or deleted";
const UNAUTHORIZED: &str = "the API does not accept the credential";

impl OutcomeRecorder {
    /// Returns why a step of the group with this index cannot be tried.
    pub(crate) fn obstacle(&self, at: usize, step: &Step) -> Option<&'static str> {
        let left_out = |step: &Step| step.members.iter().any(|it| self.left_out.contains(&it.id));
        match step.action {
            _ if self.unauthorized => Some(UNAUTHORIZED),
            _ if self.broken.contains(&at) => Some(EARLIER),
            Action::RemoveMembers if left_out(step) => Some(MOVING),
            Action::Create | Action::Rename if self.kept_names.contains(&step.group) => {
                Some(NAME_KEPT)
            }
            _ => None,
        }
    }

    /// Returns whether a member could not be added to a group.
    pub(crate) fn is_left_out(&self, id: &MemberId) -> bool {
        self.left_out.contains(id)
    }

    /// Returns why a group with these members cannot be deleted.
    pub(crate) fn deletion_obstacle(&self, members: &BTreeSet<MemberId>) -> Option<&'static str> {
        (!members.is_disjoint(&self.left_out)).then_some(MOVING)
    }

    /// Records that a group keeps its name.
    pub(crate) fn keep_name(&mut self, name: &str) {
        self.kept_names.insert(name.to_owned());
    }

    pub(crate) fn fail(&mut self, at: usize, failure: FailedStep) {
        self.unauthorized |= failure.error.is_unauthorized();
        match failure.step.action {
            // No step depends on these.
            Action::Rename | Action::RemoveMembers | Action::Delete => {}
            Action::CreateResourceGroup
            | Action::Create
            | Action::SetPolicies
            | Action::AddMembers => {
                self.broken.insert(at);
            }
        }
        self.leave_out(&failure.step);
        self.outcome.failed.push(failure);
    }

    /// Lets no step of these groups be tried.
    pub(crate) fn break_off(&mut self, groups: impl Iterator<Item = usize>) {
        self.broken.extend(groups);
    }

    pub(crate) fn skip(&mut self, skipped: Skipped) {
        self.leave_out(&skipped.step);
        self.outcome.skipped.push(skipped);
    }

    fn leave_out(&mut self, step: &Step) {
        if step.action == Action::AddMembers {
            self.left_out.extend(step.members.iter().map(|member| member.id.clone()));
        }
    }
}
