//! User groups.

use serde::{Deserialize, Serialize};

use super::policy::Policy;
use super::timestamp::Timestamp;
use crate::id::UserGroupId;

/// A named set of account members to which policies apply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserGroup {
    /// Identifies the group.
    pub id: UserGroupId,
    /// The name. Observed (reported): no other group of the account has it.
    pub name: String,
    /// When the group was created, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_on: Option<Timestamp>,
    /// When the group was last changed, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_on: Option<Timestamp>,
    /// The policies that apply to the members.
    #[serde(default)]
    pub policies: Vec<Policy>,
}

impl UserGroup {
    /// Creates a group without policies, for tests. The other fields can be set.
    pub fn new(id: impl Into<UserGroupId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            created_on: None,
            modified_on: None,
            policies: Vec::new(),
        }
    }
}
