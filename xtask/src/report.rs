//! Telling what was found: as text, as JSON, as Markdown.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use crate::finding::{Finding, InSchema, Verdict};

mod version;

pub(crate) use version::Bump;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Markdown,
}

/// The same change, wherever it shows.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    pub(crate) verdict: Verdict,
    /// The named schema it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schema: Option<InSchema>,
    pub(crate) what: String,
    /// Whether it is a matter of words only.
    pub(crate) documentation: bool,
    pub(crate) places: Vec<Place>,
}

/// Where a change shows.
#[derive(Debug, Serialize)]
pub(crate) struct Place {
    pub(crate) operation: String,
    pub(crate) place: String,
}

/// What findings have in common that are the same change; in the order of a report.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Same<'a> {
    verdict: Verdict,
    documentation: bool,
    schema: Option<&'a InSchema>,
    /// Only where there is no schema to name.
    place: Option<&'a str>,
    what: &'a str,
}

/// Puts the findings together that are the same change, the worst first.
pub(crate) fn group(findings: &[Finding]) -> Vec<Change> {
    let mut groups: BTreeMap<Same<'_>, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let same = Same {
            verdict: finding.verdict,
            documentation: finding.documentation,
            schema: finding.schema.as_ref(),
            place: finding.schema.is_none().then_some(finding.place.as_str()),
            what: &finding.what,
        };
        let group = groups.entry(same).or_default();
        if !group.contains(&finding) {
            group.push(finding);
        }
    }
    groups.into_iter().map(|(same, found)| Change::of(&same, &found)).collect()
}

impl Change {
    fn of(same: &Same<'_>, found: &[&Finding]) -> Self {
        let place = |finding: &&Finding| Place {
            operation: finding.operation.clone(),
            place: finding.place.clone(),
        };
        Self {
            verdict: same.verdict,
            schema: same.schema.cloned(),
            what: same.what.to_owned(),
            documentation: same.documentation,
            places: found.iter().map(place).collect(),
        }
    }

    /// What the change is in: a named schema, or else a place of an operation.
    pub(crate) fn subject(&self) -> String {
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

    /// Where it shows, one line each; less where the subject says it already.
    pub(crate) fn whereabouts(&self) -> Vec<String> {
        let line = |place: &Place| match (self.schema.is_some(), place.place.as_str()) {
            (false, _) | (_, "") => place.operation.clone(),
            (true, at) => format!("{} · {at}", place.operation),
        };
        self.places.iter().map(line).filter(|line| !line.is_empty()).collect()
    }
}

/// The outcome of a `diff`.
#[derive(Debug, Serialize)]
pub(crate) struct DiffReport {
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) breaking: bool,
    pub(crate) bump: Bump,
    pub(crate) changes: Vec<Change>,
}

impl DiffReport {
    pub(crate) fn write(&self, format: Format) -> String {
        match format {
            Format::Json => json(self),
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
        }
    }

    fn headline(&self) -> &'static str {
        match (self.changes.is_empty(), self.breaking) {
            (true, _) => "no change",
            (_, true) => "breaking",
            (_, false) => "not breaking",
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{} → {}: {}\n", self.old, self.new, self.headline());
        changes_as_text(&mut text, &self.changes);
        if !self.changes.is_empty() {
            let _ = write!(text, "\n{}\n", self.bump);
        }
        text
    }

    fn markdown(&self) -> String {
        let headline = self.headline();
        let mut text = format!("## `{}` → `{}`: {headline}\n", self.old, self.new);
        changes_as_markdown(&mut text, &self.changes);
        if !self.changes.is_empty() {
            let _ = write!(text, "\n{}\n", self.bump);
        }
        text
    }
}

/// Any report as JSON.
pub(crate) fn json(report: &impl Serialize) -> String {
    match serde_json::to_string_pretty(report) {
        Ok(text) => text + "\n",
        Err(why) => format!("the report cannot be written: {why}\n"),
    }
}

/// A title for the changes with this verdict, and what they mean for callers.
fn title(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::BreaksRequests => {
            ("Breaks requests", "what callers send today may be refused, or may do something else")
        }
        Verdict::BreaksReading => (
            "Breaks reading of answers",
            "what comes back may not be what callers can read today, or may lack it",
        ),
        Verdict::Unknown => ("Unknown", "look at it; it counts as breaking until someone has"),
        Verdict::Compatible => ("Compatible", "callers of today notice nothing"),
    }
}

pub(crate) fn changes_as_text(text: &mut String, changes: &[Change]) {
    for verdict in Verdict::ALL {
        let of_verdict: Vec<_> = changes.iter().filter(|c| c.verdict == verdict).collect();
        if of_verdict.is_empty() {
            continue;
        }
        let (title, meaning) = title(verdict);
        let _ = write!(text, "\n{title}: {meaning}\n");
        for change in of_verdict {
            let _ = writeln!(text, "  {}: {}", change.subject(), change.what);
            for line in change.whereabouts() {
                let _ = writeln!(text, "      {line}");
            }
        }
    }
}

pub(crate) fn changes_as_markdown(text: &mut String, changes: &[Change]) {
    for verdict in Verdict::ALL {
        let of_verdict: Vec<_> = changes.iter().filter(|c| c.verdict == verdict).collect();
        if of_verdict.is_empty() {
            continue;
        }
        let (title, meaning) = title(verdict);
        let _ = write!(text, "\n### {title}\n\nThat is, {meaning}.\n\n");
        for change in of_verdict {
            let _ = writeln!(text, "- **{}**: {}", change.subject(), change.what);
            for line in change.whereabouts() {
                let _ = writeln!(text, "  - {line}");
            }
        }
    }
}
