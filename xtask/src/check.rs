//! `spec check`: whether the spec is well-formed, and the bindings are current.

use std::{collections::BTreeMap, process::Command};

use crate::document::{Document, ROOT, Unusable};

mod components;
mod examples;
mod keys;
mod operations;
mod words;

/// What is wrong, by the place where it is; an empty place is the document as a whole.
#[derive(Debug, Default)]
struct Problems(BTreeMap<String, Vec<String>>);

impl Problems {
    fn add(&mut self, place: &str, what: impl Into<String>) {
        self.0.entry(place.to_owned()).or_default().push(what.into());
    }

    fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }
}

/// Checks the spec, or another document in its place, for which there are no bindings to look at.
pub(crate) fn run(other: Option<&str>) -> Result<(String, bool), Unusable> {
    let document = match other {
        Some(path) => Document::from_file(path)?,
        None => Document::from_working_tree()?,
    };
    let mut problems = problems(&document)?;
    if other.is_none() {
        bindings(&mut problems);
    }
    let mut text = String::new();
    for (place, found) in &problems.0 {
        for what in found {
            let separator = if place.is_empty() { "" } else { ": " };
            text += &format!("{}: {place}{separator}{what}\n", document.name);
        }
    }
    text += &match problems.count() {
        0 => format!("{}: all is well\n", document.name),
        1 => format!("{}: 1 thing is wrong\n", document.name),
        many => format!("{}: {many} things are wrong\n", document.name),
    };
    Ok((text, problems.count() == 0))
}

fn problems(document: &Document) -> Result<Problems, Unusable> {
    let mut problems = Problems::default();
    let nodes = keys::check(document, &mut problems);
    if problems.count() > 0 {
        // What is not built as OpenAPI has it cannot be asked for its meaning.
        return Ok(problems);
    }
    operations::check(document, &nodes, &mut problems)?;
    words::check(&nodes, &mut problems);
    components::check(document, &mut problems);
    examples::check(document, &nodes, &mut problems);
    Ok(problems)
}

/// The build script of the bindings refuses those that were not made from this spec.
fn bindings(problems: &mut Problems) {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .args(["check", "--quiet", "--package", "cloudflare-user-groups"])
        .current_dir(ROOT)
        .output();
    match built {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            problems.add("", format!("the bindings do not build from it:\n{}", why.trim_end()));
        }
        Err(why) => problems.add("", format!("cargo cannot be run to look at the bindings: {why}")),
    }
}

#[cfg(test)]
mod tests;
