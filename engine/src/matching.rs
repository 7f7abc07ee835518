//! Which group of the account is meant by one that is asked for.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::UserGroupId;

use crate::state::{ActualGroup, ActualState, DesiredGroup, Prune};

/// Why it is not clear which group is meant, or what it is like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmbiguousGroup {
    /// Several groups of the account bear the name.
    #[error("{} groups of the account are named {name:?}; pin one with `id:` {}", ids.len(), joined(ids, " or "))]
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
    /// A group is to get the name of another, which stays as it is: neither could then be told by it.
    #[error(
        "there is a group named {name:?} already, {}; choose another name, pin that one with `id:` to \
         rename it too, or prune it",
        joined(ids, " and ")
    )]
    Taken {
        /// The name.
        name: String,
        /// The groups that have it.
        ids: Vec<UserGroupId>,
    },
    /// The members of the group are to be compared and were not read.
    #[error("the members of the group {name:?} were not read")]
    NotRead {
        /// The name.
        name: String,
    },
}

fn joined(ids: &[UserGroupId], by: &str) -> String {
    ids.iter().map(UserGroupId::as_str).collect::<Vec<_>>().join(by)
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
/// can get the name that it had. It must not get the name of a group that nobody asks for, unless that
/// one is pruned. A creation never does: a group that has the name already is the one that is meant.
pub(crate) fn match_groups(
    keys: &[Key<'_>],
    prune: Prune,
    state: &ActualState,
) -> Vec<Result<Option<UserGroupId>, AmbiguousGroup>> {
    let pinned: BTreeSet<&UserGroupId> = keys.iter().filter_map(|key| key.id.as_ref()).collect();
    let mut named: BTreeMap<&str, Vec<&UserGroupId>> = BTreeMap::new();
    for (id, group) in state.groups.iter().filter(|(id, _)| !pinned.contains(id)) {
        named.entry(&group.name).or_default().push(id);
    }
    let asked: BTreeSet<&str> =
        keys.iter().filter(|key| key.id.is_none()).map(|key| key.name).collect();
    let taken = |name: &str| match named.get(name) {
        Some(ids) if prune == Prune::No && !asked.contains(name) => ids.as_slice(),
        _ => &[],
    };
    let mut seen = Seen::default();
    keys.iter()
        .map(|key| {
            if !seen.is_new(key) {
                return Err(AmbiguousGroup::Twice { name: key.name.to_owned() });
            }
            match &key.id {
                Some(id) => match state.groups.get(id) {
                    None => Err(AmbiguousGroup::UnknownId { id: id.clone() }),
                    Some(group) if group.name != key.name => free(id, key.name, taken(key.name)),
                    Some(_) => Ok(Some(id.clone())),
                },
                None => only(key.name, named.get(key.name).map_or(&[], Vec::as_slice)),
            }
        })
        .collect()
}

fn only(name: &str, ids: &[&UserGroupId]) -> Result<Option<UserGroupId>, AmbiguousGroup> {
    match ids {
        [] => Ok(None),
        [id] => Ok(Some((*id).clone())),
        ids => Err(AmbiguousGroup::Ambiguous { name: name.to_owned(), ids: owned(ids) }),
    }
}

/// The group itself, if no others have the name that it is to get.
fn free(
    id: &UserGroupId,
    name: &str,
    others: &[&UserGroupId],
) -> Result<Option<UserGroupId>, AmbiguousGroup> {
    match others {
        [] => Ok(Some(id.clone())),
        ids => Err(AmbiguousGroup::Taken { name: name.to_owned(), ids: owned(ids) }),
    }
}

fn owned(ids: &[&UserGroupId]) -> Vec<UserGroupId> {
    ids.iter().map(|id| (*id).clone()).collect()
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

/// The groups of an account by name, and which of them a plan changes or deletes.
pub(crate) struct GroupsByName<'a> {
    groups: BTreeMap<&'a str, Vec<(&'a UserGroupId, &'a ActualGroup)>>,
    planned: BTreeSet<UserGroupId>,
}

impl<'a> GroupsByName<'a> {
    pub(crate) fn new(state: &'a ActualState, planned: BTreeSet<UserGroupId>) -> Self {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, group) in &state.groups {
            groups.entry(group.name.as_str()).or_default().push((id, group));
        }
        Self { groups, planned }
    }

    pub(crate) fn all(&self, name: &str) -> &[(&'a UserGroupId, &'a ActualGroup)] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns the groups of this name that the plan neither changes nor deletes.
    pub(crate) fn unplanned(
        &self,
        name: &str,
    ) -> impl Iterator<Item = (&'a UserGroupId, &'a ActualGroup)> {
        self.all(name).iter().copied().filter(|(id, _)| !self.planned.contains(*id))
    }
}
