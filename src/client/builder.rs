//! Building a client: credential, base URL, limits.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::{Client, Settings, base_url, variable};
use crate::credential::Credential;
use crate::error::{Error, Result};
use crate::new_groups::NewGroups;
use crate::tls;
use crate::transport::{Options, RateLimit, RetryPolicy, Transport};

const BASE_URL: &str = "https://api.cloudflare.com/client/v4";
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(120);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const SETTLE_TIMES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
const NEW_GROUP_TIMEOUT: Duration = Duration::from_secs(60);
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// The first step of building a client: exactly one kind of credential.
#[derive(Debug)]
#[must_use]
pub struct CredentialChoice(pub(super) ());

impl CredentialChoice {
    /// Authenticates with an API token, the way that Cloudflare recommends.
    pub fn api_token(self, token: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(Credential::api_token(&token.into()))
    }

    /// Authenticates with the email address of a user and that user's API key.
    pub fn api_key(self, email: impl Into<String>, key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(Credential::api_key(&email.into(), &key.into()))
    }

    /// Reads credential and base URL from the environment; see [`Client::from_env`].
    ///
    /// # Errors
    ///
    /// If there is no credential in the environment, or a variable is not Unicode.
    pub fn from_env(self) -> Result<ClientBuilder> {
        let token = variable("CLOUDFLARE_API_TOKEN")?;
        let pair = (variable("CLOUDFLARE_EMAIL")?, variable("CLOUDFLARE_API_KEY")?);
        let builder = match (token, pair) {
            (Some(token), _) => self.api_token(token),
            (None, (Some(email), Some(key))) => self.api_key(email, key),
            (None, (None, None)) => {
                return Err(Error::invalid(
                    "no credential: set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY",
                ));
            }
            _ => {
                return Err(Error::invalid(
                    "half a credential: CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY only work together",
                ));
            }
        };
        Ok(match variable("CLOUDFLARE_BASE_URL")? {
            Some(url) => builder.base_url(url),
            None => builder,
        })
    }
}

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    /// Checked already; `build` returns the error.
    credential: Result<Credential>,
    base_url: String,
    user_agent: Option<String>,
    connect_timeout: Duration,
    root_certificates: Vec<Vec<u8>>,
    rate_limit: RateLimit,
    settle_times: Vec<Duration>,
    new_group_timeout: Duration,
    options: Options,
}

impl ClientBuilder {
    fn new(credential: Result<Credential>) -> Self {
        Self {
            credential,
            base_url: BASE_URL.to_owned(),
            user_agent: None,
            connect_timeout: CONNECT_TIMEOUT,
            root_certificates: Vec::new(),
            rate_limit: RateLimit::default(),
            settle_times: SETTLE_TIMES.to_vec(),
            new_group_timeout: NEW_GROUP_TIMEOUT,
            options: Options {
                timeout: TIMEOUT,
                attempt_timeout: ATTEMPT_TIMEOUT,
                retry: RetryPolicy::default(),
                deadline: None,
                trace: None,
                body_limit: BODY_LIMIT,
            },
        }
    }

    /// Sets another base URL. `https` is required, except on loopback addresses.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Adds the program that uses this crate to the `User-Agent` header.
    pub fn user_agent(mut self, program: impl Into<String>) -> Self {
        self.user_agent = Some(program.into());
        self
    }

    /// The timeout of a call, with all its attempts and the waits between them (default 2 minutes).
    /// Each request can have a timeout of its own.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = limit;
        self
    }

    /// The timeout of one attempt, including reading the response (default 30 seconds).
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.options.attempt_timeout = limit;
        self
    }

    /// The timeout of opening a connection (default 10 seconds).
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// When and how often requests are retried. Each request can have a policy of its own.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = policy;
        self
    }

    /// The rate limit (default 1,200 requests in five minutes). Clients that use the same credential
    /// should share it.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = limit;
        self
    }

    /// How long the API may take until its lists show a change (default 1, 2 and 4 seconds).
    ///
    /// After a request whose outcome is unknown the group is looked for after each of these waits, one
    /// after the other. Only their sum is what counts for
    /// [`UserGroups::create`](crate::UserGroups::create): lists that are later than that can hide the
    /// group from it. They do not depend on the retry policy. Without any, it does not look and the
    /// outcome stays unknown.
    pub fn settle_times(mut self, waits: impl IntoIterator<Item = Duration>) -> Self {
        self.settle_times = waits.into_iter().collect();
        self
    }

    /// How long after creating a group a 404 for its members is retried (default 60 seconds).
    ///
    /// Only for groups that this client or a clone of it created, and within the timeout of the call.
    /// For other groups a 404 is final.
    pub fn new_group_timeout(mut self, limit: Duration) -> Self {
        self.new_group_timeout = limit;
        self
    }

    /// The largest response body after decompression, in bytes (default 16 MiB).
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.options.body_limit = bytes;
        self
    }

    /// Trusts one or more additional certificate authorities, given as PEM.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// If the credential, the base URL, the user agent or a certificate is invalid.
    pub fn build(self) -> Result<Client> {
        let credential = self.credential?;
        let base_url = base_url::parse(&self.base_url)?;
        let secure = base_url.scheme() == "https";
        let mut http = reqwest::Client::builder()
            .user_agent(user_agent(self.user_agent.as_deref())?)
            .connect_timeout(self.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .https_only(secure);
        http = if secure {
            tls::set_up(http, &self.root_certificates)?
        } else {
            // A proxy would get the credential unencrypted.
            tls::set_up_none(http)?.no_proxy()
        };
        let http = http.build().map_err(|error| {
            Error::invalid("the HTTP client could not be built").caused_by(error.without_url())
        })?;
        let transport = Transport::new(
            http,
            base_url.as_str().trim_end_matches('/').to_owned(),
            credential,
            self.rate_limit,
            NewGroups::new(self.new_group_timeout),
        );
        let settings = Settings { settle_times: self.settle_times, options: self.options };
        Ok(Client { transport: Arc::new(transport), settings: Arc::new(settings) })
    }
}

fn user_agent(program: Option<&str>) -> Result<HeaderValue> {
    let text = match program {
        Some(program) => Cow::Owned(format!("{program} {USER_AGENT}")),
        None => Cow::Borrowed(USER_AGENT),
    };
    HeaderValue::from_str(&text).map_err(|_| {
        Error::invalid("the user agent contains a character that a header cannot contain")
    })
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
