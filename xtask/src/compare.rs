//! Compares two documents, operation by operation, in the normal form of their schemas.
//!
//! Every finding is worded as a change from the old document to the new one, and judged from the side of who calls
//! by the old one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    document::{Document, Unusable},
    finding::{Direction, Effect, Finding, Verdict},
    normal::Schema,
    operations::{Operation, OperationKey, ParameterKey, parameter_names},
};

mod access;
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
                comparison
                    .findings
                    .push(whole_operation(gone, "is gone", verdict));
            }
            (None, Some(added)) => {
                let verdict = Verdict::Compatible;
                comparison
                    .findings
                    .push(whole_operation(added, "is new", verdict));
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
        let handled = [
            "parameters",
            "requestBody",
            "responses",
            "security",
            "servers",
            "operationId",
        ];
        self.remaining_keys("", self.before.node, self.after.node, &handled);
        let (before, after) = (self.before.label(), self.after.label());
        if before != after {
            let what = format!("is called `{after}` now, was `{before}`: bindings rename it");
            self.documentation("", what);
        }
    }

    fn parameters(&mut self) -> Result<(), Unusable> {
        let (before, after) = (self.before, self.after);
        let (old, new) = (before.parameters(self.old)?, after.parameters(self.new)?);
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let section = self.parameter_section(key);
            match (old.get(key), new.get(key)) {
                (Some(old), Some(new)) => self.parameter(&section, old, new)?,
                (Some(_), None) => {
                    self.breaks_requests(&section, "the parameter is gone");
                }
                (None, Some(new)) if is_required(new) => {
                    self.breaks_requests(&section, "the parameter is new and required");
                }
                (None, Some(_)) => {
                    self.compatible(&section, "the parameter is new and optional");
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn parameter_section(&self, key: &ParameterKey) -> String {
        match key {
            ParameterKey::Named(place, name) => format!("{place} {name}"),
            ParameterKey::Path(position) => {
                let names = parameter_names(self.before.path);
                format!("path {}", names.get(*position).unwrap_or(&"?"))
            }
        }
    }

    fn parameter(
        &mut self,
        section: &str,
        old: &'a Object,
        new: &'a Object,
    ) -> Result<(), Unusable> {
        match (is_required(old), is_required(new)) {
            (false, true) => self.breaks_requests(section, "the parameter is required now"),
            (true, false) => self.compatible(section, "the parameter is optional now"),
            _ => {}
        }
        for (key, fallback) in style_defaults(old) {
            let [was, is] =
                [old, new].map(|object| object.get(key).unwrap_or(&fallback).to_string());
            if was != is {
                let what =
                    format!("the parameter is written differently: `{key}` was {was}, is {is}");
                self.breaks_requests(section, what);
            }
        }
        match (old.get("content"), new.get("content")) {
            (None, None) => {
                let [old, new] = [old, new].map(|object| object.get("schema").unwrap_or(&ANYTHING));
                self.schemas(Direction::Request, section, old, new);
            }
            (old, new) => self.content(Direction::Request, section, old, new),
        }
        let handled = [
            "name", "in", "required", "style", "explode", "schema", "content",
        ];
        self.remaining_keys(section, old, new, &handled);
        Ok(())
    }

    fn body(&mut self) -> Result<(), Unusable> {
        let (before, after) = (self.before, self.after);
        let old = resolve_object(self.old, before.node.get("requestBody"))?;
        let new = resolve_object(self.new, after.node.get("requestBody"))?;
        match (old, new) {
            (None, None) => {}
            (Some(_), None) => self.breaks_requests("body", "there is no body any more"),
            (None, Some(new)) if is_required(new) => {
                self.breaks_requests("body", "a body is required now");
            }
            (None, Some(_)) => self.compatible("body", "a body may be sent now"),
            (Some(old), Some(new)) => {
                match (is_required(old), is_required(new)) {
                    (false, true) => self.breaks_requests("body", "the body is required now"),
                    (true, false) => self.compatible("body", "the body is optional now"),
                    _ => {}
                }
                self.content(
                    Direction::Request,
                    "body",
                    old.get("content"),
                    new.get("content"),
                );
                self.remaining_keys("body", old, new, &["required", "content"]);
            }
        }
        Ok(())
    }

    fn responses(&mut self) -> Result<(), Unusable> {
        let (before, after) = (self.before, self.after);
        let [old, new] = [before, after].map(|operation| by_status(operation.node));
        let statuses: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for status in statuses {
            match (old.get(status), new.get(status)) {
                (Some(old), Some(new)) => {
                    let old = resolve_object(self.old, Some(old))?;
                    let new = resolve_object(self.new, Some(new))?;
                    if let (Some(old), Some(new)) = (old, new) {
                        self.response(status, old, new)?;
                    }
                }
                (Some(_), None) => self.status_gone(status),
                (None, Some(_)) => self.status_added(status),
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn status_gone(&mut self, status: &str) {
        let what = "the status is gone";
        if is_success(status) {
            // Whatever takes its place is reported as added.
            self.compatible(status, what);
        } else {
            self.unknown(status, what);
        }
    }

    fn status_added(&mut self, status: &str) {
        let what = "the status is new";
        if is_success(status) {
            self.push(status, what, Verdict::BreaksReading);
        } else if status == "default" {
            self.unknown(status, what);
        } else {
            // Callers must reckon with failures anyway.
            self.compatible(status, what);
        }
    }

    fn response(&mut self, status: &str, old: &'a Object, new: &'a Object) -> Result<(), Unusable> {
        self.content(
            Direction::Response,
            status,
            old.get("content"),
            new.get("content"),
        );
        self.headers(status, old, new)?;
        self.remaining_keys(status, old, new, &["content", "headers"]);
        Ok(())
    }

    fn headers(&mut self, status: &str, old: &'a Object, new: &'a Object) -> Result<(), Unusable> {
        let [old, new] = [old, new].map(|object| entries(object.get("headers")));
        let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for name in names {
            let section = format!("{status} header {name}");
            match (old.get(name), new.get(name)) {
                (Some(old), Some(new)) => {
                    let [old, new] = [self.old.resolve(old)?, self.new.resolve(new)?]
                        .map(|header| header.get("schema").unwrap_or(&ANYTHING));
                    self.schemas(Direction::Response, &section, old, new);
                }
                (Some(_), None) => {
                    let what = "the header is gone";
                    self.push(&section, what, Verdict::BreaksReading);
                }
                (None, _) => self.compatible(&section, "the header is new"),
            }
        }
        Ok(())
    }

    /// Compares what stands under `content`, by media type.
    fn content(
        &mut self,
        direction: Direction,
        section: &str,
        old: Option<&'a Value>,
        new: Option<&'a Value>,
    ) {
        let [old, new] = [old, new].map(entries);
        let types: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for media in types {
            match (old.get(media), new.get(media)) {
                (Some(old), Some(new)) => {
                    let section = match *media {
                        "application/json" => section.to_owned(),
                        other => format!("{section} {other}"),
                    };
                    let [a, b] = [old, new].map(|node| node.get("schema").unwrap_or(&ANYTHING));
                    self.schemas(direction, &section, a, b);
                    if let (Some(old), Some(new)) = (old.as_object(), new.as_object()) {
                        self.remaining_keys(&section, old, new, &["schema"]);
                    }
                }
                (Some(_), None) => {
                    let what = format!("{media} is gone");
                    let only = direction == Direction::Response && new.is_empty();
                    let effect = if only {
                        Effect::Other
                    } else {
                        Effect::Narrower
                    };
                    self.push(section, what, effect.verdict(direction));
                }
                (None, _) => {
                    let what = format!("{media} is new");
                    // Where there was no body, nobody tries to read it.
                    let first = direction == Direction::Response && old.is_empty();
                    let effect = if first {
                        Effect::Narrower
                    } else {
                        Effect::Wider
                    };
                    self.push(section, what, effect.verdict(direction));
                }
            }
        }
    }

    fn schemas(&mut self, direction: Direction, section: &str, old: &'a Value, new: &'a Value) {
        let mut walk = SchemaWalk::new(self.old, self.new, direction, &self.label);
        walk.run(
            &Schema::new(old),
            &Schema::new(new),
            &Place::of_section(section),
        );
        self.findings.append(&mut walk.findings);
        self.judged.insert((self.label.clone(), section.to_owned()));
    }

    /// Tells of keys that nothing else looks at: those for people in one finding, the others one by one, as unknown.
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
                self.unknown(
                    section,
                    format!("`{key}` changed, and what that means is not known"),
                );
            }
        }
        if !words.is_empty() {
            self.documentation(
                section,
                format!("documentation changed: {}", words.join(", ")),
            );
        }
    }

    fn push(&mut self, place: &str, what: impl Into<String>, verdict: Verdict) {
        self.findings
            .push(Finding::new(&self.label, place, what, verdict));
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
        self.findings
            .push(Finding::documentation(&self.label, place, what));
    }
}

fn is_required(object: &Object) -> bool {
    object.get("required") == Some(&Value::Bool(true))
}

fn is_success(status: &str) -> bool {
    status.starts_with(['1', '2', '3'])
}

/// How a parameter is written where the document does not say.
fn style_defaults(parameter: &Object) -> [(&'static str, Value); 2] {
    let place = parameter.get("in").and_then(Value::as_str);
    let form = matches!(place, Some("query" | "cookie"));
    let style = if form { "form" } else { "simple" };
    [
        ("style", Value::from(style)),
        ("explode", Value::from(form)),
    ]
}

fn resolve_object<'a>(
    document: &'a Document,
    node: Option<&'a Value>,
) -> Result<Option<&'a Object>, Unusable> {
    node.map(|node| document.resolve(node).map(Value::as_object))
        .transpose()
        .map(Option::flatten)
}

fn entries(node: Option<&Value>) -> BTreeMap<&str, &Value> {
    let map = node.and_then(Value::as_object).into_iter().flatten();
    map.map(|(key, value)| (key.as_str(), value)).collect()
}

/// The responses by status, whichever way `4XX` is written.
fn by_status(operation: &Object) -> BTreeMap<String, &Value> {
    let responses = entries(operation.get("responses")).into_iter();
    responses
        .filter(|(status, _)| !status.starts_with("x-"))
        .map(|(status, node)| match status {
            "default" => (status.to_owned(), node),
            _ => (status.to_uppercase(), node),
        })
        .collect()
}
