//! The budget of retries.

use std::sync::atomic::{AtomicU32, Ordering};

/// The retries that all calls of a client share, so that an outage does not multiply traffic.
///
/// A retry costs five tokens. A call that succeeds returns the cost of its last retry, or one token if it
/// needed none. Without tokens, calls fail after their first attempt until some succeed again.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

impl RetryBudget {
    const FULL: u32 = 500;
    const COST: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }

    /// Takes the tokens for a retry, if there are enough.
    pub(super) fn spend(&self) -> bool {
        self.change(|left| left.checked_sub(Self::COST))
    }

    pub(super) fn refund(&self, attempts: u32) {
        let back = if attempts > 1 { Self::COST } else { 1 };
        self.change(|left| Some((left + back).min(Self::FULL)));
    }

    fn change(&self, change: impl Fn(u32) -> Option<u32>) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
