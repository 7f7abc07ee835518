//! Compares two documents, operation by operation, in the normal form of their schemas.
//!
//! Every finding is worded as a change from the old document to the new one, and classified for callers
//! that follow the old one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    annotations::{DOCUMENTATION, LIFECYCLE, Lifecycle},
    change::{Change, Direction, Effect, Finding},
    document::{Document, Unusable},
    normal::Schema,
    operations::{Operation, OperationKey},
};

mod access;
mod messages;
mod parameters;
mod place;
mod schema;

use place::Place;
use schema::{EqualPairs, SchemaWalk, Subject};

/// A document, and those of its operations that are compared.
pub(crate) struct Side<'a> {
    pub(crate) document: &'a Document,
    pub(crate) operations: BTreeMap<OperationKey, Operation<'a>>,
}

/// Compares the operations of two documents. Changes of documentation are left out on request: two
/// documents of different authors never agree on it.
pub(crate) fn compare<'a>(
    old: &Side<'a>,
    new: &Side<'a>,
    with_documentation: bool,
) -> Vec<Finding<'a>> {
    let mut findings = Vec::new();
    let mut equal = EqualPairs::default();
    for pair in pairs(old, new) {
        match pair {
            (Some(before), Some(after)) => {
                let mut walk = OperationWalk {
                    old: old.document,
                    new: new.document,
                    label: before.label(),
                    before,
                    after,
                    findings: Vec::new(),
                    direction: Direction::Request,
                    equal: &mut equal,
                    with_documentation,
                };
                walk.run();
                findings.append(&mut walk.findings);
            }
            (Some(removed), None) => findings.push(removed_operation(&removed)),
            (None, Some(added)) => {
                let message = format!("{} was added", added.line());
                let change = Change::OperationAdded;
                let label = added.label();
                findings.push(Finding::new(change, Direction::Request, &label, "", message));
            }
            (None, None) => {}
        }
    }
    findings
}

fn removed_operation(removed: &Operation<'_>) -> Finding<'static> {
    let deprecated = match (is_true(removed.node, "deprecated"), text(removed.node, "x-sunset")) {
        (false, _) => String::new(),
        (true, None) => "; it was deprecated".to_owned(),
        (true, Some(date)) => format!("; it was deprecated with sunset {date}"),
    };
    let message = format!("{} was removed{deprecated}", removed.line());
    let (change, label) = (Change::OperationRemoved, removed.label());
    Finding::new(change, Direction::Request, &label, "", message)
}

type Pair<'a> = (Option<Operation<'a>>, Option<Operation<'a>>);

/// The operations of both sides in pairs: by method and path, what is left by operationId, and then
/// by method and path without a trailing slash.
fn pairs<'a>(old: &Side<'a>, new: &Side<'a>) -> Vec<Pair<'a>> {
    let mut left = new.operations.clone();
    let mut pairs: Vec<Pair<'a>> =
        old.operations.iter().map(|(key, before)| (Some(*before), left.remove(key))).collect();
    let id = |operation: &Operation<'a>| text(operation.node, "operationId");
    let mut ids: BTreeMap<&str, OperationKey> = BTreeMap::new();
    let mut slashes: BTreeMap<OperationKey, OperationKey> = BTreeMap::new();
    for (key, operation) in &left {
        ids.extend(id(operation).map(|id| (id, key.clone())));
        slashes.insert(key.without_slash(), key.clone());
    }
    let keys = old.operations.keys();
    for ((before, after), key) in
        pairs.iter_mut().zip(keys).filter(|((_, after), _)| after.is_none())
    {
        let by_id = before.as_ref().and_then(id).and_then(|id| ids.get(id));
        let moved = by_id.or_else(|| slashes.get(&key.without_slash()));
        *after = moved.and_then(|key| left.remove(key));
    }
    pairs.extend(left.into_values().map(|added| (None, Some(added))));
    pairs
}

static ANYTHING: Value = Value::Bool(true);

type Object = Map<String, Value>;

/// The comparison of one operation with its counterpart.
struct OperationWalk<'a, 'e> {
    old: &'a Document,
    new: &'a Document,
    before: Operation<'a>,
    after: Operation<'a>,
    label: String,
    findings: Vec<Finding<'a>>,
    /// The direction of what is being compared.
    direction: Direction,
    equal: &'e mut EqualPairs,
    with_documentation: bool,
}

impl<'a> OperationWalk<'a, '_> {
    fn run(&mut self) {
        let (before, after) = (self.before, self.after);
        if (before.method, before.template()) != (after.method, after.template()) {
            let message = format!("{} moved to {}", before.line(), after.line());
            self.add_message(Change::OperationMoved, "", message);
        }
        type Stage<'a, 'e> = fn(&mut OperationWalk<'a, 'e>) -> Result<(), Unusable>;
        let stages: [(Direction, Stage<'_, '_>); 4] = [
            (Direction::Response, Self::responses),
            (Direction::Request, Self::parameters),
            (Direction::Request, Self::body),
            (Direction::Request, Self::access),
        ];
        for (direction, stage) in stages {
            self.direction = direction;
            if let Err(why) = stage(self) {
                self.add_message(Change::NotComparable, "", why.to_string());
            }
        }
        self.lifecycle("", before.node, after.node);
        self.stability(before.node, after.node);
        let (old_id, new_id) = (before.label(), after.label());
        if old_id != new_id && before.node.contains_key("operationId") {
            self.add_message(
                Change::OperationIdChanged,
                "",
                format!("the operationId is now `{new_id}`"),
            );
        }
        let handled = [
            "parameters",
            "requestBody",
            "responses",
            "security",
            "servers",
            "operationId",
            "x-api-token-group",
            "x-stability-level",
        ];
        self.remaining_keys("", before.node, after.node, &handled);
    }

    fn schemas(&mut self, is_text: bool, section: &str, old: &'a Value, new: &'a Value) {
        let subject = Subject {
            old: self.old,
            new: self.new,
            direction: self.direction,
            is_text,
            with_documentation: self.with_documentation,
        };
        let mut walk = SchemaWalk::new(subject, &self.label, self.equal);
        walk.compare(&Schema::new(old), &Schema::new(new), &Place::of_section(section));
        self.findings.append(&mut walk.findings);
    }

    /// Compares `deprecated` and the sunset date.
    fn lifecycle(&mut self, section: &str, old: &Object, new: &Object) {
        for (change, message) in Lifecycle::of(old).changes(&Lifecycle::of(new)) {
            self.add_message(change, section, message);
        }
    }

    fn stability(&mut self, old: &Object, new: &Object) {
        const LEVELS: [&str; 4] = ["draft", "alpha", "beta", "stable"];
        let [was, is] = [old, new].map(|node| {
            let level = text(node, "x-stability-level").unwrap_or("stable");
            (LEVELS.iter().position(|known| *known == level), level)
        });
        let change = match was.0.cmp(&is.0) {
            std::cmp::Ordering::Less => Change::StabilityIncreased,
            std::cmp::Ordering::Greater => Change::StabilityDecreased,
            std::cmp::Ordering::Equal => return,
        };
        self.add_message(
            change,
            "",
            format!("the stability level changed from {} to {}", was.1, is.1),
        );
    }

    /// Reports keys that nothing else compares: documentation in one finding, others one by one.
    fn remaining_keys(&mut self, section: &str, old: &Object, new: &Object, handled: &[&str]) {
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).map(String::as_str).collect();
        let mut documentation = Vec::new();
        for key in keys {
            let is_handled = handled.contains(&key) || LIFECYCLE.contains(&key);
            if is_handled || old.get(key) == new.get(key) {
                continue;
            }
            if DOCUMENTATION.contains(&key) || key.starts_with("x-") {
                documentation.push(format!("`{key}`"));
            } else {
                self.add_message(Change::UnknownKeyChanged, section, format!("`{key}` changed"));
            }
        }
        if !documentation.is_empty() && self.with_documentation {
            let message = format!("{} changed", documentation.join(", "));
            self.add_message(Change::DocumentationChanged, section, message);
        }
    }

    /// Adds a change that the general words describe.
    fn add(&mut self, change: Change, place: &str) {
        self.add_message(change, place, change.message());
    }

    fn add_message(&mut self, change: Change, place: &str, message: impl Into<String>) {
        // A change of an operation itself is one of requests, if it can be.
        let direction = match change.effects() {
            (Effect::Never, _) => Direction::Response,
            _ => self.direction,
        };
        self.findings.push(Finding::new(change, direction, &self.label, place, message));
    }

    /// Adds what was removed from a set and what was added to it.
    fn add_differences(
        &mut self,
        [removed, added]: [Change; 2],
        old: &BTreeSet<&str>,
        new: &BTreeSet<&str>,
        of: &str,
    ) {
        for (change, from, to) in [(removed, old, new), (added, new, old)] {
            for value in from.difference(to) {
                self.add_message(change, "", format!("{}: `{value}`{of}", change.message()));
            }
        }
    }

    /// Compares `required` of two parameters, bodies or headers.
    fn required(
        &mut self,
        [required, optional]: [Change; 2],
        place: &str,
        old: &Object,
        new: &Object,
    ) {
        match (is_true(old, "required"), is_true(new, "required")) {
            (false, true) => self.add(required, place),
            (true, false) => self.add(optional, place),
            _ => {}
        }
    }
}

fn is_true(object: &Object, key: &str) -> bool {
    object.get(key) == Some(&Value::Bool(true))
}

fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}
