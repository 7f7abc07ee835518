//! The shared rate limit.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cloudflare_user_groups::{AcquireFuture, Permit, RateLimiter, ReportedLimits, RetryAfter};
use http::{HeaderMap, StatusCode};
use sha1_smol::Sha1;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::permit::Place;
use crate::share::Window;
use crate::shared::Core;
use crate::url::RedisUrl;

pub(crate) const PREFIX: &str = "cloudflare-user-groups";
/// How often a request that waits looks again: one before it may have been cancelled.
const POLL: Duration = Duration::from_secs(1);
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
    /// Cloudflare counts all tokens of a user together. Where several are used, pass the same text
    /// for all of them.
    pub fn builder(url: RedisUrl, credential: impl AsRef<[u8]>) -> Builder {
        Builder {
            url,
            credential: hash(credential.as_ref()),
            address: hash(b""),
            quota: Window { requests: 1200, length: Duration::from_secs(300) },
            // 200 are allowed. Requests that are sent over more than a second may arrive within
            // one.
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

    /// The share of both limits that this process uses while the server is away (default 0.1). At
    /// most 1 / the number of processes keeps them below the limits together.
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
        SharedRateLimit { core: Arc::new(Core::new(self.url, keys, windows, self.share)) }
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
}
