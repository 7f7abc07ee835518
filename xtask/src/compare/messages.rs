//! Compares the bodies of requests, and the answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{ANYTHING, Object, OperationWalk, is_required};
use crate::{
    document::{Document, Unusable},
    finding::{Direction, Effect, Verdict},
};

impl<'a> OperationWalk<'a> {
    /// Compares what is sent.
    pub(super) fn body(&mut self) -> Result<(), Unusable> {
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
                self.content(Direction::Request, "body", old.get("content"), new.get("content"));
                self.remaining_keys("body", old, new, &["required", "content"]);
            }
        }
        Ok(())
    }

    /// Compares what comes back, by status.
    pub(super) fn responses(&mut self) -> Result<(), Unusable> {
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
        self.content(Direction::Response, status, old.get("content"), new.get("content"));
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
                (Some(old), Some(new)) => self.header(&section, old, new)?,
                (Some(_), None) => {
                    self.push(&section, "the header is gone", Verdict::BreaksReading);
                }
                (None, _) => self.compatible(&section, "the header is new"),
            }
        }
        Ok(())
    }

    fn header(&mut self, section: &str, old: &'a Value, new: &'a Value) -> Result<(), Unusable> {
        let old = resolve_object(self.old, Some(old))?;
        let new = resolve_object(self.new, Some(new))?;
        let (Some(old), Some(new)) = (old, new) else {
            return Ok(());
        };
        match (is_required(old), is_required(new)) {
            (false, true) => self.compatible(section, "is always there now"),
            (true, false) => self.push(section, "may be missing now", Verdict::BreaksReading),
            _ => {}
        }
        self.remaining_keys(section, old, new, &["required", "schema"]);
        let [old, new] = [old, new].map(|header| header.get("schema").unwrap_or(&ANYTHING));
        self.schemas(Direction::Response, section, old, new);
        Ok(())
    }

    /// Compares what stands under `content`, by media type.
    pub(super) fn content(
        &mut self,
        direction: Direction,
        section: &str,
        old: Option<&'a Value>,
        new: Option<&'a Value>,
    ) {
        let [old, new] = [old, new].map(entries);
        let answer = direction == Direction::Response;
        let types: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for media in types {
            let (what, effect) = match (old.get(media), new.get(media)) {
                (Some(old), Some(new)) => {
                    self.media_type(direction, section, media, (old, new));
                    continue;
                }
                (Some(_), None) if answer && new.is_empty() => ("is gone", Effect::Other),
                (Some(_), None) => ("is gone", Effect::Narrower),
                // Where there was no body, nobody tries to read it.
                (None, _) if answer && old.is_empty() => ("is new", Effect::Narrower),
                (None, _) => ("is new", Effect::Wider),
            };
            self.push(section, format!("{media} {what}"), effect.verdict(direction));
        }
    }

    fn media_type(
        &mut self,
        direction: Direction,
        section: &str,
        name: &str,
        (old, new): (&'a Value, &'a Value),
    ) {
        let section = match name {
            "application/json" => section.to_owned(),
            other => format!("{section} {other}"),
        };
        let [was, is] = [old, new].map(|node| node.get("schema").unwrap_or(&ANYTHING));
        self.schemas(direction, &section, was, is);
        if let (Some(old), Some(new)) = (old.as_object(), new.as_object()) {
            self.remaining_keys(&section, old, new, &["schema"]);
        }
    }
}

fn is_success(status: &str) -> bool {
    status.starts_with(['1', '2', '3'])
}

fn resolve_object<'a>(
    document: &'a Document,
    node: Option<&'a Value>,
) -> Result<Option<&'a Object>, Unusable> {
    node.map(|node| document.resolve(node).map(Value::as_object)).transpose().map(Option::flatten)
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
