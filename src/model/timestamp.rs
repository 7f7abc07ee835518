//! Timestamps.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// A date and time, as the API wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub struct Timestamp(#[cfg_attr(test, schemars(extend("format" = "date-time")))] String);

impl Timestamp {
    /// Creates a timestamp with this text, for tests.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, normally in the format of RFC 3339.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the text. `None` if it is not in the format of RFC 3339.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let moment = chrono::DateTime::parse_from_rfc3339(&self.0).ok()?;
        let seconds = Duration::from_secs(moment.timestamp().unsigned_abs());
        let whole = if moment.timestamp() < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(seconds)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(seconds)
        };
        whole?.checked_add(Duration::from_nanos(u64::from(moment.timestamp_subsec_nanos())))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
