//! Whether the document is OpenAPI 3.0.3, and has no key that OpenAPI does not know.
//!
//! The `openapiv3` crate, which code generation uses too, reads the document and writes it again. A
//! key that is missing afterwards has no effect.

use openapiv3::{
    Header, Link, MediaType, OpenAPI, Operation, Parameter, RequestBody, Response, Schema, Tag,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Problems,
    nodes::{Kind, Node},
};
use crate::{document::Document, rules};

pub(super) fn check(document: &Document, nodes: &[Node<'_>], problems: &mut Problems) {
    if document.root.get("openapi").and_then(Value::as_str) != Some("3.0.3") {
        problems.add("openapi", "must be 3.0.3");
    }
    match serde_json::from_value::<OpenAPI>(document.root.clone()) {
        Ok(read) => match serde_json::to_value(read) {
            Ok(written) => problems.0.extend(rules::dropped(&document.root, &written)),
            Err(why) => problems.add("", why.to_string()),
        },
        Err(why) => unreadable(nodes, &why.to_string(), problems),
    }
}

/// Reports the innermost objects that cannot be read.
fn unreadable(nodes: &[Node<'_>], why: &str, problems: &mut Problems) {
    let mut places: Vec<&str> = Vec::new();
    for node in nodes.iter().rev() {
        if places.iter().any(|inner| inner.starts_with(&node.place)) {
            continue;
        }
        if let Some(message) = fault(node) {
            problems.add(&node.place, message);
            places.push(&node.place);
        }
    }
    if places.is_empty() {
        problems.add("", why);
    }
}

/// Why the node cannot be read. The key at fault is the one without which it can be.
fn fault(node: &Node<'_>) -> Option<String> {
    let why = read(node.kind, node.value)?;
    let keys = node.value.as_object().into_iter().flatten().map(|(key, _)| key);
    let without = |key: &str| {
        let mut rest = node.value.clone();
        rest.as_object_mut().map(|rest| rest.remove(key));
        rest
    };
    let key = keys.into_iter().find(|key| read(node.kind, &without(key)).is_none());
    Some(key.map_or(why.clone(), |key| format!("`{key}` is invalid: {why}")))
}

/// The error of reading an object of this kind; none if it can be read.
fn read(kind: Kind, value: &Value) -> Option<String> {
    fn error<T: DeserializeOwned>(value: &Value) -> Option<String> {
        serde_json::from_value::<T>(value.clone()).err().map(|error| error.to_string())
    }
    match kind {
        Kind::Operation => error::<Operation>(value),
        Kind::Parameter => error::<Parameter>(value),
        Kind::RequestBody => error::<RequestBody>(value),
        Kind::Response => error::<Response>(value),
        Kind::Header => error::<Header>(value),
        Kind::Link => error::<Link>(value),
        Kind::MediaType => error::<MediaType>(value),
        Kind::Schema => error::<Schema>(value),
        Kind::Tag => error::<Tag>(value),
        Kind::SecurityScheme => error::<openapiv3::SecurityScheme>(value),
    }
}
