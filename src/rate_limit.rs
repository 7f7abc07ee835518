//! Pacing: the gate that all clones of a client pass, and what answers teach it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

/// What the API documents: so many requests of a user or account token, over all of the API.
const REQUESTS: u32 = 1200;
const PER: Duration = Duration::from_secs(300);
/// Below this part of a quota requests are spread over the time that is left.
const SPREAD_BELOW: u32 = 4;
/// An answer that names more policies than this is not one of the API's.
const MOST_POLICIES: usize = 8;
/// A longer wait would stop a program for a typing error of the API's.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than any program runs, and not too long to be added to a moment.
const LONGEST_PERIOD: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Keeps the requests of one or more clients below the API's limit.
///
/// At most so many requests are sent in any period of the given length; 1,200 in five minutes unless
/// set otherwise. The answers of the API correct that: where their `Ratelimit` headers leave less,
/// because others use the same credential, the most constraining of them counts. Three quarters of a
/// quota can be used as fast as one likes; the last quarter is spread over the time that is left.
/// After a 429 nothing is sent until the time that it names.
///
/// Clones are the same limit. Give it to several clients that use one credential.
#[derive(Clone)]
pub struct RateLimit {
    gate: Option<Arc<Gate>>,
}

/// The limit without its clock: the moments are given.
pub(crate) struct Gate {
    most: u32,
    per: Duration,
    /// Held by the one whose turn it is, so that all others wait in the order they came.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the requests of the current period were sent.
    sent: VecDeque<Instant>,
    last: Option<Instant>,
    /// What answers said of the API's own count.
    learned: Vec<Learned>,
    paused_until: Option<Instant>,
}

struct Learned {
    name: String,
    left: u64,
    quota: Option<u64>,
    until: Instant,
}

impl RateLimit {
    /// At most so many requests in any period of this length.
    pub fn new(requests: u32, per: Duration) -> Self {
        Self { gate: Some(Arc::new(Gate::new(requests, per))) }
    }

    /// No limit: requests are sent at once, whatever the API says.
    pub fn off() -> Self {
        Self { gate: None }
    }

    /// How many requests could be sent now before one has to wait for the quota to be renewed. `None`
    /// if pacing is off.
    pub fn remaining(&self) -> Option<u64> {
        let gate = self.gate.as_ref()?;
        Some(gate.left(Instant::now()))
    }

    /// Waits until a request may be sent, and counts it. If that cannot be before the deadline, says
    /// at once how long it would take.
    pub(crate) async fn pass(&self, deadline: Instant) -> Result<(), Duration> {
        let Some(gate) = &self.gate else {
            return Ok(());
        };
        let pause = gate.state().pause(Instant::now());
        if !pause.is_zero() {
            fits(pause, deadline)?;
        }
        let turn = gate.turn.lock();
        let _turn = tokio::time::timeout_at(deadline, turn).await.map_err(|_| Duration::ZERO)?;
        loop {
            let now = Instant::now();
            let wait = gate.send(now);
            if wait.is_zero() {
                return Ok(());
            }
            fits(wait, deadline)?;
            tracing::debug!(wait_ms = wait.as_millis() as u64, "held back by the rate limit");
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes note of what an answer says of the limits.
    pub(crate) fn learn(&self, headers: &HeaderMap) {
        if let Some(gate) = &self.gate {
            gate.learn(headers, Instant::now());
        }
    }

    /// Sends nothing for a while: the API refuses whatever comes.
    pub(crate) fn pause(&self, time: Duration) {
        if let Some(gate) = &self.gate {
            gate.pause(Instant::now() + time);
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
        match &self.gate {
            Some(gate) => write!(f, "RateLimit({} in {:?})", gate.most, gate.per),
            None => f.write_str("RateLimit(off)"),
        }
    }
}

impl Gate {
    pub(crate) fn new(requests: u32, per: Duration) -> Self {
        Self {
            most: requests.max(1),
            per: per.min(LONGEST_PERIOD),
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::default(),
        }
    }

    /// Counts a request as sent now and returns zero, or returns how long to wait before asking again.
    pub(crate) fn send(&self, now: Instant) -> Duration {
        self.state().send(self, now)
    }

    pub(crate) fn left(&self, now: Instant) -> u64 {
        self.state().left(self, now)
    }

    pub(crate) fn learn(&self, headers: &HeaderMap, now: Instant) {
        let limits = parse(headers);
        if !limits.is_empty() {
            self.state().learn(limits, now);
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
    fn send(&mut self, gate: &Gate, now: Instant) -> Duration {
        self.forget(gate, now);
        let wait = self.pause(now).max(self.own_wait(gate, now)).max(self.learned_wait(now));
        if wait.is_zero() {
            self.sent.push_back(now);
            self.last = Some(now);
            for learned in &mut self.learned {
                learned.left = learned.left.saturating_sub(1);
            }
        }
        wait
    }

    fn forget(&mut self, gate: &Gate, now: Instant) {
        while self.sent.front().is_some_and(|sent| now.duration_since(*sent) >= gate.per) {
            self.sent.pop_front();
        }
        self.learned.retain(|learned| learned.until > now);
    }

    fn pause(&self, now: Instant) -> Duration {
        self.paused_until.map(|until| until.saturating_duration_since(now)).unwrap_or_default()
    }

    fn own_left(&self, gate: &Gate) -> u64 {
        (gate.most as usize).saturating_sub(self.sent.len()) as u64
    }

    /// The wait for this gate's own quota: the requests of a period leave it one by one.
    fn own_wait(&self, gate: &Gate, now: Instant) -> Duration {
        let left = self.own_left(gate);
        let renewed = self.sent.front().map_or(now, |first| *first + gate.per);
        if left == 0 {
            return renewed.saturating_duration_since(now);
        }
        // Spread evenly, the last quarter takes as long as the whole quota would.
        let part = u64::from(gate.most / SPREAD_BELOW);
        if left >= part {
            return Duration::ZERO;
        }
        let even = gate.per / gate.most;
        self.since_last(now, even.mul_f64(part as f64 / left as f64))
    }

    fn learned_wait(&self, now: Instant) -> Duration {
        let waits = self.learned.iter().map(|learned| {
            let time = learned.until.saturating_duration_since(now);
            if learned.left == 0 {
                return time;
            }
            let part = learned.quota.map_or(10, |quota| quota / u64::from(SPREAD_BELOW));
            if learned.left >= part {
                return Duration::ZERO;
            }
            self.since_last(now, time.div_f64((learned.left + 1) as f64))
        });
        waits.max().unwrap_or_default()
    }

    /// What is left of an interval that began with the last request.
    fn since_last(&self, now: Instant, interval: Duration) -> Duration {
        self.last.map_or(Duration::ZERO, |last| (last + interval).saturating_duration_since(now))
    }

    fn left(&mut self, gate: &Gate, now: Instant) -> u64 {
        self.forget(gate, now);
        if !self.pause(now).is_zero() {
            return 0;
        }
        let learned = self.learned.iter().map(|learned| learned.left).min();
        learned.unwrap_or(u64::MAX).min(self.own_left(gate))
    }

    fn learn(&mut self, limits: Vec<Limit>, now: Instant) {
        self.learned.retain(|learned| learned.until > now);
        for Limit { name, left, reset, quota } in limits {
            let new = Learned { name, left, quota, until: now + reset };
            match self.learned.iter().position(|learned| learned.name == new.name) {
                Some(known) => self.learned[known].update(new),
                None if self.learned.len() < MOST_POLICIES => self.learned.push(new),
                None => {}
            }
        }
    }
}

impl Learned {
    fn update(&mut self, new: Self) {
        // In the same window the lowest count is right: answers may overtake one another.
        let same_window = new.until <= self.until + Duration::from_secs(1);
        let (left, until) =
            if same_window { (self.left.min(new.left), self.until) } else { (new.left, new.until) };
        *self = Self { left, until, ..new };
    }
}

/// One limit of the API, as an answer tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    name: String,
    left: u64,
    reset: Duration,
    quota: Option<u64>,
}

/// Reads `Ratelimit: "default";r=50;t=30` with `Ratelimit-Policy: "default";q=100;w=60`. Either may
/// hold several, divided by commas or on several lines; what cannot be read is passed over.
pub(crate) fn parse(headers: &HeaderMap) -> Vec<Limit> {
    let policies = items(headers, "ratelimit-policy");
    let quota = |name: &str| {
        let named = policies.iter().find(|policy| policy.name == name);
        // The names of the two headers have been seen to differ where there is one of each.
        named.or(policies.first().filter(|_| policies.len() == 1))?.number('q')
    };
    items(headers, "ratelimit")
        .into_iter()
        .filter_map(|limit| {
            Some(Limit {
                name: limit.name.to_owned(),
                left: limit.number('r')?,
                reset: Duration::from_secs(limit.number('t')?).min(LONGEST_WAIT),
                quota: quota(limit.name),
            })
        })
        .take(MOST_POLICIES)
        .collect()
}

struct Item<'a> {
    name: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl Item<'_> {
    fn number(&self, key: char) -> Option<u64> {
        let matches = |name: &str| name.chars().eq([key]);
        self.parameters.iter().find(|(name, _)| matches(name))?.1.parse().ok()
    }
}

fn items<'a>(headers: &'a HeaderMap, name: &str) -> Vec<Item<'a>> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let item = |text: &'a str| {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().trim_matches('"');
        let parameters = parts.filter_map(|part| part.split_once('=')).collect();
        Item { name, parameters }
    };
    values.flat_map(|value| value.split(',')).map(item).collect()
}

/// How long an answer asks to wait: seconds, or a date. `now` is seconds since 1970.
pub(crate) fn retry_after(value: &HeaderValue, now: u64) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?.timestamp();
    let seconds = u64::try_from(date).unwrap_or_default().saturating_sub(now);
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    async fn soon(limit: &RateLimit) -> Result<(), Duration> {
        limit.pass(Instant::now() + 3600 * SECOND).await
    }

    /// Sends as many requests as it can for a while, and tells when each was sent.
    async fn flood(limit: &RateLimit, time: Duration) -> Vec<Instant> {
        let end = Instant::now() + time;
        let mut sent = Vec::new();
        while limit.pass(end).await.is_ok() {
            sent.push(Instant::now());
        }
        sent
    }

    #[tokio::test(start_paused = true)]
    async fn no_period_sees_more_than_the_limit_however_hard_one_tries() {
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
    async fn a_burst_that_fits_is_not_held_back_and_the_rest_is_spread() {
        let limit = RateLimit::default();
        let start = Instant::now();
        for _ in 0..900 {
            soon(&limit).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        let mut gaps = Vec::new();
        for _ in 0..200 {
            let before = Instant::now();
            soon(&limit).await.unwrap();
            gaps.push(before.elapsed());
        }
        assert!(gaps.iter().all(|gap| *gap < 5 * SECOND), "no sudden stop: {gaps:?}");
        assert!(gaps[150] > gaps[20], "it slows down smoothly: {gaps:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_most_constraining_of_what_answers_say_counts() {
        let limit = RateLimit::default();
        limit.learn(&headers(&[
            ("ratelimit", r#""default";r=1000;t=200, "burst";r=2;t=30"#),
            ("ratelimit-policy", r#""default";q=1200;w=300, "burst";q=4;w=60"#),
        ]));
        assert_eq!(limit.remaining(), Some(2));
        let start = Instant::now();
        for _ in 0..2 {
            soon(&limit).await.unwrap();
        }
        assert!(start.elapsed() < 30 * SECOND);
        soon(&limit).await.unwrap();
        assert_eq!(start.elapsed(), 30 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_overtake_one_another_do_not_give_requests_back() {
        let limit = RateLimit::default();
        let answer =
            |left: u32, reset: u32| headers(&[("ratelimit", &format!("\"a\";r={left};t={reset}"))]);
        limit.learn(&answer(5, 60));
        limit.learn(&answer(7, 60));
        assert_eq!(limit.remaining(), Some(5));
        tokio::time::advance(59 * SECOND).await;
        limit.learn(&answer(70, 60));
        assert_eq!(limit.remaining(), Some(70), "a new window has begun");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_all_clones_and_is_told_at_once_if_it_is_too_long() {
        let limit = RateLimit::default();
        limit.clone().pause(100 * SECOND);
        assert_eq!(limit.remaining(), Some(0));
        let start = Instant::now();
        assert_eq!(limit.pass(start + 60 * SECOND).await, Err(100 * SECOND));
        assert_eq!(start.elapsed(), Duration::ZERO);
        soon(&limit).await.unwrap();
        assert_eq!(start.elapsed(), 100 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_pass_in_the_order_they_came_and_may_give_up() {
        let limit = RateLimit::new(1, 10 * SECOND);
        soon(&limit).await.unwrap();
        let wait = |number: u32| {
            let limit = limit.clone();
            tokio::spawn(async move {
                soon(&limit).await.unwrap();
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
    async fn the_longest_period_is_one_that_can_be_reckoned_with() {
        let limit = RateLimit::new(1, Duration::MAX);
        soon(&limit).await.unwrap();
        assert_eq!(soon(&limit).await, Err(LONGEST_PERIOD));
    }

    #[tokio::test(start_paused = true)]
    async fn pacing_can_be_turned_off() {
        let limit = RateLimit::off();
        limit.pause(100 * SECOND);
        let start = Instant::now();
        for _ in 0..5000 {
            limit.pass(start).await.unwrap();
        }
        assert_eq!(limit.remaining(), None);
    }

    #[test]
    fn the_headers_of_the_api_are_read() {
        let read = parse(&headers(&[
            ("ratelimit", r#""default";r=50;t=30"#),
            ("ratelimit-policy", r#""burst";q=100;w=60"#),
        ]));
        let expected =
            Limit { name: "default".into(), left: 50, reset: 30 * SECOND, quota: Some(100) };
        assert_eq!(read, [expected]);
        for odd in ["", ";;;", "r=5", "\"a\";r=-1;t=5", "\"a\";r=5", "\"a\";r=x;t=1", "\u{e9}"] {
            let map = HeaderMap::from_iter([(
                "ratelimit".parse().unwrap(),
                HeaderValue::from_bytes(odd.as_bytes()).unwrap(),
            )]);
            assert_eq!(parse(&map), [], "{odd}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let read = |text: &str| retry_after(&text.parse().unwrap(), 784_111_767);
        assert_eq!(read("120"), Some(120 * SECOND));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(10 * SECOND));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO), "it has passed");
        for far in ["86401", "18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(read(far), Some(LONGEST_WAIT), "{far}");
        }
        for odd in ["", "-1", "soon", "1.5", "99999999999999999999"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_the_reader_fail(bytes in proptest::collection::vec(32_u8..=255, 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let names = ["ratelimit", "ratelimit-policy"];
                let map = names.map(|name| (name.parse().unwrap(), value.clone()));
                parse(&HeaderMap::from_iter(map));
                retry_after(&value, 0);
            }
        }
    }
}
