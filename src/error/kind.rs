//! The kinds of errors: what callers match on, and what the crate knows of each.

use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The input or the configuration is invalid; nothing was sent.
    Invalid(String),
    /// The client's own rate limit does not allow the request before the deadline.
    Throttled,
    /// The credential provider failed; nothing was sent.
    NoCredential,
    /// No connection could be made.
    NotConnected,
    /// The connection broke after the request may have been sent.
    ConnectionLost,
    /// No whole response came in time.
    TimedOut(Duration),
    /// The response body is larger than the limit.
    TooLarge(usize),
    /// The response reports a failure.
    Refused(String),
    /// The response is not the documented one.
    UnexpectedResponse(String),
    /// The response reports success, and what was sent was not applied, or not all of it.
    NotApplied(String),
    /// The pages of a list contradict each other.
    Inconsistent(String),
}

/// What went wrong, in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input or the configuration is invalid. Nothing was sent.
    InvalidInput,
    /// The client's own rate limit does not allow the request before the deadline. Nothing was
    /// sent.
    Throttled,
    /// The [credential provider](crate::CredentialProvider) failed. Nothing was sent.
    NoCredential,
    /// No connection could be made. Nothing was sent.
    NotConnected,
    /// The connection was lost before the whole response was received.
    ConnectionLost,
    /// No whole response was received in time.
    Timeout,
    /// The response is larger than the limit of the client.
    ResponseTooLarge,
    /// The API, or something in front of it, reported a failure.
    Refused,
    /// The response is not the documented one.
    UnexpectedResponse,
    /// The API reported success and did not apply everything that was sent.
    NotApplied,
    /// The pages of a list contradict each other.
    InconsistentList,
}

impl ErrorKind {
    /// The kind in a word for logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Throttled => "throttled",
            Self::NoCredential => "no_credential",
            Self::NotConnected => "not_connected",
            Self::ConnectionLost => "connection_lost",
            Self::Timeout => "timeout",
            Self::ResponseTooLarge => "response_too_large",
            Self::Refused => "refused",
            Self::UnexpectedResponse => "unexpected_response",
            Self::NotApplied => "not_applied",
            Self::InconsistentList => "inconsistent_list",
        }
    }
}

impl Kind {
    pub(super) fn public(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::InvalidInput,
            Self::Throttled => ErrorKind::Throttled,
            Self::NoCredential => ErrorKind::NoCredential,
            Self::NotConnected => ErrorKind::NotConnected,
            Self::ConnectionLost => ErrorKind::ConnectionLost,
            Self::TimedOut(_) => ErrorKind::Timeout,
            Self::TooLarge(_) => ErrorKind::ResponseTooLarge,
            Self::Refused(_) => ErrorKind::Refused,
            Self::UnexpectedResponse(_) => ErrorKind::UnexpectedResponse,
            Self::NotApplied(_) => ErrorKind::NotApplied,
            Self::Inconsistent(_) => ErrorKind::InconsistentList,
        }
    }
}
