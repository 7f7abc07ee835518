//! The rate limit: counts requests and refuses those over the limit.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, Response, StatusCode, header};

use crate::fault::plan::RateLimit;
use crate::response::set_header;

/// A rate limit and the requests left in its window.
#[derive(Debug)]
pub(crate) struct Quota {
    limit: RateLimit,
    left: u64,
    /// When the window ends, as the time since the start of the sandbox.
    ends: Option<Duration>,
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
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self { limit, left: limit.requests, ends: None, blocked: false }
    }

    /// The rate limit as at the start.
    pub(crate) fn restarted(&self) -> Self {
        Self::new(self.limit)
    }

    /// Counts a request.
    pub(crate) fn admit(&mut self, now: Duration) -> Admission {
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
        let rest = self.ends.map_or(window, |ends| ends.saturating_sub(now));
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
        set_header(headers, HeaderName::from_static("ratelimit"), &left);
        set_header(headers, HeaderName::from_static("ratelimit-policy"), &policy);
    }

    /// The 429 response, as the edge in front of the API sends it.
    pub(crate) fn too_many_requests(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from_static(b"error code: 1015"));
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let headers = response.headers_mut();
        set_header(headers, header::CONTENT_TYPE, "text/plain; charset=UTF-8");
        set_header(headers, header::RETRY_AFTER, &self.seconds.to_string());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_limit_blocks_for_a_window() {
        let limit = RateLimit { requests: 2, window_seconds: 10, enforced: true };
        let mut quota = Quota::new(limit);
        let mut at = |seconds| {
            let admission = quota.admit(Duration::from_secs(seconds));
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
    fn rate_limit_can_be_reported_only() {
        let limit = RateLimit { requests: 1, window_seconds: 10, enforced: false };
        let mut quota = Quota::new(limit);
        assert!((0..3).all(|_| !quota.admit(Duration::ZERO).refused));
    }
}
