//! Decoding the envelope of a success.
//!
//! Its `errors` and `messages` are skipped: failures are explained from the body, and warnings have
//! no documented meaning. Decoded, 16 MiB of them would become a gigabyte.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use crate::visit::visit_scalars;

/// Up to this length a body is decoded whatever it contains. The largest pages have half of it.
const LARGE: usize = 1024 * 1024;
/// How many bytes of a larger body there are at least for each of its values. A policy has 17, and
/// an empty object becomes a hundred.
const BYTES_PER_VALUE: usize = 12;

/// Decodes the body of a success. The number of values of a large one has a limit, and with it the
/// memory that they take.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    if body.len() > LARGE && read::<Values>(body)?.0 > body.len() / BYTES_PER_VALUE {
        return Err(serde_json::Error::custom("it has too many values"));
    }
    read(body)
}

/// Whether the body is text is checked once, as a whole, because serde_json reads text faster than
/// bytes. Bytes that are no text may not matter for what is read.
fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    match str::from_utf8(body) {
        Ok(text) => whole(serde_json::Deserializer::from_str(text)),
        Err(_) => whole(serde_json::Deserializer::from_slice(body)),
    }
}

fn whole<'de, T, R>(mut json: serde_json::Deserializer<R>) -> serde_json::Result<T>
where
    T: DeserializeOwned,
    R: serde_json::de::Read<'de>,
{
    let value = T::deserialize(Envelope(&mut json))?;
    json.end()?;
    Ok(value)
}

/// Reads an object without the entries that are skipped.
struct Envelope<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Envelope<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Object(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Accepts an object, and nothing else.
struct Object<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Object<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Entries(map))
    }
}

/// The entries of an object without those that are skipped.
struct Entries<A>(A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let mut seed = seed;
        loop {
            match self.0.next_key_seed(Key(seed))? {
                None => return Ok(None),
                Some(Ok(key)) => return Ok(Some(key)),
                Some(Err(unused)) => seed = unused,
            }
            self.0.next_value::<IgnoredAny>()?;
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

/// Reads a key. Gives the seed back if its entry is skipped.
struct Key<K>(K);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<K> {
    type Value = Result<K::Value, K>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<K> {
    type Value = Result<K::Value, K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        if key == "errors" || key == "messages" {
            return Ok(Err(self.0));
        }
        let key: StrDeserializer<'_, E> = key.into_deserializer();
        self.0.deserialize(key).map(Ok)
    }
}

/// How many elements and entries there are, at every depth.
struct Values(usize);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(CountValues)
    }
}

struct CountValues;

impl<'de> Visitor<'de> for CountValues {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    visit_scalars!(Values(0));

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Values, A::Error> {
        let mut values = 0;
        while let Some(Values(inner)) = items.next_element()? {
            values += 1 + inner;
        }
        Ok(Values(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Values, A::Error> {
        let mut values = 0;
        while let Some((IgnoredAny, Values(inner))) = entries.next_entry()? {
            values += 1 + inner;
        }
        Ok(Values(values))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The body of a success with this many of an item.
    fn body(item: &str, count: usize) -> Vec<u8> {
        let items = vec![item; count].join(",");
        format!(r#"{{"success":true,"errors":[{items}],"result":[{items}]}}"#).into_bytes()
    }

    #[test]
    fn large_body_of_small_values_is_refused() {
        let refused = |item: &str, count| {
            let error = decode::<Value>(&body(item, count)).err()?;
            Some(error.to_string())
        };
        for item in ["{}", "[]", "0", r#"{"a":0}"#, r#"{"id":"a"}"#] {
            let count = 2 * LARGE / (item.len() + 1);
            assert_eq!(refused(item, count).as_deref(), Some("it has too many values"), "{item}");
            assert_eq!(refused(item, count / 8), None, "{item}");
        }
    }

    #[test]
    fn large_body_is_decoded() {
        let scope = format!(
            r#"{{"scope":{{"key":"com.cloudflare.api.account.{}","objects":[{{"key":"*"}}]}}}}"#,
            "0".repeat(32)
        );
        decode::<Value>(&body(&scope, 2 * LARGE / scope.len())).expect("as the API writes it");
        let errors = format!(r#"{{"errors":[{}0],"success":true}}"#, "0,".repeat(LARGE));
        decode::<Value>(errors.as_bytes()).expect("errors are skipped");
    }
}
