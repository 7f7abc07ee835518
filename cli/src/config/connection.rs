//! Opens the client, with settings from flags, a profile or the environment.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use cloudflare_user_groups::{AccountId, Client, ClientBuilder, RateLimit};

use super::profile::{self, Profile};
use crate::exit::{CommandError, Result};
use crate::terminal::message;

/// Longer than the five minutes of a rate-limit window, so that a large plan waits instead of failing.
const TIMEOUT: Duration = Duration::from_secs(600);
const USER_AGENT: &str = concat!("cf-groups/", env!("CARGO_PKG_VERSION"));

/// The options of the connection. A token is never an argument: other users could see it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Account ID [default: the profile's, or CLOUDFLARE_ACCOUNT_ID]
    #[arg(long, global = true, value_name = "ID")]
    account: Option<String>,
    /// Read the API token from this file [default: the profile's credential, or CLOUDFLARE_API_TOKEN,
    /// or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY]
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Profile of the config file [default: "default", for what the environment leaves out]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        add = ArgValueCandidates::new(profile_names),
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
        let named = self.named_profile()?;
        let default = match &self.profile {
            Some(_) => Profile::default(),
            None => self.default_profile()?,
        };
        let account = [self.account.clone(), named.account_id.clone()].into_iter().flatten().next();
        let account = account.or_else(account_variable).or_else(|| default.account_id.clone());
        let account = account.ok_or_else(|| CommandError::usage(NO_ACCOUNT))?;
        let account = AccountId::new(account).map_err(|it| CommandError::usage(it.to_string()))?;
        let base_url = self.base_url.clone().or_else(|| named.base_url.clone());
        let base_url = base_url.or_else(|| variable("CLOUDFLARE_BASE_URL"));
        let mut builder = self
            .credential(&named, &default)?
            .user_agent(USER_AGENT)
            .timeout(TIMEOUT)
            .rate_limit(limit.clone());
        if let Some(url) = base_url.or(default.base_url) {
            if !url.trim_end_matches('/').ends_with("/client/v4") {
                message::warning(&format!("the base URL {url} does not end with /client/v4"));
            }
            builder = builder.base_url(url);
        }
        Ok((builder.build()?, account))
    }

    /// Returns the members and groups that the profile protects from removals.
    pub(crate) fn protected(&self) -> Result<Vec<String>> {
        if self.profile.is_some() {
            return Ok(self.named_profile()?.protect);
        }
        match self.config_path().filter(|path| has_default_profile(path)) {
            Some(path) => Ok(profile::read(&path, DEFAULT_PROFILE)?.protect),
            None => Ok(Vec::new()),
        }
    }

    /// The path of the config file, given or the default one.
    pub(crate) fn config_path(&self) -> Option<PathBuf> {
        self.config.clone().or_else(profile::default_path)
    }

    fn named_profile(&self) -> Result<Profile> {
        match (&self.profile, self.config_path()) {
            (None, _) => Ok(Profile::default()),
            (Some(name), Some(path)) => profile::read(&path, name),
            (Some(_), None) => {
                Err(CommandError::failed("no config file: pass --config, or set HOME"))
            }
        }
    }

    /// The profile "default", which supplies what flags and environment leave out.
    fn default_profile(&self) -> Result<Profile> {
        let path = self.config_path().filter(|path| self.config.is_some() || path.exists());
        let Some(path) = path else { return Ok(Profile::default()) };
        let credential = self.token_file.is_some() || environment_has_credential();
        let account = self.account.is_some() || account_variable().is_some();
        let optional = credential && !has_default_profile(&path);
        if path.exists() && ((credential && account) || optional) {
            return Ok(Profile::default());
        }
        profile::read(&path, DEFAULT_PROFILE)
    }

    fn credential(&self, named: &Profile, default: &Profile) -> Result<ClientBuilder> {
        if let Some(path) = &self.token_file {
            return Ok(Client::builder().api_token(read_token(path)?));
        }
        if let Some(builder) = profile_credential(named)? {
            return Ok(builder);
        }
        if let Some(builder) = environment_credential()? {
            return Ok(builder);
        }
        profile_credential(default)?.ok_or_else(|| {
            CommandError::usage(
                "no credential: set CLOUDFLARE_API_TOKEN (or CLOUDFLARE_EMAIL and \
                 CLOUDFLARE_API_KEY), pass --token-file, or add a profile",
            )
        })
    }
}

const DEFAULT_PROFILE: &str = "default";

fn has_default_profile(path: &Path) -> bool {
    profile::names(path).iter().any(|name| name == DEFAULT_PROFILE)
}

const NO_ACCOUNT: &str =
    "no account: pass --account, set CLOUDFLARE_ACCOUNT_ID, or add account_id to a profile";

fn profile_credential(profile: &Profile) -> Result<Option<ClientBuilder>> {
    let builder = Client::builder();
    Ok(match profile {
        Profile { token_file: Some(path), .. } => Some(builder.api_token(read_token(path)?)),
        Profile { token: Some(token), .. } => Some(builder.api_token(token.trim())),
        Profile { email: Some(email), key: Some(key), .. } => Some(builder.api_key(email, key)),
        _ => None,
    })
}

fn environment_credential() -> Result<Option<ClientBuilder>> {
    let builder = Client::builder();
    if let Some(token) = variable("CLOUDFLARE_API_TOKEN") {
        return Ok(Some(builder.api_token(token)));
    }
    match (variable("CLOUDFLARE_EMAIL"), variable("CLOUDFLARE_API_KEY")) {
        (Some(email), Some(key)) => Ok(Some(builder.api_key(email, key))),
        (None, None) => Ok(None),
        _ => Err(CommandError::usage("set both CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY")),
    }
}

fn account_variable() -> Option<String> {
    variable("CLOUDFLARE_ACCOUNT_ID")
}

fn environment_has_credential() -> bool {
    ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY"]
        .iter()
        .any(|name| variable(name).is_some())
}

/// The value of an environment variable without white space at its ends; `None` if it is empty.
fn variable(name: &str) -> Option<String> {
    let value = env::var(name).ok()?.trim().to_owned();
    Some(value).filter(|value| !value.is_empty())
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

/// Completes the names of profiles.
fn profile_names() -> Vec<CompletionCandidate> {
    let path = Connection::default().config_path();
    let names = path.map(|path| profile::names(&path)).unwrap_or_default();
    names.into_iter().map(CompletionCandidate::new).collect()
}
