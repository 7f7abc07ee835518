//! Keys that describe a part of the API without changing what is sent.

use serde_json::{Map, Value};

use crate::change::Change;

/// Keys that only people read.
pub(crate) const DOCUMENTATION: [&str; 9] = [
    "summary",
    "description",
    "tags",
    "externalDocs",
    "example",
    "examples",
    "links",
    "title",
    "xml",
];

/// Keys of the life cycle of an operation, a parameter or a header.
pub(crate) const LIFECYCLE: [&str; 2] = ["deprecated", "x-sunset"];

/// Whether a part of the API is deprecated, and when it ends.
#[derive(Default)]
pub(crate) struct Lifecycle<'a> {
    pub(crate) deprecated: bool,
    pub(crate) sunset: Option<&'a str>,
}

impl<'a> Lifecycle<'a> {
    /// What the keys of an object say.
    pub(crate) fn of(object: &'a Map<String, Value>) -> Self {
        let sunset = object.get("x-sunset").and_then(Value::as_str);
        Self { deprecated: object.get("deprecated") == Some(&Value::Bool(true)), sunset }
    }

    /// What changed, with its words.
    pub(crate) fn changes(&self, new: &Self) -> Vec<(Change, String)> {
        let mut changes = Vec::new();
        let flags = [Change::Deprecated, Change::DeprecationRemoved];
        if let Some(change) = Change::of_flag(flags, self.deprecated, new.deprecated) {
            let message = if new.deprecated { "is deprecated" } else { "is no longer deprecated" };
            changes.push((change, message.to_owned()));
        }
        match (self.sunset, new.sunset) {
            (None, Some(date)) => {
                changes.push((Change::SunsetSet, format!("sunset {date} was set")))
            }
            (Some(date), None) => {
                changes.push((Change::SunsetRemoved, format!("sunset {date} was removed")));
            }
            // Dates of RFC 3339 sort as text.
            (Some(was), Some(is)) if is != was => {
                let change = if is < was { Change::SunsetEarlier } else { Change::SunsetSet };
                changes.push((change, format!("sunset changed from {was} to {is}")));
            }
            _ => {}
        }
        changes
    }
}
