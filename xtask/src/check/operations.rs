//! Whether paths, path parameters, tags and links fit together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Problems,
    nodes::{Kind, Node},
};
use crate::{
    document::{Document, Unusable},
    operations::{Operation, OperationKey, ParameterKey, operations, parameter_names, template},
};

pub(super) fn check(
    document: &Document,
    nodes: &[Node<'_>],
    problems: &mut Problems,
) -> Result<(), Unusable> {
    let operations = operations(document)?;
    paths(document, problems);
    links(nodes, &operations, problems);
    tags(document, &operations, problems);
    for operation in operations.values() {
        path_parameters(document, operation, problems)?;
    }
    Ok(())
}

type Operations<'a> = BTreeMap<OperationKey, Operation<'a>>;

fn place(operation: &Operation<'_>) -> String {
    format!("paths.{}.{}", operation.path, operation.method)
}

/// Paths that differ only in the names of their parameters are the same path.
fn paths(document: &Document, problems: &mut Problems) {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    let paths = document.root.get("paths").and_then(Value::as_object);
    for path in paths.into_iter().flatten().map(|(path, _)| path) {
        if let Some(other) = known.insert(template(path), path) {
            problems.add(&format!("paths.{path}"), format!("is the same path as {other}"));
        }
    }
}

/// A link must name an operation.
fn links(nodes: &[Node<'_>], operations: &Operations<'_>, problems: &mut Problems) {
    for link in nodes.iter().filter(|node| node.kind == Kind::Link) {
        let id = link.get("operationId").and_then(Value::as_str);
        let exists = |id: &str| operations.values().any(|operation| operation.label() == id);
        if let Some(id) = id.filter(|id| !exists(id)) {
            problems.add(&link.place, format!("no operation is called `{id}`"));
        }
    }
}

fn tags(document: &Document, operations: &Operations<'_>, problems: &mut Problems) {
    let declared = document.root.get("tags").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<&str> = declared.filter_map(|tag| tag.get("name")?.as_str()).collect();
    let mut used = BTreeSet::new();
    for operation in operations.values() {
        let tags = operation.node.get("tags").and_then(Value::as_array);
        let tags: Vec<&str> = tags.into_iter().flatten().filter_map(Value::as_str).collect();
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

/// The names in the path and the parameters that are declared for it must be the same.
fn path_parameters<'a>(
    document: &'a Document,
    operation: &Operation<'a>,
    problems: &mut Problems,
) -> Result<(), Unusable> {
    let place = place(operation);
    let parameters = operation.parameters(document)?;
    for (position, name) in parameter_names(operation.path).iter().enumerate() {
        match parameters.get(&ParameterKey::Path(position)) {
            None => {
                problems.add(&place, format!("the parameter `{name}` of the path is not declared"))
            }
            Some(parameter) if parameter.get("required") != Some(&Value::Bool(true)) => {
                problems
                    .add(&place, format!("the parameter `{name}` of the path must be required"));
            }
            Some(_) => {}
        }
    }
    for key in parameters.keys() {
        if let ParameterKey::Named(kind, name) = key
            && kind == "path"
        {
            problems.add(&place, format!("the path has no parameter `{name}`"));
        }
    }
    Ok(())
}
