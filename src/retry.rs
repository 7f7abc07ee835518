//! The decision to try again: a function of what is known, without clock, randomness or network.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};

/// The longest that the API is known to block: a wait beyond it is left to the caller.
pub(crate) const LONGEST_BLOCK: Duration = Duration::from_secs(300);

/// When and how often a call sends its request again.
///
/// What may be repeated does not depend on the policy. Reading, replacing and removing are repeated
/// after a lost connection, a cut answer, a timeout, and the statuses 408, 429, 500, 502, 503, 504,
/// 520 to 526 and 530. Creating and adding (POST) are repeated only if the request provably was not
/// processed: there was no connection, or the answer was 429.
///
/// The wait before attempt n + 1 is drawn evenly from zero to `first_wait · 2ⁿ⁻¹`, at most
/// `longest_wait`, and is never shorter than what the API asks for with `Retry-After`. A wait that
/// does not fit into the call's timeout, or is longer than five minutes, is not begun: the error
/// then comes at once and says when to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    first_wait: Duration,
    longest_wait: Duration,
}

impl Default for RetryPolicy {
    /// Five attempts, the first wait up to half a second, none above 20 seconds.
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// One attempt and no other.
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// How many requests a call may send. 0 counts as 1.
    pub fn attempts(mut self, most: u32) -> Self {
        self.attempts = most.max(1);
        self
    }

    /// The upper bound of the wait before the second attempt. It doubles with each further one.
    pub fn first_wait(mut self, most: Duration) -> Self {
        self.first_wait = most;
        self
    }

    /// The upper bound of all waits that the API did not ask for.
    pub fn longest_wait(mut self, most: Duration) -> Self {
        self.longest_wait = most;
        self
    }

    pub(crate) fn most_attempts(&self) -> u32 {
        self.attempts
    }

    /// The wait after the given number of attempts, with `random` from 0 to 1.
    pub(crate) fn backoff(&self, attempts: u32, random: f64) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let most = self.first_wait.saturating_mul(1 << doublings);
        // More is never waited, and less can always be reckoned with.
        most.min(self.longest_wait).min(LONGEST_BLOCK).mul_f64(random.clamp(0.0, 1.0))
    }
}

/// What came of an attempt, as far as the decision needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There was no connection, so nothing was sent.
    NotConnected,
    /// The request may have been sent; no whole answer came.
    NoAnswer,
    /// An answer with this status came.
    Answered(StatusCode),
    /// What came will not be different next time.
    Hopeless,
}

/// All that the decision depends on.
#[derive(Clone, Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) method: &'a Method,
    pub(crate) outcome: Outcome,
    /// How many requests were sent.
    pub(crate) attempts: u32,
    /// What is left of the call's time.
    pub(crate) remaining: Duration,
    /// What the API asked to wait.
    pub(crate) retry_after: Option<Duration>,
    /// From 0 to 1.
    pub(crate) random: f64,
}

/// Whether to send the request again after a wait.
pub(crate) fn wait_before_next(
    policy: &RetryPolicy,
    situation: &Situation<'_>,
) -> Option<Duration> {
    let Situation { method, outcome, attempts, remaining, retry_after, random } = *situation;
    if attempts >= policy.attempts || !may_repeat(method, outcome) {
        return None;
    }
    let wait = policy.backoff(attempts, random).max(retry_after.unwrap_or_default());
    (wait < remaining && wait <= LONGEST_BLOCK).then_some(wait)
}

fn may_repeat(method: &Method, outcome: Outcome) -> bool {
    let repeatable = method != Method::POST;
    match outcome {
        Outcome::NotConnected | Outcome::Answered(StatusCode::TOO_MANY_REQUESTS) => true,
        Outcome::NoAnswer => repeatable,
        Outcome::Answered(status) => repeatable && is_transient(status),
        Outcome::Hopeless => false,
    }
}

/// Whether an attempt with this outcome may have had its effect all the same.
pub(crate) fn may_have_taken_effect(outcome: Outcome) -> bool {
    match outcome {
        Outcome::NotConnected | Outcome::Answered(StatusCode::TOO_MANY_REQUESTS) => false,
        Outcome::NoAnswer | Outcome::Hopeless => true,
        Outcome::Answered(status) => {
            status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
        }
    }
}

/// Whether an answer with this status says nothing of the next attempt.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502..=504 | 520..=526 | 530)
}

/// What all calls of a client may spend on repeating, so that an outage does not multiply traffic.
///
/// A retry costs five; a call that succeeds brings back what its last retry cost, or one if it needed
/// none. With all spent, calls fail after their first attempt until some succeed again.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

impl RetryBudget {
    const FULL: u32 = 500;
    const COST: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }

    /// Pays for a retry, if there is enough left.
    pub(crate) fn spend(&self) -> bool {
        self.change(|left| left.checked_sub(Self::COST))
    }

    pub(crate) fn refund(&self, attempts: u32) {
        let back = if attempts > 1 { Self::COST } else { 1 };
        self.change(|left| Some((left + back).min(Self::FULL)));
    }

    fn change(&self, change: impl Fn(u32) -> Option<u32>) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
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

    fn repeats(method: &Method, outcome: Outcome) -> bool {
        wait_before_next(&RetryPolicy::default(), &situation(method, outcome)).is_some()
    }

    fn status(code: u16) -> Outcome {
        Outcome::Answered(StatusCode::from_u16(code).unwrap())
    }

    #[test]
    fn what_may_be_repeated_follows_from_method_and_outcome() {
        let transient = [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530];
        for code in 100..=599 {
            let expected = transient.contains(&code);
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                assert_eq!(repeats(&method, status(code)), expected, "{method} {code}");
            }
            assert_eq!(repeats(&Method::POST, status(code)), code == 429, "POST {code}");
        }
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            assert!(repeats(&method, Outcome::NotConnected));
            assert!(repeats(&method, Outcome::NoAnswer));
            assert!(!repeats(&method, Outcome::Hopeless));
        }
        assert!(repeats(&Method::POST, Outcome::NotConnected));
        assert!(!repeats(&Method::POST, Outcome::NoAnswer));
        assert!(!repeats(&Method::POST, Outcome::Hopeless));
    }

    #[test]
    fn a_post_is_never_repeated_where_it_may_have_taken_effect() {
        let statuses = (100..=599).map(status);
        let all = [Outcome::NotConnected, Outcome::NoAnswer, Outcome::Hopeless];
        for outcome in statuses.chain(all) {
            let both = repeats(&Method::POST, outcome) && may_have_taken_effect(outcome);
            assert!(!both, "{outcome:?}");
        }
    }

    #[test]
    fn retry_after_is_honoured_while_it_fits() {
        let policy = RetryPolicy::default();
        let asked = |seconds: u32, remaining: u32| {
            let situation = Situation {
                retry_after: Some(seconds * SECOND),
                remaining: remaining * SECOND,
                ..situation(&Method::GET, status(429))
            };
            wait_before_next(&policy, &situation)
        };
        assert_eq!(asked(30, 60), Some(30 * SECOND));
        assert_eq!(asked(60, 60), None);
        assert_eq!(asked(300, 600), Some(300 * SECOND));
        assert_eq!(asked(301, 600), None);
    }

    #[test]
    fn no_policy_is_too_large_to_reckon_with() {
        let policy = RetryPolicy::default()
            .attempts(u32::MAX)
            .first_wait(Duration::MAX)
            .longest_wait(Duration::MAX);
        assert_eq!(policy.backoff(u32::MAX, 1.0), LONGEST_BLOCK);
    }

    #[test]
    fn attempts_end() {
        let policy = RetryPolicy::default().attempts(3);
        let after = |attempts| {
            wait_before_next(
                &policy,
                &Situation { attempts, ..situation(&Method::GET, Outcome::NoAnswer) },
            )
        };
        assert!(after(2).is_some());
        assert!(after(3).is_none());
        assert!(
            wait_before_next(&RetryPolicy::never(), &situation(&Method::GET, status(503)))
                .is_none()
        );
    }

    proptest! {
        #[test]
        fn the_wait_stays_between_what_is_asked_and_what_is_left(
            attempts in 1_u32..100,
            random in 0.0..1.0,
            remaining in 0_u64..1000,
            asked in proptest::option::of(0_u64..1000),
        ) {
            let policy = RetryPolicy::default().attempts(u32::MAX);
            let asked = asked.map(Duration::from_secs);
            let remaining = Duration::from_secs(remaining);
            let wait = wait_before_next(
                &policy,
                &Situation { attempts, random, remaining, retry_after: asked, ..situation(&Method::GET, status(503)) },
            );
            let backoff = policy.backoff(attempts, random);
            prop_assert!(backoff <= 20 * SECOND);
            if let Some(wait) = wait {
                prop_assert!(wait < remaining && wait <= LONGEST_BLOCK);
                prop_assert_eq!(wait, backoff.max(asked.unwrap_or_default()));
            } else {
                let needed = backoff.max(asked.unwrap_or_default());
                prop_assert!(needed >= remaining || needed > LONGEST_BLOCK);
            }
        }
    }

    #[test]
    fn the_budget_is_spent_in_an_outage_and_comes_back_after_it() {
        let budget = RetryBudget::new();
        let spent = (0..1000).filter(|_| budget.spend()).count();
        assert_eq!(spent, 100);
        budget.refund(1);
        assert!(!budget.spend(), "one success does not pay for a retry");
        budget.refund(2);
        assert!(budget.spend());
        (0..10_000).for_each(|_| {
            budget.refund(1);
        });
        assert_eq!(
            (0..1000).filter(|_| budget.spend()).count(),
            100,
            "it does not grow beyond full"
        );
    }
}
