//! The decision to retry: a pure function, without clock, randomness or network.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::error::{Outcome, is_transient};
use crate::operation::is_idempotent;

/// The longest documented block of the API. A longer wait is left to the caller.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(300);

/// When and how often a request is retried.
///
/// Idempotent requests (GET, PUT, DELETE) are retried after a lost connection, a truncated
/// response, a timeout, and the statuses 408, 421, 425, 429, 500, 502, 503, 504, 520 to 526
/// and 530. Other requests (POST) are retried only if they provably were not processed: there was
/// no connection, the server refused the stream, or the status is 421, 425 or 429. The policy does
/// not change that.
///
/// The backoff before attempt n + 1 is random between zero and `initial_backoff · 2ⁿ⁻¹`, at most
/// `max_backoff`, and never shorter than the `Retry-After` of the API. If the wait does not fit
/// into the timeout of the call, or is longer than five minutes, the error is returned at once with
/// [`retry_after`](crate::Error::retry_after). All calls of a client share a
/// [`RetryBudget`](crate::RetryBudget).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
}

impl Default for RetryPolicy {
    /// Five attempts, an initial backoff of up to half a second, a maximum of 20 seconds.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// No retries.
    pub fn off() -> Self {
        Self::default().max_attempts(1)
    }

    /// How many times a request is sent at most. 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// The upper bound of the backoff before the second attempt. It doubles with each further one.
    pub fn initial_backoff(mut self, backoff: Duration) -> Self {
        self.initial_backoff = backoff;
        self
    }

    /// The upper bound of every backoff.
    pub fn max_backoff(mut self, backoff: Duration) -> Self {
        self.max_backoff = backoff;
        self
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The backoff after the given number of attempts, with `random` from 0 to 1.
    pub(crate) fn backoff(&self, attempts: u32, random: f64) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let backoff = self.initial_backoff.saturating_mul(1 << doublings);
        // The last bound keeps the arithmetic from overflowing.
        backoff.min(self.max_backoff).min(MAX_WAIT).mul_f64(random.clamp(0.0, 1.0))
    }
}

/// All that the decision depends on.
#[derive(Clone, Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) method: &'a Method,
    pub(crate) outcome: Outcome,
    /// How many attempts were made.
    pub(crate) attempts: u32,
    /// What is left of the call's time.
    pub(crate) remaining: Duration,
    /// The `Retry-After` of the response.
    pub(crate) retry_after: Option<Duration>,
    /// From 0 to 1.
    pub(crate) random: f64,
}

/// How long to wait before the retry. `None` if there is none.
pub(crate) fn wait_before_retry(
    policy: &RetryPolicy,
    situation: &Situation<'_>,
) -> Option<Duration> {
    let Situation { method, outcome, attempts, remaining, retry_after, random } = *situation;
    if attempts >= policy.max_attempts || !may_retry(method, outcome) {
        return None;
    }
    let wait = policy.backoff(attempts, random).max(retry_after.unwrap_or_default());
    (wait < remaining && wait <= MAX_WAIT).then_some(wait)
}

fn may_retry(method: &Method, outcome: Outcome) -> bool {
    let idempotent = is_idempotent(method);
    match outcome {
        Outcome::NotSent
        | Outcome::Response(
            StatusCode::TOO_MANY_REQUESTS | StatusCode::MISDIRECTED_REQUEST | StatusCode::TOO_EARLY,
        ) => true,
        Outcome::NoResponse => idempotent,
        Outcome::Response(status) => idempotent && is_transient(status),
        Outcome::Permanent => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn situation(method: &Method, outcome: Outcome) -> Situation<'_> {
        Situation {
            method,
            outcome,
            attempts: 1,
            remaining: 60 * SECOND,
            retry_after: None,
            random: 0.5,
        }
    }

    fn retries(method: &Method, outcome: Outcome) -> bool {
        wait_before_retry(&RetryPolicy::default(), &situation(method, outcome)).is_some()
    }

    fn status(code: u16) -> Outcome {
        Outcome::Response(StatusCode::from_u16(code).unwrap())
    }

    #[test]
    fn method_and_outcome_decide_what_is_retried() {
        let transient =
            [408, 421, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530];
        for code in 100..=599 {
            let expected = transient.contains(&code);
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                assert_eq!(retries(&method, status(code)), expected, "{method} {code}");
            }
            for method in [Method::POST, Method::PATCH] {
                assert_eq!(
                    retries(&method, status(code)),
                    [421, 425, 429].contains(&code),
                    "{method} {code}"
                );
            }
        }
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            assert!(retries(&method, Outcome::NotSent));
            assert!(retries(&method, Outcome::NoResponse));
            assert!(!retries(&method, Outcome::Permanent));
        }
        assert!(retries(&Method::POST, Outcome::NotSent));
        assert!(!retries(&Method::POST, Outcome::NoResponse));
        assert!(!retries(&Method::POST, Outcome::Permanent));
    }

    #[test]
    fn retry_after_is_honoured_while_it_fits() {
        let policy = RetryPolicy::default();
        let requested = |seconds: u32, remaining: u32| {
            let situation = Situation {
                retry_after: Some(seconds * SECOND),
                remaining: remaining * SECOND,
                ..situation(&Method::GET, status(429))
            };
            wait_before_retry(&policy, &situation)
        };
        assert_eq!(requested(30, 60), Some(30 * SECOND));
        assert_eq!(requested(60, 60), None);
        assert_eq!(requested(300, 600), Some(300 * SECOND));
        assert_eq!(requested(301, 600), None);
    }

    #[test]
    fn backoff_doubles_up_to_its_maximum() {
        let policy = RetryPolicy::default().initial_backoff(SECOND).max_backoff(5 * SECOND);
        let waits = [0, 1, 2, 3, 4, 5].map(|attempts| policy.backoff(attempts, 1.0).as_secs());
        assert_eq!(waits, [1, 1, 2, 4, 5, 5]);
        assert_eq!(policy.backoff(3, 0.25), SECOND);
        assert_eq!(policy.backoff(3, -1.0), Duration::ZERO);
        assert_eq!(policy.backoff(3, 2.0), 4 * SECOND);
    }

    #[test]
    fn policies_have_the_documented_values() {
        let default = RetryPolicy::default();
        assert_eq!(default.backoff(1, 1.0), SECOND / 2);
        assert_eq!(default.backoff(100, 1.0), 20 * SECOND);
        let never = RetryPolicy::off();
        let attempts =
            [&default, &never, &never.clone().max_attempts(0), &never.clone().max_attempts(7)];
        assert_eq!(attempts.map(RetryPolicy::attempts), [5, 1, 1, 7]);
    }

    #[test]
    fn largest_policy_does_not_overflow() {
        let policy = RetryPolicy::default()
            .max_attempts(u32::MAX)
            .initial_backoff(Duration::MAX)
            .max_backoff(Duration::MAX);
        assert_eq!(policy.backoff(u32::MAX, 1.0), MAX_WAIT);
    }

    #[test]
    fn attempts_end() {
        let policy = RetryPolicy::default().max_attempts(3);
        let after = |attempts| {
            wait_before_retry(
                &policy,
                &Situation { attempts, ..situation(&Method::GET, Outcome::NoResponse) },
            )
        };
        assert!(after(2).is_some());
        assert!(after(3).is_none());
        assert!(
            wait_before_retry(&RetryPolicy::off(), &situation(&Method::GET, status(503))).is_none()
        );
    }

    proptest! {
        #[test]
        fn wait_is_between_retry_after_and_the_remaining_time(
            attempts in 1_u32..100,
            random in 0.0..1.0,
            remaining in 0_u64..1000,
            requested in proptest::option::of(0_u64..1000),
        ) {
            let policy = RetryPolicy::default().max_attempts(u32::MAX);
            let requested = requested.map(Duration::from_secs);
            let remaining = Duration::from_secs(remaining);
            let wait = wait_before_retry(
                &policy,
                &Situation { attempts, random, remaining, retry_after: requested, ..situation(&Method::GET, status(503)) },
            );
            let backoff = policy.backoff(attempts, random);
            prop_assert!(backoff <= 20 * SECOND);
            if let Some(wait) = wait {
                prop_assert!(wait < remaining && wait <= MAX_WAIT);
                prop_assert_eq!(wait, backoff.max(requested.unwrap_or_default()));
            } else {
                let needed = backoff.max(requested.unwrap_or_default());
                prop_assert!(needed >= remaining || needed > MAX_WAIT);
            }
        }
    }
}
