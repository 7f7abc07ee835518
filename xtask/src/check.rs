//! `spec check`: whether the spec is well-formed, follows the rules of code generation, and is what
//! generated/ was made from.

use std::{collections::BTreeMap, process::Command};

use crate::{
    document::{Document, ROOT, Unusable},
    rules,
};

mod components;
mod documentation;
mod examples;
mod nodes;
mod operations;
mod structure;

/// Problems by the place where they are; an empty place is the document as a whole.
#[derive(Debug, Default)]
pub(crate) struct Problems(BTreeMap<String, Vec<String>>);

impl Problems {
    fn add(&mut self, place: &str, message: impl Into<String>) {
        self.0.entry(place.to_owned()).or_default().push(message.into());
    }

    /// One line for each problem.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |place: &str, message: &String| match place {
            "" => message.clone(),
            place => format!("{place}: {message}"),
        };
        let all = self.0.iter();
        all.flat_map(|(place, found)| found.iter().map(move |message| line(place, message)))
            .collect()
    }
}

/// Checks the spec, or another document in its place, which has no bindings.
pub(crate) fn run(other: Option<&str>) -> Result<(String, bool), Unusable> {
    let document = match other {
        Some(path) => Document::from_file(path)?,
        None => Document::from_working_tree()?,
    };
    let mut problems = problems(&document)?;
    if other.is_none() {
        for unmatched in rules::unmatched_replacements(&document.root) {
            problems.add(&unmatched.place, unmatched.message);
        }
        bindings(&mut problems);
    }
    let lines = problems.lines();
    let mut text = String::new();
    for line in &lines {
        text += &format!("{}: {line}\n", document.name);
    }
    if other.is_none() {
        for sentence in rules::stripped(&document.root) {
            text += &format!("{}: note: {sentence}\n", document.name);
        }
    }
    text += &match lines.len() {
        0 => format!("{}: ok\n", document.name),
        1 => format!("{}: 1 problem\n", document.name),
        count => format!("{}: {count} problems\n", document.name),
    };
    Ok((text, lines.is_empty()))
}

/// The problems of a document. Those of its structure are reported alone, because everything else
/// depends on it.
pub(crate) fn problems(document: &Document) -> Result<Problems, Unusable> {
    let mut problems = Problems::default();
    // The rules are first: they refuse circles, on which every other walk would have no end.
    for rules::Problem { place, message } in rules::problems(&document.root) {
        problems.add(&place, message);
    }
    let nodes = nodes::nodes(&document.root);
    structure::check(document, &nodes, &mut problems);
    if !problems.0.is_empty() {
        return Ok(problems);
    }
    operations::check(document, &nodes, &mut problems)?;
    documentation::check(&nodes, &mut problems);
    components::check(document, &mut problems);
    examples::check(document, &nodes, &mut problems);
    Ok(problems)
}

/// The build script of the bindings refuses those that were made from another spec.
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
        Err(why) => problems.add("", format!("cannot run cargo to check the bindings: {why}")),
    }
}
