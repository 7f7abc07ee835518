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

    /// Parses the text. `None` if it is not in the format of RFC 3339, or is before 1970.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let text = self.0.to_ascii_uppercase();
        if text.ends_with('Z') {
            return humantime::parse_rfc3339(&text).ok();
        }
        let (local, offset) = text.split_at_checked(text.len().checked_sub("+00:00".len())?)?;
        let (hours, minutes) = offset.get(1..)?.split_once(':')?;
        let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
        let shift = Duration::from_secs(60 * (60 * u64::from(hours) + u64::from(minutes)));
        let moment = humantime::parse_rfc3339(&format!("{local}Z")).ok()?;
        match offset.as_bytes().first() {
            Some(b'+') => moment.checked_sub(shift),
            Some(b'-') => moment.checked_add(shift),
            _ => None,
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_rfc_3339_is_parsed() {
        let moment = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250));
        for text in [
            "2023-11-14T22:13:20.25Z",
            "2023-11-14t22:13:20.250z",
            "2023-11-14T22:13:20.250000+00:00",
            "2023-11-15T03:58:20.25+05:45",
            "2023-11-14T14:13:20.25-08:00",
        ] {
            assert_eq!(Timestamp::new(text).to_system_time(), moment, "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2023-11-14",
            "2023-11-14T22:13:20",
            "2023-11-14T22:13:20 00:00",
            "2023-11-14T22:13:20+0000",
            "2023-11-14T22:13:20+é:00",
            "2023-13-14T22:13:20Z",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::new(text).to_system_time(), None, "{text}");
        }
    }
}
