//! Identifiers: 32 hexadecimal characters.

use std::fmt;

use serde::Deserialize;

/// An identifier in lower case. Assumption: upper and lower case spell the same one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Id(String);

/// A text that is not an identifier.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("must be 32 hexadecimal characters")]
pub(crate) struct InvalidId;

impl Id {
    /// Reads an identifier.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        valid.then(|| Self(text.to_ascii_lowercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Id {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text).ok_or(InvalidId)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes identifiers that look random and are the same in every run.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdSource {
    made: u64,
}

impl IdSource {
    /// Returns the next identifier that is not taken.
    pub(crate) fn next(&mut self, taken: impl Fn(&str) -> bool) -> String {
        loop {
            self.made += 1;
            let high = mix(self.made.wrapping_mul(2));
            let low = mix(self.made.wrapping_mul(2) ^ high);
            let id = format!("{high:016x}{low:016x}");
            if !taken(&id) {
                return id;
            }
        }
    }
}

/// Spreads a number over all 64 bits (the finaliser of SplitMix64), the same on every machine.
pub(crate) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
