//! A document of OpenAPI as plain values: reading it, and finding its parts.

use serde_json::{Map, Value};

/// The methods that a path item may have.
pub(crate) const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// Reads a document in YAML or JSON. A duplicate key is an error: a plain JSON value would keep the
/// last of them silently.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    // Editors on Windows write a byte order mark; YAML would take it for a document of its own.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: yaml_serde::Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())?
    } else {
        yaml_serde::from_str(text).map_err(|error| error.to_string())?
    };
    if let Some(key) = number_and_text(&value) {
        return Err(format!("duplicate entry with key {key}, once as a number and once as text"));
    }
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// A key that a mapping has as a number and as text. JSON has only texts, so one would be lost.
fn number_and_text(value: &yaml_serde::Value) -> Option<u64> {
    match value {
        yaml_serde::Value::Mapping(entries) => entries.iter().find_map(|(key, below)| {
            let number = key.as_u64().filter(|number| entries.contains_key(number.to_string()));
            number.or_else(|| number_and_text(below))
        }),
        yaml_serde::Value::Sequence(items) => items.iter().find_map(number_and_text),
        _ => None,
    }
}

/// An operation and the path item around it.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    /// The path as it is written.
    pub(crate) path: &'a str,
    /// The method in lower case.
    pub(crate) method: &'static str,
    pub(crate) node: &'a Map<String, Value>,
    pub(crate) item: &'a Map<String, Value>,
}

impl<'a> Operation<'a> {
    /// The text of a key; empty if there is none.
    pub(crate) fn text(&self, key: &str) -> &'a str {
        self.node.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The operationId, or method and path if there is none.
    pub(crate) fn label(&self) -> String {
        match self.text("operationId") {
            "" => self.line(),
            id => id.to_owned(),
        }
    }

    /// Method and path in one line.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    /// The parameters that apply, those of the path before those of the operation.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'a Value> {
        [self.item, self.node].into_iter().flat_map(|node| array(node.get("parameters")))
    }
}

/// All operations of a document.
pub(crate) fn operations(spec: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, item) in object(spec, "/paths").filter(|(path, _)| path.starts_with('/')) {
        let Some(item) = resolve(spec, item).and_then(Value::as_object) else { continue };
        for method in METHODS {
            if let Some(node) = item.get(method).and_then(Value::as_object) {
                operations.push(Operation { path, method, node, item });
            }
        }
    }
    operations
}

/// The names of the parameters in a path, in order.
pub(crate) fn parameter_names(path: &str) -> Vec<&str> {
    path.split_terminator(['{', '}']).skip(1).step_by(2).collect()
}

/// The entries of the object at a JSON pointer; none if there is no object.
pub(crate) fn object<'a>(
    node: &'a Value,
    pointer: &str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    entries(node.pointer(pointer))
}

/// The entries of an object; none of anything else.
pub(crate) fn entries(node: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let entries = node.and_then(Value::as_object).into_iter().flatten();
    entries.map(|(key, value)| (key.as_str(), value))
}

/// The items of an array; none of anything else.
pub(crate) fn array(node: Option<&Value>) -> impl Iterator<Item = &Value> {
    node.and_then(Value::as_array).into_iter().flatten()
}

/// The items at a key that are texts.
pub(crate) fn texts<'a>(node: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    array(node.get(key)).filter_map(Value::as_str)
}

pub(crate) fn is_true(node: &Value, key: &str) -> bool {
    node.get(key) == Some(&Value::Bool(true))
}

/// The component that a schema is a reference to.
pub(crate) fn component(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// Follows references to something that is not one. `None` if there is nothing, or only a circle.
pub(crate) fn resolve<'a>(spec: &'a Value, mut node: &'a Value) -> Option<&'a Value> {
    for _ in 0..32 {
        match node.get("$ref").and_then(Value::as_str) {
            None => return Some(node),
            Some(reference) => node = spec.pointer(reference.strip_prefix('#')?)?,
        }
    }
    None
}

/// The schemas directly below a schema, and the step from it to each.
pub(crate) fn children(schema: &Value) -> Vec<(String, &Value)> {
    let mut below: Vec<_> = entries(schema.get("properties"))
        .map(|(name, property)| (format!(".{name}"), property))
        .collect();
    below.extend(schema.get("items").map(|items| ("[]".to_owned(), items)));
    below.extend(schema.get("additionalProperties").map(|others| (".*".to_owned(), others)));
    below.extend(schema.get("not").map(|not| (String::new(), not)));
    below.extend(members(schema).map(|member| (String::new(), member)));
    below
}

/// The schemas that a schema is composed of.
pub(crate) fn members(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "oneOf", "anyOf"].into_iter().flat_map(|key| array(schema.get(key)))
}
