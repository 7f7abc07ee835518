//! Zones.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ZoneId};

/// A zone: a domain of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Zone {
    /// Identifies the zone. In a [`Scope`](crate::Scope) its key is
    /// `com.cloudflare.api.account.zone.` and the id.
    pub id: ZoneId,
    /// The domain name.
    pub name: String,
    /// The account of the zone, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
}

impl Zone {
    /// Creates a zone, for tests. The account can be set.
    pub fn new(id: impl Into<ZoneId>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), account_id: None }
    }
}
