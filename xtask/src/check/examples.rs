//! Whether there are examples, and whether they fit their schemas.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use super::{
    Problems,
    keys::{Kind, Node},
};
use crate::document::Document;

pub(super) fn check(document: &Document, nodes: &[Node<'_>], problems: &mut Problems) {
    let components = rewrite(document.root.get("components").unwrap_or(&Value::Null));
    let judge = Judge { document, components };
    for node in nodes {
        match (node.kind, node.holder) {
            (Kind::Schema, "schemas") => {
                judge.require(node, problems);
                judge.schema(node, problems);
            }
            (Kind::Schema, _) => judge.schema(node, problems),
            (Kind::Parameter | Kind::MediaType, _) => {
                judge.require(node, problems);
                judge.holder(node, problems);
            }
            _ => {}
        }
    }
}

struct Judge<'a> {
    document: &'a Document,
    components: Value,
}

impl Judge<'_> {
    /// An example must stand at the node itself or at the schema that it refers to.
    fn require(&self, node: &Node<'_>, problems: &mut Problems) {
        let schema = node.get("schema").and_then(|schema| self.document.resolve(schema).ok());
        let has = |value: &Value| value.get("example").is_some() || value.get("examples").is_some();
        let exempt = node.get("content").is_some();
        if !has(node.value) && !schema.is_some_and(has) && !exempt {
            problems.add(&node.place, "has no example");
        }
    }

    /// The values that a schema itself gives must fit it.
    fn schema(&self, node: &Node<'_>, problems: &mut Problems) {
        let listed = node.get("enum").and_then(Value::as_array).into_iter().flatten();
        let given = [("example", node.get("example")), ("default", node.get("default"))];
        let given = given.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let values = Vec::from_iter(given.chain(listed.map(|value| ("enum", value))));
        self.judge(&node.place, node.value, &values, problems);
    }

    /// The examples of a parameter or a body must fit the schema there.
    fn holder(&self, node: &Node<'_>, problems: &mut Problems) {
        let Some(schema) = node.get("schema") else {
            return;
        };
        let named = node.get("examples").and_then(Value::as_object).into_iter().flatten();
        let named = named
            .filter_map(|(_, example)| self.document.resolve(example).ok()?.get("value"))
            .map(|value| ("examples", value));
        let values =
            Vec::from_iter(node.get("example").map(|v| ("example", v)).into_iter().chain(named));
        self.judge(&node.place, schema, &values, problems);
    }

    fn judge(
        &self,
        place: &str,
        schema: &Value,
        values: &[(&str, &Value)],
        problems: &mut Problems,
    ) {
        if values.is_empty() {
            return;
        }
        match self.validator(schema) {
            Err(why) => problems.add(place, format!("the schema cannot be used: {why}")),
            Ok(validator) => {
                for (key, value) in values {
                    for error in validator.iter_errors(value) {
                        let at = error.instance_path().to_string();
                        let at = if at.is_empty() { at } else { format!(" at {at}") };
                        problems.add(place, format!("`{key}` does not fit{at}: {error}"));
                    }
                }
            }
        }
    }

    /// A validator of JSON Schema draft 4, which is what a schema of OpenAPI 3.0 is but for `nullable`.
    fn validator(&self, schema: &Value) -> Result<Validator, String> {
        let whole = json!({ "allOf": [rewrite(schema)], "components": self.components });
        jsonschema::options()
            .with_draft(Draft::Draft4)
            .should_validate_formats(true)
            .build(&whole)
            .map_err(|why| why.to_string())
    }
}

/// Says `nullable` in the words of JSON Schema. Examples and the like stay as they are.
fn rewrite(node: &Value) -> Value {
    match node {
        Value::Array(items) => items.iter().map(rewrite).collect(),
        Value::Object(entries) => {
            let mut rest = Map::new();
            for (key, value) in entries.iter().filter(|(key, _)| *key != "nullable") {
                let verbatim = matches!(key.as_str(), "example" | "examples" | "default" | "enum");
                let value = if verbatim { value.clone() } else { rewrite(value) };
                rest.insert(key.clone(), value);
            }
            match entries.get("nullable") {
                Some(Value::Bool(true)) => json!({ "anyOf": [{ "enum": [null] }, rest] }),
                // A property that is called so.
                Some(other @ Value::Object(_)) => {
                    rest.insert("nullable".to_owned(), rewrite(other));
                    Value::Object(rest)
                }
                _ => Value::Object(rest),
            }
        }
        other => other.clone(),
    }
}
