//! Building a client: credential, base URL, limits.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use tower_service::Service;

use super::{Client, Settings, base_url, variable};
use crate::credential::{Credential, CredentialProvider, Source};
use crate::error::{BoxError, Error, Result};
use crate::new_groups::NewGroups;
use crate::tls::{ClientCertificate, Tls};
use crate::transport::{
    ColdStart, Connections, HttpService, Options, RateLimit, RateLimiter, RequestBody, RetryBudget,
    RetryPolicy, Transport,
};

const BASE_URL: &str = "https://api.cloudflare.com/client/v4";
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);
/// The HTTP client adds it to the time of now, without a check.
const MAX_KEEP_ALIVE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const TIMEOUT: Duration = Duration::from_secs(120);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const SETTLE_TIMES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
const NEW_GROUP_TIMEOUT: Duration = Duration::from_secs(60);
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// The first step of building a client: exactly one kind of credential.
#[derive(Debug)]
#[must_use]
pub struct NeedsCredentials(pub(super) ());

impl NeedsCredentials {
    /// Authenticates with an API token, the way that Cloudflare recommends.
    pub fn api_token(self, token: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(Credential::api_token(&token.into()).map(Source::Fixed))
    }

    /// Authenticates with the email address of a user and that user's API key.
    pub fn api_key(self, email: impl Into<String>, key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(Credential::api_key(&email.into(), &key.into()).map(Source::Fixed))
    }

    /// Authenticates with whatever the provider returns, for credentials that are rotated.
    pub fn credential_provider(self, provider: impl CredentialProvider + 'static) -> ClientBuilder {
        ClientBuilder::new(Ok(Source::Provider(Arc::new(provider))))
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

/// The proxy of a client.
enum Proxy {
    /// The one in the environment variables, if any.
    Environment,
    Url(Box<reqwest::Proxy>),
    None,
}

/// Makes the HTTP service of the client's own.
type Wrap = Box<dyn FnOnce(HttpService) -> HttpService + Send + Sync>;

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    /// Checked already; `build` returns the error.
    credential: Result<Source>,
    base_url: String,
    user_agent: Option<String>,
    connect_timeout: Duration,
    /// How often an HTTP/2 connection is pinged, and when it counts as dead.
    keep_alive: (Duration, Duration),
    root_certificates: Vec<Vec<u8>>,
    client_certificate: Option<ClientCertificate>,
    /// Checked already, too.
    proxy: Result<Proxy>,
    http_service: Option<Wrap>,
    rate_limit: Arc<dyn RateLimiter>,
    retry_budget: RetryBudget,
    settle_times: Vec<Duration>,
    new_group_timeout: Duration,
    options: Options,
}

impl ClientBuilder {
    fn new(credential: Result<Source>) -> Self {
        Self {
            credential,
            base_url: BASE_URL.to_owned(),
            user_agent: None,
            connect_timeout: CONNECT_TIMEOUT,
            keep_alive: (KEEP_ALIVE_INTERVAL, KEEP_ALIVE_TIMEOUT),
            root_certificates: Vec::new(),
            client_certificate: None,
            proxy: Ok(Proxy::Environment),
            http_service: None,
            rate_limit: Arc::new(RateLimit::default()),
            retry_budget: RetryBudget::default(),
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

    /// The timeout of opening a connection (default 10 seconds), at most half of the timeout of an
    /// attempt.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// When and how often requests are retried. Each request can have a policy of its own.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = policy;
        self
    }

    /// The budget of retries that all calls of the client share (default [`RetryBudget::default`]).
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = budget;
        self
    }

    /// The rate limit (default [`RateLimit::default`]). Clients that use the same credential should
    /// share it.
    pub fn rate_limit(mut self, limit: impl RateLimiter + 'static) -> Self {
        self.rate_limit = Arc::new(limit);
        self
    }

    /// How long the API may take until its lists show a change (default 1, 2 and 4 seconds).
    ///
    /// After a request whose outcome is unknown the group is looked for after each of these waits,
    /// one after the other. Only their sum is what counts for
    /// [`UserGroups::create`](crate::UserGroups::create): lists that are later than that can hide
    /// the group from it. They do not depend on the retry policy. Without any, it does not look and
    /// the outcome stays unknown.
    pub fn settle_times(mut self, waits: impl IntoIterator<Item = Duration>) -> Self {
        self.settle_times = waits.into_iter().collect();
        self
    }

    /// How long after creating a group a 404 for its members is retried (default 60 seconds).
    ///
    /// Only for groups that this client or a clone of it created, and within the timeout of the
    /// call. For other groups a 404 is final.
    pub fn new_group_timeout(mut self, limit: Duration) -> Self {
        self.new_group_timeout = limit;
        self
    }

    /// The largest response body after decompression, in bytes (default 16 MiB).
    ///
    /// Decoded it takes up to about ten times as much memory: a body of more than a megabyte is
    /// refused if its values have less than 12 bytes on average, which those of the API have not.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.options.body_limit = bytes;
        self
    }

    /// Pings HTTP/2 connections every `interval` (default 10 seconds), also while they are idle,
    /// and closes those that do not respond within `timeout` (default 5 seconds).
    ///
    /// A connection that responds to pings but not to requests is left after two timeouts in a row.
    pub fn http2_keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.keep_alive = (interval, timeout);
        self
    }

    /// Wraps or replaces the HTTP client: `make` gets the client's own as a `tower` service.
    ///
    /// The service sees each attempt, with its credential. Rate limit, retries and timeouts stay
    /// with the client. A request whose body was not read counts as not sent, and is retried even
    /// if it is not idempotent. A service that replaces the client's own decompresses responses
    /// itself, if it asks for compression.
    ///
    /// ```
    /// use cloudflare_user_groups::{AccountId, Client, RequestBody};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // A double for tests, which sends nothing.
    /// let double = tower::service_fn(async |request: http::Request<RequestBody>| {
    ///     assert!(request.uri().path().ends_with("/iam/user_groups"));
    ///     let body = r#"{"success":true,"errors":[],"messages":[],"result":[]}"#.to_owned();
    ///     Ok::<_, std::io::Error>(http::Response::new(body))
    /// });
    /// let client = Client::builder().api_token("abc").http_service(move |_| double).build()?;
    /// let account = client.account(AccountId::new("eb78d65290b24279ba6f44721b3ea3c4")?);
    /// assert!(account.user_groups().list().all().await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn http_service<S, B>(
        mut self,
        make: impl FnOnce(HttpService) -> S + Send + Sync + 'static,
    ) -> Self
    where
        S: Service<http::Request<RequestBody>, Response = http::Response<B>>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.http_service = Some(Box::new(|service| HttpService::new(make(service))));
        self
    }

    /// Trusts one or more additional certificate authorities, given as PEM.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Presents a certificate to the server, or to a proxy with TLS in front of it. The certificate
    /// chain and the private key are given as PEM.
    pub fn client_certificate(
        mut self,
        certificates: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        let (certificates, key) = (certificates.into(), key.into());
        self.client_certificate = Some(ClientCertificate { certificates, key });
        self
    }

    /// Sends all requests through this proxy, instead of the one in the environment variables
    /// `HTTPS_PROXY` and `ALL_PROXY`. A base URL of plain http has no proxy, because it would get
    /// the credential unencrypted.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        // The URL is not repeated in the error: it may contain a password.
        self.proxy = match reqwest::Proxy::all(url.into()) {
            Ok(proxy) => Ok(Proxy::Url(Box::new(proxy))),
            Err(_) => Err(Error::invalid("the URL of the proxy is invalid")),
        };
        self
    }

    /// Uses no proxy, whatever the environment variables say.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Ok(Proxy::None);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// If the credential, the base URL, the user agent, the proxy or a certificate is invalid.
    pub fn build(self) -> Result<Client> {
        let credential = self.credential?;
        let base_url = base_url::parse(&self.base_url)?;
        let secure = base_url.scheme() == "https";
        let user_agent = user_agent(self.user_agent.as_deref())?;
        let tls = if secure {
            Tls::new(&self.root_certificates, self.client_certificate.as_ref())?
        } else {
            Tls::none()?
        };
        // A proxy of plain http would get the credential unencrypted.
        let proxy = self.proxy.map(|proxy| if secure { proxy } else { Proxy::None })?;
        let connect_timeout = self.connect_timeout.min(self.options.attempt_timeout / 2);
        let (interval, timeout) = self.keep_alive;
        let connections = Connections::new(Box::new(move || {
            let http = reqwest::Client::builder()
                .user_agent(user_agent.clone())
                .connect_timeout(connect_timeout)
                .redirect(reqwest::redirect::Policy::none())
                // Every request passes the rate limit and is counted.
                .retry(reqwest::retry::never())
                .http2_keep_alive_interval(interval.min(MAX_KEEP_ALIVE))
                .http2_keep_alive_timeout(timeout.min(MAX_KEEP_ALIVE))
                .http2_keep_alive_while_idle(true)
                .https_only(secure);
            let http = match &proxy {
                Proxy::Environment => http,
                Proxy::Url(proxy) => http.proxy((**proxy).clone()),
                Proxy::None => http.no_proxy(),
            };
            let http = tls.configure(http).build();
            http.map_err(|error| {
                Error::invalid("the HTTP client could not be built").caused_by(error.without_url())
            })
        }))?;
        let transport = Transport {
            service: self.http_service.map(|wrap| wrap(connections.service())),
            connections,
            base_url,
            credential,
            rate_limit: self.rate_limit,
            new_groups: NewGroups::new(self.new_group_timeout),
            retry_budget: self.retry_budget,
            cold_start: ColdStart::default(),
        };
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
