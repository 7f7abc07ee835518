//! `spec diff`: what changed between two documents, and what it breaks.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    compare::{Comparison, Side, compare},
    document::{Document, Unusable},
    finding::{Finding, Verdict},
    operations::operations,
    second_look,
};

/// Everything that changed from one document to the other.
pub(crate) fn diff(old: &Document, new: &Document) -> Result<Vec<Finding>, Unusable> {
    let [old_side, new_side] = [side(old)?, side(new)?];
    let mut comparison = compare(&old_side, &new_side);
    second_look::take(&old_side, &new_side, &mut comparison);
    document_keys(old, new, &mut comparison);
    Ok(comparison.findings)
}

fn side(document: &Document) -> Result<Side<'_>, Unusable> {
    Ok(Side { document, operations: operations(document)? })
}

/// Tells what changed outside the operations.
fn document_keys(old: &Document, new: &Document, comparison: &mut Comparison) {
    let empty = Map::new();
    let [was, is] = [old, new].map(|document| document.root.as_object().unwrap_or(&empty));
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for key in keys {
        if was.get(key) == is.get(key) {
            continue;
        }
        let (what, verdict) = match key.as_str() {
            // Told with each operation that they concern.
            "paths" | "security" | "servers" => continue,
            "components" if !comparison.findings.is_empty() => continue,
            "components" => ("changed where no operation refers to them", Verdict::Compatible),
            "openapi" => ("another version of OpenAPI", Verdict::Compatible),
            "info" | "tags" | "externalDocs" => ("documentation changed", Verdict::Compatible),
            key if key.starts_with("x-") => ("documentation changed", Verdict::Compatible),
            _ => ("changed, and what that means is not known", Verdict::Unknown),
        };
        let place = format!("`{key}`");
        comparison.findings.push(match verdict {
            Verdict::Compatible => Finding::documentation("", &place, what),
            _ => Finding::new("", &place, what, verdict),
        });
    }
    if comparison.findings.is_empty() && old.root != new.root {
        let what = "is written differently, and means the same";
        comparison.findings.push(Finding::documentation("", "", what));
    }
}

/// The version that a document gives itself.
pub(crate) fn version(document: &Document) -> Option<&str> {
    document.root.get("info")?.get("version").and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
