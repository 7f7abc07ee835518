//! Errors of the engine.

use std::fmt;

use cloudflare_user_groups::AccountId;

use crate::diagnostic::Diagnostics;
use crate::group_name::GroupNameError;
use crate::matching::DiffError;
use crate::removal_limit::RemovalLimitExceeded;

/// Why nothing was changed.
///
/// What fails once changes have begun is part of the [`Outcome`](crate::Outcome) instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The group file has errors.
    #[error(transparent)]
    GroupFile(#[from] Diagnostics),
    /// No plan can be made for a group.
    #[error(transparent)]
    Diff(#[from] DiffError),
    /// An argument does not name a user group that can be used.
    #[error(transparent)]
    GroupName(#[from] GroupNameError),
    /// The account could not be read.
    #[error("cannot read {what}: {}", source.reason())]
    Read {
        /// What was to be read.
        what: String,
        /// Why it could not be.
        source: cloudflare_user_groups::Error,
    },
    /// The plan removes too much.
    #[error(transparent)]
    RemovalLimitExceeded(#[from] RemovalLimitExceeded),
    /// The account has changed since the plan was made.
    #[error(transparent)]
    Stale(#[from] StalePlan),
    /// The plan is for another account.
    #[error("the plan is for {}, and this is account {here}", account(planned.as_ref()))]
    OtherAccount {
        /// The account of the plan.
        planned: Option<AccountId>,
        /// The account in which it was to be carried out.
        here: AccountId,
    },
}

impl Error {
    /// Makes an error of a request that reads this.
    pub(crate) fn reading(
        what: impl Into<String>,
    ) -> impl FnOnce(cloudflare_user_groups::Error) -> Self {
        move |source| Self::Read { what: what.into(), source }
    }
}

fn account(planned: Option<&AccountId>) -> String {
    planned.map_or_else(|| "no account".to_owned(), |id| format!("account {id}"))
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
        write!(f, "the plan is stale: {changes}. No changes made; run `cf-groups plan` again")
    }
}

impl std::error::Error for StalePlan {}
