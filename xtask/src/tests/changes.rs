//! Changes of schemas and operations, each with its id and its verdicts.

use serde::Deserialize;

use super::*;

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
        include_str!("changes.rs"),
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

/// A document with one operation on this path.
fn on_path(path: &str, method: &str, id: &str) -> Document {
    document(json!({ "openapi": "3.0.3", "info": {}, "paths": { path: { method: {
        "operationId": id, "responses": {},
    } } } }))
}

#[test]
fn operations_are_paired_by_path_then_by_operation_id() {
    let old = on_path("/things/{id}", "get", "read");
    for (path, method, id, expected) in [
        ("/things/{thing}", "get", "read", vec![": rewritten compatible"]),
        ("/things/{id}", "get", "fetch", vec![": operation-id-changed compatible"]),
        ("/items/{id}", "get", "read", vec![": operation-moved breaks-requests"]),
        ("/things/{id}", "post", "read", vec![": operation-moved breaks-requests"]),
        ("/things/{id}/", "get", "read", vec![": operation-moved breaks-requests"]),
        (
            "/things/{id}/",
            "get",
            "fetch",
            vec![": operation-id-changed compatible", ": operation-moved breaks-requests"],
        ),
        (
            "/items/{id}",
            "get",
            "fetch",
            vec![": operation-added compatible", ": operation-removed breaks-requests"],
        ),
    ] {
        assert_eq!(changes(&old, &on_path(path, method, id)), expected, "{method} {path} {id}");
    }
}

#[test]
fn path_parameters_are_paired_by_position() {
    let with = |path: &str, name: &str, length: u32| {
        let schema = json!({ "type": "string", "maxLength": length });
        let parameter = json!({ "name": name, "in": "path", "required": true, "schema": schema });
        let mut document = on_path(path, "get", "read").root;
        document["paths"][path]["parameters"] = json!([parameter]);
        super::document(document)
    };
    let found = changes(&with("/things/{id}", "id", 9), &with("/things/{thing}", "thing", 8));
    assert_eq!(found, ["path id: bound-tightened breaks-requests"]);
}

#[test]
fn a_removed_operation_was_deprecated_or_not() {
    let mut old = on_path("/things", "get", "read").root;
    old["paths"]["/things"]["get"]["deprecated"] = json!(true);
    old["paths"]["/things"]["get"]["x-sunset"] = json!("2027-01-01");
    let none = document(json!({ "openapi": "3.0.3", "info": {}, "paths": {} }));
    let expected = "GET /things was removed; it was deprecated with sunset 2027-01-01";
    assert_eq!(messages(&document(old), &none), [expected]);
}

/// A document whose operation returns the schema `Root`, and that has these components.
fn with_schemas(schemas: Value) -> Document {
    let mut root = echo(&json!({ "$ref": "#/components/schemas/Root" })).root;
    root["components"] = json!({ "schemas": schemas });
    document(root)
}

#[test]
fn schemas_that_contain_themselves_are_compared_once() {
    let with = |length: u32| {
        with_schemas(json!({ "Root": { "type": "object", "properties": {
            "name": { "type": "string", "maxLength": length },
            "children": { "type": "array", "items": { "$ref": "#/components/schemas/Root" } },
        } } }))
    };
    let expected =
        ["200 · name: bound-tightened compatible", "body · name: bound-tightened breaks-requests"];
    assert_eq!(changes(&with(9), &with(8)), expected);
}

#[test]
fn schemas_that_consist_of_themselves_are_not_comparable() {
    let sound = with_schemas(json!({ "Root": { "type": "string" } }));
    for circle in [
        json!({ "$ref": "#/components/schemas/Root" }),
        json!({ "allOf": [{ "$ref": "#/components/schemas/Root" }] }),
    ] {
        let circle = with_schemas(json!({ "Root": circle }));
        let found = kinds(&sound, &circle);
        assert_eq!(Vec::from_iter(found), ["not-comparable unknown"]);
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
fn a_change_behind_a_keyword_of_unknown_meaning_is_seen_through_a_reference() {
    let with = |word: &str| {
        let other = json!({ "$ref": "#/components/schemas/Other" });
        with_schemas(json!({
            "Root": { "type": "string", "not": other }, "Other": { "enum": [word] },
        }))
    };
    assert_eq!(Vec::from_iter(kinds(&with("a"), &with("b"))), ["constraint-changed unknown"]);
}

#[test]
fn an_alternative_is_named_and_reported_once() {
    let member = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
    let service = json!({ "type": "object", "properties": { "kind": { "type": "string" } } });
    let [one, two] =
        ["Member", "Service"].map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }));
    let old = with_schemas(json!({ "Root": { "type": "object", "properties": { "result": one } },
        "Member": member, "Service": service }));
    let choice = json!({ "oneOf": [one, two], "discriminator": { "propertyName": "kind" } });
    let new =
        with_schemas(json!({ "Root": { "type": "object", "properties": { "result": choice } },
        "Member": member, "Service": service }));
    let groups = crate::report::group(&diff(&old, &new, None).unwrap());
    let lines: BTreeSet<String> = groups
        .iter()
        .map(|group| format!("{}: {}", group.schema.as_ref().unwrap().name, group.message))
        .collect();
    let expected =
        ["Root: the alternative Service was added", "Root: the discriminator `kind` was added"];
    assert_eq!(Vec::from_iter(lines), expected);
}

#[test]
fn a_change_is_reported_once_on_all_ways_to_its_schema() {
    let with = |kind: &str| {
        let scope = json!({ "$ref": "#/components/schemas/Scope" });
        with_schemas(json!({
            "Root": { "oneOf": [scope, { "type": "array", "items": scope }] },
            "Scope": { "type": "object", "properties": { "key": { "type": kind } } },
        }))
    };
    let groups = crate::report::group(&diff(&with("string"), &with("integer"), None).unwrap());
    let schemas: Vec<_> = groups.iter().map(|group| group.schema.clone().unwrap().name).collect();
    // Once for requests and once for responses.
    assert_eq!(schemas, ["Scope", "Scope"]);
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

#[test]
fn fields_of_the_other_direction_are_left_out() {
    let with = |field: &str| {
        echo(&value(&format!(
            r#"{{"type":"object","required":["a"],"properties":{{"a":{field}}}}}"#
        )))
    };
    let found = changes(
        &with(r#"{"type":"string","readOnly":true}"#),
        &with(r#"{"type":"string","readOnly":true,"maxLength":9}"#),
    );
    assert_eq!(found, ["200 · a: bound-tightened compatible"]);
    // Required and no longer read-only: it must be sent.
    let found =
        changes(&with(r#"{"type":"string","readOnly":true}"#), &with(r#"{"type":"string"}"#));
    let expected = [
        "body · a: field-became-required breaks-requests",
        "body · a: no-longer-read-only compatible",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_field_added_to_a_closed_object_breaks_responses() {
    let closed = |fields: Value| {
        echo(&json!({ "type": "object", "additionalProperties": false, "properties": fields }))
    };
    let found = changes(&closed(json!({})), &closed(json!({ "a": {} })));
    let expected =
        ["200 · a: field-added-to-closed breaks-responses", "body · a: field-added compatible"];
    assert_eq!(found, expected);
}

#[test]
fn values_appear_without_debug_output() {
    let [old, new] = [json!([]), json!(["read"])].map(|scopes| {
        let mut root = operation(json!({ "security": [{ "oauth": scopes }] })).root;
        root["components"] = json!({ "securitySchemes": { "oauth": { "type": "oauth2" } } });
        document(root)
    });
    assert_eq!(messages(&old, &new), ["one more scope is needed: `read` of oauth2"]);
}

#[test]
fn the_rest_of_the_document_is_compared() {
    let with = |key: &str, value: Value| {
        let mut root = operation(json!({})).root;
        root[key] = value;
        document(root)
    };
    let unused = |kind: &str| json!({ "schemas": { "Unused": { "type": kind } } });
    for (old, new, expected) in [
        (
            with("components", unused("string")),
            with("components", unused("integer")),
            "`components`: unused-component-changed compatible",
        ),
        (
            with("info", json!({})),
            with("info", json!({ "title": "T" })),
            "`info`: documentation-changed compatible",
        ),
        (
            with("openapi", json!("3.0.3")),
            with("openapi", json!("3.1.0")),
            "`openapi`: openapi-version-changed compatible",
        ),
        (
            with("webhooks", json!({})),
            with("webhooks", json!({ "a": {} })),
            "`webhooks`: unknown-key-changed unknown",
        ),
    ] {
        assert_eq!(changes(&old, &new), [expected]);
    }
}

#[test]
fn the_bump_depends_on_the_first_number_of_the_version() {
    use crate::report::{Bump, group};
    let bump = |old: &Document, new: &Document, version: &str| {
        Bump::of(&group(&diff(old, new, None).unwrap()), Some(version)).suggested
    };
    let string = echo(&json!({ "type": "string" }));
    let described = echo(&json!({ "type": "string", "description": "Words." }));
    let deprecated = echo(&json!({ "type": "string", "deprecated": true }));
    let pattern =
        [json!("a"), json!("b")].map(|p| echo(&json!({ "type": "string", "pattern": p })));
    let integer = echo(&json!({ "type": "integer" }));
    for (old, new, at_0_x, from_1_0) in [
        (&string, &integer, "0.5.0", "2.0.0"),
        (&pattern[0], &pattern[1], "0.5.0", "2.0.0"),
        (&string, &deprecated, "0.4.3", "1.5.0"),
        (&string, &described, "0.4.3", "1.4.3"),
        (&string, &string, "0.4.2", "1.4.2"),
    ] {
        assert_eq!(bump(old, new, "0.4.2").as_deref(), Some(at_0_x));
        assert_eq!(bump(old, new, "1.4.2").as_deref(), Some(from_1_0));
        assert_eq!(bump(old, new, "2024-03-01"), None);
    }
}

#[test]
fn a_verdict_that_never_occurs_is_unknown() {
    use crate::change::Change;
    assert_eq!(Change::HeaderAdded.verdict(Direction::Request), Verdict::Unknown);
}
