//! `spec diff`: what changed between two documents, and what it breaks.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    annotations::DOCUMENTATION,
    change::{Change, Finding},
    compare::{Side, compare},
    document::{Document, Unusable},
    operations::{OperationKey, operations},
};

/// Everything that changed from one document to the other. With `only`, the operations on the paths
/// of that document, and nothing around them.
pub(crate) fn diff<'a>(
    old: &'a Document,
    new: &'a Document,
    only: Option<&Document>,
) -> Result<Vec<Finding<'a>>, Unusable> {
    let templates = only.map(templates).transpose()?;
    let templates = templates.as_ref();
    let mut findings = compare(&side(old, templates)?, &side(new, templates)?, true);
    if only.is_none() {
        document_keys(old, new, &mut findings);
    }
    if findings.is_empty() && old.root != new.root && only.is_none() {
        findings.extend(rewritten(old, new));
    }
    Ok(findings)
}

/// What differs between two documents that mean the same.
fn rewritten(old: &Document, new: &Document) -> Vec<Finding<'static>> {
    let mut places = BTreeSet::new();
    differences("", &old.root, &new.root, &mut places);
    let is_documentation = |place: &String| {
        place.split('.').any(|key| DOCUMENTATION.contains(&key) || key.starts_with("x-"))
    };
    let (documentation, others): (Vec<_>, Vec<_>) = places.into_iter().partition(is_documentation);
    let list = |places: Vec<String>| format!("`{}`", places.join("`, `"));
    let mut findings = Vec::new();
    if !documentation.is_empty() {
        let message = format!("{} changed", list(documentation));
        findings.push(Finding::new(Change::DocumentationChanged, "", "", message));
    }
    if !others.is_empty() {
        let message = format!("is written differently and means the same: {}", list(others));
        findings.push(Finding::new(Change::Rewritten, "", "", message));
    }
    findings
}

/// The outermost keys that only one of two values has, and those of which the values differ.
fn differences(place: &str, old: &Value, new: &Value, places: &mut BTreeSet<String>) {
    let (Some(was), Some(is)) = (old.as_object(), new.as_object()) else {
        if old != new {
            places.insert(place.to_owned());
        }
        return;
    };
    for key in was.keys().chain(is.keys()) {
        let below = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        match (was.get(key), is.get(key)) {
            (Some(old), Some(new)) => differences(&below, old, new, places),
            _ => drop(places.insert(below)),
        }
    }
}

/// The operations of a document, narrowed to these paths and the ones below them.
pub(crate) fn side<'a>(
    document: &'a Document,
    templates: Option<&BTreeSet<String>>,
) -> Result<Side<'a>, Unusable> {
    let mut operations = operations(document)?;
    if let Some(templates) = templates {
        operations.retain(|key, _| is_at_or_below(key, templates));
        if operations.is_empty() {
            return Err(Unusable(format!("{} has none of the paths", document.name)));
        }
    }
    Ok(Side { document, operations })
}

/// The paths of a document, without the names of their parameters.
pub(crate) fn templates(document: &Document) -> Result<BTreeSet<String>, Unusable> {
    Ok(operations(document)?.into_keys().map(|key| key.without_slash().template).collect())
}

fn is_at_or_below(key: &OperationKey, templates: &BTreeSet<String>) -> bool {
    let path = key.template.as_str();
    // Most of the API is below `/zones`.
    let is_collection = |base: &str| base.matches('/').count() == 1;
    let ends = path.match_indices('/').map(|(at, _)| &path[..at]);
    templates.contains(path)
        || ends.into_iter().any(|base| templates.contains(base) && !is_collection(base))
}

/// Reports what changed outside the operations.
fn document_keys(old: &Document, new: &Document, findings: &mut Vec<Finding<'_>>) {
    let empty = Map::new();
    let [was, is] = [old, new].map(|document| document.root.as_object().unwrap_or(&empty));
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for key in keys.into_iter().filter(|key| was.get(*key) != is.get(*key)) {
        let (change, message) = match key.as_str() {
            // Reported for each operation that they concern.
            "paths" | "security" | "servers" => continue,
            "components" => match unused_components(old, new) {
                names if names.is_empty() => continue,
                names => {
                    let message = format!("no operation uses what changed: {}", names.join(", "));
                    (Change::UnusedComponentChanged, message)
                }
            },
            "openapi" => (Change::OpenapiVersionChanged, "changed".to_owned()),
            "info" | "tags" | "externalDocs" => {
                (Change::DocumentationChanged, "changed".to_owned())
            }
            key if key.starts_with("x-") => (Change::DocumentationChanged, "changed".to_owned()),
            _ => (Change::UnknownKeyChanged, "changed".to_owned()),
        };
        let place = format!("`{key}`");
        findings.push(Finding::new(change, "", &place, message));
    }
}

/// The components that changed and that no operation of either document uses.
fn unused_components(old: &Document, new: &Document) -> Vec<String> {
    let (before, after) = (old.used_components(), new.used_components());
    let component = |document: &Document, reference: &str| document.target(reference).ok().cloned();
    let all: BTreeSet<String> = [old, new].into_iter().flat_map(Document::components).collect();
    all.into_iter()
        .filter(|reference| !before.contains(reference) && !after.contains(reference))
        .filter(|reference| component(old, reference) != component(new, reference))
        .map(|reference| reference.replace("#/components/", ""))
        .collect()
}

/// The version that a document states.
pub(crate) fn version(document: &Document) -> Option<&str> {
    document.root.get("info")?.get("version").and_then(Value::as_str)
}
