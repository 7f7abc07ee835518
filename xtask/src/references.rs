//! Which components a part of a document refers to.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::Document;

/// Every local reference in these nodes, and in what they refer to.
pub(crate) fn reachable<'a>(
    document: &'a Document,
    from: impl IntoIterator<Item = &'a Value>,
) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Value> = from.into_iter().collect();
    while let Some(node) = open.pop() {
        match node {
            Value::Object(object) => {
                if let Some(reference) = object.get("$ref").and_then(Value::as_str)
                    && found.insert(reference)
                {
                    open.extend(document.target(reference));
                }
                open.extend(object.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// The `components` of a document, reduced to those that these references name.
pub(crate) fn components(document: &Document, references: &BTreeSet<&str>) -> Value {
    let mut components = Map::new();
    for reference in references {
        let mut steps = reference.split('/').skip(1);
        let (Some("components"), Some(section), Some(name)) =
            (steps.next(), steps.next(), steps.next())
        else {
            continue;
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        let source = document.root.get("components").and_then(|all| all.get(section)?.get(&name));
        if let Some(component) = source
            && let Some(section) = components
                .entry(section)
                .or_insert_with(|| Value::Object(Map::new()))
                .as_object_mut()
        {
            section.insert(name, component.clone());
        }
    }
    Value::Object(components)
}
