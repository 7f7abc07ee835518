//! Compares request bodies and responses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{ANYTHING, Object, OperationWalk, is_true};
use crate::{
    change::Change,
    document::{Document, Unusable},
};

impl<'a> OperationWalk<'a, '_> {
    /// Compares the request body.
    pub(super) fn body(&mut self) -> Result<(), Unusable> {
        let (before, after) = (self.before, self.after);
        let old = resolve_object(self.old, before.node.get("requestBody"))?;
        let new = resolve_object(self.new, after.node.get("requestBody"))?;
        match (old, new) {
            (None, None) => {}
            (Some(_), None) => self.add(Change::BodyRemoved, "body"),
            (None, Some(new)) if is_true(new, "required") => {
                self.add(Change::BodyAddedRequired, "body");
            }
            (None, Some(_)) => self.add(Change::BodyAdded, "body"),
            (Some(old), Some(new)) => {
                let changes = [Change::BodyBecameRequired, Change::BodyBecameOptional];
                self.required(changes, "body", old, new);
                self.content("body", old.get("content"), new.get("content"));
                self.remaining_keys("body", old, new, &["required", "content"]);
            }
        }
        Ok(())
    }

    /// Compares the responses, status by status.
    pub(super) fn responses(&mut self) -> Result<(), Unusable> {
        let (before, after) = (self.before, self.after);
        let [old, new] = [before, after].map(|operation| by_status(operation.node));
        let statuses: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for status in statuses {
            let change = match (old.get(status), new.get(status), kind(status)) {
                (Some(old), Some(new), _) => {
                    let old = resolve_object(self.old, Some(old))?;
                    let new = resolve_object(self.new, Some(new))?;
                    if let (Some(old), Some(new)) = (old, new) {
                        self.response(status, old, new)?;
                    }
                    continue;
                }
                (Some(_), _, Status::Success) => Change::SuccessStatusRemoved,
                (Some(_), _, Status::Failure) => Change::FailureStatusRemoved,
                (Some(_), _, Status::Default) => Change::DefaultResponseRemoved,
                (None, _, Status::Success) => Change::SuccessStatusAdded,
                (None, _, Status::Failure) => Change::FailureStatusAdded,
                (None, _, Status::Default) => Change::DefaultResponseAdded,
            };
            self.add(change, status);
        }
        Ok(())
    }

    fn response(&mut self, status: &str, old: &'a Object, new: &'a Object) -> Result<(), Unusable> {
        self.content(status, old.get("content"), new.get("content"));
        self.headers(status, old, new)?;
        self.remaining_keys(status, old, new, &["content", "headers"]);
        Ok(())
    }

    fn headers(&mut self, status: &str, old: &'a Object, new: &'a Object) -> Result<(), Unusable> {
        let [old, new] = [old, new].map(|object| {
            // The names of headers have no case (RFC 9110).
            let headers = entries(object.get("headers")).into_iter();
            headers
                .map(|(name, header)| (name.to_lowercase(), (name, header)))
                .collect::<BTreeMap<_, _>>()
        });
        let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for key in names {
            let (was, is) = (old.get(key), new.get(key));
            let Some((name, _)) = was.or(is) else { continue };
            let place = format!("{status} header {name}");
            match (was, is) {
                (Some((_, old)), Some((_, new))) => self.header(&place, old, new)?,
                (Some(_), None) => self.add(Change::HeaderRemoved, &place),
                (None, _) => self.add(Change::HeaderAdded, &place),
            }
        }
        Ok(())
    }

    fn header(&mut self, place: &str, old: &'a Value, new: &'a Value) -> Result<(), Unusable> {
        let old = resolve_object(self.old, Some(old))?;
        let new = resolve_object(self.new, Some(new))?;
        let (Some(old), Some(new)) = (old, new) else {
            return Ok(());
        };
        let changes = [Change::HeaderBecameRequired, Change::HeaderBecameOptional];
        self.required(changes, place, old, new);
        self.lifecycle(place, old, new);
        self.remaining_keys(place, old, new, &["required", "schema"]);
        let [old, new] = [old, new].map(|header| header.get("schema").unwrap_or(&ANYTHING));
        self.schemas(true, place, old, new);
        Ok(())
    }

    /// Compares the entries of `content`, media type by media type.
    pub(super) fn content(&mut self, place: &str, old: Option<&'a Value>, new: Option<&'a Value>) {
        let [mut old, mut new] = [old, new].map(media_types);
        self.other_media_parameters(place, &mut old, &mut new);
        let types: BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
        for media in types {
            match (old.get(&media), new.get(&media)) {
                (Some(old), Some(new)) => self.media_type(place, &media, old, new),
                (Some(_), None) => {
                    self.add_message(
                        Change::MediaTypeRemoved,
                        place,
                        format!("{media} was removed"),
                    );
                }
                (None, _) => {
                    self.add_message(Change::MediaTypeAdded, place, format!("{media} was added"));
                }
            }
        }
    }

    /// Pairs media types that differ in their parameters alone, if they are the only ones.
    fn other_media_parameters(
        &mut self,
        place: &str,
        old: &mut BTreeMap<String, &'a Value>,
        new: &mut BTreeMap<String, &'a Value>,
    ) {
        let essence = |media: &str| media.split(';').next().unwrap_or_default().to_owned();
        let unpaired: Vec<String> =
            old.keys().filter(|media| !new.contains_key(*media)).cloned().collect();
        for media in unpaired {
            let twin = new
                .keys()
                .find(|other| essence(other) == essence(&media) && !old.contains_key(*other));
            let Some(twin) = twin.cloned() else { continue };
            let message = format!("{media} became {twin}");
            self.add_message(Change::MediaTypeParametersChanged, place, message);
            if let Some(node) = new.remove(&twin) {
                new.insert(media, node);
            }
        }
    }

    fn media_type(&mut self, place: &str, name: &str, old: &'a Value, new: &'a Value) {
        let place = match name {
            "application/json" => place.to_owned(),
            other => format!("{place} {other}"),
        };
        let [was, is] = [old, new].map(|node| node.get("schema").unwrap_or(&ANYTHING));
        self.schemas(false, &place, was, is);
        if let (Some(old), Some(new)) = (old.as_object(), new.as_object()) {
            self.remaining_keys(&place, old, new, &["schema"]);
        }
    }
}

enum Status {
    Success,
    Failure,
    Default,
}

fn kind(status: &str) -> Status {
    match status {
        "default" => Status::Default,
        _ if status.starts_with(['1', '2', '3']) => Status::Success,
        _ => Status::Failure,
    }
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

/// The media types in one spelling: lower case, and without the charset, which JSON does not have.
fn media_types(content: Option<&Value>) -> BTreeMap<String, &Value> {
    let spell = |media: &str| {
        let parts = media.split(';').map(|part| part.trim().to_lowercase());
        Vec::from_iter(parts.filter(|part| !part.starts_with("charset="))).join("; ")
    };
    entries(content).into_iter().map(|(media, node)| (spell(media), node)).collect()
}

/// The responses by status, whichever case `4XX` has.
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
