//! Starts a sandbox and shows its state.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use tokio::sync::oneshot;

use crate::credentials::{ApiKey, Credentials};
use crate::error::{FileError, StartError};
use crate::fault::{ActiveFaults, FaultPlan};
use crate::log::{Exchange, Log};
use crate::operation::Contract;
use crate::request::Lags;
use crate::routes::{API, App};
use crate::server::{Server, serve};
use crate::state::clock::Clock;
use crate::state::id::Id;
use crate::state::seed::{self, Seed};
use crate::state::world::{Account, HISTORY, World};

/// The default account of a sandbox.
pub const DEFAULT_ACCOUNT_ID: &str = "eb78d65290b24279ba6f44721b3ea3c4";

/// The default API token of a sandbox.
pub const DEFAULT_TOKEN: &str = "sandbox-token";

/// A running sandbox. It stops when it is dropped.
pub struct Sandbox {
    app: Arc<App>,
    server: Arc<Server>,
    address: SocketAddr,
    /// Dropping it stops the server.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

/// The settings of a sandbox.
#[derive(Clone)]
pub struct Builder {
    account_id: String,
    every_account: bool,
    token: String,
    key: Option<ApiKey>,
    listen: SocketAddr,
    seed: Seed,
    contract: Contract,
    lags: Lags,
    clock_offset: i32,
    logical_clock: bool,
    faults: FaultPlan,
    log_file: Option<PathBuf>,
    keep_log: bool,
}

impl Sandbox {
    /// Starts a sandbox with all defaults on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// If there is no free port.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Returns a builder with the default settings.
    pub fn builder() -> Builder {
        Builder {
            account_id: DEFAULT_ACCOUNT_ID.to_owned(),
            every_account: false,
            token: DEFAULT_TOKEN.to_owned(),
            key: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: Seed::default(),
            contract: Contract::default(),
            lags: Lags::default(),
            clock_offset: 0,
            logical_clock: false,
            faults: FaultPlan::default(),
            log_file: None,
            keep_log: true,
        }
    }

    /// The base URL of the API: `http://127.0.0.1:PORT/client/v4`.
    pub fn base_url(&self) -> String {
        format!("http://{}{API}", self.address)
    }

    /// The address that the sandbox listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The account that the credentials are for.
    pub fn account_id(&self) -> String {
        self.app.own.to_string()
    }

    /// The API token that the sandbox accepts.
    pub fn token(&self) -> &str {
        &self.app.credentials.token
    }

    /// Responds to a request, as the server does. `None` if a fault closes the connection.
    pub async fn respond<B>(&self, request: Request<B>) -> Option<Response<Body>>
    where
        B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
    {
        self.server.respond(request).await.ok()
    }

    /// Replaces the faults. The new plan starts with the first request of each operation.
    ///
    /// # Errors
    ///
    /// If a value in the plan is invalid; then the old plan stays.
    pub fn set_faults(&self, plan: &FaultPlan) -> Result<(), FileError> {
        plan.check()?;
        *self.app.faults() = ActiveFaults::new(plan);
        Ok(())
    }

    /// The requests so far, in the order in which they were applied.
    pub fn log(&self) -> Vec<Exchange> {
        self.app.log.exchanges()
    }

    /// Clears the log.
    pub fn clear_log(&self) {
        self.app.log.clear();
    }

    /// Restores the seed and restarts the faults, as `POST /_sandbox/reset` does.
    pub fn reset(&self) {
        self.app.reset();
    }

    /// A copy of the state in the form of a seed.
    pub fn state(&self) -> Seed {
        self.app.world().to_seed()
    }

    /// A copy of the account that the credentials are for: members in the order of responses,
    /// groups by name.
    pub fn account(&self) -> seed::Account {
        let world = self.app.world();
        let account = world.accounts.get(self.app.own.as_str());
        account.map(Account::to_seed).unwrap_or_default()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("account_id", &self.account_id)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Builder {
    /// Sets the account that the credentials are for; [`DEFAULT_ACCOUNT_ID`] by default.
    #[must_use]
    pub fn account_id(mut self, id: impl Into<String>) -> Self {
        self.account_id = id.into();
        self
    }

    /// Gives the credentials permission for all accounts of the seed.
    #[must_use]
    pub fn every_account(mut self) -> Self {
        self.every_account = true;
        self
    }

    /// Sets the API token to accept; [`DEFAULT_TOKEN`] by default.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// Accepts an API key as well, with the email address of its user.
    #[must_use]
    pub fn api_key(mut self, email: impl Into<String>, key: impl Into<String>) -> Self {
        self.key = Some(ApiKey { email: email.into(), key: key.into() });
        self
    }

    /// Sets the address to listen on; a free port of the loopback interface by default.
    ///
    /// Every client that reaches the address can reset the sandbox and read its state.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Sets the state at the start.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the version of the contract.
    #[must_use]
    pub fn contract(mut self, contract: Contract) -> Self {
        self.contract = contract;
        self
    }

    /// Sets how long the members of a new group are not found after its creation; 0 by default, at
    /// most ten minutes. The live service takes seconds (observed, reported).
    #[must_use]
    pub fn new_group_lag(mut self, lag: Duration) -> Self {
        self.lags.new_group = lag.min(HISTORY);
        self
    }

    /// Sets how long responses to GET still show a group after its deletion, and a member after its
    /// removal; 0 by default, at most ten minutes.
    #[must_use]
    pub fn deletion_lag(mut self, lag: Duration) -> Self {
        self.lags.deletion = lag.min(HISTORY);
        self
    }

    /// Shifts the server's clock by a number of seconds: the `Date` header, `created_on` and
    /// `modified_on`.
    #[must_use]
    pub fn clock_offset(mut self, seconds: i32) -> Self {
        self.clock_offset = seconds;
        self
    }

    /// Replaces the server's clock by one that starts on 1 March 2024, or with the last time in the
    /// seed, and moves by a second with every creation and update, so that the same requests always
    /// result in the same times. Lags are still measured in real time.
    #[must_use]
    pub fn logical_clock(mut self) -> Self {
        self.logical_clock = true;
        self
    }

    /// Sets the faults to inject; none by default.
    #[must_use]
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.faults = plan;
        self
    }

    /// Writes the log to a file, one line of JSON for each request. The file is overwritten.
    #[must_use]
    pub fn log_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.log_file = Some(path.into());
        self
    }

    /// Sets whether to keep the log in memory for [`Sandbox::log`] (the default). It grows with
    /// every request.
    #[must_use]
    pub fn keep_log(mut self, keep: bool) -> Self {
        self.keep_log = keep;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    ///
    /// If the seed or the faults are invalid, a file cannot be written, or the address cannot be
    /// listened on.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        self.start_blocking()
    }

    /// Starts the sandbox from code that is not async.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> Result<Sandbox, StartError> {
        let clock = match self.logical_clock {
            true => Clock::logical(),
            false => Clock::real(self.clock_offset),
        };
        let listen = self.listen;
        let app = self.app(clock)?;
        run(app, listen).map_err(|source| StartError::Serve { address: listen, source })
    }

    /// Builds a sandbox without a thread and a socket, for simulations: requests are passed to
    /// [`Sandbox::respond`]. Its clock starts on 1 March 2024 and moves with `elapsed`, which also
    /// measures lags and the rate limit.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn simulated(
        self,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Result<Sandbox, StartError> {
        let address = self.listen;
        let app = self.app(Clock::driven_by(elapsed))?;
        let server = Arc::new(Server::new(Arc::clone(&app)));
        Ok(Sandbox { app, server, address, stop: None, thread: None })
    }

    fn app(self, clock: Clock) -> Result<Arc<App>, StartError> {
        let Some(own) = Id::parse(&self.account_id) else {
            return Err(StartError::AccountId(self.account_id));
        };
        let world =
            World::from_seed(&self.seed, &own, self.contract, clock).map_err(StartError::Seed)?;
        self.faults.check().map_err(StartError::Faults)?;
        Ok(Arc::new(App {
            own,
            every_account: self.every_account,
            contract: self.contract,
            lags: self.lags,
            credentials: Credentials { token: self.token, key: self.key },
            log: Log::new(self.keep_log, self.log_file.map(create).transpose()?),
            world: Mutex::new(world.clone()),
            initial: world,
            faults: Mutex::new(ActiveFaults::new(&self.faults)),
        }))
    }
}

fn create(path: PathBuf) -> Result<File, StartError> {
    File::create(&path).map_err(|source| StartError::Log { path, source })
}

/// Serves on its own thread, so that it does not depend on a runtime of the caller.
fn run(app: Arc<App>, address: SocketAddr) -> io::Result<Sandbox> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    let (stop, stopped) = oneshot::channel::<Infallible>();
    let server = Arc::new(Server::new(Arc::clone(&app)));
    let serving = serve(listener, Arc::clone(&server));
    let serve = move || {
        runtime.spawn(serving);
        // This ends when the sandbox drops its half of the channel.
        runtime.block_on(stopped).ok();
    };
    let thread = std::thread::Builder::new().name("user-groups-sandbox".to_owned()).spawn(serve)?;
    Ok(Sandbox { app, server, address, stop: Some(stop), thread: Some(thread) })
}
