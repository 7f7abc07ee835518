//! Bodies of requests, checked strictly against their documented form.

use std::fmt;
use std::marker::PhantomData;

use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::response::{ApiError, Result, code};
use crate::state::id::Id;
use crate::state::seed::{Access, ScopeObjects};

/// The body that creates a group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGroup {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) policies: Vec<Object<PolicyBody>>,
}

/// The body that updates a group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupUpdate {
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) policies: Option<Vec<Object<PolicyBody>>>,
}

/// The body that creates a resource group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewResourceGroup {
    pub(crate) name: String,
    pub(crate) scope: Object<ScopeObjects>,
}

/// A policy. Only those of an update can have an id: the published schema requires it, but the live
/// service accepts policies without.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyBody {
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) id: Option<String>,
    pub(crate) access: Access,
    pub(crate) permission_groups: Vec<Object<Reference>>,
    pub(crate) resource_groups: Vec<Object<ResourceReference>>,
}

/// An object that names another by its id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    pub(crate) id: Id,
}

/// A resource group by its id, or a scope.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResourceReference {
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) id: Option<Id>,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) scope: Option<Object<ScopeObjects>>,
}

/// A JSON object. Without it, serde reads an array as the fields of a struct in their order.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A field that can be missing, but not null.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a body as JSON.
pub(crate) fn parse_json(headers: &HeaderMap, body: &[u8]) -> Result<Value> {
    if body.is_empty() {
        return Err(ApiError::invalid(code::BODY, "the body is missing", ""));
    }
    if !is_json(headers) {
        let message = "Content-Type: must be application/json";
        return Err(ApiError::invalid(code::BODY, message, "Content-Type"));
    }
    let invalid = |error| ApiError::invalid(code::BODY, format!("invalid JSON: {error}"), "");
    serde_json::from_slice(body).map_err(invalid)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|it| it.to_str()) else {
        return false;
    };
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// Reads a body of a known form.
pub(crate) fn parse<T: DeserializeOwned>(body: &Value) -> Result<T> {
    serde_path_to_error::deserialize(body).map_err(|error| {
        let message = error.inner().to_string();
        ApiError::invalid(code::BODY, &message, &pointer(error.path(), &message))
    })
}

/// The JSON pointer to an error. The path of a missing or unknown field ends at its object, so its
/// name is taken from the message.
fn pointer(path: &serde_path_to_error::Path, message: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => names.push(index.to_string()),
            Segment::Map { key } => names.push(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let field = message.strip_prefix("missing field `").or(message.strip_prefix("unknown field `"));
    if let Some((name, _)) = field.and_then(|rest| rest.split_once('`'))
        && names.last().is_none_or(|last| last != name)
    {
        names.push(name.to_owned());
    }
    let escaped = names.iter().map(|name| name.replace('~', "~0").replace('/', "~1"));
    escaped.map(|name| format!("/{name}")).collect()
}
