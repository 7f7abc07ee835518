//! Whether there are examples, and whether they fit their schemas.

use jsonschema::{Draft, ValidatorMap};
use serde_json::{Map, Value, json};

use super::{
    Problems,
    nodes::{Kind, Node},
};
use crate::{document::Document, json_schema::json_schema};

/// Values with the key that gives them.
type Values<'a> = Vec<(&'static str, &'a Value)>;

pub(super) fn check(document: &Document, nodes: &[Node<'_>], problems: &mut Problems) {
    let examples = Examples { document };
    let mut given: Vec<(&Node<'_>, &Value, Values<'_>)> = Vec::new();
    for node in nodes {
        match (node.kind, node.holder) {
            (Kind::Schema, "schemas") => {
                examples.require(node, problems);
                given.push((node, node.value, of_schema(node)));
            }
            (Kind::Schema, _) => given.push((node, node.value, of_schema(node))),
            (Kind::Parameter | Kind::MediaType, _) => {
                examples.require(node, problems);
                let schema =
                    node.get("schema").map(|schema| (node, schema, examples.of_holder(node)));
                given.extend(schema);
            }
            _ => {}
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
    let listed = node.get("enum").and_then(Value::as_array).into_iter().flatten();
    let given = [("example", node.get("example")), ("default", node.get("default"))];
    let given = given.into_iter().filter_map(|(key, value)| Some((key, value?)));
    given.chain(listed.map(|value| ("enum", value))).collect()
}

struct Examples<'a> {
    document: &'a Document,
}

impl<'a> Examples<'a> {
    /// The node itself or the schema that it refers to must have an example.
    fn require(&self, node: &Node<'_>, problems: &mut Problems) {
        let schema = node.get("schema").and_then(|schema| self.document.resolve(schema).ok());
        let has = |value: &Value| value.get("example").is_some() || value.get("examples").is_some();
        let exempt = node.get("content").is_some();
        if !has(node.value) && !schema.is_some_and(has) && !exempt {
            problems.add(&node.place, "has no example");
        }
    }

    /// The examples of a parameter or a body.
    fn of_holder(&self, node: &Node<'a>) -> Values<'a> {
        let named = node.get("examples").and_then(Value::as_object).into_iter().flatten();
        let named = named
            .filter_map(|(_, example)| self.document.resolve(example).ok()?.get("value"))
            .map(|value| ("examples", value));
        node.get("example").map(|value| ("example", value)).into_iter().chain(named).collect()
    }
}
