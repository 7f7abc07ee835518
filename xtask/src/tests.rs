//! Tests of the commands and of what they are made of, in one binary and one process.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    change::{Change, Effect, Verdict},
    diff::diff,
    document::Document,
};

mod changes;
mod commands;
mod mutations;
mod reading;
mod upstream;

fn document(root: Value) -> Document {
    Document::new("test", root).unwrap()
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

/// The rows of a table in `tests/fixtures`.
fn rows<T: DeserializeOwned>(file: &str) -> Vec<T> {
    fixture(file)
}

fn fixture<T: DeserializeOwned>(file: &str) -> T {
    let text = std::fs::read_to_string(format!("tests/fixtures/{file}")).unwrap();
    serde_json::from_value(crate::rules::read(&text).unwrap()).unwrap()
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

/// A document whose only operation takes a body and returns one, as this schema describes.
fn echo(schema: &Value) -> Document {
    operation(json!({
        "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
        "responses": { "200": {
            "description": "The same.",
            "content": { "application/json": { "schema": schema } },
        } },
    }))
}

/// The name of a verdict in reports.
fn name(verdict: Verdict) -> String {
    json!(verdict).as_str().unwrap().to_owned()
}

/// The changes as `place: id verdict`.
fn changes(old: &Document, new: &Document) -> Vec<String> {
    let line = |finding: &crate::change::Finding<'_>| {
        format!("{}: {} {}", finding.place, finding.change, name(finding.verdict))
    };
    let mut lines: Vec<String> = diff(old, new, None).unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

/// The kinds of change with their verdicts, wherever they are.
fn kinds(old: &Document, new: &Document) -> BTreeSet<String> {
    let all = diff(old, new, None).unwrap();
    all.iter().map(|finding| format!("{} {}", finding.change, name(finding.verdict))).collect()
}

/// The kinds of change as a Markdown table.
fn table() -> String {
    let word = |effect| match effect {
        Effect::Breaks => "breaking",
        Effect::Compatible => "compatible",
        Effect::Unknown => "unknown",
        Effect::Never => "–",
    };
    let row = |change: &Change| {
        let (request, response) = change.effects();
        let (id, meaning) = (change.id(), change.meaning());
        format!("| `{id}` | {meaning} | {} | {} |\n", word(request), word(response))
    };
    let rows: String = Change::ALL.iter().map(row).collect();
    format!("| id | meaning | requests | responses |\n| --- | --- | --- | --- |\n{rows}")
}

#[test]
fn the_documented_table_of_changes_is_current() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let (start, end) = ("<!-- kinds of change -->\n", "<!-- end -->\n");
    let (before, rest) = text.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    expectorate::assert_contents(readme, &format!("{before}{start}\n{}\n{end}{after}", table()));
}
