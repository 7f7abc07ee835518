//! The rate limit of one process.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::rate_limit_headers::ReportedLimits;
use super::rate_limiter::{AcquireFuture, Permit, RateLimiter, RetryAfter};
use super::schedule::{Schedule, Window};

/// The documented limit of a user or account token over all of the API.
const QUOTA: Window = Window { requests: 1200, per: Duration::from_secs(300) };
/// The documented limit of an address is 200 a second. The difference is headroom: requests that
/// are sent over more than a second may arrive within one.
const BURST: Window = Window { requests: 150, per: Duration::from_secs(1) };
/// 95 years: longer than any program runs, and short enough to be added to a moment.
const MAX_PERIOD: Duration = Duration::from_secs(3_000_000_000);

/// Keeps the requests of one or more clients below the rate limit of the API.
///
/// No window of a given length holds more than its number of requests. The default is the
/// documented 1,200 in five minutes, and 150 in a second: 200 are allowed per address, and requests
/// may arrive faster than they are sent. Three quarters of a long window can be used without
/// waiting; the last quarter is spread over the rest of it.
///
/// The `Ratelimit` headers of responses lower the limit: if they leave less, because others use the
/// same credential, the smallest of them counts. After a 429 nothing is sent until its
/// `Retry-After` has passed: 24 hours at most, and a second if it has none (assumption). Requests
/// are sent in the order in which they came. One that cannot be sent before its deadline fails at
/// once. One that is cancelled, or whose connection is refused, does not count.
///
/// Clones are the same limit. Give it to all clients that use one credential.
#[derive(Clone)]
pub struct RateLimit {
    limiter: Option<Arc<Limiter>>,
}

struct Limiter {
    windows: Vec<Window>,
    state: Mutex<State>,
    /// Wakes those who wait, because their times have changed.
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// The requests that were sent.
    sent: Schedule,
    /// The same, and those that wait.
    planned: Schedule,
    waiting: VecDeque<Waiting>,
    last_id: u64,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    at: Instant,
}

impl RateLimit {
    /// At most `requests` in any window of length `per`, instead of the default. 0 counts as 1.
    pub fn new(requests: u32, per: Duration) -> Self {
        Self::with_windows(vec![Window::new(requests, per)])
    }

    /// The same limit with one more window. It does not count the requests of the original.
    pub fn window(&self, requests: u32, per: Duration) -> Self {
        let mut windows = match &self.limiter {
            Some(limiter) => limiter.windows.clone(),
            None => Vec::new(),
        };
        windows.push(Window::new(requests, per));
        Self::with_windows(windows)
    }

    /// No limit: requests are sent at once, whatever the API reports.
    pub fn off() -> Self {
        Self { limiter: None }
    }

    /// How many requests are left in the longest window. `None` if the limit is off.
    pub fn remaining(&self) -> Option<u64> {
        let limiter = self.limiter.as_ref()?;
        Some(limiter.state().sent.remaining(&limiter.windows, Instant::now()))
    }

    fn with_windows(windows: Vec<Window>) -> Self {
        let limiter = Limiter { windows, state: Mutex::default(), changed: Notify::new() };
        Self { limiter: Some(Arc::new(limiter)) }
    }
}

impl Window {
    fn new(requests: u32, per: Duration) -> Self {
        Self { requests: requests.max(1), per: per.min(MAX_PERIOD) }
    }
}

impl Default for RateLimit {
    /// 1,200 requests in five minutes, and 150 in a second.
    fn default() -> Self {
        Self::with_windows(vec![QUOTA, BURST])
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(limiter) = &self.limiter else { return f.write_str("RateLimit(off)") };
        let windows = limiter.windows.iter().map(|it| format!("{} in {:?}", it.requests, it.per));
        write!(f, "RateLimit({})", windows.collect::<Vec<_>>().join(", "))
    }
}

impl RateLimiter for RateLimit {
    fn acquire(&self, max_wait: Duration) -> AcquireFuture<'_> {
        Box::pin(async move {
            let Some(limiter) = &self.limiter else { return Ok(Permit::default()) };
            let sent = limiter.acquire(max_wait).await?;
            let limiter = Arc::clone(limiter);
            Ok(Permit::new(move || limiter.release(sent)))
        })
    }

    fn update(&self, status: StatusCode, headers: &HeaderMap) {
        let Some(limiter) = &self.limiter else { return };
        let reported = ReportedLimits::of(status, headers);
        if reported.is_empty() {
            return;
        }
        let now = Instant::now();
        limiter.change(|state| {
            state.sent.update(reported.limits, now);
            if let Some(pause) = reported.pause {
                state.sent.pause(now + pause);
            }
        });
    }

    fn remaining(&self) -> Option<u64> {
        Self::remaining(self)
    }
}

impl Limiter {
    /// Waits for the next free time and returns when the request was counted.
    async fn acquire(&self, max_wait: Duration) -> Result<Instant, RetryAfter> {
        let start = Instant::now();
        let turn = match self.enter(start, max_wait)? {
            Entry::Sent(at) => return Ok(at),
            Entry::Waiting(turn) => turn,
        };
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let at = match turn.poll(start.checked_add(max_wait))? {
                Entry::Sent(at) => return Ok(at),
                Entry::Waiting(at) => at,
            };
            let wait = at.saturating_duration_since(Instant::now());
            tracing::debug!(wait_ms = wait.as_millis() as u64, "waits for the rate limit");
            // Either is a reason to look again.
            let _ = tokio::time::timeout_at(at, changed).await;
        }
    }

    /// Counts the request at once if no request waits and the limit allows it, otherwise plans its
    /// time.
    fn enter(&self, now: Instant, max_wait: Duration) -> Result<Entry<Turn<'_>>, RetryAfter> {
        let mut state = self.state();
        state.forget(&self.windows, now);
        let at = state.planned.next(&self.windows, now);
        let wait = at.saturating_duration_since(now);
        if !wait.is_zero() && wait >= max_wait {
            return Err(RetryAfter(wait));
        }
        state.planned.commit(at);
        if wait.is_zero() && state.waiting.is_empty() {
            state.sent.commit(at);
            return Ok(Entry::Sent(at));
        }
        state.last_id += 1;
        let id = state.last_id;
        state.waiting.push_back(Waiting { id, at });
        Ok(Entry::Waiting(Turn { limiter: self, id }))
    }

    /// Returns the permit of a request that was not sent.
    fn release(&self, sent: Instant) {
        self.change(|state| state.sent.uncommit(sent));
    }

    /// Changes the state and plans again.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        state.replan(&self.windows, Instant::now());
        drop(state);
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is counted as sent, or that waits.
enum Entry<W> {
    Sent(Instant),
    Waiting(W),
}

/// The place of a request among those that wait, which is given up when it is dropped.
struct Turn<'a> {
    limiter: &'a Limiter,
    id: u64,
}

impl Turn<'_> {
    /// Counts the request if its time has come, otherwise returns its time.
    fn poll(&self, deadline: Option<Instant>) -> Result<Entry<Instant>, RetryAfter> {
        let windows = &self.limiter.windows;
        let mut state = self.limiter.state();
        let now = Instant::now();
        let Some(at) = state.time_of(self.id) else { return Ok(Entry::Waiting(now)) };
        let on_time = at <= now && state.sent.next(windows, now) <= now;
        if on_time {
            state.waiting.retain(|waiting| waiting.id != self.id);
            state.sent.commit(now);
        }
        // A request that was sent later than planned moves all others.
        if at < now {
            state.replan(windows, now);
        }
        if on_time {
            return Ok(Entry::Sent(now));
        }
        let at = state.time_of(self.id).unwrap_or(at);
        if deadline.is_some_and(|deadline| at >= deadline) {
            return Err(RetryAfter(at.saturating_duration_since(now)));
        }
        Ok(Entry::Waiting(at))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let waits = self.limiter.state().time_of(self.id).is_some();
        if waits {
            let id = self.id;
            self.limiter.change(|state| state.waiting.retain(|waiting| waiting.id != id));
        }
    }
}

impl State {
    fn time_of(&self, id: u64) -> Option<Instant> {
        // Ids ascend.
        let index = self.waiting.binary_search_by_key(&id, |waiting| waiting.id).ok()?;
        Some(self.waiting[index].at)
    }

    fn replan(&mut self, windows: &[Window], now: Instant) {
        self.sent.forget(windows, now);
        self.planned = self.sent.clone();
        for waiting in &mut self.waiting {
            waiting.at = self.planned.next(windows, now);
            self.planned.commit(waiting.at);
        }
    }

    fn forget(&mut self, windows: &[Window], now: Instant) {
        self.sent.forget(windows, now);
        self.planned.forget(windows, now);
    }
}

#[cfg(test)]
mod tests;
