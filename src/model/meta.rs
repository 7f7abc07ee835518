//! Keys and values outside the schema.

use std::borrow::Cow;
use std::fmt::{self, Write};

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::visit::from_text;

/// The keys that the API is known to use, of which no group needs a copy.
const KNOWN: [&str; 4] = ["description", "editable", "label", "scopes"];

/// Keys and values that the API adds to a permission group or resource group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Meta(
    /// Sorted by key, each key once. Usually two or three, which a map would make slower.
    Vec<(Cow<'static, str>, String)>,
);

impl Meta {
    /// The last value of a repeated key counts, as usual in JSON. The sort is stable.
    fn from_pairs(mut pairs: Vec<(Cow<'static, str>, String)>) -> Self {
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
        self.0.iter().map(|(key, value)| (&**key, value.as_str()))
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Meta {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().map(|(key, value)| (Cow::Owned(key.into()), value.into()));
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
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Vec<(Cow<'static, str>, String)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(3).min(64));
                while let Some((Key(key), Text(value))) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_any(Pairs).map(Self::from_pairs)
    }
}

/// A key, which is not copied if it is known.
struct Key(Cow<'static, str>);

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        let known = KNOWN.into_iter().find(|known| *known == text);
        Self(known.map_or_else(|| Cow::Owned(text.to_owned()), Cow::Borrowed))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

/// A string, or the text of any other JSON.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = String::new();
        Writer { to: &mut text, before: "", is_inner: false }.deserialize(deserializer)?;
        Ok(Self(text))
    }
}

/// Writes the text of JSON while it is read: a tree of small values takes a hundred times their
/// text.
struct Writer<'a> {
    to: &'a mut String,
    before: &'static str,
    /// Whether it is a part of JSON, where strings have quotes.
    is_inner: bool,
}

impl Writer<'_> {
    fn write<E: de::Error>(self, value: impl Into<serde_json::Value>) -> Result<(), E> {
        write!(self.to, "{}{}", self.before, value.into()).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Writer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Writer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.write(())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.write(value)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.write(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.write(number)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        self.write(number)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        if self.is_inner {
            return self.write(text);
        }
        self.to.push_str(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { to, before, .. } = self;
        to.push_str(before);
        to.push('[');
        let mut before = "";
        while items.next_element_seed(Writer { to, before, is_inner: true })?.is_some() {
            before = ",";
        }
        to.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self { to, before, .. } = self;
        to.push_str(before);
        to.push('{');
        let mut before = "";
        while entries.next_key_seed(Writer { to, before, is_inner: true })?.is_some() {
            entries.next_value_seed(Writer { to, before: ":", is_inner: true })?;
            before = ",";
        }
        to.push('}');
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_not_strings_are_kept_as_json() {
        let nested = r#"{"o":{"k":["a\"\n",1,-2,1.5,null,true,[],{},[{"x":{"y":[""]}}]],"e":{}}}"#;
        let read: Meta = serde_json::from_str(nested).unwrap();
        assert_eq!(read.get("o"), Some(&nested[5..nested.len() - 1]));
        let plain: Meta =
            serde_json::from_str(r#"{"s":"a\"\n","n":18446744073709551615,"z":null}"#).unwrap();
        let plain: Vec<_> = plain.iter().collect();
        assert_eq!(plain, [("n", "18446744073709551615"), ("s", "a\"\n"), ("z", "null")]);
    }
}
