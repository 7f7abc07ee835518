//! `spec upstream`: where our spec and the published document differ in what clients depend on.

use serde::Serialize;

use crate::{
    change::Finding,
    compare::compare,
    diff::{side, templates},
    document::{Document, Unusable},
    edit::{edited, patch},
    report::{Format, Group, Page, group, json},
};

mod deviations;

pub(crate) use deviations::{DEVIATIONS, Deviation, read_deviations};

/// The differences on our paths and below them. Documentation always differs and is left out.
pub(crate) fn differences<'a>(
    ours: &'a Document,
    theirs: &'a Document,
) -> Result<Vec<Finding<'a>>, Unusable> {
    let templates = templates(ours)?;
    let theirs = side(theirs, Some(&templates))
        .map_err(|Unusable(why)| Unusable(format!("{why} of {}", ours.name)))?;
    Ok(compare(&side(ours, None)?, &theirs, false))
}

/// The outcome of a comparison with the published document.
#[derive(Debug, Serialize)]
pub(crate) struct UpstreamReport {
    ours: String,
    theirs: String,
    /// Whether there is a difference that is not listed, or a listed one that no longer exists.
    pub(crate) drift: bool,
    differences: Vec<Group>,
    stale: Vec<Stale>,
    accepted: Vec<Accepted>,
    /// The patch of our spec that follows the drift, as far as that is mechanical.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
}

/// A deviation that is listed and does not exist.
#[derive(Debug, Serialize)]
struct Stale {
    deviation: Deviation,
    /// The named operations that do not have it; empty if no operation has it.
    missing_in: Vec<String>,
}

/// A deviation that is listed and exists.
#[derive(Debug, Serialize)]
struct Accepted {
    deviation: Deviation,
    places: Vec<String>,
}

impl UpstreamReport {
    /// Compares our spec, of which `text` is the source, with the published document.
    pub(crate) fn new(
        ours: &Document,
        text: &str,
        theirs: &Document,
        deviations: Vec<Deviation>,
    ) -> Result<Self, Unusable> {
        let findings = differences(ours, theirs)?;
        let is_listed =
            |finding: &Finding<'_>| deviations.iter().any(|listed| listed.covers(finding));
        let drift: Vec<&Finding<'_>> =
            findings.iter().filter(|finding| !is_listed(finding)).collect();
        let edits = drift.iter().filter_map(|finding| finding.edit.as_ref());
        let patch = patch(&ours.name, text, &edited(ours, theirs, text, edits));
        let differences = group(drift.iter().copied());
        let (mut stale, mut accepted) = (Vec::new(), Vec::new());
        for deviation in deviations {
            if let Some(missing_in) = deviation.stale(&findings) {
                stale.push(Stale { deviation: deviation.clone(), missing_in });
            }
            let covered = findings.iter().filter(|finding| deviation.covers(finding));
            let places: Vec<String> = covered.map(Finding::location).collect();
            if !places.is_empty() {
                accepted.push(Accepted { deviation, places });
            }
        }
        Ok(Self {
            ours: ours.name.clone(),
            theirs: theirs.name.clone(),
            drift: !differences.is_empty() || !stale.is_empty(),
            differences,
            stale,
            accepted,
            patch,
        })
    }

    pub(crate) fn write(&self, format: Format) -> String {
        let state = if self.drift { "drift" } else { "no drift" };
        let Some(mut page) = Page::new(format, [&self.ours, &self.theirs], state) else {
            return json(self);
        };
        page.groups(&self.differences);
        page.list("Stale deviations", self.stale.iter().map(Stale::lines));
        let title = "Patch of the mechanical part";
        page.text += &match &self.patch {
            None => String::new(),
            Some(patch) if page.is_markdown => format!(
                "\n### {title}\n\nApply it with `git apply`, then run `cargo regen` and the \
                 tests. The other differences need a decision.\n\n```diff\n{patch}```\n"
            ),
            Some(patch) => format!("\n{title}:\n{patch}"),
        };
        // The body of a pull request is about what needs attention.
        if !page.is_markdown {
            page.list("Accepted deviations", self.accepted.iter().map(Accepted::lines));
        }
        page.text
    }
}

impl Stale {
    fn lines(&self) -> (String, String) {
        let remedy = match self.missing_in.is_empty() {
            true => "remove it from the list".to_owned(),
            false => format!("remove from its operations: {}", self.missing_in.join(", ")),
        };
        (self.deviation.line(), remedy)
    }
}

impl Accepted {
    fn lines(&self) -> (String, String) {
        let places = match self.places.len() {
            1 => "1 place".to_owned(),
            count => format!("{count} places"),
        };
        (format!("{} ({places})", self.deviation.line()), self.deviation.reason())
    }
}
