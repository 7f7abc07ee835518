//! Compares request bodies and responses.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

use super::{Object, Place, Walk, is_true, merge};
use crate::{
    change::Change,
    document::{Document, Unusable},
    rules::entries,
};

impl<'a> Walk<'a, '_> {
    /// Compares the request body.
    pub(super) fn body(&mut self) -> Result<(), Unusable> {
        let [old, new] = [self.before, self.after].map(|it| it.node.get("requestBody"));
        let old = old.map(|body| object(self.old, body)).transpose()?;
        let new = new.map(|body| object(self.new, body)).transpose()?;
        let place = &Place::of_section("body");
        match (old, new) {
            (None, None) => {}
            (Some(_), None) => self.add(Change::BodyRemoved, place),
            (None, Some(new)) if is_true(new, "required") => {
                self.add(Change::BodyAddedRequired, place);
            }
            (None, Some(_)) => self.add(Change::BodyAdded, place),
            (Some(old), Some(new)) => {
                let changes = [Change::BodyBecameRequired, Change::BodyBecameOptional];
                self.required(changes, place, old, new);
                self.content(place, old.get("content"), new.get("content"));
                self.remaining_keys(place, old, new, &["required", "content"]);
            }
        }
        Ok(())
    }

    /// Compares the responses, status by status.
    pub(super) fn responses(&mut self) -> Result<(), Unusable> {
        let [old, new] = [self.before, self.after].map(|operation| by_status(operation.node));
        for (status, was, is) in merge(&old, &new) {
            let place = &Place::of_section(status);
            let [removed, added] = match status.as_str() {
                "default" => [Change::DefaultResponseRemoved, Change::DefaultResponseAdded],
                success if success.starts_with(['1', '2', '3']) => {
                    [Change::SuccessStatusRemoved, Change::SuccessStatusAdded]
                }
                _ => [Change::FailureStatusRemoved, Change::FailureStatusAdded],
            };
            match (was, is) {
                (Some(old), Some(new)) => self.response(place, old, new)?,
                (Some(_), None) => self.add(removed, place),
                (None, _) => self.add(added, place),
            }
        }
        Ok(())
    }

    fn response(&mut self, place: &Place, old: &'a Value, new: &'a Value) -> Result<(), Unusable> {
        let (old, new) = (object(self.old, old)?, object(self.new, new)?);
        self.content(place, old.get("content"), new.get("content"));
        self.headers(place, old, new)?;
        self.remaining_keys(place, old, new, &["content", "headers"]);
        Ok(())
    }

    fn headers(&mut self, of: &Place, old: &'a Object, new: &'a Object) -> Result<(), Unusable> {
        let [old, new] = [old, new].map(|object| {
            // The names of headers have no case (RFC 9110).
            let headers = entries(object.get("headers"));
            let headers = headers.map(|(name, header)| (name.to_lowercase(), (name, header)));
            headers.collect::<BTreeMap<_, _>>()
        });
        for (_, was, is) in merge(&old, &new) {
            let name = was.or(is).map_or("", |(name, _)| name);
            let place = &Place::of_section(format!("{of} header {name}"));
            match (was, is) {
                (Some((_, old)), Some((_, new))) => self.header(place, old, new)?,
                (Some(_), None) => self.add(Change::HeaderRemoved, place),
                (None, _) => self.add(Change::HeaderAdded, place),
            }
        }
        Ok(())
    }

    fn header(&mut self, place: &Place, old: &'a Value, new: &'a Value) -> Result<(), Unusable> {
        let (old, new) = (object(self.old, old)?, object(self.new, new)?);
        let changes = [Change::HeaderBecameRequired, Change::HeaderBecameOptional];
        self.required(changes, place, old, new);
        self.lifecycle(place, old, new);
        self.remaining_keys(place, old, new, &["required", "schema"]);
        self.schemas(true, place, old, new);
        Ok(())
    }

    /// Compares the entries of `content`, media type by media type.
    pub(super) fn content(
        &mut self,
        place: &Place,
        old: Option<&'a Value>,
        new: Option<&'a Value>,
    ) {
        let [mut old, mut new] = [old, new].map(media_types);
        self.other_media_parameters(place, &mut old, &mut new);
        for (media, was, is) in merge(&old, &new) {
            let (change, message) = match (was, is) {
                (Some(old), Some(new)) => {
                    self.media_type(place, media, old, new);
                    continue;
                }
                (Some(_), None) => (Change::MediaTypeRemoved, format!("{media} was removed")),
                (None, _) => (Change::MediaTypeAdded, format!("{media} was added")),
            };
            self.add_message(change, place, message);
        }
    }

    /// Pairs media types that differ in their parameters alone, if they are the only ones.
    fn other_media_parameters(
        &mut self,
        place: &Place,
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

    fn media_type(&mut self, place: &Place, name: &str, old: &'a Value, new: &'a Value) {
        let place = &match name {
            "application/json" => place.clone(),
            other => Place::of_section(format!("{place} {other}")),
        };
        let [old, new] = [old, new].map(|node| node.as_object().unwrap_or(&EMPTY));
        self.schemas(false, place, old, new);
        self.remaining_keys(place, old, new, &["schema"]);
    }
}

static EMPTY: LazyLock<Object> = LazyLock::new(Object::new);

/// The object that a node is or refers to. A key without a value, such as `200:`, stands for an
/// empty one.
fn object<'a>(document: &'a Document, node: &'a Value) -> Result<&'a Object, Unusable> {
    Ok(document.resolve(node)?.as_object().unwrap_or(&EMPTY))
}

/// The media types in one spelling: lower case, and without the charset, which JSON does not have.
fn media_types(content: Option<&Value>) -> BTreeMap<String, &Value> {
    let spell = |media: &str| {
        let parts = media.split(';').map(|part| part.trim().to_lowercase());
        Vec::from_iter(parts.filter(|part| !part.starts_with("charset="))).join("; ")
    };
    entries(content).map(|(media, node)| (spell(media), node)).collect()
}

/// The responses by status, whichever case `4XX` has.
fn by_status(operation: &Object) -> BTreeMap<String, &Value> {
    let spell = |status: &str| match status {
        "default" => status.to_owned(),
        _ => status.to_uppercase(),
    };
    let responses = entries(operation.get("responses"));
    let responses = responses.filter(|(status, _)| !status.starts_with("x-"));
    responses.map(|(status, node)| (spell(status), node)).collect()
}
