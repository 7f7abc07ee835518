//! What Cloudflare says went wrong, read so that one invalid field does not hide the rest.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::redact::one_line;
use crate::visit::visit_scalars;

/// What each item counts of what is kept, besides its texts.
pub(super) const ITEM: usize = 64;

/// One thing that Cloudflare says went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApiError {
    #[cfg_attr(test, schemars(required))]
    code: Option<i64>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    error_chain: Vec<ApiError>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
struct Source {
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

impl ApiError {
    /// An item as the API writes it, for the tests of callers.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code: Some(code), message: message.into(), ..Self::default() }
    }

    /// Cloudflare's number for it.
    pub fn code(&self) -> Option<i64> {
        self.code
    }

    /// The same in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it is documented.
    pub fn documentation_url(&self) -> Option<&str> {
        self.documentation_url.as_deref()
    }

    /// The place in the request that is at fault (`source.pointer`).
    pub fn pointer(&self) -> Option<&str> {
        self.source.as_ref()?.pointer.as_deref()
    }

    /// What caused it. With a general error such as 6003 the real cause stands only here.
    pub fn error_chain(&self) -> &[ApiError] {
        &self.error_chain
    }

    /// Takes from a value what can be taken, so that one invalid field does not hide the rest.
    fn from_value(mut value: Value) -> Self {
        if let Value::String(message) = value {
            return Self { message, ..Self::default() };
        }
        let text = |value: &mut Value| match value.take() {
            Value::String(text) => Some(text),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        let mut field = |name| value.get_mut(name).map_or(Value::Null, Value::take);
        let code = match field("code") {
            Value::String(code) => code.parse().ok(),
            code => code.as_i64(),
        };
        let pointer = field("source").get_mut("pointer").and_then(text);
        Self {
            code,
            message: text(&mut field("message")).unwrap_or_default(),
            documentation_url: text(&mut field("documentation_url")),
            source: pointer.map(|pointer| Source { pointer: Some(pointer) }),
            error_chain: Self::list(field("error_chain")),
        }
    }

    pub(super) fn redact(&mut self, redact: &impl Fn(&str) -> String) {
        self.message = redact(&self.message);
        self.documentation_url = self.documentation_url.as_deref().map(redact);
        if let Some(Source { pointer }) = &mut self.source {
            *pointer = pointer.as_deref().map(redact);
        }
        self.error_chain.iter_mut().for_each(|cause| cause.redact(redact));
    }

    /// Whether there is room for it; its texts are cut to what there is.
    fn limit(&mut self, left: &mut usize) -> bool {
        let Some(rest) = left.checked_sub(ITEM) else {
            return false;
        };
        *left = rest;
        let pointer = self.source.iter_mut().flat_map(|source| &mut source.pointer);
        let texts = [&mut self.message].into_iter().chain(&mut self.documentation_url);
        for text in texts.chain(pointer) {
            let end = (0..=text.len().min(*left)).rev().find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or_default());
            *left -= text.len();
        }
        limit(&mut self.error_chain, left);
        true
    }

    fn list(value: Value) -> Vec<Self> {
        match value {
            Value::Array(items) => items.into_iter().map(Self::from_value).collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = self.code {
            write!(f, "{code} ")?;
        }
        f.write_str(&one_line(&self.message))?;
        if let Some(pointer) = self.pointer() {
            write!(f, " at {}", one_line(pointer))?;
        }
        if let Some(url) = &self.documentation_url {
            write!(f, " (see {})", one_line(url))?;
        }
        for cause in &self.error_chain {
            write!(f, ", because {cause}")?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for ApiError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from_value)
    }
}

/// Drops what there is no room for.
pub(super) fn limit(errors: &mut Vec<ApiError>, left: &mut usize) {
    errors.retain_mut(|error| error.limit(left));
}

/// What a body says of success, and its error items, if it is the documented envelope. Of one that
/// is cut off, what comes before the end.
pub(super) fn read_failure(body: &[u8]) -> (Option<bool>, Vec<ApiError>) {
    let mut failure = Failure::default();
    // What was read before the error stays.
    let _ = serde_json::Deserializer::from_slice(body).deserialize_map(&mut failure);
    (failure.success, failure.errors)
}

/// The envelope of a failure, filled as it is read.
#[derive(Default)]
struct Failure {
    success: Option<bool>,
    errors: Vec<ApiError>,
}

impl<'de> Visitor<'de> for &mut Failure {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "success" => self.success = map.next_value::<Value>()?.as_bool(),
                "errors" => map.next_value_seed(Items(&mut self.errors))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The error items, if it is an array.
struct Items<'a>(&'a mut Vec<ApiError>);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            self.0.push(item);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    visit_scalars!(());
}
