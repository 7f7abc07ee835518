//! An account of the API.

use crate::client::{Client, variable};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::user_groups::UserGroups;

impl Client {
    /// The account with this id.
    pub fn account(&self, id: impl Into<AccountId>) -> Account {
        Account { client: self.clone(), id: id.into() }
    }
}

/// An account of the API. Made by [`Client::account`].
#[derive(Clone, Debug)]
pub struct Account {
    client: Client,
    id: AccountId,
}

impl Account {
    pub(crate) fn parts(&self) -> (Client, AccountId) {
        (self.client.clone(), self.id.clone())
    }

    /// The user groups of the account.
    pub fn user_groups(&self) -> UserGroups {
        let (client, account) = self.parts();
        UserGroups::new(client, account)
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
