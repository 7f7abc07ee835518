//! The limit against plans that take away more than anybody is likely to mean.

use std::fmt;

use crate::plan::Plan;
use crate::text::counted;

/// How much a plan may remove.
///
/// A plan is refused that removes more than a third of the members of a group, or of the groups of
/// the account; up to three are always allowed. So a file that was cut off, or was made from an answer
/// that was, cannot empty an account unnoticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemovalLimit {
    limits: Option<(u8, usize)>,
}

impl Default for RemovalLimit {
    fn default() -> Self {
        Self::new(33, 3)
    }
}

impl RemovalLimit {
    /// Allows so many percent to be removed, and always up to `at_least`.
    pub const fn new(percent: u8, at_least: usize) -> Self {
        Self { limits: Some((percent, at_least)) }
    }

    /// Allows everything.
    pub const fn lifted() -> Self {
        Self { limits: None }
    }

    /// Whether the plan may be carried out.
    ///
    /// # Errors
    ///
    /// If it removes too much; the error tells where and how much.
    pub fn check(&self, plan: &Plan) -> Result<(), RemovalLimitExceeded> {
        let groups = self.excess(plan.deletions.len(), plan.groups_before);
        let members = plan.updates.iter().filter_map(|update| {
            let (removed, of) = self.excess(update.remove.len(), update.members_before)?;
            Some((update.name.clone(), removed, of))
        });
        let refusal = RemovalLimitExceeded { groups, members: members.collect() };
        if refusal.groups.is_some() || !refusal.members.is_empty() { Err(refusal) } else { Ok(()) }
    }

    /// Whether so many of so many may be removed.
    pub fn allows(&self, removed: usize, of: usize) -> bool {
        let Some((percent, at_least)) = self.limits else { return true };
        removed <= at_least
            || removed.saturating_mul(100) <= of.saturating_mul(usize::from(percent))
    }

    fn excess(&self, removed: usize, of: usize) -> Option<(usize, usize)> {
        (!self.allows(removed, of)).then_some((removed, of))
    }
}

/// Why the [`RemovalLimit`] refuses a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemovalLimitExceeded {
    /// How many groups would be deleted, of how many, if that is too many.
    pub groups: Option<(usize, usize)>,
    /// The groups that would lose too many members: name, how many, of how many.
    pub members: Vec<(String, usize, usize)>,
}

impl fmt::Display for RemovalLimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the plan removes more than the guard allows:")?;
        if let Some((removed, of)) = self.groups {
            write!(f, " {removed} of {};", counted(of, "group"))?;
        }
        for (name, removed, of) in &self.members {
            write!(f, " {removed} of {} of {name:?};", counted(*of, "member"))?;
        }
        f.write_str(" nothing was changed; if this is meant, lift the guard")
    }
}

impl std::error::Error for RemovalLimitExceeded {}
