//! The objects of a document that checks look at, with their places.

use serde_json::Value;

use crate::rules::{METHODS, array, entries};

/// What an object describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Operation,
    Parameter,
    RequestBody,
    Response,
    Header,
    Link,
    MediaType,
    Schema,
    Tag,
    SecurityScheme,
}

/// An object of the document. References are left out.
pub(super) struct Node<'a> {
    pub(super) kind: Kind,
    /// The path to it, such as `components.schemas.Member`.
    pub(super) place: String,
    /// The key that holds it, or holds the list or mapping that it is in.
    pub(super) holder: &'static str,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key)
    }
}

/// Lists the objects of a document, outer ones first.
pub(super) fn nodes(root: &Value) -> Vec<Node<'_>> {
    let mut walk = Walk(Vec::new());
    walk.list(Kind::Tag, "", "tags", root);
    for (path, item) in entries(root.get("paths")) {
        let place = format!("paths.{path}");
        walk.list(Kind::Parameter, &place, "parameters", item);
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                walk.node(Kind::Operation, format!("{place}.{method}"), method, operation);
            }
        }
    }
    let components = root.get("components").unwrap_or(&Value::Null);
    for (section, kind) in [
        ("parameters", Kind::Parameter),
        ("requestBodies", Kind::RequestBody),
        ("responses", Kind::Response),
        ("headers", Kind::Header),
        ("links", Kind::Link),
        ("schemas", Kind::Schema),
        ("securitySchemes", Kind::SecurityScheme),
    ] {
        walk.map(kind, "components", section, components);
    }
    walk.0
}

struct Walk<'a>(Vec<Node<'a>>);

impl<'a> Walk<'a> {
    fn node(&mut self, kind: Kind, place: String, holder: &'static str, value: &'a Value) {
        if value.get("$ref").is_some() || !value.is_object() {
            return;
        }
        self.0.push(Node { kind, place: place.clone(), holder, value });
        match kind {
            Kind::Operation => {
                self.list(Kind::Parameter, &place, "parameters", value);
                self.key(Kind::RequestBody, &place, "requestBody", value);
                self.map(Kind::Response, &place, "responses", value);
            }
            Kind::Parameter | Kind::Header => {
                self.key(Kind::Schema, &place, "schema", value);
                self.map(Kind::MediaType, &place, "content", value);
            }
            Kind::RequestBody | Kind::Response => {
                self.map(Kind::MediaType, &place, "content", value);
                self.map(Kind::Header, &place, "headers", value);
                self.map(Kind::Link, &place, "links", value);
            }
            Kind::MediaType => self.key(Kind::Schema, &place, "schema", value),
            Kind::Schema => {
                self.map(Kind::Schema, &place, "properties", value);
                for key in ["items", "additionalProperties", "not"] {
                    self.key(Kind::Schema, &place, key, value);
                }
                for key in ["allOf", "oneOf", "anyOf"] {
                    self.list(Kind::Schema, &place, key, value);
                }
            }
            Kind::Link | Kind::Tag | Kind::SecurityScheme => {}
        }
    }

    fn key(&mut self, kind: Kind, place: &str, key: &'static str, holder: &'a Value) {
        if let Some(value) = holder.get(key) {
            self.node(kind, format!("{place}.{key}"), key, value);
        }
    }

    fn map(&mut self, kind: Kind, place: &str, key: &'static str, holder: &'a Value) {
        for (name, value) in entries(holder.get(key)) {
            self.node(kind, format!("{place}.{key}.{name}"), key, value);
        }
    }

    fn list(&mut self, kind: Kind, place: &str, key: &'static str, holder: &'a Value) {
        let separator = if place.is_empty() { "" } else { "." };
        for (index, value) in array(holder.get(key)).enumerate() {
            self.node(kind, format!("{place}{separator}{key}[{index}]"), key, value);
        }
    }
}
