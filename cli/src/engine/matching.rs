//! Which group of the account is meant by one that is asked for.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::UserGroupId;

use super::state::{DesiredGroup, State};

/// Why it is not clear which group is meant, or what it is like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unclear {
    /// Several groups of the account bear the name.
    #[error("{} groups of the account are named {name:?}; pin one with `id:` {}", ids.len(), one_of(ids))]
    Ambiguous {
        /// The name.
        name: String,
        /// The groups.
        ids: Vec<UserGroupId>,
    },
    /// The account has no group of the id.
    #[error("the account has no user group {id}; without `id:` a group is known by its name")]
    UnknownId {
        /// The id.
        id: UserGroupId,
    },
    /// The group is asked for more than once.
    #[error("the group {name:?} is in the list already; one entry can say all of it")]
    Twice {
        /// The name.
        name: String,
    },
    /// The members of the group are to be compared and were not read.
    #[error("the members of the group {name:?} were not read")]
    NotRead {
        /// The name.
        name: String,
    },
}

fn one_of(ids: &[UserGroupId]) -> String {
    ids.iter().map(UserGroupId::as_str).collect::<Vec<_>>().join(" or ")
}

/// What a group is known by.
pub(crate) struct Key<'a> {
    pub(crate) id: Option<UserGroupId>,
    pub(crate) name: &'a str,
}

impl<'a> From<&'a DesiredGroup> for Key<'a> {
    fn from(group: &'a DesiredGroup) -> Self {
        Self { id: group.id.clone(), name: &group.name }
    }
}

/// For each key the group that it means, or `None` for one that the account does not have.
///
/// A group that is pinned is not found by its name any more: so it can be renamed, and another group
/// can get the name that it had.
pub(crate) fn match_groups(
    keys: &[Key<'_>],
    state: &State,
) -> Vec<Result<Option<UserGroupId>, Unclear>> {
    let pinned: BTreeSet<&UserGroupId> = keys.iter().filter_map(|key| key.id.as_ref()).collect();
    let mut named: BTreeMap<&str, Vec<&UserGroupId>> = BTreeMap::new();
    for (id, group) in state.groups.iter().filter(|(id, _)| !pinned.contains(id)) {
        named.entry(&group.name).or_default().push(id);
    }
    let mut seen = Seen::default();
    keys.iter()
        .map(|key| {
            if !seen.is_new(key) {
                return Err(Unclear::Twice { name: key.name.to_owned() });
            }
            match &key.id {
                Some(id) if state.groups.contains_key(id) => Ok(Some(id.clone())),
                Some(id) => Err(Unclear::UnknownId { id: id.clone() }),
                None => only(key.name, named.get(key.name).map_or(&[], Vec::as_slice)),
            }
        })
        .collect()
}

fn only(name: &str, ids: &[&UserGroupId]) -> Result<Option<UserGroupId>, Unclear> {
    match ids {
        [] => Ok(None),
        [id] => Ok(Some((*id).clone())),
        ids => Err(Unclear::Ambiguous {
            name: name.to_owned(),
            ids: ids.iter().map(|id| (*id).clone()).collect(),
        }),
    }
}

/// What was asked for already. Namesakes are different groups only if all of them are pinned.
#[derive(Default)]
struct Seen<'a> {
    ids: BTreeSet<&'a UserGroupId>,
    pinned_names: BTreeSet<&'a str>,
    names: BTreeSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn is_new(&mut self, key: &'a Key<'_>) -> bool {
        match &key.id {
            Some(id) => {
                self.pinned_names.insert(key.name);
                self.ids.insert(id) && !self.names.contains(key.name)
            }
            None => self.names.insert(key.name) && !self.pinned_names.contains(key.name),
        }
    }
}
