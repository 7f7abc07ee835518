//! Whether every component is used by some operation.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Problems;
use crate::{document::Document, references::reachable};

pub(super) fn check(document: &Document, problems: &mut Problems) {
    let used = reachable(document, document.root.get("paths"));
    let schemes = security_schemes(document, problems);
    let components = document.root.get("components").and_then(Value::as_object);
    for (section, entries) in components.into_iter().flatten() {
        for name in entries.as_object().into_iter().flatten().map(|(name, _)| name) {
            let reference = format!("#/components/{section}/{name}");
            let is_used = match section.as_str() {
                "securitySchemes" => schemes.contains(name.as_str()),
                _ => used.contains(reference.as_str()),
            };
            if !is_used {
                problems.add(&format!("components.{section}.{name}"), "nothing refers to it");
            }
        }
    }
}

/// The schemes that the document or an operation names; each must be declared.
fn security_schemes<'a>(document: &'a Document, problems: &mut Problems) -> BTreeSet<&'a str> {
    let paths = document.root.get("paths").and_then(Value::as_object);
    let items = paths.into_iter().flatten().filter_map(|(_, item)| item.as_object());
    let operations = items.flat_map(|item| item.values());
    let security =
        operations.chain([&document.root]).filter_map(|node| node.get("security")?.as_array());
    let mut names = BTreeSet::new();
    for way in security.flatten().filter_map(Value::as_object) {
        names.extend(way.keys().map(String::as_str));
    }
    for name in &names {
        if document.target(&format!("#/components/securitySchemes/{name}")).is_err() {
            problems.add("security", format!("the scheme `{name}` is not declared"));
        }
    }
    names
}
