//! The outcome of an attempt, as far as retrying and reporting depend on it.

use http::StatusCode;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The request was certainly not processed: there was no connection, or the server says so.
    NotSent,
    /// The request may have been sent; no whole response came.
    NoResponse,
    /// A response with this status came.
    Response(StatusCode),
    /// The same request will fail again.
    Permanent,
}

impl Outcome {
    /// Whether the request may have been applied although the attempt failed.
    pub(crate) fn may_have_been_applied(self) -> bool {
        match self {
            Self::NotSent | Self::Response(StatusCode::TOO_MANY_REQUESTS) => false,
            Self::NoResponse | Self::Permanent => true,
            // 303: it was processed, and the result is elsewhere.
            Self::Response(StatusCode::REQUEST_TIMEOUT | StatusCode::SEE_OTHER) => true,
            // What no status of HTTP is counts as an error of the server (RFC 9110, section 15).
            Self::Response(status) => !(200..500).contains(&status.as_u16()),
        }
    }
}

/// Whether the status may be another one for the next request.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 421 | 425 | 429 | 500 | 502..=504 | 520..=526 | 530)
}
