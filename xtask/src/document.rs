//! Reading an OpenAPI document, from a file, from standard input or from a git revision.

use std::{fmt, fs, io::Read as _, path::Path, process::Command};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Where the spec lies in the repository.
pub(crate) const SPEC: &str = "spec/openapi.yaml";

/// The root of the repository.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Input that cannot be worked on, and why.
#[derive(Debug)]
pub(crate) struct Unusable(pub(crate) String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A document as it was read, references and all.
#[derive(Debug)]
pub(crate) struct Document {
    /// What the user called it.
    pub(crate) name: String,
    /// The whole of it.
    pub(crate) root: Value,
    /// The schema that only null fits, for whoever rewrites `nullable`.
    pub(crate) only_null: Value,
}

impl Document {
    /// Takes a document apart that has been read.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, Unusable> {
        let root = read_value(text).map_err(|why| Unusable(format!("{name}: {why}")))?;
        for key in ["openapi", "paths"] {
            if root.get(key).is_none() {
                return Err(Unusable(format!(
                    "{name} is not an OpenAPI document: it has no `{key}`"
                )));
            }
        }
        Ok(Self { name: name.to_owned(), root, only_null: serde_json::json!({ "type": "null" }) })
    }

    /// Reads the file `path`, or standard input for `-`.
    pub(crate) fn from_file(path: &str) -> Result<Self, Unusable> {
        Self::parse(path, &read_text(path)?)
    }

    /// Reads the committed spec of this repository.
    pub(crate) fn from_working_tree() -> Result<Self, Unusable> {
        let path = Path::new(ROOT).join(SPEC);
        Self::parse(SPEC, &read_text(&path.to_string_lossy())?)
    }

    /// Reads a file if there is one of this name, and else the spec of that git revision.
    pub(crate) fn from_file_or_revision(source: &str) -> Result<Self, Unusable> {
        if source == "-" || Path::new(source).exists() {
            return Self::from_file(source);
        }
        let object = format!("{source}:{SPEC}");
        let shown = Command::new("git")
            .args(["-C", ROOT, "show", "--end-of-options", &object])
            .output()
            .map_err(|why| Unusable(format!("git cannot be run to read {object}: {why}")))?;
        if !shown.status.success() {
            return Err(Unusable(format!(
                "{source} is neither a file nor a git revision with {SPEC}: {}",
                String::from_utf8_lossy(&shown.stderr).trim()
            )));
        }
        let text = String::from_utf8(shown.stdout)
            .map_err(|_| Unusable(format!("{object} is not UTF-8")))?;
        Self::parse(&object, &text)
    }

    /// What a local reference such as `#/components/schemas/Member` points at.
    pub(crate) fn target(&self, reference: &str) -> Result<&Value, Unusable> {
        reference
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| Unusable(format!("{}: nothing stands at `{reference}`", self.name)))
    }

    /// Follows references until something else is met.
    pub(crate) fn resolve<'a>(&'a self, mut node: &'a Value) -> Result<&'a Value, Unusable> {
        // More steps than this can only be a circle.
        for _ in 0..64 {
            match node.get("$ref").and_then(Value::as_str) {
                None => return Ok(node),
                Some(reference) => node = self.target(reference)?,
            }
        }
        Err(Unusable(format!("{}: the reference {node} leads to itself", self.name)))
    }
}

/// Reads YAML, or JSON if it looks like it. A key that stands twice in a mapping is an error.
pub(crate) fn read_value(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        let mut json = serde_json::Deserializer::from_str(text);
        let value = Strict.deserialize(&mut json).map_err(|e| e.to_string())?;
        json.end().map_err(|e| e.to_string())?;
        Ok(value)
    } else {
        Strict.deserialize(yaml_serde::Deserializer::from_str(text)).map_err(|e| e.to_string())
    }
}

/// Reads a text file, or standard input for `-`.
pub(crate) fn read_text(path: &str) -> Result<String, Unusable> {
    let mut text = String::new();
    let read = if path == "-" {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    read.map_err(|why| Unusable(format!("{path} cannot be read: {why}")))
}

/// Builds a [`Value`], and refuses what `Value` itself would swallow: the second of two equal keys.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON knows")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom(format!("{value} is no number that JSON knows")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key_seed(NewKey(&map))? {
            let value = entries.next_value_seed(Strict)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Reads a key that the mapping does not have yet. The check sits here, and not after the key was
/// read, because so the parser names the place of the second key in its error.
struct NewKey<'a>(&'a Map<String, Value>);

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<String, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for NewKey<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        if self.0.contains_key(key) {
            return Err(E::custom(format!("the key `{key}` stands here twice")));
        }
        Ok(key.to_owned())
    }
}

#[cfg(test)]
mod tests;
