//! Compares two documents, operation by operation, in the normal form of their schemas.
//!
//! Every finding is worded as a change from the old document to the new one, and judged from the
//! side of who calls by the old one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    document::Document,
    finding::{Direction, Finding, Verdict},
    normal::Schema,
    operations::{Operation, OperationKey},
};

mod access;
mod messages;
mod parameters;
mod place;
mod schema;

use place::Place;
use schema::SchemaWalk;

/// A document, and those of its operations that are to be compared.
pub(crate) struct Side<'a> {
    pub(crate) document: &'a Document,
    pub(crate) operations: BTreeMap<OperationKey, Operation<'a>>,
}

/// What a comparison yields.
#[derive(Default)]
pub(crate) struct Comparison {
    pub(crate) findings: Vec<Finding>,
    /// Operations and sections of them, such as `200`, whose schemas were compared.
    pub(crate) judged: BTreeSet<(String, String)>,
}

/// Compares the operations of two documents.
pub(crate) fn compare(old: &Side<'_>, new: &Side<'_>) -> Comparison {
    let mut comparison = Comparison::default();
    let keys: BTreeSet<_> = old.operations.keys().chain(new.operations.keys()).collect();
    for key in keys {
        match (old.operations.get(key), new.operations.get(key)) {
            (Some(before), Some(after)) => {
                let mut walk = OperationWalk::new(old.document, new.document, *before, *after);
                walk.run();
                comparison.findings.append(&mut walk.findings);
                comparison.judged.append(&mut walk.judged);
            }
            (Some(gone), None) => {
                let verdict = Verdict::BreaksRequests;
                comparison.findings.push(whole_operation(gone, "is gone", verdict));
            }
            (None, Some(added)) => {
                let verdict = Verdict::Compatible;
                comparison.findings.push(whole_operation(added, "is new", verdict));
            }
            (None, None) => {}
        }
    }
    comparison
}

fn whole_operation(operation: &Operation<'_>, what: &str, verdict: Verdict) -> Finding {
    let method = operation.method.to_uppercase();
    let what = format!("{method} {} {what}", operation.path);
    Finding::new(&operation.label(), "", what, verdict)
}

/// Keys that only people read.
const DOCUMENTATION: [&str; 9] = [
    "summary",
    "description",
    "tags",
    "externalDocs",
    "example",
    "examples",
    "deprecated",
    "links",
    "title",
];

static ANYTHING: Value = Value::Bool(true);

type Object = Map<String, Value>;

/// The comparison of one operation with its counterpart.
struct OperationWalk<'a> {
    old: &'a Document,
    new: &'a Document,
    before: Operation<'a>,
    after: Operation<'a>,
    label: String,
    findings: Vec<Finding>,
    judged: BTreeSet<(String, String)>,
}

impl<'a> OperationWalk<'a> {
    fn new(
        old: &'a Document,
        new: &'a Document,
        before: Operation<'a>,
        after: Operation<'a>,
    ) -> Self {
        Self {
            old,
            new,
            before,
            after,
            label: before.label(),
            findings: Vec::new(),
            judged: BTreeSet::new(),
        }
    }

    fn run(&mut self) {
        let stages = [Self::parameters, Self::body, Self::responses, Self::access];
        for stage in stages {
            if let Err(why) = stage(self) {
                self.unknown("", format!("cannot be compared: {why}"));
            }
        }
        let handled =
            ["parameters", "requestBody", "responses", "security", "servers", "operationId"];
        self.remaining_keys("", self.before.node, self.after.node, &handled);
        let (before, after) = (self.before.label(), self.after.label());
        if before != after {
            let what = format!("is called `{after}` now, was `{before}`: bindings rename it");
            self.documentation("", what);
        }
    }

    fn schemas(&mut self, direction: Direction, section: &str, old: &'a Value, new: &'a Value) {
        let mut walk = SchemaWalk::new(self.old, self.new, direction, &self.label);
        walk.run(&Schema::new(old), &Schema::new(new), &Place::of_section(section));
        self.findings.append(&mut walk.findings);
        self.judged.insert((self.label.clone(), section.to_owned()));
    }

    /// Tells of keys that nothing else looks at: those for people in one finding, the others one by
    /// one, as unknown.
    fn remaining_keys(&mut self, section: &str, old: &Object, new: &Object, handled: &[&str]) {
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let mut words = Vec::new();
        for key in keys {
            if handled.contains(&key.as_str()) || old.get(key) == new.get(key) {
                continue;
            }
            if DOCUMENTATION.contains(&key.as_str()) || key.starts_with("x-") {
                words.push(format!("`{key}`"));
            } else {
                self.unknown(section, format!("`{key}` changed, and what that means is not known"));
            }
        }
        if !words.is_empty() {
            self.documentation(section, format!("documentation changed: {}", words.join(", ")));
        }
    }

    fn push(&mut self, place: &str, what: impl Into<String>, verdict: Verdict) {
        self.findings.push(Finding::new(&self.label, place, what, verdict));
    }

    fn breaks_requests(&mut self, place: &str, what: impl Into<String>) {
        self.push(place, what, Verdict::BreaksRequests);
    }

    fn compatible(&mut self, place: &str, what: impl Into<String>) {
        self.push(place, what, Verdict::Compatible);
    }

    fn unknown(&mut self, place: &str, what: impl Into<String>) {
        self.push(place, what, Verdict::Unknown);
    }

    fn documentation(&mut self, place: &str, what: impl Into<String>) {
        self.findings.push(Finding::documentation(&self.label, place, what));
    }
}

fn is_required(object: &Object) -> bool {
    object.get("required") == Some(&Value::Bool(true))
}
