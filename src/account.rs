//! An account of the API.

use crate::client::{Client, variable};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::mode::{Async, Mode};

impl Client {
    /// The account with this id.
    pub fn account(&self, id: impl Into<AccountId>) -> Account {
        Account { client: self.clone(), id: id.into(), mode: Async }
    }
}

/// An account of the API. Made by [`Client::account`].
#[derive(Clone, Debug)]
pub struct Account<M = Async> {
    pub(crate) client: Client,
    pub(crate) id: AccountId,
    pub(crate) mode: M,
}

impl<M: Mode> Account<M> {
    /// The same account for requests that are awaited.
    pub(crate) fn awaited(&self) -> Account {
        self.client.account(&self.id)
    }
}

impl AccountId {
    /// The account id in the environment variable `CLOUDFLARE_ACCOUNT_ID`.
    ///
    /// # Errors
    ///
    /// If the variable is not set or is not an account id.
    pub fn from_env() -> Result<Self> {
        let text = variable("CLOUDFLARE_ACCOUNT_ID")?
            .ok_or_else(|| Error::invalid("no account: set CLOUDFLARE_ACCOUNT_ID"))?;
        Ok(Self::new(text)?)
    }
}
