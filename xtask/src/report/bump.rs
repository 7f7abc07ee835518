//! The version bump that changes require.

use std::fmt;

use serde::Serialize;

use super::Group;

/// The number of a version that is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Number {
    Major,
    Minor,
    Patch,
    None,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Number::Major => "major",
            Number::Minor => "minor",
            Number::Patch => "patch",
            Number::None => "no",
        })
    }
}

/// The required bump, by the rule for 0.x and by the rule from 1.0.
#[derive(Debug, Serialize)]
pub(crate) struct Bump {
    pub(crate) at_0_x: Number,
    pub(crate) from_1_0: Number,
    /// The version that the old document states.
    pub(crate) old: Option<String>,
    /// The version that the new document should state.
    pub(crate) suggested: Option<String>,
}

impl Bump {
    /// The bump that these changes require of a document with this version.
    pub(crate) fn of(changes: &[Group], old: Option<&str>) -> Self {
        let breaking = changes.iter().any(|change| change.verdict.is_breaking());
        let on_wire = changes.iter().any(|change| !change.id.is_documentation());
        let (at_0_x, from_1_0) = match (changes.is_empty(), breaking, on_wire) {
            (true, ..) => (Number::None, Number::None),
            (_, true, _) => (Number::Minor, Number::Major),
            (_, false, true) => (Number::Patch, Number::Minor),
            (_, false, false) => (Number::Patch, Number::Patch),
        };
        Self {
            at_0_x,
            from_1_0,
            old: old.map(str::to_owned),
            suggested: old.and_then(|old| raise(old, at_0_x, from_1_0)),
        }
    }
}

/// The version after the bump by the rule that applies to it.
fn raise(version: &str, at_0_x: Number, from_1_0: Number) -> Option<String> {
    let numbers: Vec<u64> =
        version.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let [major, minor, patch] = numbers.try_into().ok()?;
    let number = if major == 0 { at_0_x } else { from_1_0 };
    Some(match number {
        Number::Major => format!("{}.0.0", major + 1),
        Number::Minor => format!("{major}.{}.0", minor + 1),
        Number::Patch => format!("{major}.{minor}.{}", patch + 1),
        Number::None => version.to_owned(),
    })
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_0_x, from_1_0, old, suggested } = self;
        if let (Some(old), Some(suggested)) = (old, suggested) {
            let rule = if old.starts_with("0.") { "0.x" } else { "1.x" };
            writeln!(f, "Version of the document: {old} → {suggested} ({rule} rule).")?;
        }
        write!(f, "Semver of the crate: {at_0_x} bump while 0.x, {from_1_0} bump from 1.0.")
    }
}
