//! Chooses the fault that hits a request, and counts requests for the rate limit.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::fault::plan::{Fault, FaultPlan, RateLimit};
use crate::operation::Operation;
use crate::state::id::mix;

/// Injects the faults of a plan.
#[derive(Debug, Default)]
pub(crate) struct Injector {
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

impl Injector {
    pub(crate) fn new(plan: &FaultPlan) -> Self {
        Self {
            seed: plan.seed,
            faults: plan.faults.iter().cloned().map(Arc::new).collect(),
            counts: HashMap::new(),
            quota: plan.rate_limit.map(Quota::new),
        }
    }

    /// Starts over, as if there had been no request.
    pub(crate) fn restart(&mut self) {
        self.counts.clear();
        self.quota = self.quota.as_ref().map(|quota| Quota::new(quota.limit));
    }

    /// Counts a request for the rate limit.
    pub(crate) fn admit(&mut self, now: Instant) -> Option<Admission> {
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

/// A rate limit and the requests left in its window.
#[derive(Debug)]
struct Quota {
    limit: RateLimit,
    left: u64,
    ends: Option<Instant>,
    blocked: bool,
}

/// The decision of the rate limit about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    limit: RateLimit,
    left: u64,
    seconds: u64,
    pub(crate) refused: bool,
}

impl Quota {
    fn new(limit: RateLimit) -> Self {
        Self { limit, left: limit.requests, ends: None, blocked: false }
    }

    fn admit(&mut self, now: Instant) -> Admission {
        let window = Duration::from_secs(self.limit.window_seconds);
        if self.ends.is_none_or(|ends| now >= ends) {
            *self = Self::new(self.limit);
            self.ends = now.checked_add(window);
        }
        let over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        let refused = over && self.limit.enforced;
        if refused && !self.blocked {
            self.blocked = true;
            self.ends = now.checked_add(window);
        }
        let rest = self.ends.map_or(window, |ends| ends.saturating_duration_since(now));
        Admission {
            limit: self.limit,
            left: self.left,
            seconds: rest.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX),
            refused,
        }
    }
}

impl Admission {
    /// Reports the requests left in the headers of a response.
    pub(crate) fn announce(&self, headers: &mut HeaderMap) {
        let (quota, window) = (self.limit.requests, self.limit.window_seconds);
        let left = format!("\"default\";r={};t={}", self.left, self.seconds);
        let policy = format!("\"default\";q={quota};w={window}");
        set(headers, HeaderName::from_static("ratelimit"), &left);
        set(headers, HeaderName::from_static("ratelimit-policy"), &policy);
    }

    /// The 429 response, as the edge in front of the API sends it.
    pub(crate) fn too_many_requests(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from_static(b"error code: 1015"));
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let headers = response.headers_mut();
        set(headers, header::CONTENT_TYPE, "text/plain; charset=UTF-8");
        set(headers, header::RETRY_AFTER, &self.seconds.to_string());
        response
    }
}

/// Sets a header. The check of the plan refuses values that cannot be one.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::kind::FaultKind;
    use crate::operation::{Contract, operations};

    fn operation(id: &str) -> &'static Operation {
        operations(Contract::Current).find(|it| it.id == id).unwrap()
    }

    fn hits(injector: &mut Injector, id: &str, requests: usize) -> Vec<bool> {
        let next = |_| injector.next(operation(id)).is_some();
        (0..requests).map(next).collect()
    }

    #[test]
    fn what_hits_depends_on_seed_operation_and_number_alone() {
        let plan = |seed| FaultPlan::new(seed).fault(Fault::status(500).probability(0.2));
        let (create, list) = ("account-user-group-create", "account-user-group-list");
        let mut apart = Injector::new(&plan(1));
        let creates = hits(&mut apart, create, 1000);
        let lists = hits(&mut apart, list, 1000);
        assert_ne!(creates, lists);
        let share = creates.iter().filter(|hit| **hit).count();
        assert!((150..250).contains(&share), "{share} of 1000 at 0.2");

        let mut mixed = Injector::new(&plan(1));
        for number in 0..1000 {
            assert_eq!(hits(&mut mixed, list, 1), [lists[number]]);
            assert_eq!(hits(&mut mixed, create, 1), [creates[number]]);
        }
        mixed.restart();
        assert_eq!(hits(&mut mixed, create, 1000), creates);
        assert_ne!(hits(&mut Injector::new(&plan(2)), create, 1000), creates);
    }

    #[test]
    fn certain_faults_always_hit_and_impossible_ones_never() {
        for (probability, hit) in [(1.0, true), (0.0, false)] {
            let plan = FaultPlan::new(3).fault(Fault::status(500).probability(probability));
            let hits = hits(&mut Injector::new(&plan), "account-user-group-list", 1000);
            assert!(hits.into_iter().all(|it| it == hit));
        }
    }

    #[test]
    fn skip_and_count_bound_each_operation() {
        let plan = FaultPlan::new(1).fault(Fault::status(500).skip(1).count(2));
        let mut injector = Injector::new(&plan);
        for id in ["account-user-group-list", "account-user-group-create"] {
            assert_eq!(hits(&mut injector, id, 5), [false, true, true, false, false]);
        }
    }

    #[test]
    fn the_first_fault_that_hits_happens_and_faults_of_pages_hit_lists() {
        let plan =
            FaultPlan::new(1).fault(Fault::new(FaultKind::IgnorePage)).fault(Fault::status(500));
        let mut injector = Injector::new(&plan);
        let mut name = |id| injector.next(operation(id)).unwrap().fault.name();
        assert_eq!(name("account-user-group-list"), "ignore_page");
        assert_eq!(name("account-user-group-create"), "status");
    }

    #[test]
    fn the_rate_limit_counts_down_and_blocks_for_a_window() {
        let limit = RateLimit { requests: 2, window_seconds: 10, enforced: true };
        let mut quota = Quota::new(limit);
        let start = Instant::now();
        let mut at = |seconds| {
            let admission = quota.admit(start + Duration::from_secs(seconds));
            (admission.left, admission.seconds, admission.refused)
        };
        assert_eq!(at(0), (1, 10, false));
        assert_eq!(at(4), (0, 6, false));
        assert_eq!(at(5), (0, 10, true), "from here on a whole window");
        assert_eq!(at(14), (0, 1, true));
        assert_eq!(at(15), (1, 10, false));
        assert_eq!(at(25), (1, 10, false), "the next window");
    }

    #[test]
    fn a_rate_limit_can_be_announced_only() {
        let limit = RateLimit { requests: 1, window_seconds: 10, enforced: false };
        let mut quota = Quota::new(limit);
        let now = Instant::now();
        assert!((0..3).all(|_| !quota.admit(now).refused));
    }
}
