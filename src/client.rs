//! The client: what its clones share.

mod base_url;
mod builder;

use std::env;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::builder::{ClientBuilder, NeedsCredentials};
use crate::error::{Error, Result};
use crate::new_groups::NewGroups;
use crate::transport::{Call, Options, RateLimiter, Transport};

/// A client of the API. Clones are cheap, and share connections and the rate limit.
///
/// ```
/// use std::time::Duration;
///
/// use cloudflare_user_groups::{AccountId, Client, RateLimit, RetryPolicy};
///
/// # fn main() -> cloudflare_user_groups::Result<()> {
/// let client = Client::builder()
///     .api_token("0123456789abcdefghijklmnopqrstuvwxyz-_AB")
///     .user_agent("access-sync/1.4")
///     .timeout(Duration::from_secs(300))
///     .retry(RetryPolicy::default().max_attempts(8))
///     .rate_limit(RateLimit::new(600, Duration::from_secs(300)).window(150, Duration::from_secs(1)))
///     .build()?;
/// let account = AccountId::new("eb78d65290b24279ba6f44721b3ea3c4")?;
/// let groups = client.account(account).user_groups();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    transport: Arc<Transport>,
    settings: Arc<Settings>,
}

/// The defaults of all requests.
struct Settings {
    settle_times: Vec<Duration>,
    options: Options,
}

impl Client {
    /// Starts building a client: first its credential.
    pub fn builder() -> NeedsCredentials {
        NeedsCredentials(())
    }

    /// A client from the conventional environment variables, with defaults for everything else.
    ///
    /// The credential is `CLOUDFLARE_API_TOKEN`; without it `CLOUDFLARE_EMAIL` with
    /// `CLOUDFLARE_API_KEY`. If all three are set the token wins. `CLOUDFLARE_BASE_URL` replaces
    /// the base URL. An empty variable counts as not set.
    ///
    /// # Errors
    ///
    /// If there is no credential, or a variable is invalid.
    pub fn from_env() -> Result<Self> {
        Self::builder().from_env()?.build()
    }

    /// The rate limit of this client.
    pub fn rate_limit(&self) -> &dyn RateLimiter {
        &*self.transport.rate_limit
    }

    pub(crate) fn call(&self, options: Options) -> Call {
        Call::new(Arc::clone(&self.transport), options)
    }

    pub(crate) fn new_groups(&self) -> &NewGroups {
        &self.transport.new_groups
    }

    pub(crate) fn settle_times(&self) -> &[Duration] {
        &self.settings.settle_times
    }

    pub(crate) fn options(&self) -> Options {
        self.settings.options.clone()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.transport.base_url.as_str())
            .field("credential", &self.transport.credential)
            .finish_non_exhaustive()
    }
}

/// An environment variable. An empty one counts as not set.
pub(crate) fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Error::invalid(format!("{name} is not Unicode"))),
    }
}
