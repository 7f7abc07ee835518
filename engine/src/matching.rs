//! Matches desired groups with the groups of the account.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::UserGroupId;

use crate::state::{ActualGroup, ActualMembers, ActualState, DesiredGroup, Prune};

/// Why no plan can be made for a desired group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// Several groups of the account have the name.
    #[error("{} groups of the account are named {name:?}; pin one with `id:` {}", ids.len(), joined(ids, " or "))]
    AmbiguousName {
        /// The name.
        name: String,
        /// The groups.
        ids: Vec<UserGroupId>,
    },
    /// The account has no group of the id.
    #[error("user group {id} not found; remove `id` to match by name")]
    UnknownId {
        /// The id.
        id: UserGroupId,
    },
    /// There are several entries for the group.
    #[error("duplicate entry for group {name:?}")]
    DuplicateEntry {
        /// The name.
        name: String,
    },
    /// A group would get the name of another, which stays as it is.
    #[error(
        "there is a group named {name:?} already, {}; choose another name, pin that one with `id:` to \
         rename it too, or prune it",
        joined(ids, " and ")
    )]
    NameTaken {
        /// The name.
        name: String,
        /// The groups that have it.
        ids: Vec<UserGroupId>,
    },
    /// The members of the group were not read.
    #[error("the members of the group {name:?} were not read")]
    MembersNotRead {
        /// The name.
        name: String,
    },
    /// The API refuses to list the members of the group.
    #[error(
        "the members of the group {name:?} cannot be read: {message}; give it other policies, or leave \
         out `members`"
    )]
    MembersUnreadable {
        /// The name.
        name: String,
        /// The message of the API.
        message: String,
    },
    /// A policy of the group has a missing or unknown part and cannot be written back.
    #[error(
        "a policy of the group {name:?} has a part that cannot be written back: {problem}; leave out \
         `policies` to keep its policies"
    )]
    IncompletePolicy {
        /// The name.
        name: String,
        /// The part that is missing or unknown.
        problem: String,
    },
}

pub(crate) fn joined(ids: &[UserGroupId], by: &str) -> String {
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

/// Returns the group that each key matches, or `None` for a group to create.
///
/// A group that is pinned by id is not matched by its name as well: so it can be renamed, and
/// another group can get the name that it had. It must not get the name of a group that stays as it
/// is, unless that one is pruned.
pub(crate) fn match_groups(
    keys: &[Key<'_>],
    prune: &Prune,
    state: &ActualState,
) -> Vec<Result<Option<UserGroupId>, DiffError>> {
    let pinned: BTreeSet<&UserGroupId> = keys.iter().filter_map(|key| key.id.as_ref()).collect();
    let mut named: BTreeMap<&str, Vec<&UserGroupId>> = BTreeMap::new();
    for (id, group) in state.groups.iter().filter(|(id, _)| !pinned.contains(id)) {
        named.entry(&group.name).or_default().push(id);
    }
    let desired: BTreeSet<&str> =
        keys.iter().filter(|key| key.id.is_none()).map(|key| key.name).collect();
    let taken = |name: &str| match named.get(name) {
        Some(ids) if !prune.deletes(name) && !desired.contains(name) => ids.as_slice(),
        _ => &[],
    };
    keys.iter()
        .zip(duplicates(keys))
        .map(|(key, duplicate)| {
            if duplicate {
                return Err(DiffError::DuplicateEntry { name: key.name.to_owned() });
            }
            match &key.id {
                Some(id) => match state.groups.get(id) {
                    None => Err(DiffError::UnknownId { id: id.clone() }),
                    Some(group) if group.name != key.name => free(id, key.name, taken(key.name)),
                    Some(_) => Ok(Some(id.clone())),
                },
                None => only(key.name, named.get(key.name).map_or(&[], Vec::as_slice)),
            }
        })
        .collect()
}

/// Returns for each key whether an earlier one is for the same group. Groups of the same name are
/// different only if all of them are pinned by id.
pub(crate) fn duplicates(keys: &[Key<'_>]) -> Vec<bool> {
    let (mut ids, mut pinned_names, mut names) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    keys.iter()
        .map(|key| match &key.id {
            Some(id) => {
                pinned_names.insert(key.name);
                !ids.insert(id) || names.contains(key.name)
            }
            None => !names.insert(key.name) || pinned_names.contains(key.name),
        })
        .collect()
}

fn only(name: &str, ids: &[&UserGroupId]) -> Result<Option<UserGroupId>, DiffError> {
    match ids {
        [] => Ok(None),
        [id] => Ok(Some((*id).clone())),
        ids => Err(DiffError::AmbiguousName { name: name.to_owned(), ids: owned(ids) }),
    }
}

/// The group itself, if no others have the name that it is to get.
fn free(
    id: &UserGroupId,
    name: &str,
    others: &[&UserGroupId],
) -> Result<Option<UserGroupId>, DiffError> {
    match others {
        [] => Ok(Some(id.clone())),
        ids => Err(DiffError::NameTaken { name: name.to_owned(), ids: owned(ids) }),
    }
}

fn owned(ids: &[&UserGroupId]) -> Vec<UserGroupId> {
    ids.iter().map(|id| (*id).clone()).collect()
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

    /// Returns the groups of this name that the plan neither changes nor deletes.
    pub(crate) fn unplanned(
        &self,
        name: &str,
    ) -> impl Iterator<Item = (&'a UserGroupId, &'a ActualGroup)> {
        self.groups
            .get(name)
            .into_iter()
            .flatten()
            .copied()
            .filter(|(id, _)| !self.planned.contains(*id))
    }
}

/// Checks that the policies and members of a group can be changed, if that is desired.
pub(crate) fn check_changeable(
    group: &ActualGroup,
    policies: bool,
    members: bool,
) -> Result<(), DiffError> {
    let name = || group.name.clone();
    if let Some(policy) = group.incomplete_policies.first().filter(|_| policies) {
        return Err(DiffError::IncompletePolicy { name: name(), problem: policy.problem.clone() });
    }
    if let (true, ActualMembers::Unreadable(message)) = (members, &group.members) {
        return Err(DiffError::MembersUnreadable { name: name(), message: message.clone() });
    }
    Ok(())
}
