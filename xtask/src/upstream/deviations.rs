//! The accepted differences between our spec and the published document.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use crate::{
    change::{Change, Finding},
    document::{Unusable, read_text},
    rules,
};

/// The accepted deviations, below the root of the repository.
pub(crate) const DEVIATIONS: &str = "spec/deviations.yaml";

/// A difference that was reviewed and is accepted.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deviation {
    /// The operations that have it; any operation if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operations: Option<BTreeSet<String>>,
    /// The place in the operation; `*` matches any text.
    place: String,
    /// The kind of change from our spec to theirs.
    #[serde(deserialize_with = "known_id")]
    id: Change,
    reason: String,
}

fn known_id<'de, D: Deserializer<'de>>(id: D) -> Result<Change, D::Error> {
    let id = String::deserialize(id)?;
    let known = Change::ALL.iter().find(|known| known.id() == id);
    known.copied().ok_or_else(|| {
        D::Error::custom(format!("unknown id `{id}`; xtask/README.md lists the ids"))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviationFile {
    deviations: Vec<Value>,
}

impl Deviation {
    /// The deviation in one line.
    pub(super) fn line(&self) -> String {
        let place = if self.place.is_empty() { "operation" } else { &self.place };
        format!("{place}: {}", self.id)
    }

    /// The reason in one line.
    pub(super) fn reason(&self) -> String {
        self.reason.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn covers(&self, finding: &Finding<'_>) -> bool {
        let operation = &finding.operation;
        self.operations.as_ref().is_none_or(|these| these.contains(operation))
            && self.id == finding.change
            && matches(&self.place, &finding.place)
    }

    /// The named operations that do not have the deviation, if it is stale: empty if no operation
    /// at all has it.
    pub(super) fn stale(&self, findings: &[Finding<'_>]) -> Option<Vec<String>> {
        let covered = findings.iter().filter(|finding| self.covers(finding));
        let having: BTreeSet<&String> = covered.map(|finding| &finding.operation).collect();
        if having.is_empty() {
            return Some(Vec::new());
        }
        let named = self.operations.iter().flatten();
        let missing: Vec<String> = named.filter(|name| !having.contains(name)).cloned().collect();
        (!missing.is_empty()).then_some(missing)
    }
}

/// Whether a text matches a pattern in which `*` matches any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    text.strip_prefix(first).is_some_and(|tail| {
        let ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
        ends.into_iter().any(|at| matches(rest, &tail[at..]))
    })
}

/// Reads the accepted deviations.
pub(crate) fn read_deviations(path: &str) -> Result<Vec<Deviation>, Unusable> {
    let unusable = |why: String| Unusable(format!("{path}: {why}"));
    let value = rules::read(&read_text(path)?).map_err(unusable)?;
    let file: DeviationFile =
        serde_json::from_value(value).map_err(|why| unusable(why.to_string()))?;
    let read = |(index, entry)| {
        let deviation = serde_json::from_value(entry).map_err(|why| why.to_string());
        let reasoned = |it: Deviation| match it.reason.trim() {
            "" => Err(format!("`{}` has no reason", it.line())),
            _ => Ok(it),
        };
        let place = |why| unusable(format!("deviations[{index}]: {why}"));
        deviation.and_then(reasoned).map_err(place)
    };
    file.deviations.into_iter().enumerate().map(read).collect()
}
