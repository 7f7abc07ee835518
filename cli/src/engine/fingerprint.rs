//! Fingerprints: whether something is still what it was, without keeping it.

use serde::{Deserialize, Serialize};

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = (1 << 88) + 0x13b;

/// A hash that is the same in every version and on every machine (FNV-1a, 128 bits).
///
/// It guards against accidents, not against somebody who forges a plan: who can do that can also
/// write into the plan what they like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of texts, in this order.
    pub(crate) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = OFFSET;
        for text in texts {
            // 0xff ends a text: no UTF-8 holds it.
            for byte in text.bytes().chain([0xff]) {
                hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
            }
        }
        Self(format!("{hash:032x}"))
    }
}
