//! Group files and saved plans.

use std::fs;
use std::io::Read;
use std::path::Path;

use cf_groups_engine::{GroupFile, Plan};

use crate::exit::{CommandError, Result};

/// The content of a file.
pub(crate) enum Content {
    GroupFile(GroupFile),
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
    let text =
        text.map_err(|error| CommandError::failed(format!("cannot read {name}: {error}")))?;
    if is_plan(&text) {
        let plan = Plan::from_json(&text);
        return Ok(Content::Plan(Box::new(
            plan.map_err(|problem| CommandError::failed(format!("{name}: {problem}")))?,
        )));
    }
    Ok(Content::GroupFile(GroupFile::parse(name, &text)))
}

/// A plan is a JSON object with a version; a group file is a list.
fn is_plan(text: &str) -> bool {
    let value = serde_json::from_str::<serde_json::Value>(text);
    value.is_ok_and(|value| value.get("version").is_some())
}
