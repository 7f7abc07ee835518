//! Compares two documents, operation by operation, in the normal form of their schemas.
//!
//! Every finding is worded as a change from the old document to the new one, and classified for
//! callers that follow the old one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    annotations::{DOCUMENTATION, LIFECYCLE, Lifecycle},
    change::{Change, Direction, Effect, Finding},
    document::{Document, Unusable},
    edit::Edit,
    normal::{Schema, is_true},
    operations::{Operation, OperationKey, parameter_names, template},
};

mod access;
mod messages;
mod parameters;
mod place;
mod schema;

use place::{OPERATION, Place};
use schema::{EqualPairs, Pair};

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
                let mut walk = Walk {
                    old: old.document,
                    new: new.document,
                    before,
                    after,
                    with_documentation,
                    findings: Vec::new(),
                    direction: Direction::Request,
                    is_text: false,
                    open: Vec::new(),
                    outermost: usize::MAX,
                    pairs: 0,
                    equal: &mut equal,
                };
                walk.operation();
                findings.append(&mut walk.findings);
            }
            (Some(removed), None) => {
                let message = format!("{} was removed{}", removed.line(), end_of(&removed));
                let (change, label) = (Change::OperationRemoved, removed.label());
                findings.push(Finding::new(change, &label, "", message));
            }
            (None, Some(added)) => {
                let message = format!("{} was added", added.line());
                let (change, label) = (Change::OperationAdded, added.label());
                findings.push(Finding::new(change, &label, "", message));
            }
            (None, None) => {}
        }
    }
    findings
}

/// How the end of an operation was announced.
fn end_of(removed: &Operation<'_>) -> String {
    match Lifecycle::of(removed.node) {
        Lifecycle { deprecated: false, .. } => String::new(),
        Lifecycle { sunset: None, .. } => "; it was deprecated".to_owned(),
        Lifecycle { sunset: Some(date), .. } => format!("; it was deprecated with sunset {date}"),
    }
}

type OperationPair<'a> = (Option<Operation<'a>>, Option<Operation<'a>>);

/// The operations of both sides in pairs: by method and path, what is left by operationId, and then
/// by method and path without a trailing slash.
fn pairs<'a>(old: &Side<'a>, new: &Side<'a>) -> Vec<OperationPair<'a>> {
    let mut left = new.operations.clone();
    let mut pairs: Vec<OperationPair<'a>> =
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
struct Walk<'a, 'e> {
    old: &'a Document,
    new: &'a Document,
    before: Operation<'a>,
    after: Operation<'a>,
    with_documentation: bool,
    findings: Vec<Finding<'a>>,
    /// The direction of what is being compared.
    direction: Direction,
    /// Values are sent as text and not as JSON: in a path, a query or a header.
    is_text: bool,
    /// Pairs of schemas that are being compared further up: to meet one again is to follow a
    /// circle.
    open: Vec<Pair>,
    /// The outermost open pair that was met again. What is inside it is equal only if it is.
    outermost: usize,
    /// How many pairs of schemas there were in the parameter, body or response.
    pairs: usize,
    equal: &'e mut EqualPairs,
}

impl<'a> Walk<'a, '_> {
    fn operation(&mut self) {
        let (before, after) = (self.before, self.after);
        // Parameters of a path can be renamed, but not trade places.
        let [was, is] = [before, after].map(|it| parameter_names(it.path));
        let traded = was != is && BTreeSet::from_iter(was) == BTreeSet::from_iter(is);
        if (before.method, template(before.path)) != (after.method, template(after.path)) || traded
        {
            let message = format!("{} moved to {}", before.line(), after.line());
            self.add_message(Change::OperationMoved, &OPERATION, message);
        }
        type Stage<'a, 'e> = fn(&mut Walk<'a, 'e>) -> Result<(), Unusable>;
        let stages: [(Direction, Stage<'_, '_>); 4] = [
            (Direction::Response, Self::responses),
            (Direction::Request, Self::parameters),
            (Direction::Request, Self::body),
            (Direction::Request, Self::access),
        ];
        for (direction, stage) in stages {
            self.direction = direction;
            if let Err(why) = stage(self) {
                self.add_message(Change::NotComparable, &OPERATION, why.to_string());
            }
        }
        self.lifecycle(&OPERATION, before.node, after.node);
        self.stability(before.node, after.node);
        let (old_id, new_id) = (before.label(), after.label());
        if old_id != new_id && before.node.contains_key("operationId") {
            let message = format!("the operationId is now `{new_id}`");
            self.add_message(Change::OperationIdChanged, &OPERATION, message);
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
        self.remaining_keys(&OPERATION, before.node, after.node, &handled);
    }

    fn schemas(&mut self, is_text: bool, place: &Place, old: &'a Object, new: &'a Object) {
        let [old, new] =
            [old, new].map(|holder| Schema::new(holder.get("schema").unwrap_or(&ANYTHING)));
        (self.is_text, self.pairs) = (is_text, 0);
        self.schema(&old, &new, place);
        if self.pairs > schema::MAX_PAIRS {
            let message = "the schemas are nested too deeply to compare all of them";
            self.add_message(Change::NotComparable, place, message);
        }
    }

    /// Compares `deprecated` and the sunset date.
    fn lifecycle(&mut self, place: &Place, old: &Object, new: &Object) {
        for (change, message) in Lifecycle::of(old).changes(&Lifecycle::of(new)) {
            self.add_message(change, place, message);
        }
    }

    fn stability(&mut self, old: &Object, new: &Object) {
        const LEVELS: [&str; 4] = ["draft", "alpha", "beta", "stable"];
        let [was, is] = [old, new].map(|node| {
            let level = text(node, "x-stability-level").unwrap_or("stable");
            (LEVELS.iter().position(|known| *known == level), level)
        });
        let changes = [Change::StabilityIncreased, Change::StabilityDecreased];
        if let Some(change) = Change::of_flag(changes, was.0 > is.0, is.0 > was.0) {
            let message = format!("the stability level changed from {} to {}", was.1, is.1);
            self.add_message(change, &OPERATION, message);
        }
    }

    /// Reports keys that nothing else compares: documentation in one finding, others one by one.
    fn remaining_keys(&mut self, place: &Place, old: &Object, new: &Object, handled: &[&str]) {
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).map(String::as_str).collect();
        let mut documentation = Vec::new();
        for key in keys {
            let is_handled = handled.contains(&key) || LIFECYCLE.contains(&key);
            if is_handled || old.get(key) == new.get(key) {
                continue;
            }
            if DOCUMENTATION.contains(&key) || key.starts_with("x-") {
                documentation.push(key);
            } else {
                self.add_message(Change::UnknownKeyChanged, place, format!("`{key}` changed"));
            }
        }
        self.documentation_changed(&documentation, place);
    }

    fn documentation_changed(&mut self, keys: &[&str], place: &Place) {
        if !keys.is_empty() && self.with_documentation {
            let message = format!("`{}` changed", keys.join("`, `"));
            self.add_message(Change::DocumentationChanged, place, message);
        }
    }

    /// Compares `required` of two parameters, bodies or headers.
    fn required(&mut self, changes: [Change; 2], place: &Place, old: &Object, new: &Object) {
        self.flag(changes, is_true(old, "required"), is_true(new, "required"), place);
    }

    /// Compares a flag, with the changes of setting and of clearing it.
    fn flag(&mut self, changes: [Change; 2], was: bool, is: bool, place: &Place) {
        if let Some(change) = Change::of_flag(changes, was, is) {
            self.add(change, place);
        }
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
                let message = format!("{}: `{value}`{of}", change.message());
                self.add_message(change, &OPERATION, message);
            }
        }
    }

    /// Adds a change that the general words describe.
    fn add(&mut self, change: Change, place: &Place) {
        self.add_message(change, place, change.message());
    }

    fn add_message(&mut self, change: Change, place: &Place, message: impl Into<String>) {
        self.add_with(None, change, place, message);
    }

    fn add_with(
        &mut self,
        edit: Option<Edit<'a>>,
        change: Change,
        place: &Place,
        message: impl Into<String>,
    ) {
        // A change of an operation itself is one of requests, if it can be.
        let direction = match change.effects() {
            (Effect::Never, _) => Direction::Response,
            _ => self.direction,
        };
        self.findings.push(Finding {
            change,
            verdict: change.verdict(direction),
            operation: self.before.label(),
            place: place.to_string(),
            schema: place.schema(),
            message: message.into(),
            edit,
        });
    }
}

/// What both sides have of each key.
fn merge<'m, K: Ord, V>(
    old: &'m BTreeMap<K, V>,
    new: &'m BTreeMap<K, V>,
) -> impl Iterator<Item = (&'m K, Option<&'m V>, Option<&'m V>)> {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    keys.into_iter().map(|key| (key, old.get(key), new.get(key)))
}

fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}
