//! Chooses the fault that hits a request.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::fault::plan::{Fault, FaultPlan};
use crate::fault::rate_limit::{Admission, Quota};
use crate::operation::Operation;
use crate::state::id::mix;

/// Injects the faults of a plan.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults {
    seed: u64,
    faults: Vec<Arc<Fault>>,
    counts: HashMap<&'static str, Counts>,
    quota: Option<Quota>,
}

/// A fault that hits a request.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) fault: Arc<Fault>,
    /// A number that follows from the seed, the operation and the number of the request.
    pub(crate) random: u64,
}

/// The requests of an operation so far.
#[derive(Debug)]
struct Counts {
    requests: u64,
    /// How often each fault has hit.
    hits: Vec<u64>,
}

impl ActiveFaults {
    pub(crate) fn new(plan: &FaultPlan) -> Self {
        Self {
            seed: plan.seed,
            faults: plan.faults.iter().cloned().map(Arc::new).collect(),
            counts: HashMap::new(),
            quota: plan.rate_limit.map(Quota::new),
        }
    }

    /// Restarts the faults and the rate limit, as if there had been no request.
    pub(crate) fn restart(&mut self) {
        self.counts.clear();
        self.quota = self.quota.as_ref().map(Quota::restarted);
    }

    /// Counts a request for the rate limit.
    pub(crate) fn admit(&mut self, now: Duration) -> Option<Admission> {
        self.quota.as_mut().map(|quota| quota.admit(now))
    }

    /// The fault that hits the next request of an operation, if any.
    pub(crate) fn next(&mut self, operation: &'static Operation) -> Option<Hit> {
        let counts = self
            .counts
            .entry(operation.id)
            .or_insert_with(|| Counts { requests: 0, hits: vec![0; self.faults.len()] });
        let number = counts.requests;
        counts.requests += 1;
        let faults = self.faults.iter().zip(&mut counts.hits).enumerate();
        for (index, (fault, hits)) in faults {
            let random = random(self.seed, operation.id, index, number);
            let hit = fault.concerns(operation)
                && number >= fault.skip
                && fault.count.is_none_or(|count| *hits < count)
                && fraction(random) < fault.probability;
            if hit {
                *hits += 1;
                return Some(Hit { fault: Arc::clone(fault), random });
            }
        }
        None
    }
}

/// A number that depends on nothing but the arguments.
fn random(seed: u64, operation: &str, fault: usize, request: u64) -> u64 {
    let mut state = mix(seed);
    for byte in operation.bytes() {
        state = mix(state ^ u64::from(byte));
    }
    state = mix(state ^ u64::try_from(fault).unwrap_or(u64::MAX));
    mix(state ^ request)
}

/// The number as a fraction: from 0 up to, but not including, 1.
fn fraction(random: u64) -> f64 {
    // The upper 32 bits fit a float exactly, and are fine enough for a probability.
    f64::from(u32::try_from(random >> 32).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::kind::FaultKind;
    use crate::operation::{Contract, operations};

    fn operation(id: &str) -> &'static Operation {
        operations(Contract::Current).find(|it| it.id == id).unwrap()
    }

    fn hits(faults: &mut ActiveFaults, id: &str, requests: usize) -> Vec<bool> {
        let next = |_| faults.next(operation(id)).is_some();
        (0..requests).map(next).collect()
    }

    #[test]
    fn hits_depend_on_seed_operation_and_number_alone() {
        let plan = |seed| FaultPlan::new(seed).fault(Fault::status(500).probability(0.2));
        let (create, list) = ("account-user-group-create", "account-user-group-list");
        let mut apart = ActiveFaults::new(&plan(1));
        let creates = hits(&mut apart, create, 1000);
        let lists = hits(&mut apart, list, 1000);
        assert_ne!(creates, lists);
        let share = creates.iter().filter(|hit| **hit).count();
        assert!((150..250).contains(&share), "{share} of 1000 at 0.2");

        let mut mixed = ActiveFaults::new(&plan(1));
        for number in 0..1000 {
            assert_eq!(hits(&mut mixed, list, 1), [lists[number]]);
            assert_eq!(hits(&mut mixed, create, 1), [creates[number]]);
        }
        mixed.restart();
        assert_eq!(hits(&mut mixed, create, 1000), creates);
        assert_ne!(hits(&mut ActiveFaults::new(&plan(2)), create, 1000), creates);
    }

    #[test]
    fn probability_1_always_hits_and_0_never() {
        for (probability, hit) in [(1.0, true), (0.0, false)] {
            let plan = FaultPlan::new(3).fault(Fault::status(500).probability(probability));
            let hits = hits(&mut ActiveFaults::new(&plan), "account-user-group-list", 1000);
            assert!(hits.into_iter().all(|it| it == hit));
        }
    }

    #[test]
    fn skip_and_count_bound_each_operation() {
        let plan = FaultPlan::new(1).fault(Fault::status(500).skip(1).count(2));
        let mut faults = ActiveFaults::new(&plan);
        for id in ["account-user-group-list", "account-user-group-create"] {
            assert_eq!(hits(&mut faults, id, 5), [false, true, true, false, false]);
        }
    }

    #[test]
    fn first_fault_that_hits_is_injected_and_page_faults_hit_lists_only() {
        let plan =
            FaultPlan::new(1).fault(Fault::new(FaultKind::IgnorePage)).fault(Fault::status(500));
        let mut faults = ActiveFaults::new(&plan);
        let mut name = |id| faults.next(operation(id)).unwrap().fault.name();
        assert_eq!(name("account-user-group-list"), "ignore_page");
        assert_eq!(name("account-user-group-create"), "status");
    }
}
