//! Starts the sandbox of the examples: a company with 312 members and 12 user groups.

use std::error::Error;

use cloudflare_user_groups::{Account, AccountId, Client};
use cloudflare_user_groups_sandbox::{COMPANY, Sandbox, Seed};

/// Starts the sandbox. It lives as long as the value.
pub(crate) async fn sandbox() -> Result<Sandbox, Box<dyn Error>> {
    let company = Seed::from_json(COMPANY)?;
    Ok(Sandbox::builder().seed(company).start().await?)
}

/// The account of the sandbox. A program for the live service uses `Client::from_env()` and
/// `AccountId::from_env()`.
#[allow(dead_code, reason = "examples with another client do not use it")]
pub(crate) fn account(sandbox: &Sandbox) -> Result<Account, Box<dyn Error>> {
    let client = Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url());
    Ok(client.build()?.account(AccountId::new(sandbox.account_id())?))
}
