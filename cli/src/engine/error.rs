//! What can go wrong.

use cloudflare_user_groups::AccountId;

use super::guard::Refusal;
use super::matching::Unclear;
use super::mistake::Mistakes;
use super::steps::StalePlan;

/// Why nothing was done.
///
/// What fails once changes have begun is part of the [`Report`](crate::Report) instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file holds mistakes.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// It is not clear which group is meant.
    #[error(transparent)]
    Unclear(#[from] Unclear),
    /// The account could not be read.
    #[error("cannot read {what}: {source}")]
    Read {
        /// What was to be read.
        what: String,
        /// Why it could not be.
        source: cloudflare_user_groups::Error,
    },
    /// The plan removes too much.
    #[error(transparent)]
    Refused(#[from] Refusal),
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

fn account(planned: Option<&AccountId>) -> String {
    planned.map_or_else(|| "no account".to_owned(), |id| format!("account {id}"))
}
