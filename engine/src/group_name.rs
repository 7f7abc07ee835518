//! Names of user groups: the form in which they are stored, and errors of arguments.

use cloudflare_user_groups::UserGroupId;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::matching::joined;

/// Returns why a group would not be found by a name, and what to do: the name would be read as an
/// id, or a service can store it in another form.
pub(crate) fn unstable(name: &str) -> Option<(&'static str, String)> {
    let problem = if UserGroupId::new(name).is_ok() {
        let help = "a name of this form would be read as an id";
        return Some(("has the form of an id", help.to_owned()));
    } else if name.trim() != name {
        "begins or ends with white space"
    } else if !is_nfc(name) {
        "is not in the Unicode form NFC (its accents are characters of their own)"
    } else {
        return None;
    };
    let stored: String = name.trim().nfc().collect();
    Some((problem, format!("write {stored:?}, or pin an existing group of this name with `id:`")))
}

/// Returns the name without case, Unicode form and the amount of white space.
pub(crate) fn fold(name: &str) -> String {
    let name: String = name.nfkc().flat_map(char::to_lowercase).collect();
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns whether a stored name may be the beginning of a given one.
pub(crate) fn is_cut(given: &str, stored: &str) -> bool {
    const LONG: usize = 32;
    stored.len() >= LONG && given.len() > stored.len() && given.starts_with(stored)
}

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
