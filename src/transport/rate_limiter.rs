//! What decides when a request is sent.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

/// The result of [`RateLimiter::acquire`].
pub type AcquireFuture<'a> = Pin<Box<dyn Future<Output = Result<Permit, RetryAfter>> + Send + 'a>>;

/// Decides when requests are sent, so that all users of a credential stay below the rate limit of
/// the API.
///
/// [`RateLimit`](crate::RateLimit) does so for one process, the package
/// `cloudflare-user-groups-redis` for many.
/// [`ClientBuilder::rate_limit`](crate::ClientBuilder::rate_limit) takes any.
pub trait RateLimiter: fmt::Debug + Send + Sync {
    /// Waits until a request may be sent. Fails at once if that takes longer than `max_wait`.
    ///
    /// A future that is dropped before it is ready must not use up quota.
    fn acquire(&self, max_wait: Duration) -> AcquireFuture<'_>;

    /// Takes account of the status and the headers of a response, which
    /// [`ReportedLimits`](crate::ReportedLimits) reads.
    fn update(&self, status: StatusCode, headers: &HeaderMap);

    /// How many requests can be sent before the quota is used up, if that is known.
    fn remaining(&self) -> Option<u64> {
        None
    }
}

/// The permission to send one request. It is used up when it is dropped.
#[must_use]
#[derive(Default)]
pub struct Permit(Option<Box<dyn FnOnce() + Send>>);

impl Permit {
    /// A permit that calls `release` if its request is not sent.
    pub fn new(release: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(release)))
    }

    /// Returns the permit, because the request was not sent.
    pub fn release(self) {
        if let Some(release) = self.0 {
            release();
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

/// How long to wait until the rate limit allows the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub Duration);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Unlimited;

    impl RateLimiter for Unlimited {
        fn acquire(&self, _: Duration) -> AcquireFuture<'_> {
            Box::pin(async { Ok(Permit::default()) })
        }

        fn update(&self, _: StatusCode, _: &HeaderMap) {}
    }

    #[test]
    fn limiter_need_not_count_what_remains() {
        assert_eq!(Unlimited.remaining(), None);
        assert_eq!(format!("{:?}", Permit::default()), "Permit");
    }
}
