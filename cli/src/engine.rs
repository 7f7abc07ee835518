//! The parts of the engine.

mod apply;
mod changes;
mod compare;
mod counted;
mod directory;
mod document;
mod error;
mod export;
mod fingerprint;
mod guard;
mod matching;
mod mistake;
mod read;
mod report;
mod resolve;
mod schema;
mod state;
mod steps;
mod suggest;
mod yaml;

use std::num::NonZeroUsize;

use cloudflare_user_groups::{AccountId, Client};

pub use changes::{Creation, Deletion, Label, Plan, PlanFileError, PolicyChange, Summary, Update};
pub use compare::plan;
pub use counted::counted;
pub use directory::{Directory, Person};
pub use document::Document;
pub use error::Error;
pub use export::Pin;
pub use guard::{Guard, Refusal};
pub use matching::Unclear;
pub use mistake::{Mistake, Mistakes};
pub use report::{Failure, HeldBack, Progress, Report, Silent};
pub use resolve::resolve;
pub use schema::SCHEMA;
pub use state::{Desired, DesiredGroup, Group, Prune, Rule, Snapshot, State};
pub use steps::{Action, StalePlan, Step};
pub use suggest::Lookalikes;

/// How many requests are under way at a time, unless told otherwise.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// Reads and changes the user groups of an account.
#[derive(Clone, Debug)]
pub struct Engine {
    client: Client,
    account: AccountId,
    concurrency: NonZeroUsize,
}

impl Engine {
    /// An engine that works in this account.
    ///
    /// A large plan takes more requests than the API allows at once. Give the client a
    /// [timeout](cloudflare_user_groups::ClientBuilder::timeout) of more than five minutes, so that it
    /// can wait for the limit to be renewed.
    pub fn new(client: Client, account: AccountId) -> Self {
        Self { client, account, concurrency: CONCURRENCY }
    }

    /// How many requests may be under way at a time (default 8).
    #[must_use]
    pub fn concurrency(mut self, most: NonZeroUsize) -> Self {
        self.concurrency = most;
        self
    }
}
