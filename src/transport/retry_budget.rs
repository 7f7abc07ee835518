//! The budget of retries.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a retry costs. A call that succeeds at once returns one token.
const COST: u32 = 5;

/// Limits the retries of all calls of a client, so that an outage does not multiply traffic.
///
/// Each retry takes one from the budget: 100 at most by default. A call that succeeds after retries
/// returns the last one; a call that succeeds at once returns a fifth of one. With an empty budget,
/// calls fail after their first attempt, and an event of level debug says so, until some succeed
/// again.
///
/// A retry that is cancelled before it is sent costs nothing. Neither does one after a 429 or 503
/// with `Retry-After`: the API requested it, and the rate limit bounds it.
///
/// Clones are the same budget.
#[derive(Clone)]
pub struct RetryBudget(Option<Arc<Tokens>>);

struct Tokens {
    max: u32,
    left: AtomicU32,
}

impl RetryBudget {
    /// At most `retries` without a success between them.
    pub fn new(retries: u32) -> Self {
        let max = retries.saturating_mul(COST);
        Self(Some(Arc::new(Tokens { max, left: AtomicU32::new(max) })))
    }

    /// No limit: only [`RetryPolicy`](crate::RetryPolicy) limits retries.
    pub fn off() -> Self {
        Self(None)
    }

    /// How many retries are left. `None` if the budget is off.
    pub fn remaining(&self) -> Option<u32> {
        self.0.as_ref().map(|tokens| tokens.left.load(Ordering::Relaxed) / COST)
    }

    /// Takes the cost of a retry. `None` if the budget is empty.
    pub(super) fn withdraw(&self) -> Option<Withdrawal> {
        match &self.0 {
            None => Some(Withdrawal(None)),
            Some(tokens) => {
                let taken = tokens.change(|left| left.checked_sub(COST));
                taken.then(|| Withdrawal(Some(Arc::clone(tokens))))
            }
        }
    }

    /// Records that a call succeeded.
    pub(super) fn succeeded(&self, attempts: u32) {
        if let Some(tokens) = &self.0 {
            tokens.deposit(if attempts > 1 { COST } else { 1 });
        }
    }
}

impl Default for RetryBudget {
    /// 100 retries.
    fn default() -> Self {
        Self::new(100)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(tokens) => write!(f, "RetryBudget({})", tokens.max / COST),
            None => f.write_str("RetryBudget(off)"),
        }
    }
}

impl Tokens {
    fn deposit(&self, tokens: u32) {
        self.change(|left| Some(left.saturating_add(tokens).min(self.max)));
    }

    fn change(&self, change: impl Fn(u32) -> Option<u32>) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

/// The cost of a retry, which is returned unless the retry is sent.
#[must_use]
pub(super) struct Withdrawal(Option<Arc<Tokens>>);

impl Withdrawal {
    pub(super) fn free() -> Self {
        Self(None)
    }

    pub(super) fn spend(mut self) {
        self.0 = None;
    }
}

impl Drop for Withdrawal {
    fn drop(&mut self) {
        if let Some(tokens) = &self.0 {
            tokens.deposit(COST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(budget: &RetryBudget) -> bool {
        budget.withdraw().map(Withdrawal::spend).is_some()
    }

    #[test]
    fn budget_is_spent_in_an_outage_and_comes_back_after_it() {
        let budget = RetryBudget::default();
        let spent = (0..1000).filter(|_| spend(&budget)).count();
        assert_eq!((spent, budget.remaining()), (100, Some(0)));
        budget.succeeded(1);
        assert!(!spend(&budget), "one success does not pay for a retry");
        budget.succeeded(2);
        assert!(spend(&budget));
        (0..10_000).for_each(|_| budget.succeeded(1));
        assert_eq!(budget.remaining(), Some(100), "it does not grow beyond its size");
    }

    #[test]
    fn retry_that_is_not_sent_costs_nothing() {
        let budget = RetryBudget::new(1);
        drop(budget.withdraw().unwrap());
        let other = budget.clone().withdraw();
        assert!(budget.withdraw().is_none(), "clones are the same budget");
        drop(other);
        assert!(spend(&budget));
        Withdrawal::free().spend();
        assert_eq!(budget.remaining(), Some(0));
    }

    #[test]
    fn budget_can_be_turned_off() {
        let budget = RetryBudget::off();
        assert!((0..1000).all(|_| spend(&budget)));
        assert_eq!(budget.remaining(), None);
        let both = [format!("{budget:?}"), format!("{:?}", RetryBudget::new(7))];
        assert_eq!(both, ["RetryBudget(off)", "RetryBudget(7)"]);
        assert_eq!(RetryBudget::new(u32::MAX).remaining(), Some(u32::MAX / COST));
        assert!(!spend(&RetryBudget::new(0)));
    }
}
