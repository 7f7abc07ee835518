//! The file that says how the user groups shall be, and plans that were saved.

use std::fs;
use std::io::Read;
use std::path::Path;

use cf_groups_engine::{GroupFile, Plan};

use crate::Result;
use crate::failure::Failure;

/// What a file holds.
pub(crate) enum Content {
    /// How the user groups shall be.
    GroupFile(GroupFile),
    /// A plan that was saved.
    Plan(Box<Plan>),
}

/// Reads a file, or standard input.
pub(crate) fn read(path: &Path) -> Result<Content> {
    let (name, text) = if path == Path::new("-") {
        let mut text = String::new();
        ("standard input".to_owned(), std::io::stdin().read_to_string(&mut text).map(|_| text))
    } else {
        (path.display().to_string(), fs::read_to_string(path))
    };
    let text = text.map_err(|error| Failure::failed(format!("{name} cannot be read: {error}")))?;
    if is_plan(&text) {
        let plan = Plan::from_json(&text);
        return Ok(Content::Plan(Box::new(
            plan.map_err(|problem| Failure::failed(format!("{name}: {problem}")))?,
        )));
    }
    Ok(Content::GroupFile(GroupFile::parse(name, &text)))
}

/// A plan is a JSON object with a version, and the file is a list.
fn is_plan(text: &str) -> bool {
    let value = serde_json::from_str::<serde_json::Value>(text);
    value.is_ok_and(|value| value.get("version").is_some())
}
