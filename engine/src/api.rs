//! The connection that the engine reads and changes an account through.

use std::num::NonZeroUsize;

use cloudflare_user_groups::{Account, AccountId, Client, UserGroups};

use crate::error::Error;
use crate::plan::Plan;

/// How many requests are sent concurrently by default.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// A client, the account, and the number of concurrent requests.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: Client,
    pub(crate) account_id: AccountId,
    pub(crate) concurrency: NonZeroUsize,
}

impl Api {
    pub(crate) fn new(client: Client, account_id: AccountId) -> Self {
        Self { client, account_id, concurrency: CONCURRENCY }
    }

    /// Checks that a plan is for this account.
    pub(crate) fn check_account(&self, plan: &Plan) -> Result<(), Error> {
        if plan.account.as_ref() == Some(&self.account_id) {
            return Ok(());
        }
        Err(Error::OtherAccount { planned: plan.account.clone(), here: self.account_id.clone() })
    }

    pub(crate) fn account(&self) -> Account {
        self.client.account(&self.account_id)
    }

    pub(crate) fn groups(&self) -> UserGroups {
        self.account().user_groups()
    }
}
