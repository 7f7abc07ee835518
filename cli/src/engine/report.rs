//! What became of a plan.

use std::collections::BTreeSet;

use cloudflare_user_groups::MemberId;

use super::steps::Step;

/// What was done of a plan, and what was not.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The steps that were taken.
    pub done: Vec<Step>,
    /// The steps that failed.
    pub failed: Vec<Failure>,
    /// The steps that were not tried, since something failed that comes before them.
    pub held_back: Vec<HeldBack>,
}

impl Report {
    /// Whether all was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.held_back.is_empty()
    }
}

/// A step that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The step.
    pub step: Step,
    /// Why it failed.
    pub error: cloudflare_user_groups::Error,
}

/// A step that was not tried.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HeldBack {
    /// The step.
    pub step: Step,
    /// Why not.
    pub because: &'static str,
}

/// Is told how far it is when an account is read or a plan is carried out.
pub trait Progress: Sync {
    /// The members of so many groups have been read, of so many; of none at first.
    fn read(&self, groups: usize, of: usize) {
        let _ = (groups, of);
    }

    /// So many steps are going to be taken.
    fn begin(&self, steps: usize) {
        let _ = steps;
    }

    /// A step was taken.
    fn done(&self, step: &Step) {
        let _ = step;
    }

    /// A step failed.
    fn failed(&self, failure: &Failure) {
        let _ = failure;
    }

    /// A step will not be tried.
    fn held_back(&self, held_back: &HeldBack) {
        let _ = held_back;
    }
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}

/// A report that is being written, and what it means for the steps to come.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) report: Report,
    /// The groups in which a step failed that others build on.
    pub(crate) broken: BTreeSet<usize>,
    /// Who should have been added to a group and was not.
    pub(crate) left_out: BTreeSet<MemberId>,
    /// Whether the API does not accept the credential.
    pub(crate) locked_out: bool,
}
