//! Actual and desired state of the user groups of an account.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{MemberId, UserGroupId};

use crate::rule::{IncompletePolicy, PolicyRule};

/// The user groups that an account has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActualState {
    /// The groups by id.
    pub groups: BTreeMap<UserGroupId, ActualGroup>,
}

/// A user group that the account has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActualGroup {
    /// The name.
    pub name: String,
    /// What its policies do.
    pub policies: BTreeSet<PolicyRule>,
    /// Its policies with a missing or unknown part. If there are any, the policies of the group can
    /// be kept but not changed.
    pub incomplete_policies: Vec<IncompletePolicy>,
    /// The members.
    pub members: ActualMembers,
    /// When the group was last modified, if the API returns it.
    pub modified_on: Option<String>,
}

/// The members of a group, as far as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ActualMembers {
    /// They were not read.
    #[default]
    NotRead,
    /// All members.
    Read(BTreeSet<MemberId>),
    /// The API refuses to list them, with this message.
    Unreadable(String),
}

impl ActualMembers {
    /// Returns the members, if they were read.
    pub fn get(&self) -> Option<&BTreeSet<MemberId>> {
        match self {
            Self::Read(members) => Some(members),
            Self::NotRead | Self::Unreadable(_) => None,
        }
    }

    /// Returns an iterator over the members; without any if they were not read.
    pub fn iter(&self) -> impl Iterator<Item = &MemberId> {
        self.get().into_iter().flatten()
    }
}

/// What happens to groups that the group file does not name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// They are left unchanged.
    #[default]
    No,
    /// They are deleted.
    Yes,
    /// They are deleted, except those whose names match one of these patterns, for instance groups
    /// that an identity provider manages. `*` stands for any text, `?` for any character.
    Except(Vec<String>),
}

impl Prune {
    /// Returns whether a group of this name is deleted if the file does not name it.
    pub(crate) fn deletes(&self, name: &str) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Except(patterns) => !patterns.iter().any(|pattern| matches(pattern, name)),
        }
    }
}

/// Returns whether a name matches a pattern with `*` and `?`.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // For each beginning of the name, whether it matches the part of the pattern so far.
    let mut matched = vec![false; name.chars().count() + 1];
    matched[0] = true;
    for wanted in pattern {
        let before = matched.clone();
        if wanted == '*' {
            let mut any = false;
            matched.iter_mut().for_each(|it| {
                any |= *it;
                *it = any;
            });
            continue;
        }
        matched[0] = false;
        let chars = name.chars().zip(before);
        for (it, (c, before)) in matched.iter_mut().skip(1).zip(chars) {
            *it = before && (wanted == '?' || wanted == c);
        }
    }
    matched.last().copied().unwrap_or_default()
}

/// The desired user groups of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DesiredState {
    /// The groups.
    pub groups: Vec<DesiredGroup>,
    /// What happens to all others.
    pub prune: Prune,
}

/// A desired user group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DesiredGroup {
    /// The id, if the group is pinned; otherwise the group is matched by its name.
    pub id: Option<UserGroupId>,
    /// The name.
    pub name: String,
    /// What its policies do; `None` leaves them unchanged.
    pub policies: Option<BTreeSet<PolicyRule>>,
    /// The members; `None` leaves them unchanged.
    pub members: Option<BTreeSet<MemberId>>,
}
