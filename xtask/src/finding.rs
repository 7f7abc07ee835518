//! What the comparison of two documents finds, and what it means for callers.

use std::fmt;

use serde::Serialize;

/// Which way the described value travels. The same change has the opposite effect in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the caller to the API.
    Request,
    /// From the API to the caller.
    Response,
}

/// How the set of values that a description allows has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Some values are no longer allowed.
    Narrower,
    /// Some values are allowed that were not.
    Wider,
    /// Both.
    Other,
    /// It cannot be told.
    Unknown,
}

impl Effect {
    /// What a change with this effect means for callers.
    pub(crate) fn verdict(self, direction: Direction) -> Verdict {
        match (direction, self) {
            (_, Effect::Unknown) => Verdict::Unknown,
            (Direction::Request, Effect::Narrower | Effect::Other) => Verdict::BreaksRequests,
            (Direction::Response, Effect::Wider | Effect::Other) => Verdict::BreaksReading,
            (Direction::Request, Effect::Wider) | (Direction::Response, Effect::Narrower) => {
                Verdict::Compatible
            }
        }
    }
}

/// What a change means for who calls the API by the old document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// What callers send may be refused, or may mean something else.
    BreaksRequests,
    /// What comes back may be something that callers cannot read.
    BreaksReading,
    /// Nobody can tell. Counts as breaking until someone has looked.
    Unknown,
    /// Callers notice nothing.
    Compatible,
}

impl Verdict {
    /// Every verdict, the worst first.
    pub(crate) const ALL: [Verdict; 4] =
        [Verdict::BreaksRequests, Verdict::BreaksReading, Verdict::Unknown, Verdict::Compatible];

    /// Whether a release with this change must be announced as breaking.
    pub(crate) fn is_breaking(self) -> bool {
        self != Verdict::Compatible
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::BreaksRequests => "breaks requests",
            Verdict::BreaksReading => "breaks reading of answers",
            Verdict::Unknown => "unknown",
            Verdict::Compatible => "compatible",
        })
    }
}

/// The named schema that a change lies in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct InSchema {
    /// The name of the component.
    pub(crate) name: String,
    /// The place in it, empty for the schema itself.
    pub(crate) at: String,
}

/// One change, at one place of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The operationId, or method and path where there is none. Empty for the whole document.
    pub(crate) operation: String,
    /// The place in the operation, such as `200 · result[].email`. Empty for the operation itself.
    pub(crate) place: String,
    /// The named schema around the place, if there is one.
    pub(crate) schema: Option<InSchema>,
    /// What changed, in words.
    pub(crate) what: String,
    /// What it means.
    pub(crate) verdict: Verdict,
    /// Whether it is a matter of words only, and nothing on the wire depends on it.
    pub(crate) documentation: bool,
}

impl Finding {
    /// A change that is in no named schema.
    pub(crate) fn new(
        operation: &str,
        place: &str,
        what: impl Into<String>,
        verdict: Verdict,
    ) -> Self {
        Self {
            operation: operation.to_owned(),
            place: place.to_owned(),
            schema: None,
            what: what.into(),
            verdict,
            documentation: false,
        }
    }

    /// A change that people read and that nothing on the wire depends on.
    pub(crate) fn documentation(operation: &str, place: &str, what: impl Into<String>) -> Self {
        Self { documentation: true, ..Self::new(operation, place, what, Verdict::Compatible) }
    }

    /// Operation and place in one line.
    pub(crate) fn whereabouts(&self) -> String {
        match (self.operation.as_str(), self.place.as_str()) {
            ("", "") => "the document".to_owned(),
            (operation, "") => operation.to_owned(),
            ("", place) => place.to_owned(),
            (operation, place) => format!("{operation} · {place}"),
        }
    }
}
