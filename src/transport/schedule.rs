//! The times of requests under a rate limit. Nothing here waits or reads a clock.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::rate_limit_headers::{MAX_POLICIES, ServerLimit};

/// Below this part of a quota requests are spread over the rest of the window.
const SPREAD_BELOW: u64 = 4;
/// Shorter windows are not spread: it would only delay requests.
const MIN_SPREAD: Duration = Duration::from_secs(10);

/// At most `requests` in any period of length `per`.
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
                window.remaining = window.remaining.saturating_add(1);
            }
        }
    }

    pub(crate) fn pause(&mut self, until: Instant) {
        self.paused_until = self.paused_until.max(Some(until));
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.times.len()
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

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn window(requests: u32, seconds: u64) -> Window {
        Window { requests, per: Duration::from_secs(seconds) }
    }

    /// A schedule, whose times are seconds since its start.
    struct At {
        start: Instant,
        schedule: Schedule,
    }

    impl At {
        fn new(sent: impl IntoIterator<Item = f64>) -> Self {
            let mut at = Self { start: Instant::now(), schedule: Schedule::default() };
            sent.into_iter().for_each(|time| at.commit(time));
            at
        }

        fn time(&self, seconds: f64) -> Instant {
            self.start + Duration::from_secs_f64(seconds)
        }

        fn commit(&mut self, time: f64) {
            self.schedule.commit(self.time(time));
        }

        fn next(&self, window: Window, now: f64) -> f64 {
            let next = self.schedule.next(&[window], self.time(now));
            (next - self.start).as_secs_f64()
        }

        fn remaining(&self, window: Window, now: f64) -> u64 {
            self.schedule.remaining(&[window], self.time(now))
        }

        /// The server reports how many requests are left, for how many seconds.
        fn report(
            &mut self,
            now: f64,
            name: &str,
            remaining: u64,
            seconds: f64,
            quota: Option<u64>,
        ) {
            let reset = Duration::from_secs_f64(seconds);
            let limit = ServerLimit { name: name.to_owned(), remaining, reset, quota };
            self.schedule.update(vec![limit], self.time(now));
        }
    }

    const WIDE: Window = Window { requests: 1000, per: Duration::from_secs(60) };

    #[test]
    fn full_window_is_left_when_its_first_request_expires() {
        let mut at = At::new([0.0, 1.0, 2.0]);
        assert_eq!(at.next(window(4, 9), 2.0), 2.0);
        assert_eq!(at.next(window(3, 9), 2.0), 9.0);
        assert_eq!(at.next(window(3, 9), 9.0), 9.0);
        at.commit(9.0);
        assert_eq!(at.next(window(3, 9), 9.0), 10.0);
        assert_eq!(at.next(window(3, 9), 30.0), 30.0);
    }

    #[test]
    fn expired_requests_do_not_count() {
        let at = At::new([0.0, 0.0, 0.0, 0.0, 9.0, 9.0]);
        assert_eq!(at.next(window(8, 9), 9.0), 9.0);
        assert_eq!(at.remaining(window(8, 9), 9.0), 6);
        assert_eq!(at.remaining(window(8, 9), 8.9), 2);
    }

    #[test]
    fn last_quarter_of_a_long_window_is_spread() {
        // An even share is 1.25 seconds.
        assert_eq!(At::new([0.0; 6]).next(window(8, 10), 0.0), 0.0);
        assert_eq!(At::new([0.0; 7]).next(window(8, 10), 0.0), 2.5);
        assert_eq!(At::new([0.0; 7]).next(window(8, 9), 0.0), 0.0, "too short");
        assert_eq!(At::new([0.0; 80]).next(window(100, 100), 0.0), 1.25);
        assert_eq!(At::new([0.0; 80]).next(window(100, 100), 3.0), 3.0);
    }

    #[test]
    fn requests_are_in_order_and_after_a_pause() {
        let mut at = At::new([5.0]);
        assert_eq!(at.next(WIDE, 0.0), 5.0);
        at.schedule.pause(at.time(7.0));
        at.schedule.pause(at.time(6.0));
        assert_eq!(at.next(WIDE, 0.0), 7.0);
        assert_eq!((at.remaining(WIDE, 6.9), at.remaining(WIDE, 7.0)), (0, 999));
    }

    #[test]
    fn window_of_the_server_is_left_when_it_ends() {
        let mut at = At::new([]);
        at.report(1.0, "a", 0, 10.0, None);
        assert_eq!(at.next(WIDE, 1.0), 11.0);
        assert_eq!(at.next(WIDE, 11.0), 11.0);
        assert_eq!((at.remaining(WIDE, 10.9), at.remaining(WIDE, 11.0)), (0, 1000));
    }

    #[test]
    fn last_quarter_of_a_window_of_the_server_is_spread() {
        let next = |remaining, quota| {
            let mut at = At::new([0.0]);
            at.report(0.0, "a", remaining, 50.0, quota);
            at.next(WIDE, 0.0)
        };
        assert_eq!(next(25, Some(100)), 0.0);
        assert_eq!(next(24, Some(100)), 2.0);
        assert_eq!(next(10, None), 0.0);
        assert_eq!(next(9, None), 5.0);
    }

    #[test]
    fn requests_count_in_the_windows_of_the_server_that_they_are_in() {
        let mut at = At::new([]);
        at.report(0.0, "a", 5, 10.0, None);
        let left = |at: &At| at.remaining(WIDE, 9.0);
        at.commit(4.0);
        assert_eq!(left(&at), 4);
        at.commit(10.0);
        assert_eq!(left(&at), 4, "the next window");
        at.schedule.uncommit(at.time(10.0));
        at.schedule.uncommit(at.time(3.0));
        assert_eq!(left(&at), 4);
        at.schedule.uncommit(at.time(4.0));
        assert_eq!(left(&at), 5);
        assert!(at.schedule.times.is_empty());
        at.report(20.0, "a", u64::MAX, 10.0, None);
        at.schedule.times.push_back(at.time(20.0));
        at.schedule.uncommit(at.time(20.0));
        assert_eq!(at.schedule.server[0].remaining, u64::MAX, "it does not overflow");
    }

    #[test]
    fn expired_requests_are_forgotten() {
        let mut at = At::new([0.0, 1.0]);
        at.report(0.0, "a", 5, 10.0, None);
        let mut left = |now: f64| {
            let now = at.time(now);
            at.schedule.forget(&[window(5, 3), window(5, 10)], now);
            (at.schedule.times.len(), at.schedule.server.len())
        };
        assert_eq!(left(9.9), (2, 1));
        assert_eq!(left(10.0), (1, 0));
        assert_eq!(left(11.0), (0, 0));
    }

    #[test]
    fn in_one_window_of_the_server_the_lowest_count_is_right() {
        let mut at = At::new([]);
        at.report(0.0, "a", 5, 10.0, None);
        at.report(1.0, "a", 7, 10.0, None);
        assert_eq!(at.remaining(WIDE, 1.0), 5);
        at.report(1.0, "a", 3, 2.0, None);
        assert_eq!(at.remaining(WIDE, 9.9), 3, "its end stays");
        at.report(1.1, "a", 8, 10.0, None);
        assert_eq!(at.remaining(WIDE, 10.5), 8, "a new window");
    }

    #[test]
    fn number_of_windows_of_the_server_is_bounded() {
        let mut at = At::new([]);
        for name in 0..MAX_POLICIES {
            at.report(0.0, &name.to_string(), 50, 10.0, None);
        }
        at.report(0.0, "another", 1, 10.0, None);
        assert_eq!((at.remaining(WIDE, 0.0), at.schedule.server.len()), (50, MAX_POLICIES));
        at.report(0.0, "3", 2, 10.0, None);
        assert_eq!(at.remaining(WIDE, 0.0), 2);
        at.report(10.0, "another", 1, 10.0, None);
        assert_eq!((at.remaining(WIDE, 10.0), at.schedule.server.len()), (1, 1));
        assert_eq!(at.next(WIDE, 10.0), 10.0);
        assert_eq!(at.schedule.server[0].until - at.start, 20 * SECOND);
    }
}
