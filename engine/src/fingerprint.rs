//! Fingerprints: whether something has changed, without keeping a copy of it.

use std::collections::BTreeSet;

use cloudflare_user_groups::MemberId;
use serde::{Deserialize, Serialize};

use crate::rule::PolicyRule;
use crate::state::ActualGroup;

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = (1 << 88) + 0x13b;

/// A hash that is the same in every version and on every machine (FNV-1a, 128 bits).
///
/// It protects against accidents, not against a forged plan: a program that can forge a plan can
/// also write any change into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// Returns the fingerprint of texts in this order.
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

    /// Returns the fingerprint of the policies of a group.
    pub(crate) fn of_policies(group: &ActualGroup) -> Self {
        let incomplete = group.incomplete_policies.iter().map(|policy| policy.json.as_str());
        Self::of(group.policies.iter().flat_map(PolicyRule::texts).chain(incomplete))
    }
}

/// The parts of a group that a change is based on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupBase {
    pub(crate) name: Option<Fingerprint>,
    pub(crate) policies: Option<Fingerprint>,
    #[cfg_attr(test, schemars(with = "Option<BTreeSet<String>>"))]
    pub(crate) members: Option<BTreeSet<MemberId>>,
}

impl GroupBase {
    /// Returns the base of a change that concerns all of a group.
    pub(crate) fn of_group(group: &ActualGroup) -> Self {
        Self {
            name: Some(Fingerprint::of([group.name.as_str()])),
            policies: Some(Fingerprint::of_policies(group)),
            members: Some(group.members.iter().cloned().collect()),
        }
    }
}
