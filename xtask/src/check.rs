//! `spec check`: whether the spec is well-formed, follows the rules of code generation, and is what
//! generated/ was made from.

use std::{collections::BTreeSet, process::Command};

use crate::{
    document::{Document, ROOT, Unusable},
    rules::{self, Problems},
};

mod documentation;
mod examples;
mod nodes;
mod operations;
mod structure;

/// Checks the spec, or another document in its place, which has no bindings.
pub(crate) fn run(other: Option<&str>) -> Result<(String, bool), Unusable> {
    let document = match other {
        Some(path) => Document::from_file(path)?,
        None => Document::from_working_tree()?,
    };
    let mut problems = problems(&document)?;
    if other.is_none() {
        problems.0.extend(rules::unmatched_replacements(&document.root));
        bindings(&mut problems);
    }
    let mut text = String::new();
    for problem in &problems.0 {
        text += &format!("{}: {problem}\n", document.name);
    }
    if other.is_none() {
        for sentence in rules::stripped(&document.root) {
            text += &format!("{}: note: {sentence}\n", document.name);
        }
    }
    text += &match problems.0.len() {
        0 => format!("{}: ok\n", document.name),
        1 => format!("{}: 1 problem\n", document.name),
        count => format!("{}: {count} problems\n", document.name),
    };
    Ok((text, problems.0.is_empty()))
}

/// The problems of a document. Those of its structure are reported alone, because everything else
/// depends on it.
pub(crate) fn problems(document: &Document) -> Result<Problems, Unusable> {
    // The rules are first: they refuse circles, on which every other walk would have no end.
    let mut problems = Problems(BTreeSet::from_iter(rules::problems(&document.root)));
    let nodes = nodes::nodes(&document.root);
    structure::check(document, &nodes, &mut problems);
    if !problems.0.is_empty() {
        return Ok(problems);
    }
    operations::check(document, &nodes, &mut problems);
    documentation::check(&nodes, &mut problems);
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
