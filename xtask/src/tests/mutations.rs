//! Mutations of the spec: each is refused by `spec check`, or is a change with an id and a verdict.

use serde::Deserialize;
use serde_json::Map;

use super::*;
use crate::check::problems;

#[derive(Deserialize)]
struct Row {
    mutation: String,
    #[serde(flatten)]
    change: Mutation,
    #[serde(flatten)]
    outcome: Outcome,
}

/// What is set in a document and removed from it.
#[derive(Deserialize)]
pub(super) struct Mutation {
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    remove: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// A problem of `spec check` has this text.
    Refused(String),
    /// `spec check` has no problem, and `spec diff` reports these kinds of change.
    Changes(Vec<String>),
}

/// The parent of what a pointer names, and the last key.
fn parent<'a>(root: &'a mut Value, pointer: &str) -> (&'a mut Value, String) {
    let groups = "paths/~1accounts~1{account_id}~1iam~1user_groups/";
    let pointer = match pointer.split_once('/') {
        Some(("schemas", rest)) => format!("/components/schemas/{rest}"),
        Some(("groups", rest)) => format!("/{groups}{rest}"),
        _ => format!("/{pointer}"),
    };
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    (root.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")), key.replace("~1", "/"))
}

pub(super) fn mutate(spec: &Value, mutation: &Mutation) -> Value {
    let mut root = spec.clone();
    for (pointer, new) in &mutation.set {
        match parent(&mut root, pointer) {
            (Value::Object(entries), key) => drop(entries.insert(key, new.clone())),
            (Value::Array(items), key) if key == "-" => items.push(new.clone()),
            (Value::Array(items), key) => items[key.parse::<usize>().unwrap()] = new.clone(),
            _ => panic!("{pointer}"),
        }
    }
    for pointer in &mutation.remove {
        let (parent, key) = parent(&mut root, pointer);
        assert!(parent.as_object_mut().unwrap().remove(&key).is_some(), "{pointer}");
    }
    root
}

#[test]
fn every_mutation_of_the_spec_has_its_outcome() {
    let spec = Document::from_working_tree().unwrap();
    let rows: Vec<Row> = rows("mutations.yaml");
    assert!(rows.len() >= 60);
    for row in rows {
        let name = &row.mutation;
        let mutated = document(mutate(&spec.root, &row.change));
        let found = problems(&mutated).unwrap().0;
        let found = Vec::from_iter(found.iter().map(ToString::to_string));
        match row.outcome {
            Outcome::Refused(message) => {
                let is_found = found.iter().any(|line| line.contains(&message));
                assert!(is_found, "{name}: {message}: {found:#?}");
            }
            Outcome::Changes(expected) => {
                assert_eq!(found, [""; 0], "{name}");
                assert_eq!(Vec::from_iter(kinds(&spec, &mutated)), expected, "{name}");
            }
        }
    }
}
