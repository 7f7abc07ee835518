//! Opens the client, with settings from flags, a profile or the environment.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use cloudflare_user_groups::{AccountId, Client, ClientBuilder, RateLimit};

use super::profile::{self, Profile};
use super::read_text;
#[cfg(feature = "redis")]
use super::shared::Shared;
use crate::exit::{CommandError, Result};
use crate::terminal::message;

/// Longer than the five minutes of a rate-limit window, so that a large plan waits instead of
/// failing.
const TIMEOUT: Duration = Duration::from_secs(600);
const USER_AGENT: &str = concat!("cf-groups/", env!("CARGO_PKG_VERSION"));

/// The options of the connection. A token is never an argument: other users could see it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Account ID [default: the profile's, or CLOUDFLARE_ACCOUNT_ID]
    #[arg(long, global = true, value_name = "ID")]
    account: Option<String>,
    /// Read the API token from this file [default: the profile's credential, or
    /// CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY]
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Profile of the config file [default: CF_GROUPS_PROFILE, or "default" for what the
    /// environment leaves out]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        add = ArgValueCandidates::new(profile_names)
    )]
    profile: Option<String>,
    /// Config file [default: CF_GROUPS_CONFIG, or cf-groups/config.toml in the XDG config
    /// directory]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Base URL of the API [default: the profile's, or CLOUDFLARE_BASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
    #[cfg(feature = "redis")]
    #[command(flatten)]
    pub(crate) shared: Shared,
}

impl Connection {
    /// Builds the client. Nothing is sent.
    pub(crate) fn open(&self, limit: &RateLimit) -> Result<(Client, AccountId)> {
        let (named, default) = self.profiles()?;
        let account = self.account_id(&named, &default)?;
        let base_url = self.base_url.clone().or_else(|| named.base_url.clone());
        let base_url = base_url.or_else(|| variable("CLOUDFLARE_BASE_URL"));
        let secret = self.secret(&named, &default)?;
        let builder = secret.builder().user_agent(USER_AGENT).timeout(TIMEOUT);
        #[cfg(feature = "redis")]
        let mut builder = {
            let profile = self.settings()?;
            self.shared.configure(builder, &profile, secret.text(), &account, limit)?
        };
        #[cfg(not(feature = "redis"))]
        let mut builder = builder.rate_limit(limit.clone());
        let base_url = base_url.or(default.base_url);
        if let Some(url) = &base_url {
            builder = builder.base_url(url);
        }
        // Refuses a URL with a password, which must not be printed.
        let client = builder.build()?;
        if let Some(url) = base_url.filter(|it| !it.trim_end_matches('/').ends_with("/client/v4")) {
            message::warning(&format!("the base URL {url} does not end with /client/v4"));
        }
        Ok((client, account))
    }

    /// Takes the lock of the account, if the run is to have one.
    #[cfg(feature = "redis")]
    pub(crate) async fn lock(&self) -> Result<()> {
        let (named, default) = self.profiles()?;
        let account = self.account_id(&named, &default)?;
        self.shared.lock(&self.settings()?, &account).await
    }

    /// Returns the profile that is named, and the one that supplies what is left out.
    fn profiles(&self) -> Result<(Profile, Profile)> {
        let (profile, none) = (self.settings()?, Profile::default());
        Ok(if self.profile_name().is_some() { (profile, none) } else { (none, profile) })
    }

    fn account_id(&self, named: &Profile, default: &Profile) -> Result<AccountId> {
        let account = [self.account.clone(), named.account_id.clone()].into_iter().flatten().next();
        let account = account
            .or_else(|| variable("CLOUDFLARE_ACCOUNT_ID"))
            .or_else(|| default.account_id.clone());
        let account = account.ok_or_else(|| CommandError::usage(NO_ACCOUNT))?;
        AccountId::new(account.trim()).map_err(|it| CommandError::usage(it.to_string()))
    }

    /// Returns the profile that is named, or else "default". A file that exists is read even if
    /// nothing of the connection is missing: it can protect groups.
    pub(crate) fn settings(&self) -> Result<Profile> {
        let (name, given) = (self.profile_name(), self.given_config());
        let is_needed = name.is_some() || given.is_some();
        match given.or_else(profile::default_path) {
            Some(path) if is_needed || path.exists() => profile::read(&path, name.as_deref()),
            None if is_needed => {
                Err(CommandError::failed("no config file: pass --config, or set XDG_CONFIG_HOME"))
            }
            _ => Ok(Profile::default()),
        }
    }

    fn profile_name(&self) -> Option<String> {
        self.profile.clone().or_else(|| variable("CF_GROUPS_PROFILE"))
    }

    fn given_config(&self) -> Option<PathBuf> {
        self.config.clone().or_else(|| variable("CF_GROUPS_CONFIG").map(PathBuf::from))
    }

    /// Returns whether the account is given as an argument.
    pub(crate) fn has_account(&self) -> bool {
        self.account.is_some()
    }

    /// Returns the connection to another account, with the same credential.
    pub(crate) fn with_account(&self, id: &str) -> Self {
        Self { account: Some(id.to_owned()), ..self.clone() }
    }

    /// Returns the connection of a profile.
    pub(crate) fn with_profile(&self, name: &str) -> Self {
        let profile = Some(name.to_owned());
        Self { profile, account: None, token_file: None, base_url: None, ..self.clone() }
    }

    fn secret(&self, named: &Profile, default: &Profile) -> Result<Secret> {
        if let Some(path) = &self.token_file {
            return Secret::Token(read_token(path)?).from("--token-file");
        }
        if let Some(secret) = profile_secret(named)? {
            return secret.from("the profile");
        }
        if let Some(secret) = environment_secret()? {
            return secret.from("the environment");
        }
        match profile_secret(default)? {
            Some(secret) => secret.from("the profile \"default\""),
            None => Err(CommandError::usage(
                "no credential: set CLOUDFLARE_API_TOKEN (or CLOUDFLARE_EMAIL and \
                 CLOUDFLARE_API_KEY), pass --token-file, or add a profile",
            )),
        }
    }
}

/// A credential.
enum Secret {
    Token(String),
    Key { email: String, key: String },
}

impl Secret {
    fn builder(&self) -> ClientBuilder {
        match self {
            Self::Token(token) => Client::builder().api_token(token),
            Self::Key { email, key } => Client::builder().api_key(email, key),
        }
    }

    /// Checks the form of a credential from this source.
    fn from(self, source: &str) -> Result<Self> {
        let what = match self {
            Self::Token(_) => "API token",
            Self::Key { .. } => "API key",
        };
        let problem = match self.text() {
            "" => "is empty",
            text if !text.chars().all(|c| c.is_ascii_graphic()) => {
                "has a space, a line break or another character that cannot be part of it"
            }
            _ => return Ok(self),
        };
        Err(CommandError::failed(format!("the {what} of {source} {problem}")))
    }

    /// Returns the text that the rate limit belongs to.
    fn text(&self) -> &str {
        match self {
            Self::Token(text) | Self::Key { key: text, .. } => text,
        }
    }
}

const NO_ACCOUNT: &str =
    "no account: pass --account, set CLOUDFLARE_ACCOUNT_ID, or add account_id to a profile";

fn profile_secret(profile: &Profile) -> Result<Option<Secret>> {
    Ok(match profile {
        Profile { token_file: Some(path), .. } => Some(Secret::Token(read_token(path)?)),
        Profile { token: Some(token), .. } => Some(Secret::Token(token.trim().to_owned())),
        Profile { email: Some(email), key: Some(key), .. } => {
            Some(Secret::Key { email: email.trim().to_owned(), key: key.trim().to_owned() })
        }
        _ => None,
    })
}

fn environment_secret() -> Result<Option<Secret>> {
    if let Some(token) = variable("CLOUDFLARE_API_TOKEN") {
        return Ok(Some(Secret::Token(token)));
    }
    match (variable("CLOUDFLARE_EMAIL"), variable("CLOUDFLARE_API_KEY")) {
        (Some(email), Some(key)) => Ok(Some(Secret::Key { email, key })),
        (None, None) => Ok(None),
        _ => Err(CommandError::usage("set both CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY")),
    }
}

/// The value of an environment variable without white space at its ends; `None` if it is empty.
fn variable(name: &str) -> Option<String> {
    let value = env::var(name).ok()?.trim().to_owned();
    Some(value).filter(|value| !value.is_empty())
}

/// Secrets mounted into containers are often readable by all users, so that is only a warning.
fn read_token(path: &Path) -> Result<String> {
    let shown = path.display();
    let token = read_text(path).map_err(|problem| {
        CommandError::failed(format!("cannot read the token file {shown}: {problem}"))
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
    let path = Connection::default().given_config().or_else(profile::default_path);
    let names = path.map(|path| profile::names(&path)).unwrap_or_default();
    names.into_iter().map(CompletionCandidate::new).collect()
}
