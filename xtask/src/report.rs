//! Writes findings as text, as JSON and as Markdown.

use clap::ValueEnum;
use serde::Serialize;

use crate::{
    change::{Change, Finding, InSchema, Verdict},
    diff::{diff, version},
    document::{Document, Unusable},
};

mod bump;

pub(crate) use bump::Bump;

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

/// Groups the findings by change, the worst first.
pub(crate) fn group<'a>(findings: impl IntoIterator<Item = &'a Finding<'a>>) -> Vec<Group> {
    let mut findings: Vec<&Finding<'_>> = findings.into_iter().collect();
    // What findings of the same change share. Without a named schema it is their place.
    let shared = |finding: &&'a Finding<'a>| {
        let Finding { change, verdict, schema, message, .. } = *finding;
        let place = schema.is_none().then_some(&finding.place);
        (verdict, change.is_documentation(), schema, place, change, message)
    };
    findings.sort_by_key(shared);
    let group = |alike: &[&Finding<'_>]| {
        let mut places = Vec::new();
        for Finding { operation, place, .. } in alike {
            let place = Place { operation: operation.clone(), place: place.clone() };
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let Finding { change: id, verdict, schema, message, .. } = alike[0].clone();
        Group { id, verdict, schema, message, places }
    };
    findings.chunk_by(|a, b| shared(a) == shared(b)).map(group).collect()
}

impl Group {
    /// The named schema that the change is in, otherwise the place in the operation.
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
    /// Compares two documents, on request only the operations on the paths of a third.
    pub(crate) fn new(
        old: &Document,
        new: &Document,
        only: Option<&Document>,
    ) -> Result<Self, Unusable> {
        let changes = group(&diff(old, new, only)?);
        Ok(Self {
            old: old.name.clone(),
            new: new.name.clone(),
            breaking: changes.iter().any(|change| change.verdict.is_breaking()),
            bump: Bump::of(&changes, version(old)),
            changes,
        })
    }

    pub(crate) fn write(&self, format: Format) -> String {
        let headline = match (self.changes.is_empty(), self.breaking) {
            (true, _) => "no changes",
            (_, true) => "breaking",
            (_, false) => "not breaking",
        };
        let Some(mut page) = Page::new(format, [&self.old, &self.new], headline) else {
            return json(self);
        };
        page.groups(&self.changes);
        if !self.changes.is_empty() {
            page.text += &format!("\n{}\n", self.bump);
        }
        page.text
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

/// A report as text or as Markdown.
pub(crate) struct Page {
    pub(crate) text: String,
    pub(crate) is_markdown: bool,
}

impl Page {
    /// Begins with the names of the documents and the outcome; none for JSON.
    pub(crate) fn new(format: Format, [old, new]: [&str; 2], outcome: &str) -> Option<Self> {
        let text = match format {
            Format::Json => return None,
            Format::Text => format!("{old} → {new}: {outcome}\n"),
            Format::Markdown => format!("## `{old}` → `{new}`: {outcome}\n"),
        };
        Some(Self { text, is_markdown: format == Format::Markdown })
    }

    /// The changes under the titles of their verdicts.
    pub(crate) fn groups(&mut self, groups: &[Group]) {
        for verdict in Verdict::ALL {
            let mut of_verdict = groups.iter().filter(|group| group.verdict == verdict).peekable();
            let (title, meaning) = title(verdict);
            if of_verdict.peek().is_some() {
                self.text += &match self.is_markdown {
                    true => format!("\n### {title}\n\nThat is: {meaning}.\n\n"),
                    false => format!("\n{title}: {meaning}\n"),
                };
            }
            for group in of_verdict {
                let (subject, message, id) = (group.subject(), &group.message, group.id);
                let line = match self.is_markdown {
                    true => format!("**{subject}**: {message} (`{id}`)"),
                    false => format!("{subject}: {message} [{id}]"),
                };
                self.item(&line, &group.locations());
            }
        }
    }

    /// Items under a title, each with the line that explains it.
    pub(crate) fn list(&mut self, title: &str, items: impl Iterator<Item = (String, String)>) {
        let mut items = items.peekable();
        if items.peek().is_some() {
            self.text += &match self.is_markdown {
                true => format!("\n### {title}\n\n"),
                false => format!("\n{title}\n"),
            };
        }
        items.for_each(|(line, below)| self.item(&line, &[below]));
    }

    fn item(&mut self, line: &str, below: &[String]) {
        let [item, sub_item] = if self.is_markdown { ["- ", "  - "] } else { ["  ", "      "] };
        self.text += &format!("{item}{line}\n");
        for line in below {
            self.text += &format!("{sub_item}{line}\n");
        }
    }
}
