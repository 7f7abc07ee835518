//! Changes of schemas and operations, each with its id and its verdicts.

use super::*;

/// The verdicts of a change of a schema: `-` if the change does not occur in that direction.
type Expected = (&'static str, &'static str, &'static str);

/// A change of a schema and the way back: the schemas, the place in them, and for each direction the
/// id, the verdict for requests and the verdict for responses (b: breaking, c: compatible,
/// u: unknown).
type Row = (&'static str, &'static str, &'static str, Expected, Expected);

const SCHEMAS: &[Row] = &[
    (
        r#"{"type":"string","enum":["a","b"]}"#,
        r#"{"type":"string","enum":["a"]}"#,
        "",
        ("enum-value-removed", "b", "c"),
        ("enum-value-added", "c", "b"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"type":"string","enum":["a"]}"#,
        "",
        ("enum-added", "b", "c"),
        ("enum-removed", "c", "b"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"const":"a"}"#,
        "",
        ("enum-added", "b", "c"),
        ("enum-removed", "c", "b"),
    ),
    (
        r#"{"type":"integer","minimum":1}"#,
        r#"{"type":"integer","minimum":5}"#,
        "",
        ("bound-tightened", "b", "c"),
        ("bound-loosened", "c", "b"),
    ),
    (
        r#"{"type":"number","maximum":5}"#,
        r#"{"type":"number","maximum":5,"exclusiveMaximum":true}"#,
        "",
        ("bound-tightened", "b", "c"),
        ("bound-loosened", "c", "b"),
    ),
    (
        r#"{"type":"number","maximum":5}"#,
        r#"{"type":"number","maximum":5,"exclusiveMaximum":4}"#,
        "",
        ("bound-tightened", "b", "c"),
        ("bound-loosened", "c", "b"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"type":"string","maxLength":90}"#,
        "",
        ("bound-tightened", "b", "c"),
        ("bound-loosened", "c", "b"),
    ),
    (
        r#"{"type":"string","minLength":1}"#,
        r#"{"type":"string","minLength":32}"#,
        "",
        ("bound-tightened", "b", "c"),
        ("bound-loosened", "c", "b"),
    ),
    (
        r#"{"type":"array","items":{}}"#,
        r#"{"type":"array","items":{},"maxItems":3}"#,
        "",
        ("bound-tightened", "b", "c"),
        ("bound-loosened", "c", "b"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"object","maxProperties":3}"#,
        "",
        ("bound-tightened", "b", "c"),
        ("bound-loosened", "c", "b"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"type":"string","pattern":"^a$"}"#,
        "",
        ("pattern-added", "b", "c"),
        ("pattern-removed", "c", "b"),
    ),
    (
        r#"{"type":"string","pattern":"^a$"}"#,
        r#"{"type":"string","pattern":"^b$"}"#,
        "",
        ("pattern-changed", "u", "u"),
        ("pattern-changed", "u", "u"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"type":"string","format":"date-time"}"#,
        "",
        ("format-added", "b", "c"),
        ("format-removed", "c", "b"),
    ),
    (
        r#"{"type":"string","format":"uuid"}"#,
        r#"{"type":"string","format":"date-time"}"#,
        "",
        ("format-changed", "b", "b"),
        ("format-changed", "b", "b"),
    ),
    (
        r#"{"type":"integer","format":"int32"}"#,
        r#"{"type":"integer","format":"int64"}"#,
        "",
        ("format-widened", "c", "b"),
        ("format-narrowed", "b", "c"),
    ),
    (
        r#"{"type":"number","format":"float"}"#,
        r#"{"type":"number","format":"double"}"#,
        "",
        ("format-widened", "c", "b"),
        ("format-narrowed", "b", "c"),
    ),
    (
        r#"{"type":"integer"}"#,
        r#"{"type":"number"}"#,
        "",
        ("type-widened", "c", "b"),
        ("type-narrowed", "b", "c"),
    ),
    (
        r#"{"type":"integer"}"#,
        r#"{"type":"string"}"#,
        "",
        ("type-changed", "b", "b"),
        ("type-changed", "b", "b"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"array","items":{"type":"object"}}"#,
        "",
        ("type-changed", "b", "b"),
        ("type-changed", "b", "b"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#,
        "",
        ("type-widened", "c", "b"),
        ("type-narrowed", "b", "c"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"type":["string","integer"]}"#,
        "",
        ("type-widened", "c", "b"),
        ("type-narrowed", "b", "c"),
    ),
    ("{}", r#"{"type":"string"}"#, "", ("type-narrowed", "b", "c"), ("type-widened", "c", "b")),
    (
        r#"{"type":"string"}"#,
        r#"{"type":"string","nullable":true}"#,
        "",
        ("became-nullable", "c", "b"),
        ("became-not-nullable", "b", "c"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#,
        "",
        ("became-nullable", "c", "b"),
        ("became-not-nullable", "b", "c"),
    ),
    (
        r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
        r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}"#,
        " · a",
        ("field-became-required", "b", "c"),
        ("field-became-optional", "c", "b"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
        " · a",
        ("field-added", "c", "c"),
        ("field-removed", "b", "b"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}"#,
        " · a",
        ("field-added-required", "b", "c"),
        ("field-removed", "b", "b"),
    ),
    (
        r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}"#,
        r#"{"type":"object","required":["a"]}"#,
        " · a",
        ("type-widened", "c", "b"),
        ("type-narrowed", "b", "c"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"object","additionalProperties":false}"#,
        " · *",
        ("other-fields-forbidden", "b", "c"),
        ("other-fields-allowed", "c", "b"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"object","additionalProperties":{"type":"string"}}"#,
        " · *",
        ("other-fields-narrowed", "b", "c"),
        ("other-fields-widened", "c", "b"),
    ),
    (
        r#"{"type":"array","items":{"type":"string"}}"#,
        r#"{"type":"array","items":{"type":"string","maxLength":9}}"#,
        " · []",
        ("bound-tightened", "b", "c"),
        ("bound-loosened", "c", "b"),
    ),
    (
        r#"{"type":"array","items":{}}"#,
        r#"{"type":"array","items":{},"uniqueItems":true}"#,
        "",
        ("constraint-added", "b", "c"),
        ("constraint-removed", "c", "b"),
    ),
    (
        r#"{"type":"integer"}"#,
        r#"{"type":"integer","multipleOf":2}"#,
        "",
        ("constraint-added", "b", "c"),
        ("constraint-removed", "c", "b"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"object","dependentRequired":{"a":["b"]}}"#,
        "",
        ("constraint-added", "b", "c"),
        ("constraint-removed", "c", "b"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"object","if":{"required":["a"]}}"#,
        "",
        ("constraint-added", "b", "c"),
        ("constraint-removed", "c", "b"),
    ),
    (
        r#"{"type":"object"}"#,
        r#"{"type":"object","patternProperties":{"^a":{}}}"#,
        "",
        ("constraint-added", "b", "c"),
        ("constraint-removed", "c", "b"),
    ),
    (
        r#"{"type":"array","items":{}}"#,
        r#"{"type":"array","items":{},"contains":{"const":1}}"#,
        "",
        ("constraint-added", "b", "c"),
        ("constraint-removed", "c", "b"),
    ),
    (
        r#"{"type":"string","not":{"enum":["a"]}}"#,
        r#"{"type":"string","not":{"enum":["b"]}}"#,
        "",
        ("constraint-changed", "u", "u"),
        ("constraint-changed", "u", "u"),
    ),
    (
        r#"{"type":"string","x-extensible-enum":["a","b"]}"#,
        r#"{"type":"string","x-extensible-enum":["a"]}"#,
        "",
        ("constraint-changed", "u", "u"),
        ("constraint-changed", "u", "u"),
    ),
    (
        r#"{"type":"string","newfangled":1}"#,
        r#"{"type":"string","newfangled":2}"#,
        "",
        ("constraint-changed", "u", "u"),
        ("constraint-changed", "u", "u"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"type":"string","deprecated":true}"#,
        "",
        ("deprecated", "c", "c"),
        ("deprecation-removed", "c", "c"),
    ),
    (
        r#"{"type":"string","x-sunset":"2027-06-01"}"#,
        r#"{"type":"string","x-sunset":"2027-01-01"}"#,
        "",
        ("sunset-earlier", "b", "b"),
        ("sunset-set", "c", "c"),
    ),
    (
        r#"{"type":"string"}"#,
        r#"{"type":"string","x-sunset":"2027-01-01"}"#,
        "",
        ("sunset-set", "c", "c"),
        ("sunset-removed", "u", "u"),
    ),
    (
        r#"{"type":"integer","default":1}"#,
        r#"{"type":"integer","default":2}"#,
        "",
        ("default-changed", "b", "-"),
        ("default-changed", "b", "-"),
    ),
    (
        r#"{"type":"integer"}"#,
        r#"{"type":"integer","default":1}"#,
        "",
        ("default-added", "c", "-"),
        ("default-removed", "u", "-"),
    ),
    (
        r#"{"oneOf":[{"type":"object","required":["a"]},{"type":"object","required":["b"]}]}"#,
        r#"{"oneOf":[{"type":"object","required":["a"]},{"type":"object","required":["b"]},{"type":"object","required":["c"]}]}"#,
        "",
        ("alternative-added", "c", "b"),
        ("alternative-removed", "b", "c"),
    ),
    (
        r#"{"oneOf":[{"type":"object","required":["a"]},{"type":"string"}]}"#,
        r#"{"oneOf":[{"type":"object","required":["a"]},{"type":"string"}],"discriminator":{"propertyName":"a"}}"#,
        "",
        ("discriminator-added", "c", "c"),
        ("discriminator-removed", "u", "u"),
    ),
    (
        r#"{"type":"object","discriminator":{"propertyName":"a"}}"#,
        r#"{"type":"object","discriminator":{"propertyName":"b"}}"#,
        "",
        ("discriminator-changed", "u", "u"),
        ("discriminator-changed", "u", "u"),
    ),
    (
        r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
        r#"{"type":"object","properties":{"a":{"type":"string","readOnly":true}}}"#,
        " · a",
        ("became-read-only", "b", "-"),
        ("no-longer-read-only", "c", "-"),
    ),
    (
        r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
        r#"{"type":"object","properties":{"a":{"type":"string","writeOnly":true}}}"#,
        " · a",
        ("became-write-only", "-", "b"),
        ("no-longer-write-only", "-", "c"),
    ),
];

fn verdict(letter: &str, direction: &str) -> String {
    match letter {
        "b" => format!("breaks-{direction}"),
        "c" => "compatible".to_owned(),
        "u" => "unknown".to_owned(),
        other => panic!("{other} is not a verdict"),
    }
}

#[test]
fn a_schema_change_is_judged_by_its_direction() {
    for (old, new, at, there, back) in SCHEMAS {
        for (old, new, (id, request, response)) in [(old, new, there), (new, old, back)] {
            let mut expected = Vec::new();
            if *response != "-" {
                expected.push(format!("200{at}: {id} {}", verdict(response, "responses")));
            }
            if *request != "-" {
                expected.push(format!("body{at}: {id} {}", verdict(request, "requests")));
            }
            let mut found = changes(&echo(&value(old)), &echo(&value(new)));
            found.retain(|line| !line.contains("documentation-changed"));
            assert_eq!(found, expected, "{old} → {new}");
        }
    }
}

#[test]
fn every_kind_of_change_has_a_test() {
    let tested = concat!(include_str!("changes.rs"), include_str!("mutations.rs"));
    let untested: Vec<_> =
        crate::change::Change::ALL.iter().filter(|change| !tested.contains(change.id())).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn other_spellings_mean_the_same() {
    let pairs = [
        (
            r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"},"b":{"type":"string","nullable":true}}}"#,
            r#"{"allOf":[{"type":"object","properties":{"a":{"type":"string"}}},
                {"required":["a"],"properties":{"b":{"anyOf":[{"type":"string"},{"type":"null"}]}}}]}"#,
        ),
        (r#"{"type":"string","nullable":true}"#, r#"{"type":["string","null"]}"#),
        (r#"{"type":"string","enum":["a","b"]}"#, r#"{"oneOf":[{"const":"b"},{"enum":["a"]}]}"#),
        (r#"{"type":"integer","minimum":1}"#, r#"{"type":"integer","exclusiveMinimum":0}"#),
        (
            r#"{"type":"number","minimum":1,"exclusiveMinimum":true}"#,
            r#"{"type":"number","exclusiveMinimum":1}"#,
        ),
        (r#"{"properties":{"a":{}}}"#, r#"{"type":"object","properties":{"a":{}}}"#),
        (r#"{"type":"object","enum":[null],"nullable":true}"#, r#"{"type":"null"}"#),
        (
            r#"{"oneOf":[{"type":"object","properties":{"a":{}}},{"type":"object","properties":{"b":{}}}]}"#,
            r#"{"oneOf":[{"type":"object","properties":{"b":{}}},{"type":"object","properties":{"a":{}}}]}"#,
        ),
        (r#"{"type":"string","minLength":0}"#, r#"{"type":"string","minItems":3}"#),
        (r#"{"type":"array","items":{}}"#, r#"{"type":"array","items":{},"uniqueItems":false}"#),
    ];
    for (left, right) in pairs {
        for (old, new) in [(left, right), (right, left)] {
            let found = kinds(&echo(&value(old)), &echo(&value(new)));
            assert_eq!(Vec::from_iter(found), ["rewritten compatible"], "{old} and {new}");
        }
    }
}

/// A change of an operation and the changes that are reported, as `place: id verdict`.
type OperationRow = (&'static str, &'static str, &'static [&'static str]);

const OPERATIONS: &[OperationRow] = &[
    // Parameters.
    (
        "{}",
        r#"{"parameters":[{"name":"page","in":"query","schema":{}}]}"#,
        &["query page: parameter-added compatible"],
    ),
    (
        "{}",
        r#"{"parameters":[{"name":"page","in":"query","required":true,"schema":{}}]}"#,
        &["query page: parameter-added-required breaks-requests"],
    ),
    (
        r#"{"parameters":[{"name":"page","in":"query","schema":{}}]}"#,
        "{}",
        &["query page: parameter-removed breaks-requests"],
    ),
    (
        r#"{"parameters":[{"name":"page","in":"query","schema":{}}]}"#,
        r#"{"parameters":[{"name":"page","in":"query","required":true,"schema":{}}]}"#,
        &["query page: parameter-became-required breaks-requests"],
    ),
    (
        r#"{"parameters":[{"name":"page","in":"query","required":true,"schema":{}}]}"#,
        r#"{"parameters":[{"name":"page","in":"query","schema":{}}]}"#,
        &["query page: parameter-became-optional compatible"],
    ),
    (
        r#"{"parameters":[{"name":"page","in":"query","schema":{}}]}"#,
        r#"{"parameters":[{"name":"page","in":"query","explode":false,"schema":{}}]}"#,
        &["query page: parameter-style-changed breaks-requests"],
    ),
    (
        r#"{"parameters":[{"name":"page","in":"query","schema":{}}]}"#,
        r#"{"parameters":[{"name":"page","in":"query","explode":true,"style":"form","schema":{}}]}"#,
        &[": rewritten compatible"],
    ),
    (
        r#"{"parameters":[{"name":"X-H","in":"header","schema":{"type":"string"}}]}"#,
        r#"{"parameters":[{"name":"x-h","in":"header","schema":{"type":"string"}}]}"#,
        &[": rewritten compatible"],
    ),
    (
        r#"{"parameters":[{"name":"n","in":"query","schema":{"type":"integer"}}]}"#,
        r#"{"parameters":[{"name":"n","in":"query","schema":{"type":"string"}}]}"#,
        &["query n: type-widened compatible"],
    ),
    (
        r#"{"parameters":[{"name":"n","in":"query","schema":{"type":"string"}}]}"#,
        r#"{"parameters":[{"name":"n","in":"query","schema":{"type":"integer"}}]}"#,
        &["query n: type-narrowed breaks-requests"],
    ),
    (
        r#"{"parameters":[{"name":"n","in":"query","schema":{"type":"integer"}}]}"#,
        r#"{"parameters":[{"name":"n","in":"query","schema":{"type":"string","maxLength":1}}]}"#,
        &["query n: type-changed breaks-requests"],
    ),
    (
        r#"{"parameters":[{"name":"n","in":"query","schema":{}}]}"#,
        r#"{"parameters":[{"name":"n","in":"query","deprecated":true,"x-sunset":"2027-01-01","schema":{}}]}"#,
        &["query n: deprecated compatible", "query n: sunset-set compatible"],
    ),
    // Request bodies.
    (
        "{}",
        r#"{"requestBody":{"required":true,"content":{}}}"#,
        &["body: body-added-required breaks-requests"],
    ),
    ("{}", r#"{"requestBody":{"content":{}}}"#, &["body: body-added compatible"]),
    (r#"{"requestBody":{"content":{}}}"#, "{}", &["body: body-removed breaks-requests"]),
    (
        r#"{"requestBody":{"content":{}}}"#,
        r#"{"requestBody":{"required":true,"content":{}}}"#,
        &["body: body-became-required breaks-requests"],
    ),
    (
        r#"{"requestBody":{"required":true,"content":{}}}"#,
        r#"{"requestBody":{"content":{}}}"#,
        &["body: body-became-optional compatible"],
    ),
    // Media types.
    (
        r#"{"requestBody":{"content":{"application/json":{}}}}"#,
        r#"{"requestBody":{"content":{"application/json":{},"text/plain":{}}}}"#,
        &["body: media-type-added compatible"],
    ),
    (
        r#"{"requestBody":{"content":{"application/json":{},"text/plain":{}}}}"#,
        r#"{"requestBody":{"content":{"application/json":{}}}}"#,
        &["body: media-type-removed breaks-requests"],
    ),
    (
        r#"{"responses":{"200":{"content":{"application/json":{}}}}}"#,
        r#"{"responses":{"200":{"content":{"application/json":{},"text/plain":{}}}}}"#,
        &["200: media-type-added compatible"],
    ),
    (
        r#"{"responses":{"200":{"content":{"application/json":{}}}}}"#,
        r#"{"responses":{"200":{}}}"#,
        &["200: media-type-removed breaks-responses"],
    ),
    (
        r#"{"responses":{"200":{"content":{"application/json":{}}}}}"#,
        r#"{"responses":{"200":{"content":{"Application/JSON; charset=utf-8":{}}}}}"#,
        &[": rewritten compatible"],
    ),
    (
        r#"{"responses":{"200":{"content":{"application/json; v=1":{}}}}}"#,
        r#"{"responses":{"200":{"content":{"application/json; v=2":{}}}}}"#,
        &["200: media-type-parameters-changed unknown"],
    ),
    (
        r#"{"responses":{"200":{"content":{"application/json":{"schema":{"type":"string"}}}}}}"#,
        r#"{"responses":{"200":{"content":{"application/json":{}}}}}"#,
        &["200: type-widened breaks-responses"],
    ),
    // Statuses.
    (
        r#"{"responses":{"200":{}}}"#,
        r#"{"responses":{"200":{},"202":{}}}"#,
        &["202: success-status-added breaks-responses"],
    ),
    (
        r#"{"responses":{"200":{},"4XX":{}}}"#,
        r#"{"responses":{"4XX":{}}}"#,
        &["200: success-status-removed breaks-responses"],
    ),
    (
        r#"{"responses":{"200":{}}}"#,
        r#"{"responses":{"200":{},"4XX":{}}}"#,
        &["4XX: failure-status-added compatible"],
    ),
    (
        r#"{"responses":{"200":{},"4XX":{}}}"#,
        r#"{"responses":{"200":{}}}"#,
        &["4XX: failure-status-removed unknown"],
    ),
    (
        r#"{"responses":{"200":{},"4XX":{}}}"#,
        r#"{"responses":{"200":{},"4xx":{}}}"#,
        &[": rewritten compatible"],
    ),
    (
        r#"{"responses":{}}"#,
        r#"{"responses":{"default":{}}}"#,
        &["default: default-response-added unknown"],
    ),
    (
        r#"{"responses":{"default":{}}}"#,
        r#"{"responses":{}}"#,
        &["default: default-response-removed unknown"],
    ),
    // Response headers.
    (
        r#"{"responses":{"200":{}}}"#,
        r#"{"responses":{"200":{"headers":{"Ray":{}}}}}"#,
        &["200 header Ray: header-added compatible"],
    ),
    (
        r#"{"responses":{"200":{"headers":{"Ray":{}}}}}"#,
        r#"{"responses":{"200":{}}}"#,
        &["200 header Ray: header-removed breaks-responses"],
    ),
    (
        r#"{"responses":{"200":{"headers":{"Ray":{}}}}}"#,
        r#"{"responses":{"200":{"headers":{"ray":{}}}}}"#,
        &[": rewritten compatible"],
    ),
    (
        r#"{"responses":{"200":{"headers":{"Ray":{}}}}}"#,
        r#"{"responses":{"200":{"headers":{"Ray":{"required":true}}}}}"#,
        &["200 header Ray: header-became-required compatible"],
    ),
    (
        r#"{"responses":{"200":{"headers":{"Ray":{"required":true}}}}}"#,
        r#"{"responses":{"200":{"headers":{"Ray":{}}}}}"#,
        &["200 header Ray: header-became-optional breaks-responses"],
    ),
    (
        r#"{"responses":{"200":{"headers":{"Ray":{"schema":{"type":"integer"}}}}}}"#,
        r#"{"responses":{"200":{"headers":{"Ray":{"schema":{"type":"string"}}}}}}"#,
        &["200 header Ray: type-widened breaks-responses"],
    ),
    // Life cycle and permissions.
    ("{}", r#"{"deprecated":true}"#, &[": deprecated compatible"]),
    (r#"{"deprecated":true}"#, "{}", &[": deprecation-removed compatible"]),
    (
        r#"{"x-sunset":"2027-06-01"}"#,
        r#"{"x-sunset":"2027-01-01"}"#,
        &[": sunset-earlier breaks-requests"],
    ),
    (r#"{"x-sunset":"2027-06-01"}"#, "{}", &[": sunset-removed unknown"]),
    (
        r#"{"x-stability-level":"beta"}"#,
        r#"{"x-stability-level":"stable"}"#,
        &[": stability-increased compatible"],
    ),
    ("{}", r#"{"x-stability-level":"alpha"}"#, &[": stability-decreased unknown"]),
    (
        r#"{"x-api-token-group":["A"]}"#,
        r#"{"x-api-token-group":["A","B"]}"#,
        &[": permission-added compatible"],
    ),
    (
        r#"{"x-api-token-group":["A","B"]}"#,
        r#"{"x-api-token-group":["B"]}"#,
        &[": permission-removed breaks-requests"],
    ),
    ("{}", r#"{"x-api-token-group":["A"]}"#, &[": permissions-changed unknown"]),
    // Servers and security.
    (
        r#"{"servers":[{"url":"https://a.test"}]}"#,
        r#"{"servers":[{"url":"https://a.test/"},{"url":"https://b.test"}]}"#,
        &[": server-added compatible"],
    ),
    (
        r#"{"servers":[{"url":"https://a.test"}]}"#,
        r#"{"servers":[{"url":"https://b.test"}]}"#,
        &[": server-added compatible", ": server-removed breaks-requests"],
    ),
    (
        r#"{"servers":[{"url":"https://a.test"},{"url":"https://b.test"}]}"#,
        r#"{"servers":[{"url":"https://b.test"},{"url":"https://a.test"}]}"#,
        &[": server-order-changed unknown"],
    ),
    (
        r#"{"servers":[{"url":"https://{r}.test","variables":{"r":{"default":"eu","enum":["eu","us"]}}}]}"#,
        r#"{"servers":[{"url":"https://{r}.test","variables":{"r":{"default":"us","enum":["us","ap"]}}}]}"#,
        &[
            ": server-default-changed breaks-requests",
            ": server-value-added compatible",
            ": server-value-removed breaks-requests",
        ],
    ),
    (
        r#"{"security":[{"bearer":[]}]}"#,
        r#"{"security":[{"bearer":[]},{"key":[]}]}"#,
        &[": security-added compatible"],
    ),
    (
        r#"{"security":[{"bearer":[]},{"key":[]}]}"#,
        r#"{"security":[{"key":[]}]}"#,
        &[": security-removed breaks-requests"],
    ),
    (
        r#"{"security":[{"oauth":["read"]}]}"#,
        r#"{"security":[{"oauth":[]}]}"#,
        &[": scope-removed compatible"],
    ),
    (
        r#"{"security":[{"oauth":[]}]}"#,
        r#"{"security":[{"oauth":["read"]}]}"#,
        &[": scope-added breaks-requests"],
    ),
    (
        r#"{"security":[{"oauth":[]}]}"#,
        r#"{"security":[{"oauth2":[]}]}"#,
        &[": security-scheme-changed unknown"],
    ),
    // Anything else.
    ("{}", r#"{"callbacks":{"a":{}}}"#, &[": unknown-key-changed unknown"]),
    (
        "{}",
        r#"{"description":"One.","tags":["a"],"x-b":1}"#,
        &[": documentation-changed compatible"],
    ),
];

#[test]
fn operation_changes_have_their_verdicts() {
    let schemes = value(
        r#"{"bearer":{"type":"http","scheme":"bearer"},"key":{"type":"apiKey","in":"header","name":"X-Key"},
            "oauth":{"type":"oauth2","flows":{"password":{"tokenUrl":"https://a.test"}}},
            "oauth2":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://a.test"}}}}"#,
    );
    let with = |node: &str| {
        let mut root = operation(value(node)).root;
        root["components"]["securitySchemes"] = schemes.clone();
        document(root)
    };
    for (old, new, expected) in OPERATIONS {
        assert_eq!(changes(&with(old), &with(new)), *expected, "{old} → {new}");
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
    assert_eq!(messages(&old, &new), ["oauth2 needs the scope `read`"]);
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
