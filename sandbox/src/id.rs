//! Identifiers: 32 hexadecimal characters, kept as the number they spell.

use std::fmt;

use serde::{Serialize, Serializer};

/// An identifier. Assumption: upper and lower case spell the same one; answers use lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Id(u128);

impl Id {
    /// The least of all identifiers.
    pub(crate) const FIRST: Self = Self(0);
    /// The greatest of all identifiers.
    pub(crate) const LAST: Self = Self(u128::MAX);

    /// Reads an identifier, if the text is one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then(|| u128::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Makes identifiers that look random and are the same in every run.
#[derive(Clone, Debug)]
pub(crate) struct IdSource {
    made: u64,
}

impl IdSource {
    pub(crate) fn new() -> Self {
        Self { made: 0 }
    }

    /// The next identifier that `taken` does not claim.
    pub(crate) fn next(&mut self, taken: impl Fn(Id) -> bool) -> Id {
        loop {
            self.made += 1;
            let high = mix(self.made.wrapping_mul(2));
            let low = mix(self.made.wrapping_mul(2) ^ high);
            let id = Id((u128::from(high) << 64) | u128::from(low));
            if !taken(id) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_32_hexadecimal_characters_are_an_id() {
        let text = "EB78d65290b24279ba6f44721b3ea3c4";
        assert_eq!(Id::parse(text).unwrap().to_string(), text.to_lowercase());
        for wrong in ["", ".", "..", "eb78", "+b78d65290b24279ba6f44721b3ea3c4"] {
            assert_eq!(Id::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Id::parse("éb78d65290b24279ba6f44721b3ea3c"), None);
        assert_eq!(Id::parse("gb78d65290b24279ba6f44721b3ea3c4"), None);
    }

    #[test]
    fn the_same_ids_come_in_every_run_and_taken_ones_are_passed_over() {
        let first = IdSource::new().next(|_| false);
        assert_eq!(IdSource::new().next(|_| false), first);
        assert_ne!(IdSource::new().next(|id| id == first), first);
    }
}
