//! Writes findings as text, as JSON and as Markdown.

use std::{collections::BTreeMap, fmt::Write as _};

use clap::ValueEnum;
use serde::Serialize;

use crate::change::{Change, Finding, InSchema, Verdict};

mod version;

pub(crate) use version::Bump;

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Markdown,
}

/// Lines for the places of one change. The JSON report has all of them.
const MAX_LINES: usize = 6;

/// The same change at all places where it occurs.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    pub(crate) id: Change,
    pub(crate) verdict: Verdict,
    /// The named schema around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schema: Option<InSchema>,
    pub(crate) message: String,
    pub(crate) places: Vec<Place>,
}

/// An operation, and a place in it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    pub(crate) operation: String,
    pub(crate) place: String,
}

/// The part that findings of the same change share, in the order of a report.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shared<'a> {
    verdict: Verdict,
    is_documentation: bool,
    schema: Option<&'a InSchema>,
    /// Only if there is no named schema.
    place: Option<&'a str>,
    change: Change,
    message: &'a str,
}

/// Groups the findings by change, the worst first.
pub(crate) fn group<'a>(findings: impl IntoIterator<Item = &'a Finding<'a>>) -> Vec<Group> {
    let mut groups: BTreeMap<Shared<'_>, Vec<Place>> = BTreeMap::new();
    for finding in findings {
        let shared = Shared {
            verdict: finding.verdict,
            is_documentation: finding.change.is_documentation(),
            schema: finding.schema.as_ref(),
            place: finding.schema.is_none().then_some(finding.place.as_str()),
            change: finding.change,
            message: &finding.message,
        };
        let places = groups.entry(shared).or_default();
        let place = Place { operation: finding.operation.clone(), place: finding.place.clone() };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let group = |(shared, places): (Shared<'_>, Vec<Place>)| Group {
        id: shared.change,
        verdict: shared.verdict,
        schema: shared.schema.cloned(),
        message: shared.message.to_owned(),
        places,
    };
    groups.into_iter().map(group).collect()
}

impl Group {
    /// The named schema that the change is in, otherwise the place in the operation.
    fn subject(&self) -> String {
        match (&self.schema, self.places.first()) {
            (Some(InSchema { name, at }), _) if at.is_empty() => format!("schema {name}"),
            (Some(InSchema { name, at }), _) => format!("schema {name}, {at}"),
            (None, Some(Place { place, operation })) => {
                match (place.as_str(), operation.as_str()) {
                    ("", "") => "the document".to_owned(),
                    ("", _) => "operation".to_owned(),
                    (place, _) => place.to_owned(),
                }
            }
            (None, None) => String::new(),
        }
    }

    /// The first places, one line each, without what the subject has already.
    fn locations(&self) -> Vec<String> {
        let line = |place: &Place| match (self.schema.is_some(), place.place.as_str()) {
            (false, _) | (_, "") => place.operation.clone(),
            (true, at) => format!("{} · {at}", place.operation),
        };
        let mut lines: Vec<String> =
            self.places.iter().map(line).filter(|line| !line.is_empty()).collect();
        if lines.len() > MAX_LINES {
            let more = lines.split_off(MAX_LINES - 1).len();
            lines.push(format!("and {more} more places"));
        }
        lines
    }
}

/// The outcome of `spec diff`.
#[derive(Debug, Serialize)]
pub(crate) struct DiffReport {
    old: String,
    new: String,
    pub(crate) breaking: bool,
    bump: Bump,
    changes: Vec<Group>,
}

impl DiffReport {
    pub(crate) fn new(old: &str, new: &str, version: Option<&str>, changes: Vec<Group>) -> Self {
        Self {
            old: old.to_owned(),
            new: new.to_owned(),
            breaking: changes.iter().any(|change| change.verdict.is_breaking()),
            bump: Bump::of(&changes, version),
            changes,
        }
    }

    pub(crate) fn write(&self, format: Format) -> String {
        let headline = match (self.changes.is_empty(), self.breaking) {
            (true, _) => "no changes",
            (_, true) => "breaking",
            (_, false) => "not breaking",
        };
        let Self { old, new, changes, bump, .. } = self;
        let mut text = match format {
            Format::Json => return json(self),
            Format::Text => format!("{old} → {new}: {headline}\n"),
            Format::Markdown => format!("## `{old}` → `{new}`: {headline}\n"),
        };
        write_groups(&mut text, changes, format);
        if !changes.is_empty() {
            let _ = write!(text, "\n{bump}\n");
        }
        text
    }
}

/// Any report as JSON.
pub(crate) fn json(report: &impl Serialize) -> String {
    match serde_json::to_string_pretty(report) {
        Ok(text) => text + "\n",
        Err(why) => format!("cannot write the report: {why}\n"),
    }
}

/// The title of the changes with this verdict, and what the verdict means for callers.
fn title(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::BreaksRequests => (
            "Breaking for requests",
            "what callers send may be refused, or may mean something else",
        ),
        Verdict::BreaksResponses => (
            "Breaking for responses",
            "callers may be unable to read what is returned, or may miss it",
        ),
        Verdict::Unknown => ("Unknown", "counts as breaking until it is reviewed"),
        Verdict::Compatible => ("Compatible", "callers are not affected"),
    }
}

/// Writes the changes under the titles of their verdicts, as text or as Markdown.
pub(crate) fn write_groups(text: &mut String, groups: &[Group], format: Format) {
    let is_markdown = format == Format::Markdown;
    for verdict in Verdict::ALL {
        let of_verdict: Vec<_> = groups.iter().filter(|group| group.verdict == verdict).collect();
        if of_verdict.is_empty() {
            continue;
        }
        let (title, meaning) = title(verdict);
        let _ = match is_markdown {
            true => write!(text, "\n### {title}\n\nThat is: {meaning}.\n\n"),
            false => write!(text, "\n{title}: {meaning}\n"),
        };
        for group in of_verdict {
            let (subject, message, id) = (group.subject(), &group.message, group.id);
            let _ = match is_markdown {
                true => writeln!(text, "- **{subject}**: {message} (`{id}`)"),
                false => writeln!(text, "  {subject}: {message} [{id}]"),
            };
            let prefix = if is_markdown { "  - " } else { "      " };
            for line in group.locations() {
                let _ = writeln!(text, "{prefix}{line}");
            }
        }
    }
}
