//! `spec upstream`: where our spec and the published document differ in what may go over the wire.

use std::{collections::BTreeSet, fmt::Write as _};

use serde::{Deserialize, Serialize};

use crate::{
    compare::{Side, compare},
    document::{Document, Unusable, read_text, read_value},
    finding::Finding,
    operations::{OperationKey, operations},
    report::{Change, Format, changes_as_markdown, changes_as_text, group, json},
};

/// Where the accepted deviations stand in the repository.
pub(crate) const DEVIATIONS: &str = "spec/deviations.yaml";

/// A difference that was looked at and is meant to stay.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deviation {
    /// The operations that have it; all that are compared if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operations: Option<BTreeSet<String>>,
    /// The place in the operation, as the report gives it; `*` stands for anything.
    place: String,
    /// What differs, as the report words it; `*` stands for anything.
    what: String,
    /// Why it is accepted.
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviationFile {
    deviations: Vec<Deviation>,
}

impl Deviation {
    fn words(&self) -> String {
        let place = if self.place.is_empty() { "operation" } else { &self.place };
        format!("{place}: {}", self.what)
    }

    fn covers(&self, finding: &Finding) -> bool {
        let operation = &finding.operation;
        self.operations.as_ref().is_none_or(|these| these.contains(operation))
            && matches(&self.place, &finding.place)
            && matches(&self.what, &finding.what)
    }

    /// The operations that the deviation names and that do not have it; an empty string if no
    /// operation at all has it.
    fn stale(&self, findings: &[Finding]) -> Vec<String> {
        let having: BTreeSet<&String> = findings
            .iter()
            .filter(|finding| self.covers(finding))
            .map(|finding| &finding.operation)
            .collect();
        match &self.operations {
            None if having.is_empty() => vec![String::new()],
            None => Vec::new(),
            Some(named) => named.iter().filter(|name| !having.contains(name)).cloned().collect(),
        }
    }
}

/// Whether a text fits a pattern in which `*` stands for anything.
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
    let value = read_value(&read_text(path)?).map_err(unusable)?;
    let file: DeviationFile =
        serde_json::from_value(value).map_err(|why| unusable(why.to_string()))?;
    match file.deviations.iter().find(|deviation| deviation.reason.trim().is_empty()) {
        Some(bare) => Err(unusable(format!("`{}` has no reason", bare.what))),
        None => Ok(file.deviations),
    }
}

/// Compares what concerns our paths.
pub(crate) fn differences(ours: &Document, theirs: &Document) -> Result<Vec<Finding>, Unusable> {
    let our_operations = operations(ours)?;
    let mut their_operations = operations(theirs)?;
    let templates: BTreeSet<&str> =
        our_operations.keys().map(|key| key.template.as_str()).collect();
    their_operations.retain(|key, _| concerns(key, &templates));
    if their_operations.is_empty() {
        return Err(Unusable(format!("{} has none of the paths of {}", theirs.name, ours.name)));
    }
    let ours = Side { document: ours, operations: our_operations };
    let theirs = Side { document: theirs, operations: their_operations };
    let mut findings = compare(&ours, &theirs).findings;
    findings.retain(|finding| !finding.documentation);
    Ok(findings)
}

/// Whether the path is one of ours, or lies below one.
fn concerns(key: &OperationKey, templates: &BTreeSet<&str>) -> bool {
    templates.iter().any(|ours| {
        key.template.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The outcome of a comparison with the published document.
#[derive(Debug, Serialize)]
pub(crate) struct UpstreamReport {
    ours: String,
    theirs: String,
    /// Whether there is anything to act on.
    pub(crate) drift: bool,
    differences: Vec<Change>,
    stale: Vec<Stale>,
    accepted: Vec<Accepted>,
}

/// A deviation that is listed and does not exist.
#[derive(Debug, Serialize)]
struct Stale {
    deviation: Deviation,
    /// The named operations that do not have it; empty if none has it.
    missing_in: Vec<String>,
}

/// A deviation that is listed and exists.
#[derive(Debug, Serialize)]
struct Accepted {
    deviation: Deviation,
    places: Vec<String>,
}

impl UpstreamReport {
    pub(crate) fn new(
        ours: &Document,
        theirs: &Document,
        deviations: Vec<Deviation>,
    ) -> Result<Self, Unusable> {
        let findings = differences(ours, theirs)?;
        let fresh: Vec<Finding> = findings
            .iter()
            .filter(|finding| !deviations.iter().any(|deviation| deviation.covers(finding)))
            .cloned()
            .collect();
        let (mut stale, mut accepted) = (Vec::new(), Vec::new());
        for deviation in deviations {
            let mut missing_in = deviation.stale(&findings);
            let covered = findings.iter().filter(|finding| deviation.covers(finding));
            let places: Vec<String> = covered.map(Finding::whereabouts).collect();
            if !missing_in.is_empty() {
                missing_in.retain(|operation| !operation.is_empty());
                let deviation = deviation.clone();
                stale.push(Stale { deviation, missing_in });
            }
            if !places.is_empty() {
                accepted.push(Accepted { deviation, places });
            }
        }
        Ok(Self {
            ours: ours.name.clone(),
            theirs: theirs.name.clone(),
            drift: !fresh.is_empty() || !stale.is_empty(),
            differences: group(&fresh),
            stale,
            accepted,
        })
    }

    pub(crate) fn write(&self, format: Format) -> String {
        match format {
            Format::Json => json(self),
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
        }
    }

    fn headline(&self) -> String {
        let state = if self.drift { "they differ" } else { "nothing new" };
        format!("{} (was) and {} (is): {state}", self.ours, self.theirs)
    }

    fn text(&self) -> String {
        let mut text = self.headline() + "\n";
        changes_as_text(&mut text, &self.differences);
        for (title, lines) in self.lists() {
            let _ = write!(text, "\n{title}\n");
            for (line, below) in lines {
                let _ = write!(text, "  {line}\n      {below}\n");
            }
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("## {}\n", self.headline());
        changes_as_markdown(&mut text, &self.differences);
        for (title, lines) in self.lists() {
            let _ = write!(text, "\n### {title}\n\n");
            for (line, below) in lines {
                let _ = writeln!(text, "- {line}\n  - {below}");
            }
        }
        text
    }

    /// The deviations under their titles, each with the line that goes below it.
    fn lists(&self) -> Vec<(&'static str, Vec<(String, String)>)> {
        let stale = self.stale.iter().map(Stale::lines).collect();
        let accepted = self.accepted.iter().map(Accepted::lines).collect();
        let mut lists = vec![("Listed as accepted, but gone", stale), ("Accepted", accepted)];
        lists.retain(|(_, lines): &(_, Vec<_>)| !lines.is_empty());
        lists
    }
}

impl Stale {
    fn lines(&self) -> (String, String) {
        let remedy = match self.missing_in.is_empty() {
            true => "take it out of the list".to_owned(),
            false => format!("take out of its operations: {}", self.missing_in.join(", ")),
        };
        (self.deviation.words(), remedy)
    }
}

impl Accepted {
    fn lines(&self) -> (String, String) {
        let places = match self.places.len() {
            1 => "1 place".to_owned(),
            many => format!("{many} places"),
        };
        let reason = self.deviation.reason.split_whitespace().collect::<Vec<_>>().join(" ");
        (format!("{} ({places})", self.deviation.words()), reason)
    }
}

#[cfg(test)]
mod tests;
