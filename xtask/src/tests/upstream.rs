//! Drift between the spec and the published document.

use super::*;
use crate::{
    edit::edited,
    report::Format,
    upstream::{Deviation, UpstreamReport, differences},
};

const OURS: &str = include_str!("../../tests/fixtures/small.yaml");

/// The report on a published document that differs by this edit.
fn report(edit: impl FnOnce(&mut Value), deviations: Value) -> UpstreamReport {
    let ours = Document::parse("spec.yaml", OURS).unwrap();
    let mut theirs = ours.root.clone();
    edit(&mut theirs);
    let deviations: Vec<Deviation> = serde_json::from_value(deviations).unwrap();
    UpstreamReport::new(&ours, OURS, &document(theirs), deviations).unwrap()
}

fn drift(edit: impl FnOnce(&mut Value)) -> Vec<String> {
    let report: Value = value(&report(edit, json!([])).write(Format::Json));
    let ids = report["differences"].as_array().unwrap().iter();
    ids.map(|difference| difference["id"].as_str().unwrap().to_owned()).collect()
}

const GET: &str = "/paths/~1account~1groups/get";
const GROUP: &str = "/components/schemas/Group/properties";

#[test]
fn what_clients_depend_on_is_drift() {
    for (key, changed, expected) in [
        ("deprecated", json!(true), vec!["deprecated"]),
        ("x-sunset", json!("2027-01-01"), vec!["sunset-set"]),
        ("operationId", json!("list-groups"), vec!["operation-id-changed"]),
        ("x-api-token-group", json!(["Write"]), vec!["permission-removed"]),
        ("x-api-token-group", json!(["Read", "Write", "Admin"]), vec!["permission-added"]),
        ("description", json!("Other words."), vec![]),
        ("x-other", json!(1), vec![]),
    ] {
        let found = drift(|theirs| theirs.pointer_mut(GET).unwrap()[key] = changed.clone());
        assert_eq!(found, expected, "{key}: {changed}");
    }
}

#[test]
fn paths_below_ours_count_and_others_do_not() {
    let operation = json!({ "operationId": "new", "responses": {} });
    for (path, expected) in [
        ("/account/groups/{id}", vec!["operation-added"]),
        ("/account/groupsets", vec![]),
        ("/zones", vec![]),
    ] {
        let found = drift(|theirs| theirs["paths"][path] = json!({ "get": operation }));
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn paths_below_a_top_level_path_do_not_count() {
    let of = |paths: &[&str]| {
        let operation = |path: &&str| {
            ((*path).to_owned(), json!({ "get": { "operationId": path, "responses": {} } }))
        };
        let paths: serde_json::Map<_, _> = paths.iter().map(operation).collect();
        document(json!({ "openapi": "3.0.3", "paths": paths }))
    };
    let (ours, theirs) = (of(&["/zones"]), of(&["/zones", "/zones/{id}"]));
    assert!(differences(&ours, &theirs).unwrap().is_empty());
}

#[test]
fn a_document_without_our_paths_is_refused() {
    let ours = Document::parse("spec.yaml", OURS).unwrap();
    let theirs = document(json!({ "openapi": "3.0.3", "paths": { "/zones": { "get": {} } } }));
    let refused = differences(&ours, &theirs).unwrap_err().to_string();
    assert_eq!(refused, "test has none of the paths of spec.yaml");
}

#[test]
fn deviations_match_id_place_and_operation() {
    let nullable =
        |theirs: &mut Value| theirs.pointer_mut(GROUP).unwrap()["id"]["nullable"] = json!(true);
    for (id, place, operations, accepted) in [
        ("became-nullable", "200 · id", json!(["groups-list"]), true),
        ("became-nullable", "200 · *", json!(["groups-list"]), true),
        ("became-nullable", "*", Value::Null, true),
        ("became-nullable", "200", Value::Null, false),
        ("became-nullable", "200 · i", Value::Null, false),
        ("became-not-nullable", "200 · id", Value::Null, false),
        ("became-nullable", "200 · id", json!(["groups-create"]), false),
        ("became-nullable", "200 · id", json!(["groups-list", "groups-create"]), false),
    ] {
        let mut deviation = json!({ "id": id, "place": place, "reason": "Seen." });
        if !operations.is_null() {
            deviation["operations"] = operations.clone();
        }
        let report = report(nullable, json!([deviation]));
        assert_eq!(!report.drift, accepted, "{id} {place} {operations}");
    }
}

#[test]
fn mechanical_drift_has_a_patch_that_removes_it() {
    let follow = |theirs: &mut Value| {
        let parameters = theirs.pointer_mut(GET).unwrap()["parameters"].as_array_mut().unwrap();
        parameters[0]["schema"]["maximum"] = json!(500);
        parameters[1]["schema"]["enum"] = json!(["asc", "desc", "any order", "null"]);
        let group = theirs.pointer_mut(GROUP).unwrap();
        group["id"]["maxLength"] = json!(36);
        group["kind"]["enum"] = json!(["small", "large", "huge"]);
        group["email"] =
            json!({ "type": "string", "maxLength": 90, "description": "Two\nlines: one." });
        group["tags"] = json!({ "type": "array", "items": { "type": "string" } });
        group["created_on"] = json!({ "type": "string", "format": "date-time" });
        group["@type"] = json!({ "type": "string" });
        group["owner"] = json!({ "type": "object" });
    };
    let report = report(follow, json!([]));
    expectorate::assert_contents("tests/expected/patch.md", &report.write(Format::Markdown));
    let windows = OURS.replace('\n', "\r\n");
    assert_eq!(crate::edit::patch("spec.yaml", &windows, OURS), None);

    let ours = Document::parse("spec.yaml", OURS).unwrap();
    let mut theirs = ours.root.clone();
    follow(&mut theirs);
    let theirs = document(theirs);
    let drift = differences(&ours, &theirs).unwrap();
    let edits = drift.iter().filter_map(|finding| finding.edit.as_ref());
    let edited = edited(&ours, &theirs, OURS, edits);
    let left = kinds(&Document::parse("spec.yaml", &edited).unwrap(), &theirs);
    // An object, a bound in a flow mapping, and what the patch leaves lenient need a decision.
    let expected = [
        "became-not-nullable compatible",
        "bound-loosened compatible",
        "bound-tightened compatible",
        "documentation-changed compatible",
        "field-added compatible",
        "format-added compatible",
    ];
    assert_eq!(Vec::from_iter(left), expected);
}

#[test]
fn a_document_of_12_mb_is_narrowed_to_the_paths_of_the_spec() {
    let ours = Document::from_working_tree().unwrap();
    let mut theirs = ours.root.clone();
    let described = json!({ "description": "x".repeat(1000), "type": "object" });
    for number in 0..11_000 {
        theirs["components"]["schemas"][format!("Filler{number}")] = described.clone();
        let schema = json!({ "$ref": format!("#/components/schemas/Filler{number}") });
        theirs["paths"][format!("/filler/{number}")] = json!({ "get": { "operationId": format!("filler-{number}"),
            "responses": { "200": { "content": { "application/json": { "schema": schema } } } } } });
    }
    let text = super::reading::script(&theirs.to_string(), usize::MAX);
    assert!(theirs.to_string().len() > 12_000_000);
    let theirs = Document::parse("published", &text).unwrap();
    let found = differences(&ours, &theirs).unwrap();
    assert!(found.is_empty(), "{}", found.len());
    assert!(diff(&theirs, &theirs, Some(&ours)).unwrap().is_empty());
}
