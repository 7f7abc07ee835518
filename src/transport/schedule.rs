//! The times of requests under a rate limit. Nothing here waits or reads a clock.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::rate_limit_headers::{MAX_POLICIES, ServerLimit};

/// Below this part of a quota requests are spread over the rest of the window.
const SPREAD_BELOW: u64 = 4;
/// Shorter windows are not spread: it would only delay requests.
const MIN_SPREAD: Duration = Duration::from_secs(10);

/// At most so many requests in any period of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) requests: u32,
    pub(crate) per: Duration,
}

/// When requests were sent or are planned, and what the server says of its own count.
#[derive(Clone, Default)]
pub(crate) struct Schedule {
    /// In ascending order.
    times: VecDeque<Instant>,
    server: Vec<ServerWindow>,
    paused_until: Option<Instant>,
}

#[derive(Clone)]
struct ServerWindow {
    name: String,
    remaining: u64,
    quota: Option<u64>,
    until: Instant,
}

impl Schedule {
    /// The earliest time of the next request.
    pub(crate) fn next(&self, windows: &[Window], now: Instant) -> Instant {
        let last = self.times.back().copied();
        let mut at = last.max(self.paused_until).map_or(now, |earliest| earliest.max(now));
        // Each step leaves one bound behind. They settle after one or two.
        for _ in 0..64 {
            let own = windows.iter().map(|window| self.earliest(window, at));
            let server = self.server.iter().map(|window| window.earliest(last, at));
            let earliest = own.chain(server).max().unwrap_or(at);
            if earliest <= at {
                break;
            }
            at = earliest;
        }
        at
    }

    /// The earliest time from `at` on that this window allows.
    fn earliest(&self, window: &Window, at: Instant) -> Instant {
        let expired = self.times.partition_point(|time| *time + window.per <= at);
        let in_window = self.times.len() - expired;
        let quota = window.requests as usize;
        if in_window >= quota {
            // The one whose place becomes free.
            return self.times[self.times.len() - quota] + window.per;
        }
        let part = u64::from(window.requests) / SPREAD_BELOW;
        let remaining = (quota - in_window) as u64;
        let Some(last) = self.times.back().filter(|_| remaining < part) else { return at };
        if window.per < MIN_SPREAD {
            return at;
        }
        // Spread evenly, the last quarter takes as long as the whole quota would.
        let even = window.per / window.requests;
        *last + even.mul_f64(part as f64 / remaining as f64)
    }

    pub(crate) fn commit(&mut self, at: Instant) {
        self.times.push_back(at);
        for window in self.server.iter_mut().filter(|window| window.until > at) {
            window.remaining = window.remaining.saturating_sub(1);
        }
    }

    /// Takes back one request of this time.
    pub(crate) fn uncommit(&mut self, at: Instant) {
        if let Ok(index) = self.times.binary_search(&at) {
            self.times.remove(index);
            for window in self.server.iter_mut().filter(|window| window.until > at) {
                window.remaining += 1;
            }
        }
    }

    pub(crate) fn pause(&mut self, until: Instant) {
        self.paused_until = self.paused_until.max(Some(until));
    }

    /// Drops what no longer matters.
    pub(crate) fn forget(&mut self, windows: &[Window], now: Instant) {
        let longest = windows.iter().map(|window| window.per).max().unwrap_or_default();
        while self.times.front().is_some_and(|time| *time + longest <= now) {
            self.times.pop_front();
        }
        self.server.retain(|window| window.until > now);
    }

    /// How many requests are left in the longest window, and in each of the server's.
    pub(crate) fn remaining(&self, windows: &[Window], now: Instant) -> u64 {
        if self.paused_until.is_some_and(|until| until > now) {
            return 0;
        }
        let longest = windows.iter().max_by_key(|window| window.per);
        let own = longest.map_or(u64::MAX, |window| {
            let expired = self.times.partition_point(|time| *time + window.per <= now);
            u64::from(window.requests).saturating_sub((self.times.len() - expired) as u64)
        });
        let current = self.server.iter().filter(|window| window.until > now);
        current.map(|window| window.remaining).min().unwrap_or(u64::MAX).min(own)
    }

    pub(crate) fn update(&mut self, limits: Vec<ServerLimit>, now: Instant) {
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
    /// The earliest time from `at` on that this window allows.
    fn earliest(&self, last: Option<Instant>, at: Instant) -> Instant {
        let time = self.until.saturating_duration_since(at);
        if time.is_zero() {
            return at;
        }
        if self.remaining == 0 {
            return self.until;
        }
        let part = self.quota.map_or(10, |quota| quota / SPREAD_BELOW);
        match last {
            Some(last) if self.remaining < part => last + time.div_f64((self.remaining + 1) as f64),
            _ => at,
        }
    }

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
