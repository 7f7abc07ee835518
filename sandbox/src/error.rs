//! Errors of seed files, fault files and starting.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A seed or a fault plan that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The text is not JSON of the documented form; the error reports line and column.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A value is invalid.
    #[error("{place}: {problem}")]
    Value {
        /// The place, for instance `accounts[0].user_groups[2].members[1]`.
        place: String,
        /// The problem.
        problem: String,
    },
}

impl FileError {
    pub(crate) fn value(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Value { place: place.into(), problem: problem.into() }
    }
}

/// Reads a text file, without a byte order mark.
pub(crate) fn read_file(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path)
        .map(|text| text.trim_start_matches('\u{feff}').to_owned())
        .map_err(|source| FileError::Read { path: path.to_owned(), source })
}

/// A sandbox that cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The account id is invalid.
    #[error("invalid account ID {0:?}: must be 32 hexadecimal characters")]
    AccountId(String),
    /// The seed cannot be used.
    #[error("invalid seed: {0}")]
    Seed(#[source] FileError),
    /// The faults cannot be used.
    #[error("invalid faults: {0}")]
    Faults(#[source] FileError),
    /// The log file cannot be written.
    #[error("cannot write the log file {}: {source}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The address cannot be listened on, or the thread cannot be started.
    #[error("cannot serve on {address}: {source}")]
    Serve {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
}
