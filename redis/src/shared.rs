//! What all clones of a limit share: the connection, and the requests of this process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::error::Unavailable;
use crate::server::{Connection, Reply};
use crate::share::{Contact, Share, Window};
use crate::url::RedisUrl;

const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_secs(2);
/// A task that reconnects is gone, with its runtime, if it is late by this time.
const LATE: Duration = Duration::from_secs(10);

/// What all clones share.
pub(crate) struct Core {
    pub(crate) url: RedisUrl,
    keys: Vec<String>,
    pub(crate) windows: [Window; 2],
    pub(crate) share: Share,
    name: String,
    numbers: AtomicU64,
    link: tokio::sync::Mutex<Link>,
    known: Mutex<Known>,
    /// Wakes those who wait: a pause has begun, or the server is back.
    pub(crate) changed: Notify,
}

enum Link {
    Closed,
    Open(Box<Connection>),
    /// With the time of the next attempt.
    Away(Instant),
}

#[derive(Default)]
pub(crate) struct Known {
    /// Whether this process uses its share. Otherwise the server decides.
    pub(crate) is_alone: bool,
    pub(crate) contact: Option<Contact>,
    /// The requests of this process within the longest window, with the time of the response.
    requests: BTreeMap<u64, Option<Instant>>,
}

/// The server is away.
pub(crate) struct Away;

impl Core {
    pub(crate) fn new(url: RedisUrl, keys: Vec<String>, windows: [Window; 2], share: f64) -> Self {
        Self {
            url,
            keys,
            windows,
            share: Share::new(windows, share),
            name: format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)),
            numbers: AtomicU64::new(0),
            link: tokio::sync::Mutex::new(Link::Closed),
            known: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Runs an operation of the script. All are idempotent.
    pub(crate) async fn run(
        self: &Arc<Self>,
        operation: &str,
        id: &str,
        arguments: &[String],
    ) -> Result<Reply, Away> {
        let mut failed = None;
        loop {
            let mut connection = self.connection(failed).await?;
            match self.run_on(&mut connection, operation, id, arguments).await {
                Ok(reply) => return Ok(reply),
                // The connection may have been idle for too long; a new one is better.
                Err(_) if failed.is_none() => failed = Some(connection.number),
                Err(problem) => {
                    self.lost(connection.number, &problem).await;
                    return Err(Away);
                }
            }
        }
    }

    async fn run_on(
        &self,
        connection: &mut Connection,
        operation: &str,
        id: &str,
        arguments: &[String],
    ) -> Result<Reply, Unavailable> {
        let windows = self.windows.iter();
        let windows =
            windows.flat_map(|it| [it.requests.to_string(), it.length.as_millis().to_string()]);
        let mut all = vec![operation.to_owned(), id.to_owned()];
        all.extend(windows);
        all.extend(arguments.iter().cloned());
        if operation == "acquire" {
            all.extend([connection.run.clone(), connection.start.to_string()]);
        }
        connection.limit(&self.keys, &all).await
    }

    /// The open connection; a new one if there is none, or only the failed one of this number.
    async fn connection(self: &Arc<Self>, failed: Option<u64>) -> Result<Connection, Away> {
        let mut link = self.link.lock().await;
        match &*link {
            Link::Open(connection) if Some(connection.number) != failed => {
                return Ok(Connection::clone(connection));
            }
            Link::Away(next) if Instant::now() < *next + LATE => return Err(Away),
            _ => {}
        }
        match self.open().await {
            Ok(connection) => {
                *link = Link::Open(Box::new(connection.clone()));
                Ok(connection)
            }
            Err(problem) => {
                *link = self.away(&problem);
                Err(Away)
            }
        }
    }

    /// Connects. The server may have forgotten the requests of this process.
    async fn open(&self) -> Result<Connection, Unavailable> {
        let mut connection = Connection::open(&self.url).await?;
        self.restore(&mut connection).await?;
        Ok(connection)
    }

    /// Reports the requests of this process.
    async fn restore(&self, connection: &mut Connection) -> Result<(), Unavailable> {
        let now = Instant::now();
        let age = |responded: &Option<Instant>| match responded {
            Some(responded) => now.saturating_duration_since(*responded).as_millis().to_string(),
            None => "-1".to_owned(),
        };
        let requests: Vec<String> = {
            let known = self.known();
            let requests = known.requests.iter();
            requests.flat_map(|(number, responded)| [self.id(*number), age(responded)]).collect()
        };
        if !requests.is_empty() {
            self.run_on(connection, "restore", "", &requests).await?;
        }
        Ok(())
    }

    async fn lost(self: &Arc<Self>, number: u64, problem: &Unavailable) {
        let mut link = self.link.lock().await;
        if matches!(&*link, Link::Open(connection) if connection.number == number) {
            *link = self.away(problem);
        }
    }

    /// An outage begins, or continues.
    fn away(self: &Arc<Self>, problem: &Unavailable) -> Link {
        self.alone(problem);
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(reconnect(Arc::downgrade(self)));
        }
        Link::Away(Instant::now() + FIRST_BACKOFF)
    }

    /// From now on this process uses its share.
    pub(crate) fn alone(&self, problem: &dyn fmt::Display) {
        let mut known = self.known();
        if std::mem::replace(&mut known.is_alone, true) {
            return;
        }
        self.share.begin(known.contact.as_ref());
        drop(known);
        tracing::warn!(
            server = %self.url,
            problem = %problem,
            "the shared rate limit is away: this process uses its share"
        );
    }

    /// The server has decided, and knows all requests: `used` in each window.
    pub(crate) fn shared(&self, used: Vec<u64>) {
        let mut known = self.known();
        known.contact = Some(Contact { at: Instant::now(), used });
        let was_alone = std::mem::replace(&mut known.is_alone, false);
        drop(known);
        if was_alone {
            tracing::info!(server = %self.url, "the shared rate limit is back");
        }
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.name)
    }

    pub(crate) fn sent(&self, number: u64) {
        let now = Instant::now();
        let [quota, burst] = self.windows;
        let longest = quota.length.max(burst.length);
        let recent = |responded: &Option<Instant>| responded.is_none_or(|at| now < at + longest);
        let requests = &mut self.known().requests;
        requests.retain(|_, responded| recent(responded));
        requests.insert(number, None);
    }

    pub(crate) fn responded(&self, number: u64) {
        self.known().requests.insert(number, Some(Instant::now()));
    }

    pub(crate) fn not_sent(&self, number: u64) {
        self.known().requests.remove(&number);
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects with backoff, until the server is back or the limit is dropped.
async fn reconnect(core: Weak<Core>) {
    let mut backoff = FIRST_BACKOFF;
    loop {
        tokio::time::sleep(backoff.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        backoff = (2 * backoff).min(MAX_BACKOFF);
        let Some(core) = core.upgrade() else { return };
        let opened = Connection::open(&core.url).await;
        // Until the requests are reported, no caller can send another one unreported.
        let mut link = core.link.lock().await;
        if let Ok(mut connection) = opened
            && core.restore(&mut connection).await.is_ok()
        {
            *link = Link::Open(Box::new(connection));
            core.changed.notify_waiters();
            return;
        }
        *link = Link::Away(Instant::now() + backoff);
    }
}
