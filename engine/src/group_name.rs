//! Errors of arguments that name a user group.

use cloudflare_user_groups::UserGroupId;

use crate::matching::joined;

/// Why an argument does not name a user group that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupNameError {
    /// No group has the name.
    #[error("no user group is named {name:?}{}", suggestion.as_ref().map(|it| format!("; {it}")).unwrap_or_default())]
    Unknown {
        /// The name.
        name: String,
        /// A question for the nearest name.
        suggestion: Option<String>,
    },
    /// No group has the ID.
    #[error("no user group has the ID {id}")]
    UnknownId {
        /// The ID.
        id: UserGroupId,
    },
    /// Several groups have the name.
    #[error("{} user groups are named {name:?}; specify an ID: {}", ids.len(), joined(ids, ", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// The groups.
        ids: Vec<UserGroupId>,
    },
    /// Another group has the new name.
    #[error("the name {name:?} is taken by user group {}; choose another name", joined(ids, ", "))]
    Taken {
        /// The name.
        name: String,
        /// The groups that have it.
        ids: Vec<UserGroupId>,
    },
}
