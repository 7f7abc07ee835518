//! Keys and values outside the schema.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Keys and values that the API adds to a permission group or resource group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Meta(
    /// Sorted by key, each key once. Usually two or three, which a map would make slower.
    Vec<(String, String)>,
);

impl Meta {
    /// The last value of a repeated key counts, as usual in JSON. The sort is stable.
    fn from_pairs(mut pairs: Vec<(String, String)>) -> Self {
        if !pairs.is_sorted_by(|(one, _), (other, _)| one < other) {
            pairs.sort_by(|(one, _), (other, _)| other.cmp(one));
            pairs.reverse();
            pairs.dedup_by(|(one, _), (other, _)| one == other);
        }
        Self(pairs)
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }

    /// All keys and their values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Meta {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value.into()));
        Self::from_pairs(pairs.collect())
    }
}

impl Serialize for Meta {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Meta {
    /// Keeps values that are not strings as JSON text. `null` is empty.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<(String, String)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(3).min(64));
                while let Some((key, Text(value))) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_any(Visitor).map(Self::from_pairs)
    }
}

/// A string, or the text of any other JSON.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A string is moved out of the value and not copied.
        Ok(Self(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Meta {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Meta".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object", "additionalProperties": { "type": "string" }
        })
    }
}
