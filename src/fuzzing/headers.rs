//! Headers: `Retry-After`, and what `Ratelimit` and `Ratelimit-Policy` teach the limiter.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::time::Instant;

use crate::error::Outcome;
use crate::transport::RetryPolicy;
use crate::transport::rate_limit_headers::{self, parse};
use crate::transport::retry::{self, Situation};
use crate::transport::schedule::{Schedule, Window};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const WINDOWS: [Window; 1] = [Window { requests: 12, per: Duration::from_secs(60) }];

/// A line `name: value`, if a server could send it.
pub(super) fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
    Some((name, value))
}

/// A value of `Retry-After`.
pub fn retry_after(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data.trim_ascii()) else { return };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = digits.and_then(|text| text.parse::<u64>().ok());
    let mut before = None;
    for now in [0, 784_111_767, 1_800_000_000, 250_000_000_000] {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        let wait = rate_limit_headers::wait(&value, now);
        if let Some(seconds) = seconds {
            assert_eq!(wait, Some(Duration::from_secs(seconds).min(DAY)));
        }
        assert!(wait.is_none_or(|wait| wait <= DAY), "{wait:?}");
        assert!(before.is_none_or(|before| wait <= before), "later one would wait longer");
        before = Some(wait);
        decision(wait);
    }
}

/// What is asked for is waited for, or nothing is.
fn decision(retry_after: Option<Duration>) {
    for remaining in [SECOND, 120 * SECOND, DAY] {
        let wait = retry::wait_before_retry(
            &RetryPolicy::default(),
            &Situation {
                method: &Method::POST,
                outcome: Outcome::Response(StatusCode::TOO_MANY_REQUESTS),
                attempts: 1,
                remaining,
                retry_after,
                random: 0.5,
            },
        );
        if let Some(wait) = wait {
            assert!(wait < remaining && wait <= retry::MAX_WAIT, "{wait:?}");
            assert!(wait >= retry_after.unwrap_or_default(), "{wait:?} is too early");
        }
    }
}

/// A conversation, line by line: `+250` lets 250 ms pass, `!5` is a 429 that blocks for 5 seconds, `>`
/// wants to send a request, headers gather, and an empty line delivers them with an answer.
pub fn rate_limit(data: &[u8]) {
    let schedule = Schedule::default();
    let mut conversation =
        Conversation { schedule, now: Instant::now(), sent: Vec::new(), headers: HeaderMap::new() };
    for line in data.split(|byte| *byte == b'\n').take(200) {
        conversation.line(line);
    }
    conversation.gets_through();
}

struct Conversation {
    schedule: Schedule,
    now: Instant,
    sent: Vec<Instant>,
    headers: HeaderMap,
}

impl Conversation {
    fn line(&mut self, line: &[u8]) {
        let number = || std::str::from_utf8(&line[1..]).ok()?.parse::<u32>().ok();
        match line.first() {
            None => {
                self.schedule.update(parse(&self.headers), self.now);
                self.headers.clear();
                assert!(self.remaining() <= u64::from(WINDOWS[0].requests));
            }
            Some(b'>') => drop(self.send()),
            Some(b'+') => self.now += Duration::from_millis(number().unwrap_or(0).into()),
            Some(b'!') => {
                let asked = Duration::from_secs(number().unwrap_or(0).into());
                self.schedule.pause(self.now + asked.min(retry::MAX_WAIT));
            }
            Some(_) => {
                if let Some((name, value)) = header(line) {
                    self.headers.append(name, value);
                }
            }
        }
    }

    /// Sends a request, or tells how long to wait.
    fn send(&mut self) -> Duration {
        self.schedule.forget(&WINDOWS, self.now);
        let left = self.remaining();
        let wait = self.schedule.next(&WINDOWS, self.now) - self.now;
        assert!(wait <= DAY, "a wait of {wait:?}");
        if wait.is_zero() {
            self.schedule.commit(self.now);
            assert_eq!(self.remaining(), left - 1, "a request was not counted");
            self.sent.push(self.now);
            let [Window { requests, per }] = WINDOWS;
            let recent = self.sent.iter().filter(|sent| self.now - **sent < per).count();
            assert!(recent <= requests as usize, "{recent} requests in {per:?}");
        }
        wait
    }

    fn remaining(&self) -> u64 {
        self.schedule.remaining(&WINDOWS, self.now)
    }

    /// Whoever waits as told comes through, and soon.
    fn gets_through(&mut self) {
        let begin = self.now;
        for _ in 0..8 {
            let wait = self.send();
            if wait.is_zero() {
                assert!(self.now - begin <= DAY + WINDOWS[0].per, "it took {:?}", self.now - begin);
                return;
            }
            self.now += wait;
        }
        panic!("waiting as told does not get through");
    }
}
