//! The decision to try again.

use http::StatusCode;

/// Whether an answer with this status says nothing of the next attempt.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502..=504 | 520..=526 | 530)
}
