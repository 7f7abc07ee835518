//! Schemas of OpenAPI 3.0 as JSON Schema, for validators.
//!
//! `cargo xtask spec check` and the check of exchanges in the tests include this file.

use serde_json::{Map, Value, json};

/// Expresses `nullable` and exclusive bounds as draft 7 does. Examples and the like stay.
pub(crate) fn json_schema(node: &Value) -> Value {
    match node {
        Value::Array(items) => items.iter().map(json_schema).collect(),
        Value::Object(entries) => {
            let mut rest = Map::new();
            for (key, value) in entries.iter().filter(|(key, _)| *key != "nullable") {
                let verbatim = matches!(key.as_str(), "example" | "examples" | "default" | "enum");
                let value = if verbatim { value.clone() } else { json_schema(value) };
                rest.insert(key.clone(), value);
            }
            for (keyword, bound) in
                [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")]
            {
                if rest.get(keyword).is_some_and(Value::is_boolean)
                    && rest.remove(keyword) == Some(Value::Bool(true))
                    && let Some(value) = rest.remove(bound)
                {
                    rest.insert(keyword.to_owned(), value);
                }
            }
            match entries.get("nullable") {
                // Not `anyOf`: its errors name neither the place nor the reason.
                Some(Value::Bool(true)) => {
                    json!({ "if": { "type": "null" }, "then": {}, "else": rest })
                }
                // A property of this name.
                Some(other @ Value::Object(_)) => {
                    rest.insert("nullable".to_owned(), json_schema(other));
                    Value::Object(rest)
                }
                _ => Value::Object(rest),
            }
        }
        other => other.clone(),
    }
}
