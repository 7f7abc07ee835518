//! The shared rate limit.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use cloudflare_user_groups::{AcquireFuture, Permit, RateLimiter, ReportedLimits, RetryAfter};
use http::{HeaderMap, StatusCode};
use sha1_smol::Sha1;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::error::Unavailable;
use crate::permit::Place;
use crate::server::{Connection, Reply};
use crate::share::{Contact, Share, Window};
use crate::url::RedisUrl;

pub(crate) const PREFIX: &str = "cloudflare-user-groups";
/// How often a request that waits looks again: one before it may have been cancelled.
const POLL: Duration = Duration::from_secs(1);
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_secs(2);
/// A task that reconnects is gone, with its runtime, if it is late by this time.
const LATE: Duration = Duration::from_secs(10);
/// Longer than any program runs. Longer times would overflow, here or in the server.
pub(crate) const MAX_PERIOD: Duration = Duration::from_secs(3_000_000_000);

/// One rate limit for all clients that use the same Redis server and the same credential.
///
/// It implements [`RateLimiter`]; clones are the same limit. See the documentation of the crate for
/// what happens when the server is away.
#[derive(Clone)]
pub struct SharedRateLimit {
    core: Arc<Core>,
}

/// The settings of a [`SharedRateLimit`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    url: RedisUrl,
    credential: String,
    address: String,
    quota: Window,
    burst: Window,
    share: f64,
}

impl SharedRateLimit {
    /// The limit of a credential: an API token or key. Only a hash of it is sent to the server.
    ///
    /// Cloudflare counts all tokens of a user together. Where several are used, pass the same text for
    /// all of them.
    pub fn builder(url: RedisUrl, credential: impl AsRef<[u8]>) -> Builder {
        Builder {
            url,
            credential: hash(credential.as_ref()),
            address: hash(b""),
            quota: Window { requests: 1200, length: Duration::from_secs(300) },
            // 200 are allowed. Requests that are sent over more than a second may arrive within one.
            burst: Window { requests: 150, length: Duration::from_secs(1) },
            share: 0.1,
        }
    }
}

impl Builder {
    /// The quota of the credential (default 1,200 in five minutes).
    pub fn quota(mut self, requests: u32, per: Duration) -> Self {
        self.quota = window(requests, per);
        self
    }

    /// The limit of the address, over all credentials (default 150 in a second).
    pub fn burst(mut self, requests: u32, per: Duration) -> Self {
        self.burst = window(requests, per);
        self
    }

    /// A name of the address from which Cloudflare sees the requests. By default all users of the
    /// server are taken to have the same.
    pub fn address(mut self, name: impl AsRef<[u8]>) -> Self {
        self.address = hash(name.as_ref());
        self
    }

    /// The share of both limits that this process uses while the server is away (default 0.1). At most
    /// 1 / the number of processes keeps them below the limits together.
    pub fn share(mut self, share: f64) -> Self {
        self.share = share.clamp(0.0, 1.0);
        self
    }

    /// Builds the limit. It connects with the first request.
    pub fn build(self) -> SharedRateLimit {
        let windows = [self.quota, self.burst];
        let [quota, burst] = windows.map(|it| it.length.as_millis());
        let credential = format!("{PREFIX}:limit:{}", self.credential);
        let keys = vec![
            format!("{credential}:waiting"),
            format!("{credential}:places"),
            format!("{credential}:state"),
            format!("{credential}:quota:{quota}"),
            format!("{PREFIX}:address:{}:{burst}", self.address),
        ];
        let core = Core {
            url: self.url,
            keys,
            windows,
            share: Share::new(windows, self.share),
            name: format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)),
            numbers: AtomicU64::new(0),
            link: tokio::sync::Mutex::new(Link::Closed),
            known: Mutex::default(),
            changed: Notify::new(),
        };
        SharedRateLimit { core: Arc::new(core) }
    }
}

fn window(requests: u32, length: Duration) -> Window {
    let length = length.clamp(Duration::from_millis(1), MAX_PERIOD);
    Window { requests: requests.max(1), length }
}

/// The text cannot be found without knowing it, because credentials are random and long.
pub(crate) fn hash(text: &[u8]) -> String {
    Sha1::from(text).digest().to_string()
}

impl RateLimiter for SharedRateLimit {
    fn acquire(&self, max_wait: Duration) -> AcquireFuture<'_> {
        Box::pin(self.core.acquire(max_wait))
    }

    fn update(&self, status: StatusCode, headers: &HeaderMap) {
        self.core.share.limit.update(status, headers);
        let reported = ReportedLimits::of(status, headers);
        if let (false, Ok(runtime)) = (reported.is_empty(), Handle::try_current()) {
            let core = Arc::clone(&self.core);
            runtime.spawn(async move { core.update(reported).await });
        }
    }

    fn remaining(&self) -> Option<u64> {
        let known = self.core.known();
        if known.is_alone {
            return self.core.share.limit.remaining();
        }
        let used = known.contact.as_ref()?.used.first()?;
        Some(u64::from(self.core.windows[0].requests).saturating_sub(*used))
    }
}

impl fmt::Debug for SharedRateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [quota, burst] = &self.core.windows;
        f.debug_struct("SharedRateLimit")
            .field("url", &self.core.url)
            .field("quota", quota)
            .field("burst", burst)
            .finish_non_exhaustive()
    }
}

/// What all clones share.
pub(crate) struct Core {
    url: RedisUrl,
    keys: Vec<String>,
    windows: [Window; 2],
    share: Share,
    name: String,
    numbers: AtomicU64,
    link: tokio::sync::Mutex<Link>,
    known: Mutex<Known>,
    /// Wakes those who wait: a pause has begun, or the server is back.
    changed: Notify,
}

enum Link {
    Closed,
    Open(Box<Connection>),
    /// With the time of the next attempt.
    Away(Instant),
}

#[derive(Default)]
struct Known {
    /// Whether this process uses its share. Otherwise the server decides.
    is_alone: bool,
    contact: Option<Contact>,
    /// The requests of this process within the longest window, with the time of the response.
    requests: BTreeMap<u64, Option<Instant>>,
}

/// The server is away.
pub(crate) struct Away;

/// The decision about a request.
enum Decision {
    Send,
    /// As the share allows it; the server has counted it.
    SendOfShare,
    Wait(Duration),
    Refuse(Duration),
    /// The share of this process decides: for this time, or until the server is back.
    Share(Option<Duration>),
}

impl Core {
    async fn acquire(self: &Arc<Self>, max_wait: Duration) -> Result<Permit, RetryAfter> {
        let start = Instant::now();
        let mut place = Place::new(self);
        loop {
            let left = max_wait.saturating_sub(start.elapsed());
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.decide(&mut place, left, false).await {
                Decision::Send | Decision::SendOfShare => return Ok(place.send(None)),
                Decision::Refuse(wait) => return Err(RetryAfter(wait)),
                Decision::Wait(wait) => {
                    tracing::debug!(wait_ms = wait.as_millis() as u64, "waits for the rate limit");
                    // Either is a reason to look again.
                    tokio::time::timeout(wait.min(POLL), changed).await.ok();
                }
                Decision::Share(end) => {
                    let Some(share) = self.acquire_share(left, end, changed).await? else {
                        continue;
                    };
                    match self.decide(&mut place, left, true).await {
                        Decision::SendOfShare | Decision::Share(_) => {
                            return Ok(place.send(Some(share)));
                        }
                        Decision::Send => {
                            share.release();
                            return Ok(place.send(None));
                        }
                        Decision::Wait(_) | Decision::Refuse(_) => share.release(),
                    }
                }
            }
        }
    }

    async fn decide(self: &Arc<Self>, place: &mut Place, left: Duration, share: bool) -> Decision {
        place.submitted = true;
        let id = place.id();
        let left = left.as_millis().min(u128::from(u32::MAX));
        let arguments = [left.to_string(), place.ticket.to_string(), u8::from(share).to_string()];
        let Ok(reply) = self.run("acquire", &id, &arguments).await else {
            return Decision::Share(None);
        };
        match reply.code.as_str() {
            "share" => return Decision::SendOfShare,
            "warming" => {
                self.alone(&"it was started a short time ago, and may have forgotten requests");
                return Decision::Share(Some(reply.wait));
            }
            _ => {}
        }
        self.shared(reply.used);
        place.ticket = reply.ticket;
        match reply.code.as_str() {
            "sent" => Decision::Send,
            "refused" => Decision::Refuse(reply.wait),
            _ => Decision::Wait(reply.wait),
        }
    }

    /// Waits for the share of this process. `None` if the server must decide again.
    async fn acquire_share(
        &self,
        left: Duration,
        end: Option<Duration>,
        mut changed: Pin<&mut tokio::sync::futures::Notified<'_>>,
    ) -> Result<Option<Permit>, RetryAfter> {
        let later = async {
            match end {
                Some(end) => tokio::time::sleep(end).await,
                None => std::future::pending().await,
            }
        };
        let mut later = std::pin::pin!(later);
        tokio::select! {
            biased;
            permit = self.share.acquire(left) => match (permit, end) {
                (Ok(permit), _) => return Ok(Some(permit)),
                (Err(refused), None) => return Err(refused),
                (Err(RetryAfter(wait)), Some(end)) if end >= left => {
                    return Err(RetryAfter(wait.min(end)));
                }
                (Err(_), Some(_)) => {}
            },
            () = &mut later => return Ok(None),
            () = &mut changed => return Ok(None),
        }
        tokio::select! {
            () = later => {}
            () = changed => {}
        }
        Ok(None)
    }

    async fn update(self: &Arc<Self>, reported: ReportedLimits) {
        let ReportedLimits { pause, limits, .. } = reported;
        let mut arguments = vec![pause.unwrap_or_default().as_millis().to_string()];
        for limit in limits {
            let reset = limit.reset.as_millis().to_string();
            arguments.extend([limit.name, limit.remaining.to_string(), reset]);
        }
        self.run("update", "", &arguments).await.ok();
        if pause.is_some() {
            self.changed.notify_waiters();
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
    fn alone(&self, problem: &dyn fmt::Display) {
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
    fn shared(&self, used: Vec<u64>) {
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

    fn known(&self) -> MutexGuard<'_, Known> {
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
