use serde_json::{Value, json};

use super::*;
use crate::finding::Verdict::{BreaksReading, BreaksRequests, Compatible, Unknown};

fn document(root: Value) -> Document {
    Document::parse("test", &root.to_string()).unwrap()
}

/// A document whose only operation takes a body, and answers with one, as this schema describes.
fn echo(schema: Value) -> Document {
    operation(json!({
        "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
        "responses": { "200": {
            "description": "The same.",
            "content": { "application/json": { "schema": schema } },
        } },
    }))
}

/// A document with this operation only.
fn operation(mut node: Value) -> Document {
    node["operationId"] = json!("echo");
    document(json!({
        "openapi": "3.0.3",
        "info": { "title": "Test", "version": "1.0.0" },
        "paths": { "/echo/{id}": { "post": node } },
    }))
}

/// The findings as `place: what`, but for those that are documentation.
fn on_wire(old: &Document, new: &Document) -> Vec<(String, Verdict)> {
    let findings = diff(old, new).unwrap();
    let on_wire = findings.into_iter().filter(|finding| !finding.documentation);
    let mut lines: Vec<_> =
        on_wire.map(|f| (format!("{}: {}", f.place, f.what), f.verdict)).collect();
    lines.sort();
    lines
}

/// Every change of a schema: old, new, the place in it, the words, what it means in a request and in an answer, and the
/// same for the way back.
type Row = (Value, Value, &'static str, [(&'static str, Verdict, Verdict); 2]);

fn rows() -> Vec<Row> {
    let object = |required: Value, fields: Value| json!({ "type": "object", "required": required, "properties": fields });
    vec![
        (
            json!({ "type": "string", "enum": ["a", "b"] }),
            json!({ "type": "string", "enum": ["a"] }),
            "",
            [
                ("no longer allows `b`", BreaksRequests, Compatible),
                ("allows `b` as well", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "enum": ["a"] }),
            "",
            [
                ("was any string, is one of `a`", BreaksRequests, Compatible),
                ("was one of `a`, is any string", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "integer", "minimum": 1 }),
            json!({ "type": "integer", "minimum": 5 }),
            "",
            [
                ("`minimum` was 1, is 5", BreaksRequests, Compatible),
                ("`minimum` was 5, is 1", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "number", "maximum": 5 }),
            json!({ "type": "number", "maximum": 5, "exclusiveMaximum": true }),
            "",
            [
                ("`maximum` was 5, is 5 itself excluded", BreaksRequests, Compatible),
                ("`maximum` was 5 itself excluded, is 5", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "maxLength": 90 }),
            "",
            [
                ("`maxLength` was not given, is 90", BreaksRequests, Compatible),
                ("`maxLength` was 90, is not given", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "string", "minLength": 1 }),
            json!({ "type": "string", "minLength": 32 }),
            "",
            [
                ("`minLength` was 1, is 32", BreaksRequests, Compatible),
                ("`minLength` was 32, is 1", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "pattern": "^a$" }),
            "",
            [
                ("`pattern` was not given, is `^a$`", BreaksRequests, Compatible),
                ("`pattern` was `^a$`, is not given", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "string", "pattern": "^a$" }),
            json!({ "type": "string", "pattern": "^b$" }),
            "",
            [
                ("`pattern` was `^a$`, is `^b$`", Unknown, Unknown),
                ("`pattern` was `^b$`, is `^a$`", Unknown, Unknown),
            ],
        ),
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "format": "date-time" }),
            "",
            [
                ("`format` was not given, is `date-time`", BreaksRequests, Compatible),
                ("`format` was `date-time`, is not given", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "integer", "format": "int32" }),
            json!({ "type": "integer", "format": "int64" }),
            "",
            [
                ("`format` was `int32`, is `int64`", Compatible, BreaksReading),
                ("`format` was `int64`, is `int32`", BreaksRequests, BreaksReading),
            ],
        ),
        (
            json!({ "type": "integer" }),
            json!({ "type": "number" }),
            "",
            [
                ("was an integer, is a number", Compatible, BreaksReading),
                ("was a number, is an integer", BreaksRequests, Compatible),
            ],
        ),
        (
            json!({ "type": "object" }),
            json!({ "type": "array", "items": { "type": "object" } }),
            "",
            [
                ("was one object, is an array of objects", BreaksRequests, BreaksReading),
                ("was an array of objects, is one object", BreaksRequests, BreaksReading),
            ],
        ),
        (
            json!({ "type": "string" }),
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }),
            "",
            [
                ("was a string, is an integer or a string", Compatible, BreaksReading),
                ("was an integer or a string, is a string", BreaksRequests, Compatible),
            ],
        ),
        (
            json!({}),
            json!({ "type": "string" }),
            "",
            [
                ("was anything, is a string", BreaksRequests, Compatible),
                ("was a string, is anything", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "nullable": true }),
            "",
            [
                ("may be null now", Compatible, BreaksReading),
                ("may no longer be null", BreaksRequests, Compatible),
            ],
        ),
        (
            object(json!([]), json!({ "a": { "type": "string" } })),
            object(json!(["a"]), json!({ "a": { "type": "string" } })),
            " · a",
            [
                ("is required now", BreaksRequests, Compatible),
                ("is optional now", Compatible, BreaksReading),
            ],
        ),
        (
            object(json!([]), json!({})),
            object(json!([]), json!({ "a": { "type": "string" } })),
            " · a",
            [
                ("the field is new", Compatible, Compatible),
                ("the field is gone", BreaksRequests, BreaksReading),
            ],
        ),
        (
            object(json!([]), json!({})),
            object(json!(["a"]), json!({ "a": { "type": "string" } })),
            " · a",
            [
                ("the field is new and required", BreaksRequests, Compatible),
                ("the field is gone", BreaksRequests, BreaksReading),
            ],
        ),
        (
            object(json!(["a"]), json!({ "a": { "type": "string" } })),
            object(json!(["a"]), json!({})),
            " · a",
            [
                ("was a string, is anything", Compatible, BreaksReading),
                ("was anything, is a string", BreaksRequests, Compatible),
            ],
        ),
        (
            json!({ "type": "object" }),
            json!({ "type": "object", "additionalProperties": false }),
            " · *",
            [
                ("fields without a name here are no longer allowed", BreaksRequests, Compatible),
                ("fields without a name here are allowed now", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "object" }),
            json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            " · *",
            [
                (
                    "fields without a name here may no longer be anything",
                    BreaksRequests,
                    Compatible,
                ),
                ("fields without a name here may be anything now", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "array", "items": { "type": "string" } }),
            json!({ "type": "array", "items": { "type": "string", "maxLength": 9 } }),
            " · []",
            [
                ("`maxLength` was not given, is 9", BreaksRequests, Compatible),
                ("`maxLength` was 9, is not given", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "array", "items": {} }),
            json!({ "type": "array", "items": {}, "uniqueItems": true }),
            "",
            [
                ("`uniqueItems` is new", BreaksRequests, Compatible),
                ("`uniqueItems` is gone", Compatible, BreaksReading),
            ],
        ),
        (
            json!({ "type": "string", "not": { "enum": ["a"] } }),
            json!({ "type": "string", "not": { "enum": ["b"] } }),
            "",
            [("`not` changed", Unknown, Unknown), ("`not` changed", Unknown, Unknown)],
        ),
        (
            json!({ "type": "string", "newfangled": 1 }),
            json!({ "type": "string", "newfangled": 2 }),
            "",
            [
                ("`newfangled` changed", Unknown, Unknown),
                ("`newfangled` changed", Unknown, Unknown),
            ],
        ),
    ]
}

#[test]
fn a_change_of_a_schema_is_judged_by_the_way_the_value_travels() {
    for (old, new, at, [there, back]) in rows() {
        for (old, new, (what, request, answer)) in [(&old, &new, there), (&new, &old, back)] {
            let expected =
                vec![(format!("200{at}: {what}"), answer), (format!("body{at}: {what}"), request)];
            let found = on_wire(&echo(old.clone()), &echo(new.clone()));
            assert_eq!(found, expected, "{old} → {new}");
        }
    }
}

#[test]
fn another_default_matters_to_who_leaves_the_value_out() {
    let [none, one, two] =
        [json!({}), json!({ "default": 1 }), json!({ "default": 2 })].map(|mut schema| {
            schema["type"] = json!("integer");
            echo(schema)
        });
    let words = |was, is| format!("body: `default` was {was}, is {is}");
    assert_eq!(on_wire(&one, &two), [(words("1", "2"), BreaksRequests)]);
    assert_eq!(on_wire(&none, &one), [(words("not given", "1"), Compatible)]);
    assert_eq!(on_wire(&one, &none), [(words("1", "not given"), Unknown)]);
}

#[test]
fn two_ways_to_write_the_same_are_the_same() {
    let pair = [
        (
            json!({ "type": "object", "required": ["a"], "properties": {
                "a": { "type": "string" }, "b": { "type": "string", "nullable": true } } }),
            json!({ "allOf": [
                { "type": "object", "properties": { "a": { "type": "string" } } },
                { "required": ["a"], "properties": { "b": { "anyOf": [{ "type": "string" }, { "type": "null" }] } } },
            ] }),
        ),
        (json!({ "type": "string", "nullable": true }), json!({ "type": ["string", "null"] })),
        (
            json!({ "type": "string", "enum": ["a", "b"] }),
            json!({ "oneOf": [{ "const": "b" }, { "enum": ["a"] }] }),
        ),
        (
            json!({ "type": "integer", "minimum": 1 }),
            json!({ "type": "integer", "exclusiveMinimum": 0 }),
        ),
        (
            json!({ "properties": { "a": {} } }),
            json!({ "type": "object", "properties": { "a": {} } }),
        ),
        (json!({ "type": "object", "enum": [null], "nullable": true }), json!({ "type": "null" })),
        (
            json!({ "oneOf": [{ "type": "object", "properties": { "a": {} } }, { "type": "object", "properties": { "b": {} } }] }),
            json!({ "oneOf": [{ "type": "object", "properties": { "b": {} } }, { "type": "object", "properties": { "a": {} } }] }),
        ),
        (json!({ "type": "string", "minLength": 0 }), json!({ "type": "string", "minItems": 3 })),
    ];
    for (left, right) in pair {
        let found = compared(&echo(left.clone()), &echo(right.clone()));
        assert!(found.is_empty(), "{left} and {right}: {found:?}");
    }
}

/// What our own comparison finds; `drift` reads nothing that is not OpenAPI 3.0.
fn compared(old: &Document, new: &Document) -> Vec<Finding> {
    compare(&side(old).unwrap(), &side(new).unwrap()).findings
}

fn parameter(more: Value) -> Value {
    let mut parameter = json!({ "name": "page", "in": "query", "schema": { "type": "integer" } });
    for (key, value) in more.as_object().unwrap() {
        parameter[key] = value.clone();
    }
    parameter
}

#[test]
fn parameters() {
    let with =
        |parameters: Vec<Value>| operation(json!({ "parameters": parameters, "responses": {} }));
    let none = with(vec![]);
    let optional = with(vec![parameter(json!({}))]);
    let required = with(vec![parameter(json!({ "required": true }))]);
    let joined = with(vec![parameter(json!({ "explode": false }))]);
    let table = [
        (&none, &optional, "the parameter is new and optional", Compatible),
        (&none, &required, "the parameter is new and required", BreaksRequests),
        (&optional, &none, "the parameter is gone", BreaksRequests),
        (&required, &none, "the parameter is gone", BreaksRequests),
        (&optional, &required, "the parameter is required now", BreaksRequests),
        (&required, &optional, "the parameter is optional now", Compatible),
        (
            &optional,
            &joined,
            "the parameter is written differently: `explode` was true, is false",
            BreaksRequests,
        ),
    ];
    for (old, new, what, verdict) in table {
        assert_eq!(on_wire(old, new), [(format!("query page: {what}"), verdict)]);
    }
}

#[test]
fn parameters_of_the_path_go_by_their_position() {
    let with = |path: &str, name: &str, length: u32| {
        document(
            json!({ "openapi": "3.0.3", "info": { "title": "", "version": "" }, "paths": { path: {
            "parameters": [{ "name": name, "in": "path", "required": true, "schema": { "type": "string", "maxLength": length } }],
            "get": { "operationId": "read", "responses": {} },
        } } }),
        )
    };
    let found = on_wire(&with("/things/{id}", "id", 9), &with("/things/{thing}", "thing", 8));
    assert_eq!(found, [("path id: `maxLength` was 9, is 8".to_owned(), BreaksRequests)]);
}

#[test]
fn bodies() {
    let content = json!({ "application/json": { "schema": { "type": "string" } } });
    let none = operation(json!({ "responses": {} }));
    let with = |required: bool| {
        operation(
            json!({ "requestBody": { "required": required, "content": content }, "responses": {} }),
        )
    };
    let table = [
        (&none, &with(true), "a body is required now", BreaksRequests),
        (&none, &with(false), "a body may be sent now", Compatible),
        (&with(true), &none, "there is no body any more", BreaksRequests),
        (&with(false), &with(true), "the body is required now", BreaksRequests),
        (&with(true), &with(false), "the body is optional now", Compatible),
    ];
    for (old, new, what, verdict) in table {
        assert_eq!(on_wire(old, new), [(format!("body: {what}"), verdict)]);
    }
}

#[test]
fn statuses() {
    let with = |statuses: &[&str]| {
        let answer = |status: &&str| ((*status).to_owned(), json!({ "description": "An answer." }));
        operation(json!({ "responses": statuses.iter().map(answer).collect::<Map<_, _>>() }))
    };
    let table = [
        (with(&["200"]), with(&["200", "202"]), "202: the status is new", BreaksReading),
        (with(&["200", "202"]), with(&["200"]), "202: the status is gone", Compatible),
        (with(&["200"]), with(&["200", "4XX"]), "4XX: the status is new", Compatible),
        (with(&["200", "4XX"]), with(&["200"]), "4XX: the status is gone", Unknown),
        (with(&["200"]), with(&["200", "default"]), "default: the status is new", Unknown),
    ];
    for (old, new, what, verdict) in table {
        assert_eq!(on_wire(&old, &new), [(what.to_owned(), verdict)]);
    }
    assert_eq!(on_wire(&with(&["200", "4xx"]), &with(&["200", "4XX"])), []);
}

#[test]
fn media_types() {
    let with = |media: &[&str]| {
        let schema = |media: &&str| {
            let schema = json!({ "schema": { "type": "string" } });
            ((*media).to_owned(), schema)
        };
        let content: Map<_, _> = media.iter().map(schema).collect();
        operation(json!({
            "requestBody": { "content": content },
            "responses": { "200": { "description": "An answer.", "content": content } },
        }))
    };
    let (json, both) = (with(&["application/json"]), with(&["application/json", "text/plain"]));
    assert_eq!(
        on_wire(&json, &both),
        [
            ("200: text/plain is new".to_owned(), BreaksReading),
            ("body: text/plain is new".to_owned(), Compatible),
        ]
    );
    assert_eq!(
        on_wire(&both, &json),
        [
            ("200: text/plain is gone".to_owned(), Compatible),
            ("body: text/plain is gone".to_owned(), BreaksRequests),
        ]
    );
    let none = with(&[]);
    assert_eq!(on_wire(&json, &none)[0].1, BreaksReading);
    assert_eq!(on_wire(&none, &json)[0].1, Compatible);
}

#[test]
fn where_drift_gives_up_the_rest_is_unknown() {
    let declared = json!([{ "name": "id", "in": "path", "required": true, "schema": {} }]);
    let old = operation(json!({ "parameters": [], "responses": {} }));
    let new = operation(json!({ "parameters": declared, "responses": {} }));
    let found = on_wire(&old, &new);
    let gave_up = "the `drift` crate cannot compare this operation";
    assert!(
        found.iter().any(|(what, verdict)| what.contains(gave_up) && *verdict == Unknown),
        "{found:?}"
    );
}

#[test]
fn openapi_3_1_is_more_than_drift_can_read() {
    let [old, new] =
        [json!(["string", "null"]), json!("string")].map(|types| echo(json!({ "type": types })));
    let found = on_wire(&old, &new);
    assert!(
        found.contains(&("body: may no longer be null".to_owned(), BreaksRequests)),
        "{found:?}"
    );
    assert!(found.iter().any(|(_, verdict)| *verdict == Unknown), "{found:?}");
}

#[test]
fn headers() {
    let with = |headers: Value| {
        operation(
            json!({ "responses": { "200": { "description": "An answer.", "headers": headers } } }),
        )
    };
    let none = with(json!({}));
    let optional = with(json!({ "Ray": { "schema": { "type": "string" } } }));
    let required = with(json!({ "Ray": { "required": true, "schema": { "type": "string" } } }));
    let short = with(json!({ "Ray": { "schema": { "type": "string", "maxLength": 9 } } }));
    let table = [
        (&none, &optional, "the header is new", Compatible),
        (&optional, &none, "the header is gone", BreaksReading),
        (&optional, &required, "is always there now", Compatible),
        (&required, &optional, "may be missing now", BreaksReading),
        (&short, &optional, "`maxLength` was 9, is not given", BreaksReading),
    ];
    for (old, new, what, verdict) in table {
        assert_eq!(on_wire(old, new), [(format!("200 header Ray: {what}"), verdict)]);
    }
}

#[test]
fn operations_come_and_go() {
    let one = operation(json!({ "responses": {} }));
    let mut two = one.root.clone();
    two["paths"]["/echo/{id}"]["get"] = json!({ "operationId": "read", "responses": {} });
    let two = document(two);
    assert_eq!(on_wire(&one, &two), [(": GET /echo/{id} is new".to_owned(), Compatible)]);
    assert_eq!(on_wire(&two, &one), [(": GET /echo/{id} is gone".to_owned(), BreaksRequests)]);
}

#[test]
fn schemas_that_contain_themselves() {
    let with = |length: u32| {
        let mut document = echo(json!({ "$ref": "#/components/schemas/Tree" })).root;
        document["components"] = json!({ "schemas": { "Tree": { "type": "object", "properties": {
            "name": { "type": "string", "maxLength": length },
            "children": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } },
        } } } });
        super::tests::document(document)
    };
    let found = on_wire(&with(9), &with(8));
    let what = "`maxLength` was 9, is 8";
    assert_eq!(
        found,
        [
            (format!("200 · name: {what}"), Compatible),
            (format!("body · name: {what}"), BreaksRequests)
        ]
    );
}

#[test]
fn a_schema_that_is_made_of_itself_is_unknown_and_not_the_end() {
    let with = |circle: Value| {
        let mut document = echo(json!({ "$ref": "#/components/schemas/Circle" })).root;
        document["components"] = json!({ "schemas": { "Circle": circle } });
        super::tests::document(document)
    };
    let circle = json!({ "allOf": [{ "$ref": "#/components/schemas/Circle" }] });
    let found = on_wire(&with(json!({ "type": "string" })), &with(circle));
    assert!(
        found.iter().any(|(what, verdict)| what.contains("made of itself") && *verdict == Unknown),
        "{found:?}"
    );
}

#[test]
fn a_change_behind_a_keyword_that_is_not_looked_into_shows_through_a_reference() {
    let with = |value: &str| {
        let mut document =
            echo(json!({ "type": "string", "not": { "$ref": "#/components/schemas/Other" } })).root;
        document["components"] = json!({ "schemas": { "Other": { "enum": [value] } } });
        super::tests::document(document)
    };
    assert_eq!(
        on_wire(&with("a"), &with("b")),
        [("200: `not` changed".to_owned(), Unknown), ("body: `not` changed".to_owned(), Unknown)]
    );
}

#[test]
fn fields_that_do_not_travel_that_way_are_left_out() {
    let with = |field: Value| {
        echo(json!({ "type": "object", "required": ["a"], "properties": { "a": field } }))
    };
    let found = on_wire(
        &with(json!({ "type": "string", "readOnly": true })),
        &with(json!({ "type": "string", "readOnly": true, "maxLength": 9 })),
    );
    assert_eq!(found, [("200 · a: `maxLength` was not given, is 9".to_owned(), Compatible)]);
}

#[test]
fn words_are_told_and_break_nothing() {
    let old = echo(json!({ "type": "string", "description": "One." }));
    let new = echo(json!({ "type": "string", "description": "Two." }));
    let findings = diff(&old, &new).unwrap();
    assert!(!findings.is_empty());
    assert!(
        findings.iter().all(|finding| finding.documentation && finding.verdict == Compatible),
        "{findings:?}"
    );
}

#[test]
fn another_arrangement_is_told_and_breaks_nothing() {
    let old = echo(json!({ "type": "object", "properties": { "a": {}, "b": {} } }));
    let new = echo(
        json!({ "allOf": [{ "type": "object", "properties": { "a": {} } }, { "properties": { "b": {} } }] }),
    );
    let findings = diff(&old, &new).unwrap();
    assert!(
        findings.iter().any(|finding| finding.what == "is written differently, and means the same")
    );
    assert!(findings.iter().all(|finding| finding.verdict == Compatible), "{findings:?}");
}

#[test]
fn a_type_that_is_only_implied_is_left_to_the_reader() {
    let declared = echo(json!({ "type": "object", "properties": { "a": {} } }));
    let implied = echo(json!({ "properties": { "a": {} } }));
    for (old, new) in [(&declared, &implied), (&implied, &declared)] {
        let found = on_wire(old, new);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found.iter().all(|(what, verdict)| what.contains("implied") && *verdict == Unknown)
        );
    }
}

#[test]
fn credentials_and_servers() {
    let with = |security: Value, server: &str| {
        let mut root = operation(json!({ "responses": {} })).root;
        root["security"] = security;
        root["servers"] = json!([{ "url": server }]);
        root["components"] = json!({ "securitySchemes": {
            "token": { "type": "http", "scheme": "bearer" },
            "key": { "type": "apiKey", "in": "header", "name": "X-Key" },
        } });
        document(root)
    };
    let both = json!([{ "token": [] }, { "key": [] }]);
    let token = json!([{ "token": [] }]);
    let here = "https://a.example";
    assert_eq!(
        on_wire(&with(both.clone(), here), &with(token.clone(), here)),
        [(": is no longer authorized by the header X-Key".to_owned(), BreaksRequests)]
    );
    assert_eq!(
        on_wire(&with(token.clone(), here), &with(both, here)),
        [(": is authorized by the header X-Key as well".to_owned(), Compatible)]
    );
    let moved = on_wire(&with(token.clone(), here), &with(token, "https://b.example"));
    assert_eq!(moved[0], (": is no longer served at https://a.example".to_owned(), BreaksRequests));
}
