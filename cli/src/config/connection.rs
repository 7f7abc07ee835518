//! Opens the client, with settings from flags, a profile or the environment.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use cloudflare_user_groups::{AccountId, Client, ClientBuilder, RateLimit};

use super::profile::{self, Profile};
use crate::exit::{CommandError, Result};
use crate::terminal::message;

/// Longer than the five minutes of a rate-limit window, so that a large plan waits instead of failing.
const TIMEOUT: Duration = Duration::from_secs(600);
const USER_AGENT: &str = concat!("cf-groups/", env!("CARGO_PKG_VERSION"));

/// The options of the connection. A token is never an argument: other users could see it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Account ID [default: the profile's, or CLOUDFLARE_ACCOUNT_ID]
    #[arg(long, global = true, value_name = "ID")]
    account: Option<String>,
    /// Read the API token from this file [default: the profile's credential, or CLOUDFLARE_API_TOKEN,
    /// or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY]
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Profile of the config file [default: "default", if no credential is in the environment]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "CF_GROUPS_PROFILE",
        hide_env_values = true
    )]
    profile: Option<String>,
    /// Config file [default: cf-groups/config.toml in the XDG config directory]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CF_GROUPS_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    /// Base URL of the API [default: the profile's, or CLOUDFLARE_BASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
}

impl Connection {
    /// Builds the client. Nothing is sent.
    pub(crate) fn open(&self, limit: &RateLimit) -> Result<(Client, AccountId)> {
        let profile = self.profile()?;
        let id = self.account_id(&profile)?;
        let mut builder = self.credential(&profile)?.user_agent(USER_AGENT).timeout(TIMEOUT);
        builder = builder.rate_limit(limit.clone());
        let base_url = self.base_url.clone().or(profile.base_url);
        if let Some(url) = base_url.or_else(|| variable("CLOUDFLARE_BASE_URL")) {
            builder = builder.base_url(url);
        }
        Ok((builder.build()?, id))
    }

    /// Returns the profile that was named; "default" if there is no other credential; or an empty one.
    fn profile(&self) -> Result<Profile> {
        let path = self.config.clone().or_else(profile::default_path);
        match (&self.profile, path) {
            (Some(name), Some(path)) => profile::read(&path, name),
            (Some(_), None) => {
                Err(CommandError::failed("no config file: pass --config, or set HOME"))
            }
            (None, Some(path)) if !self.has_credential() && path.exists() => {
                profile::read(&path, "default")
            }
            _ => Ok(Profile::default()),
        }
    }

    fn has_credential(&self) -> bool {
        self.token_file.is_some() || environment_has_credential()
    }

    fn account_id(&self, profile: &Profile) -> Result<AccountId> {
        let given = self.account.clone().or_else(|| profile.account_id.clone());
        let text = given.or_else(|| variable("CLOUDFLARE_ACCOUNT_ID")).ok_or_else(|| {
            CommandError::usage(
                "no account: pass --account, set CLOUDFLARE_ACCOUNT_ID, or add account_id to a profile",
            )
        })?;
        AccountId::new(text).map_err(|problem| CommandError::usage(problem.to_string()))
    }

    fn credential(&self, profile: &Profile) -> Result<ClientBuilder> {
        let begin = Client::builder();
        if let Some(path) = self.token_file.as_ref().or(profile.token_file.as_ref()) {
            return Ok(begin.api_token(read_token(path)?));
        }
        match profile {
            Profile { token: Some(token), .. } => Ok(begin.api_token(token)),
            Profile { email: Some(email), key: Some(key), .. } => Ok(begin.api_key(email, key)),
            _ if environment_has_credential() => Ok(begin.from_env()?),
            _ => Err(CommandError::usage(
                "no credential: set CLOUDFLARE_API_TOKEN (or CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY), \
                 pass --token-file, or add a profile",
            )),
        }
    }
}

fn environment_has_credential() -> bool {
    ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Secrets mounted into containers are often readable by all users, so that is only a warning.
fn read_token(path: &Path) -> Result<String> {
    let shown = path.display();
    let token = fs::read_to_string(path).map_err(|error| {
        CommandError::failed(format!("cannot read the token file {shown}: {error}"))
    })?;
    if profile::others_can_read(path) {
        message::warning(&format!(
            "the token file {shown} is readable by other users; consider chmod 600"
        ));
    }
    Ok(token.trim().to_owned())
}
