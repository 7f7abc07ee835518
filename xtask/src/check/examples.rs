//! Whether there are examples, and whether they fit their schemas.

use jsonschema::{Draft, ValidatorMap};
use serde_json::{Map, Value, json};

use super::{
    Problems,
    nodes::{Kind, Node},
};
use crate::{
    document::Document,
    json_schema::json_schema,
    rules::{array, entries},
};

/// Values with the key that gives them.
type Values<'a> = Vec<(&'static str, &'a Value)>;

pub(super) fn check(document: &Document, nodes: &[Node<'_>], problems: &mut Problems) {
    let mut given: Vec<(&Node<'_>, &Value, Values<'_>)> = Vec::new();
    for node in nodes {
        match (node.kind, node.holder) {
            (Kind::Schema, _) => given.push((node, node.value, of_schema(node))),
            (Kind::Parameter | Kind::MediaType, _) => {
                let schema = node.get("schema");
                given.extend(schema.map(|schema| (node, schema, of_holder(document, node))));
            }
            _ => continue,
        }
        if node.kind != Kind::Schema || node.holder == "schemas" {
            require(document, node, problems);
        }
    }
    given.retain(|(.., values)| !values.is_empty());
    let validators = match compile(document, given.iter().map(|(_, schema, _)| *schema)) {
        Ok(validators) => validators,
        Err(why) => return problems.add("", format!("the schemas are invalid: {why}")),
    };
    for (index, (node, _, values)) in given.iter().enumerate() {
        let Some(validator) = validators.get(&format!("#/definitions/{index}")) else { continue };
        for (key, value) in values {
            for error in validator.iter_errors(value) {
                let at = error.instance_path().to_string();
                let at = if at.is_empty() { at } else { format!(" at {at}") };
                let message = match error.instance().as_ref() {
                    // Lists and objects would be printed as a whole.
                    Value::Array(_) | Value::Object(_) => error.masked().to_string(),
                    _ => error.to_string(),
                };
                problems.add(&node.place, format!("`{key}` is invalid{at}: {message}"));
            }
        }
    }
}

/// Validators of JSON Schema draft 7, which can express what differs in OpenAPI 3.0.
fn compile<'a>(
    document: &Document,
    schemas: impl Iterator<Item = &'a Value>,
) -> Result<ValidatorMap, String> {
    let numbered =
        schemas.enumerate().map(|(index, schema)| (index.to_string(), json_schema(schema)));
    let whole = json!({
        "definitions": numbered.collect::<Map<_, _>>(),
        "components": json_schema(document.root.get("components").unwrap_or(&Value::Null)),
    });
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .should_validate_formats(true)
        .build_map(&whole)
        .map_err(|why| why.to_string())
}

/// The values in a schema itself.
fn of_schema<'a>(node: &Node<'a>) -> Values<'a> {
    let given = ["example", "default"].into_iter().filter_map(|key| Some((key, node.get(key)?)));
    given.chain(array(node.get("enum")).map(|value| ("enum", value))).collect()
}

/// The examples of a parameter or a body.
fn of_holder<'a>(document: &'a Document, node: &Node<'a>) -> Values<'a> {
    let named = entries(node.get("examples"))
        .filter_map(|(_, example)| document.resolve(example).ok()?.get("value"));
    let named = named.map(|value| ("examples", value));
    node.get("example").map(|value| ("example", value)).into_iter().chain(named).collect()
}

/// The node itself or the schema that it refers to must have an example.
fn require(document: &Document, node: &Node<'_>, problems: &mut Problems) {
    let schema = node.get("schema").and_then(|schema| document.resolve(schema).ok());
    let has = |value: &Value| value.get("example").is_some() || value.get("examples").is_some();
    let exempt = node.get("content").is_some();
    if !has(node.value) && !schema.is_some_and(has) && !exempt {
        problems.add(&node.place, "has no example");
    }
}
