//! Errors. None of them holds a URL or a password.

use std::fmt;
use std::time::Duration;

/// A text that is not the URL of a Redis server. The text is not repeated: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid Redis URL: {0}; expected redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]")]
pub struct InvalidUrl(pub(crate) &'static str);

/// Why there is no lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another owner holds it.
    #[error("held by {owner}")]
    Held {
        /// The description that the owner gave.
        owner: String,
    },
    /// The server has just been started, and may have forgotten a lock that is still held.
    #[error("the Redis server was started less than {} s ago and may have forgotten a lock", .0.as_secs())]
    Restarted(Duration),
    /// The server cannot be used.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why the server cannot be used, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    pub(crate) server: String,
    pub(crate) problem: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the Redis server {}: {}", self.server, self.problem)
    }
}

impl std::error::Error for Unavailable {}
