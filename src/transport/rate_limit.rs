//! The rate limit that all clones of a client share.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::rate_limit_headers::{MAX_POLICIES, ServerLimit, parse};

/// The documented limit of a user or account token over all of the API.
const REQUESTS: u32 = 1200;
const PER: Duration = Duration::from_secs(300);
/// Below this part of a quota requests are spread over the time that is left.
const SPREAD_BELOW: u32 = 4;
/// Longer than any program runs, and not too long to be added to a moment.
const MAX_PERIOD: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Keeps the requests of one or more clients below the rate limit of the API.
///
/// In any window of the given length at most the given number of requests is sent: 1,200 in five
/// minutes by default. The `Ratelimit` headers of responses lower it: if they leave less, because others
/// use the same credential, the smallest of them counts. Three quarters of the quota can be used without
/// waiting; the last quarter is spread over the rest of the window. After a 429 nothing is sent until its
/// `Retry-After` has passed.
///
/// Clones are the same limit. Give it to all clients that use one credential.
#[derive(Clone)]
pub struct RateLimit {
    limiter: Option<Arc<Limiter>>,
}

/// The limit without a clock: times are passed in.
pub(crate) struct Limiter {
    requests: u32,
    per: Duration,
    /// Held by the first in line, so that all others wait in the order they came.
    queue: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the requests of the current window were sent.
    sent: VecDeque<Instant>,
    last: Option<Instant>,
    /// What the headers of responses said of the API's own count.
    server: Vec<ServerWindow>,
    paused_until: Option<Instant>,
}

struct ServerWindow {
    name: String,
    remaining: u64,
    quota: Option<u64>,
    until: Instant,
}

impl RateLimit {
    /// At most `requests` in any window of length `per`.
    pub fn new(requests: u32, per: Duration) -> Self {
        Self { limiter: Some(Arc::new(Limiter::new(requests, per))) }
    }

    /// No limit: requests are sent at once, whatever the API reports.
    pub fn off() -> Self {
        Self { limiter: None }
    }

    /// How many requests can be sent now before one has to wait. `None` if the limit is off.
    pub fn remaining(&self) -> Option<u64> {
        let limiter = self.limiter.as_ref()?;
        Some(limiter.remaining(Instant::now()))
    }

    /// Waits until a request may be sent, and counts it. If that is after the deadline, returns at once
    /// how long it would take.
    pub(crate) async fn acquire(&self, deadline: Instant) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        let pause = limiter.state().pause(Instant::now());
        if !pause.is_zero() {
            fits(pause, deadline)?;
        }
        let queue = limiter.queue.lock();
        let _first = tokio::time::timeout_at(deadline, queue).await.map_err(|_| Duration::ZERO)?;
        loop {
            let now = Instant::now();
            let wait = limiter.send(now);
            if wait.is_zero() {
                return Ok(());
            }
            fits(wait, deadline)?;
            tracing::debug!(wait_ms = wait.as_millis() as u64, "waits for the rate limit");
            tokio::time::sleep(wait).await;
        }
    }

    /// Lowers the limit to what the headers of a response leave.
    pub(crate) fn update_from_headers(&self, headers: &HeaderMap) {
        if let Some(limiter) = &self.limiter {
            limiter.update_from_headers(headers, Instant::now());
        }
    }

    /// Sends nothing for a while, because the API refuses all requests.
    pub(crate) fn pause(&self, time: Duration) {
        if let Some(limiter) = &self.limiter {
            limiter.pause(Instant::now() + time);
        }
    }
}

fn fits(wait: Duration, deadline: Instant) -> Result<(), Duration> {
    if Instant::now() + wait < deadline { Ok(()) } else { Err(wait) }
}

impl Default for RateLimit {
    /// 1,200 requests in five minutes, as the API documents.
    fn default() -> Self {
        Self::new(REQUESTS, PER)
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.limiter {
            Some(limiter) => write!(f, "RateLimit({} in {:?})", limiter.requests, limiter.per),
            None => f.write_str("RateLimit(off)"),
        }
    }
}

impl Limiter {
    pub(crate) fn new(requests: u32, per: Duration) -> Self {
        Self {
            requests: requests.max(1),
            per: per.min(MAX_PERIOD),
            queue: tokio::sync::Mutex::new(()),
            state: Mutex::default(),
        }
    }

    /// Counts a request as sent now and returns zero, or returns how long to wait.
    pub(crate) fn send(&self, now: Instant) -> Duration {
        self.state().send(self, now)
    }

    pub(crate) fn remaining(&self, now: Instant) -> u64 {
        self.state().remaining(self, now)
    }

    pub(crate) fn update_from_headers(&self, headers: &HeaderMap, now: Instant) {
        let limits = parse(headers);
        if !limits.is_empty() {
            self.state().update(limits, now);
        }
    }

    pub(crate) fn pause(&self, until: Instant) {
        let mut state = self.state();
        state.paused_until = state.paused_until.max(Some(until));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn send(&mut self, limiter: &Limiter, now: Instant) -> Duration {
        self.forget(limiter, now);
        let wait = self.pause(now).max(self.own_wait(limiter, now)).max(self.server_wait(now));
        if wait.is_zero() {
            self.sent.push_back(now);
            self.last = Some(now);
            for window in &mut self.server {
                window.remaining = window.remaining.saturating_sub(1);
            }
        }
        wait
    }

    fn forget(&mut self, limiter: &Limiter, now: Instant) {
        while self.sent.front().is_some_and(|sent| now.duration_since(*sent) >= limiter.per) {
            self.sent.pop_front();
        }
        self.server.retain(|window| window.until > now);
    }

    fn pause(&self, now: Instant) -> Duration {
        self.paused_until.map(|until| until.saturating_duration_since(now)).unwrap_or_default()
    }

    fn own_left(&self, limiter: &Limiter) -> u64 {
        (limiter.requests as usize).saturating_sub(self.sent.len()) as u64
    }

    /// The wait for the limiter's own quota: requests leave the window one by one.
    fn own_wait(&self, limiter: &Limiter, now: Instant) -> Duration {
        let left = self.own_left(limiter);
        let renewed = self.sent.front().map_or(now, |first| *first + limiter.per);
        if left == 0 {
            return renewed.saturating_duration_since(now);
        }
        // Spread evenly, the last quarter takes as long as the whole quota would.
        let part = u64::from(limiter.requests / SPREAD_BELOW);
        if left >= part {
            return Duration::ZERO;
        }
        let even = limiter.per / limiter.requests;
        self.since_last(now, even.mul_f64(part as f64 / left as f64))
    }

    fn server_wait(&self, now: Instant) -> Duration {
        let waits = self.server.iter().map(|window| {
            let time = window.until.saturating_duration_since(now);
            if window.remaining == 0 {
                return time;
            }
            let part = window.quota.map_or(10, |quota| quota / u64::from(SPREAD_BELOW));
            if window.remaining >= part {
                return Duration::ZERO;
            }
            self.since_last(now, time.div_f64((window.remaining + 1) as f64))
        });
        waits.max().unwrap_or_default()
    }

    /// The rest of an interval that began with the last request.
    fn since_last(&self, now: Instant, interval: Duration) -> Duration {
        self.last.map_or(Duration::ZERO, |last| (last + interval).saturating_duration_since(now))
    }

    fn remaining(&mut self, limiter: &Limiter, now: Instant) -> u64 {
        self.forget(limiter, now);
        if !self.pause(now).is_zero() {
            return 0;
        }
        let remaining = self.server.iter().map(|window| window.remaining).min();
        remaining.unwrap_or(u64::MAX).min(self.own_left(limiter))
    }

    fn update(&mut self, limits: Vec<ServerLimit>, now: Instant) {
        self.server.retain(|window| window.until > now);
        for ServerLimit { name, remaining, reset, quota } in limits {
            let new = ServerWindow { name, remaining, quota, until: now + reset };
            match self.server.iter().position(|window| window.name == new.name) {
                Some(known) => self.server[known].update(new),
                None if self.server.len() < MAX_POLICIES => self.server.push(new),
                None => {}
            }
        }
    }
}

impl ServerWindow {
    fn update(&mut self, new: Self) {
        // In the same window the lowest count is right: responses may overtake each other.
        let same_window = new.until <= self.until + Duration::from_secs(1);
        let (remaining, until) = if same_window {
            (self.remaining.min(new.remaining), self.until)
        } else {
            (new.remaining, new.until)
        };
        *self = Self { remaining, until, ..new };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    async fn acquire(limit: &RateLimit) -> Result<(), Duration> {
        limit.acquire(Instant::now() + 3600 * SECOND).await
    }

    /// Sends as many requests as the limit allows, and returns when each was sent.
    async fn flood(limit: &RateLimit, time: Duration) -> Vec<Instant> {
        let end = Instant::now() + time;
        let mut sent = Vec::new();
        while limit.acquire(end).await.is_ok() {
            sent.push(Instant::now());
        }
        sent
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_holds_more_than_the_limit() {
        let limit = RateLimit::default();
        let sent = flood(&limit, 1800 * SECOND).await;
        for (index, start) in sent.iter().enumerate() {
            let within = sent[index..].iter().take_while(|at| **at < *start + PER).count();
            assert!(within <= REQUESTS as usize, "{within} requests within five minutes");
        }
        // The quota is not wasted either.
        assert!(sent.len() > 6 * 900, "only {} requests in half an hour", sent.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_sent_at_once_and_the_last_quarter_is_spread() {
        let limit = RateLimit::default();
        let start = Instant::now();
        for _ in 0..900 {
            acquire(&limit).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        let mut gaps = Vec::new();
        for _ in 0..200 {
            let before = Instant::now();
            acquire(&limit).await.unwrap();
            gaps.push(before.elapsed());
        }
        assert!(gaps.iter().all(|gap| *gap < 5 * SECOND), "no sudden stop: {gaps:?}");
        assert!(gaps[150] > gaps[20], "it slows down smoothly: {gaps:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_smallest_limit_of_the_server_counts() {
        let limit = RateLimit::default();
        limit.update_from_headers(&headers(&[
            ("ratelimit", r#""default";r=1000;t=200, "burst";r=2;t=30"#),
            ("ratelimit-policy", r#""default";q=1200;w=300, "burst";q=4;w=60"#),
        ]));
        assert_eq!(limit.remaining(), Some(2));
        let start = Instant::now();
        for _ in 0..2 {
            acquire(&limit).await.unwrap();
        }
        assert!(start.elapsed() < 30 * SECOND);
        acquire(&limit).await.unwrap();
        assert_eq!(start.elapsed(), 30 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn responses_out_of_order_do_not_raise_the_limit() {
        let limit = RateLimit::default();
        let answer =
            |left: u32, reset: u32| headers(&[("ratelimit", &format!("\"a\";r={left};t={reset}"))]);
        limit.update_from_headers(&answer(5, 60));
        limit.update_from_headers(&answer(7, 60));
        assert_eq!(limit.remaining(), Some(5));
        tokio::time::advance(59 * SECOND).await;
        limit.update_from_headers(&answer(70, 60));
        assert_eq!(limit.remaining(), Some(70), "a new window has begun");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_applies_to_all_clones_and_fails_at_once_if_it_is_too_long() {
        let limit = RateLimit::default();
        limit.clone().pause(100 * SECOND);
        assert_eq!(limit.remaining(), Some(0));
        let start = Instant::now();
        assert_eq!(limit.acquire(start + 60 * SECOND).await, Err(100 * SECOND));
        assert_eq!(start.elapsed(), Duration::ZERO);
        acquire(&limit).await.unwrap();
        assert_eq!(start.elapsed(), 100 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn permits_are_given_in_order_and_waiting_can_be_cancelled() {
        let limit = RateLimit::new(1, 10 * SECOND);
        acquire(&limit).await.unwrap();
        let wait = |number: u32| {
            let limit = limit.clone();
            tokio::spawn(async move {
                acquire(&limit).await.unwrap();
                (number, Instant::now())
            })
        };
        let start = Instant::now();
        let first = wait(1);
        tokio::task::yield_now().await;
        let gives_up = wait(2);
        tokio::task::yield_now().await;
        let third = wait(3);
        tokio::task::yield_now().await;
        gives_up.abort();
        assert_eq!(first.await.unwrap().1 - start, 10 * SECOND);
        assert_eq!(third.await.unwrap().1 - start, 20 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_window_does_not_overflow() {
        let limit = RateLimit::new(1, Duration::MAX);
        acquire(&limit).await.unwrap();
        assert_eq!(acquire(&limit).await, Err(MAX_PERIOD));
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_can_be_turned_off() {
        let limit = RateLimit::off();
        limit.pause(100 * SECOND);
        let start = Instant::now();
        for _ in 0..5000 {
            limit.acquire(start).await.unwrap();
        }
        assert_eq!(limit.remaining(), None);
    }
}
