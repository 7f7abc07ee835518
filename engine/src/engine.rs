//! The engine: what it works with.

use std::num::NonZeroUsize;

use cloudflare_user_groups::{Account, AccountId, Client, UserGroups};

/// How many requests are sent concurrently by default.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// Reads and changes the user groups of an account.
#[derive(Clone, Debug)]
pub struct Engine {
    client: Client,
    pub(crate) account_id: AccountId,
    pub(crate) concurrency: NonZeroUsize,
}

impl Engine {
    /// Returns an engine that works in this account.
    ///
    /// A large plan takes more requests than the rate limit allows at once. Give the client a
    /// [timeout](cloudflare_user_groups::ClientBuilder::timeout) of more than five minutes, so that
    /// it can wait for the limit to be renewed.
    pub fn new(client: Client, account: AccountId) -> Self {
        Self { client, account_id: account, concurrency: CONCURRENCY }
    }

    /// Sets how many requests are sent concurrently (default 8).
    #[must_use]
    pub fn concurrency(mut self, requests: NonZeroUsize) -> Self {
        self.concurrency = requests;
        self
    }

    /// Returns the account.
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    pub(crate) fn account(&self) -> Account {
        self.client.account(&self.account_id)
    }

    pub(crate) fn groups(&self) -> UserGroups {
        self.account().user_groups()
    }
}
