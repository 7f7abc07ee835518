//! The client and how it is set up: credential, base URL, limits.

use std::borrow::Cow;
use std::env;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use url::{Host, Url};

use crate::cold_start::ColdStart;
use crate::credential::Credential;
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::new_groups::NewGroups;
use crate::rate_limit::RateLimit;
use crate::raw::{Call, Options};
use crate::retry::{RetryBudget, RetryPolicy};
use crate::tls;
use crate::user_groups::UserGroups;

const BASE_URL: &str = "https://api.cloudflare.com/client/v4";
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(120);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const SETTLE_TIMES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
const NEW_GROUP_TIMEOUT: Duration = Duration::from_secs(60);
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// A client of the API. Clones are cheap, and share connections and pacing.
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
///     .retry(RetryPolicy::default().attempts(8))
///     .rate_limit(RateLimit::new(600, Duration::from_secs(300)))
///     .build()?;
/// let account = AccountId::new("eb78d65290b24279ba6f44721b3ea3c4")?;
/// let groups = client.account(account).user_groups();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// What all clones of a client have in common.
pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: String,
    pub(crate) credential: Credential,
    pub(crate) rate_limit: RateLimit,
    pub(crate) retry_budget: RetryBudget,
    pub(crate) cold_start: ColdStart,
    pub(crate) new_groups: NewGroups,
    pub(crate) settle_times: Vec<Duration>,
    options: Options,
}

impl Client {
    /// Begins a client: the builder asks for the credential first.
    pub fn builder() -> CredentialChoice {
        CredentialChoice(())
    }

    /// A client from the conventional environment variables, with the defaults for all else.
    ///
    /// The credential is `CLOUDFLARE_API_TOKEN`; without it `CLOUDFLARE_EMAIL` with
    /// `CLOUDFLARE_API_KEY`. If all three are set the token wins. `CLOUDFLARE_BASE_URL` replaces the
    /// base URL. A variable that is set to nothing counts as not set.
    ///
    /// # Errors
    ///
    /// If there is no credential, or a variable does not have the form it needs.
    pub fn from_env() -> Result<Self> {
        Self::builder().from_env()?.build()
    }

    /// The account in which to work.
    pub fn account(&self, id: impl Into<AccountId>) -> Account {
        Account { client: self.clone(), id: id.into() }
    }

    /// The pacing of this client, to be asked what is left or to be shared with another client.
    pub fn rate_limit(&self) -> &RateLimit {
        &self.shared.rate_limit
    }

    pub(crate) fn call(&self, options: Options) -> Call {
        Call::new(Arc::clone(&self.shared), options)
    }

    pub(crate) fn new_groups(&self) -> &NewGroups {
        &self.shared.new_groups
    }

    pub(crate) fn settle_times(&self) -> &[Duration] {
        &self.shared.settle_times
    }

    pub(crate) fn options(&self) -> Options {
        self.shared.options.clone()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.base_url)
            .field("credential", &self.shared.credential)
            .finish_non_exhaustive()
    }
}

/// An account of the API, as a client sees it.
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

/// The first step to a client: exactly one kind of credential.
#[derive(Debug)]
#[must_use]
pub struct CredentialChoice(());

impl CredentialChoice {
    /// Authenticates with an API token, the way that Cloudflare recommends.
    pub fn api_token(self, token: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(Credential::api_token(&token.into()))
    }

    /// Authenticates with the email address of a user and that user's API key.
    pub fn api_key(self, email: impl Into<String>, key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(Credential::api_key(&email.into(), &key.into()))
    }

    /// Takes credential and base URL from the environment, as [`Client::from_env`] tells.
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

fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Error::invalid(format!("{name} is not Unicode"))),
    }
}

/// Sets up a [`Client`].
#[must_use]
pub struct ClientBuilder {
    /// Checked already; what is wrong with it is told by `build`.
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
                body_limit: LARGEST_BODY,
            },
        }
    }

    /// Another place where the API is served. `https` is required, except on loopback addresses.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Names the program that uses this crate in the `User-Agent` header, before the crate itself.
    pub fn user_agent(mut self, program: impl Into<String>) -> Self {
        self.user_agent = Some(program.into());
        self
    }

    /// How long a call may take, with all its attempts and the waits between them (default 2
    /// minutes). Each request can be given a time of its own.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = limit;
        self
    }

    /// How long one attempt may take until its whole answer is there (default 30 seconds).
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.options.attempt_timeout = limit;
        self
    }

    /// How long making a connection may take (default 10 seconds).
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// When and how often requests are sent again. Each request can be given a policy of its own.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = policy;
        self
    }

    /// The pacing (default 1,200 requests in five minutes). Clients that use the same credential
    /// should be given the same.
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
    /// For other groups a 404 is an answer.
    pub fn new_group_timeout(mut self, limit: Duration) -> Self {
        self.new_group_timeout = limit;
        self
    }

    /// How many bytes an answer may have after it is decompressed (default 16 MiB).
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.options.body_limit = bytes;
        self
    }

    /// Trusts one more certificate authority, or several, given as PEM.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// If the credential, the base URL, the user agent or a certificate does not have the form it
    /// needs.
    pub fn build(self) -> Result<Client> {
        let credential = self.credential?;
        let base_url = checked_base_url(&self.base_url)?;
        let secure = base_url.scheme() == "https";
        let mut http = reqwest::Client::builder()
            .user_agent(user_agent(self.user_agent.as_deref())?)
            .connect_timeout(self.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .https_only(secure);
        http = if secure {
            tls::set_up(http, &self.root_certificates)?
        } else {
            // A proxy would get the credential in the clear.
            tls::set_up_none(http)?.no_proxy()
        };
        let http = http.build().map_err(|error| {
            Error::invalid("the HTTP client could not be made").caused_by(error.without_url())
        })?;
        Ok(Client {
            shared: Arc::new(Shared {
                http,
                base_url: base_url.as_str().trim_end_matches('/').to_owned(),
                credential,
                rate_limit: self.rate_limit,
                retry_budget: RetryBudget::new(),
                cold_start: ColdStart::default(),
                new_groups: NewGroups::new(self.new_group_timeout),
                settle_times: self.settle_times,
                options: self.options,
            }),
        })
    }
}

fn user_agent(program: Option<&str>) -> Result<HeaderValue> {
    let text = match program {
        Some(program) => Cow::Owned(format!("{program} {USER_AGENT}")),
        None => Cow::Borrowed(USER_AGENT),
    };
    HeaderValue::from_str(&text)
        .map_err(|_| Error::invalid("the user agent holds what a header cannot"))
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// The URL, if a credential may be sent there. The text is not repeated in errors: it may hold one.
fn checked_base_url(text: &str) -> Result<Url> {
    let refuse = |problem: &str| Err(Error::invalid(format!("the base URL {problem}")));
    let Ok(url) = Url::parse(text) else {
        return refuse("is not a URL");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("holds a user or a password, which belong in the credential");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("holds a query or a fragment");
    }
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => Ok(url),
        ("http", Some(host)) if is_loopback(&host) => Ok(url),
        ("http", _) => {
            refuse("is plain http, which is only allowed on a loopback address: use https")
        }
        _ => refuse("must begin with https"),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
    }
}
