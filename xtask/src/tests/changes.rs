//! Changes of schemas and operations, each with its id and its verdicts.

use serde::Deserialize;
use serde_json::Map;

use super::*;
use crate::report::{Bump, Group, group};

/// A change of a schema and the way back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaRow {
    old: Value,
    new: Value,
    #[serde(default)]
    at: String,
    there: String,
    back: String,
}

fn verdict(letter: &str, direction: &str) -> String {
    match letter {
        "b" => format!("breaks-{direction}"),
        "c" => "compatible".to_owned(),
        "u" => "unknown".to_owned(),
        other => panic!("{other} is not a verdict"),
    }
}

#[test]
fn a_schema_change_is_classified_by_its_direction() {
    for SchemaRow { old, new, at, there, back } in rows("schema-changes.yaml") {
        for (old, new, expected) in [(&old, &new, there), (&new, &old, back)] {
            let words: Vec<&str> = expected.split(' ').collect();
            let mut lines = Vec::new();
            if words[2] != "-" {
                lines.push(format!("200{at}: {} {}", words[0], verdict(words[2], "responses")));
            }
            if words[1] != "-" {
                lines.push(format!("body{at}: {} {}", words[0], verdict(words[1], "requests")));
            }
            let mut found = changes(&echo(old), &echo(new));
            found.retain(|line| !line.contains("documentation-changed"));
            assert_eq!(found, lines, "{old} → {new}");
        }
    }
}

#[test]
fn every_kind_of_change_has_a_test() {
    let tested = [
        include_str!("../../tests/fixtures/document-changes.yaml"),
        include_str!("../../tests/fixtures/schema-changes.yaml"),
        include_str!("../../tests/fixtures/operation-changes.yaml"),
        include_str!("../../tests/fixtures/mutations.yaml"),
    ];
    let is_tested = |change: &&Change| tested.iter().any(|text| text.contains(change.id()));
    let untested: Vec<_> = Change::ALL.iter().filter(|change| !is_tested(change)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn other_spellings_mean_the_same() {
    for (left, right) in rows::<(Value, Value)>("same-schemas.yaml") {
        for (old, new) in [(&left, &right), (&right, &left)] {
            let found = kinds(&echo(old), &echo(new));
            assert_eq!(Vec::from_iter(found), ["rewritten compatible"], "{old} and {new}");
        }
    }
}

/// A change of an operation and what is reported.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperationRow {
    old: Value,
    new: Value,
    changes: Vec<String>,
}

#[test]
fn operation_changes_have_their_verdicts() {
    let schemes = value(
        r#"{"bearer":{"type":"http","scheme":"bearer"},"key":{"type":"apiKey","in":"header","name":"X-Key"},
            "oauth":{"type":"oauth2","flows":{"password":{"tokenUrl":"https://a.test"}}},
            "oauth2":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://a.test"}}},
            "described":{"type":"oauth2","description":"For machines.","flows":{"clientCredentials":
                {"tokenUrl":"https://a.test","scopes":{"read":"Reads."}}}},
            "query":{"type":"apiKey","in":"query","name":"key"},
            "Query":{"type":"apiKey","in":"query","name":"Key"}}"#,
    );
    let with = |node: &Value| {
        let mut root = operation(node.clone()).root;
        root["components"]["securitySchemes"] = schemes.clone();
        document(root)
    };
    for OperationRow { old, new, changes: expected } in rows("operation-changes.yaml") {
        assert_eq!(changes(&with(&old), &with(&new)), expected, "{old} → {new}");
    }
}

/// A document whose operation returns the schema `Root`, and that has these components.
fn with_schemas(schemas: Value) -> Document {
    let mut root = echo(&json!({ "$ref": "#/components/schemas/Root" })).root;
    root["components"] = json!({ "schemas": schemas });
    document(root)
}

/// A change of a document and the lines of the report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentRow {
    old: Map<String, Value>,
    new: Map<String, Value>,
    report: Vec<String>,
    /// The versions after 0.4.2 and 1.4.2.
    bump: Option<[String; 2]>,
}

#[test]
fn document_changes_are_reported() {
    let complete = |mut parts: Map<String, Value>| {
        let base = parts.remove("schemas").map_or_else(|| operation(json!({})), with_schemas);
        let mut root = base.root;
        root.as_object_mut().unwrap().extend(parts);
        document(root)
    };
    for DocumentRow { old, new, report, bump } in rows("document-changes.yaml") {
        let row = format!("{old:?} → {new:?}");
        let (old, new) = (complete(old), complete(new));
        let groups = group(&diff(&old, &new, None).unwrap());
        let line = |group: &Group| {
            let (subject, message, id) = (group.subject(), &group.message, group.id);
            format!("{subject}: {message} [{id} {}]", name(group.verdict))
        };
        assert_eq!(Vec::from_iter(groups.iter().map(line)), report, "{row}");
        let suggested = |version| Bump::of(&groups, Some(version)).suggested;
        if let Some(bump) = bump {
            assert_eq!(["0.4.2", "1.4.2"].map(suggested), bump.map(Some), "{row}");
            assert_eq!(suggested("2024-03-01"), None);
        }
    }
}

#[test]
fn schemas_that_double_with_every_level_end() {
    let with = |leaf: &str| {
        let mut schemas = json!({ "Level40": { "type": leaf } });
        for level in 0..40 {
            let name = if level == 0 { "Root".to_owned() } else { format!("Level{level}") };
            let below = json!({ "$ref": format!("#/components/schemas/Level{}", level + 1) });
            schemas[name] = json!({ "type": "object", "properties": { "a": below, "b": below } });
        }
        with_schemas(schemas)
    };
    assert!(kinds(&with("string"), &with("boolean")).contains("not-comparable unknown"));
    assert_eq!(changes(&with("string"), &with("string")), [""; 0]);
}

#[test]
fn schemas_that_refer_to_one_another_in_a_long_chain_end() {
    for key in ["properties", "allOf", "not"] {
        let with = |leaf: &str| {
            let mut schemas = json!({ "Level3000": { "type": leaf } });
            for level in 0..3000 {
                let name = if level == 0 { "Root".to_owned() } else { format!("Level{level}") };
                let below = json!({ "$ref": format!("#/components/schemas/Level{}", level + 1) });
                let below = match key {
                    "properties" => json!({ "a": below }),
                    "allOf" => json!([below]),
                    _ => below,
                };
                schemas[name] = json!({ key: below });
            }
            with_schemas(schemas)
        };
        let found = kinds(&with("string"), &with("boolean"));
        assert!(!found.is_empty() && !found.contains("rewritten compatible"), "{key}: {found:?}");
    }
}

#[test]
fn a_recursive_schema_below_a_keyword_of_unknown_meaning_is_compared_once() {
    let tree = json!({ "$ref": "#/components/schemas/Tree" });
    let fields: Map<String, Value> = (0..9).map(|it| (format!("n{it}"), tree.clone())).collect();
    let schemas = json!({ "Root": { "not": tree }, "Tree": { "properties": fields } });
    assert_eq!(changes(&with_schemas(schemas.clone()), &with_schemas(schemas)), [""; 0]);
}

#[test]
fn what_is_equal_only_if_an_outer_schema_is_equal_is_compared_again() {
    let schema = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let with = |length: u32| {
        let mut root = with_schemas(json!({
            "Root": { "type": "object", "properties": { "a": schema("Inner"),
                "z": { "type": "string", "maxLength": length } } },
            "Inner": { "type": "object", "properties": { "outer": schema("Root") } },
        }))
        .root;
        root["paths"]["/zecho"] = json!({ "get": { "operationId": "second", "responses": { "200": {
            "content": { "application/json": { "schema": schema("Inner") } } } } } });
        document(root)
    };
    let found = changes(&with(9), &with(8));
    assert!(found.contains(&"200 · outer.z: bound-tightened compatible".to_owned()), "{found:?}");
}
