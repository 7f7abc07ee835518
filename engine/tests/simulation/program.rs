//! Our program: a client with settings that the seed decides, and crashes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cloudflare_user_groups::{AccountId, Client, RateLimit, RetryPolicy};
use cloudflare_user_groups_sandbox::{DEFAULT_ACCOUNT_ID, DEFAULT_TOKEN};
use fastrand::Rng;

use crate::invariants::LimitWatch;
use crate::network::Network;

/// How a client is built.
#[derive(Clone)]
pub(crate) struct Settings {
    limit: (usize, Duration),
    retry: RetryPolicy,
    pub(crate) timeout: Duration,
    attempt_timeout: Duration,
}

impl Settings {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let seconds = Duration::from_secs;
        let mut one_of = |all: [u64; 3]| seconds(all[rng.usize(..3)]);
        let (timeout, attempt_timeout) = (one_of([8, 60, 600]), one_of([3, 3, 30]));
        let retries = [
            RetryPolicy::off(),
            RetryPolicy::default(),
            RetryPolicy::default().initial_backoff(Duration::from_millis(20)),
        ];
        let limits = [(3, seconds(2)), (8, seconds(1)), (20, seconds(20)), (1000, seconds(1))];
        let limit = limits[rng.usize(..limits.len())];
        Self { limit, retry: retries[rng.usize(..3)].clone(), timeout, attempt_timeout }
    }

    /// The client of a new process, whose requests go through the network.
    pub(crate) fn client(&self, network: &Network) -> Client {
        let network = network.clone();
        let watch = Arc::new(LimitWatch::new(self.limit, network.jitter()));
        let service =
            tower::service_fn(move |request| network.clone().send(Arc::clone(&watch), request));
        let client = Client::builder()
            .api_token(DEFAULT_TOKEN)
            .base_url("http://127.0.0.1:1/client/v4")
            .http_service(move |_| service)
            .rate_limit(RateLimit::new(self.limit.0 as u32, self.limit.1))
            .retry(self.retry.clone())
            .timeout(self.timeout)
            .attempt_timeout(self.attempt_timeout);
        client.build().unwrap()
    }
}

pub(crate) fn account() -> AccountId {
    AccountId::new(DEFAULT_ACCOUNT_ID).unwrap()
}

/// A program that crashes after it was polled so often. `None` then.
pub(crate) struct Crash<F> {
    program: Pin<Box<F>>,
    polls: u32,
}

pub(crate) fn crashing<F: Future>(program: F, polls: u32) -> Crash<F> {
    Crash { program: Box::pin(program), polls }
}

impl<F: Future> Future for Crash<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        let result = self.program.as_mut().poll(context).map(Some);
        if self.polls == 0 && result.is_pending() {
            return Poll::Ready(None);
        }
        result
    }
}
