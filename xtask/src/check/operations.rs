//! Whether paths, tags, links and components fit together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Problems,
    nodes::{Kind, Node},
};
use crate::{
    document::Document,
    operations::{Operation, template},
    rules::{array, collisions, entries, operations},
};

pub(super) fn check(document: &Document, nodes: &[Node<'_>], problems: &mut Problems) {
    let operations = operations(&document.root);
    paths(document, problems);
    links(nodes, &operations, problems);
    tags(document, &operations, problems);
    components(document, problems);
}

fn place(operation: &Operation<'_>) -> String {
    format!("paths.{}.{}", operation.path, operation.method)
}

/// Paths that differ only in the names of their parameters are the same path.
fn paths(document: &Document, problems: &mut Problems) {
    let paths = entries(document.root.get("paths")).map(|(path, _)| path);
    for (first, second) in collisions(paths, template) {
        problems.add(&format!("paths.{second}"), format!("is the same path as {first}"));
    }
}

/// A link must name an operation.
fn links(nodes: &[Node<'_>], operations: &[Operation<'_>], problems: &mut Problems) {
    for link in nodes.iter().filter(|node| node.kind == Kind::Link) {
        let id = link.get("operationId").and_then(Value::as_str);
        let exists = |id: &str| operations.iter().any(|operation| operation.label() == id);
        if let Some(id) = id.filter(|id| !exists(id)) {
            problems.add(&link.place, format!("no operation is called `{id}`"));
        }
    }
}

fn tags(document: &Document, operations: &[Operation<'_>], problems: &mut Problems) {
    let declared = array(document.root.get("tags"));
    let names: Vec<&str> = declared.filter_map(|tag| tag.get("name")?.as_str()).collect();
    let mut used = BTreeSet::new();
    for operation in operations {
        let tags = array(operation.node.get("tags")).filter_map(Value::as_str);
        let tags: Vec<&str> = tags.collect();
        if tags.is_empty() {
            problems.add(&place(operation), "has no tag");
        }
        for tag in tags {
            used.insert(tag);
            if !names.contains(&tag) {
                problems.add(&place(operation), format!("the tag `{tag}` is not declared"));
            }
        }
    }
    for (index, name) in names.iter().enumerate() {
        if !used.contains(name) {
            problems.add("tags", format!("no operation has the tag `{name}`"));
        }
        if names.iter().take(index).any(|other| other == name) {
            problems.add("tags", format!("the tag `{name}` is declared twice"));
        }
    }
}

/// Every component must be used, and every security scheme declared.
fn components(document: &Document, problems: &mut Problems) {
    let used = document.used_components();
    for reference in document.components().iter().filter(|reference| !used.contains(*reference)) {
        let place = reference.trim_start_matches("#/").replace('/', ".");
        problems.add(&place, "no operation uses it");
    }
    for reference in used.iter().filter(|reference| document.target(reference).is_err()) {
        match reference.strip_prefix("#/components/securitySchemes/") {
            Some(name) => problems.add("security", format!("the scheme `{name}` is not declared")),
            None => problems.add("", format!("the reference `{reference}` leads nowhere")),
        }
    }
}
