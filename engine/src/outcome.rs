//! The outcome of applying a plan.

use std::collections::BTreeSet;

use cloudflare_user_groups::MemberId;

use crate::steps::Step;

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
}

/// A step that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedStep {
    /// The step.
    pub step: Step,
    /// Why it failed.
    pub error: cloudflare_user_groups::Error,
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

    /// A step was applied.
    fn done(&self, step: &Step) {
        let _ = step;
    }

    /// A step failed.
    fn failed(&self, failure: &FailedStep) {
        let _ = failure;
    }

    /// A step will not be tried.
    fn skipped(&self, skipped: &Skipped) {
        let _ = skipped;
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
    pub(crate) broken: BTreeSet<usize>,
    /// Members who could not be added to a group.
    pub(crate) left_out: BTreeSet<MemberId>,
    /// Whether the API rejects the credential.
    pub(crate) unauthorized: bool,
}
