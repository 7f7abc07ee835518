//! The state of a sandbox: accounts and what is in them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::state::clock::Clock;
use crate::state::id::IdSource;
use crate::state::seed::{
    self, AccountMember, PermissionGroup, PolicyResources, ResourceGroup, Seed, UserGroup, Zone,
};

/// How long changes are remembered, for lists that are late. Lags can be as long.
pub(crate) const HISTORY: Duration = Duration::from_secs(600);

/// All that a sandbox keeps.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) ids: IdSource,
    pub(crate) clock: Clock,
}

/// An account and all that is in it, keyed by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// In the order of responses: by the user part of the email address.
    pub(crate) members: IndexMap<String, AccountMember>,
    /// In the order of responses: newest first.
    pub(crate) permission_groups: IndexMap<String, PermissionGroup>,
    pub(crate) resource_groups: IndexMap<String, ResourceGroup>,
    pub(crate) zones: IndexMap<String, Zone>,
    pub(crate) hide_member_status: bool,
    groups: Groups,
    /// The changes of the last [`HISTORY`], oldest first.
    changes: VecDeque<Change>,
}

/// The user groups of an account by id.
pub(crate) type Groups = BTreeMap<String, Arc<UserGroup>>;

/// What a group was before a change; none if the change created it.
#[derive(Clone, Debug)]
struct Change {
    at: Duration,
    group: String,
    before: Option<Arc<UserGroup>>,
}

impl World {
    /// The state in the form of a seed.
    pub(crate) fn to_seed(&self) -> Seed {
        Seed { accounts: self.accounts.values().map(Account::to_seed).collect() }
    }
}

impl Account {
    /// An empty account.
    pub(crate) fn new(id: String, hide_member_status: bool) -> Self {
        Self { id, hide_member_status, ..Self::default() }
    }

    /// The account in the form of a seed: members in the order of responses, groups by name.
    pub(crate) fn to_seed(&self) -> seed::Account {
        let mut groups: Vec<UserGroup> =
            self.groups.values().map(|group| UserGroup::clone(group)).collect();
        groups.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        seed::Account {
            id: self.id.clone(),
            members: self.members.values().cloned().collect(),
            permission_groups: self.permission_groups.values().cloned().collect(),
            resource_groups: self.resource_groups.values().cloned().collect(),
            zones: self.zones.values().cloned().collect(),
            user_groups: groups,
            hide_member_status: self.hide_member_status,
        }
    }

    /// The groups as they are.
    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Adds a group without a record of the change, as one that existed before the start.
    pub(crate) fn load_group(&mut self, group: UserGroup) {
        self.groups.insert(group.id.clone(), Arc::new(group));
    }

    /// Creates or changes a group.
    pub(crate) fn put_group(&mut self, group: UserGroup, now: Duration) {
        let id = group.id.clone();
        let before = self.groups.insert(id.clone(), Arc::new(group));
        self.record(Change { at: now, group: id, before });
    }

    /// Deletes a group, if there is one.
    pub(crate) fn delete_group(&mut self, id: &str, now: Duration) {
        if let Some(before) = self.groups.remove(id) {
            self.record(Change { at: now, group: id.to_owned(), before: Some(before) });
        }
    }

    fn record(&mut self, change: Change) {
        let now = change.at;
        self.changes.push_back(change);
        while self.changes.front().is_some_and(|oldest| now.saturating_sub(oldest.at) > HISTORY) {
            self.changes.pop_front();
        }
    }

    /// The changes less than `age` ago, newest first.
    fn recent(&self, age: Duration, now: Duration) -> impl Iterator<Item = &Change> {
        self.changes.iter().rev().take_while(move |change| now.saturating_sub(change.at) < age)
    }

    /// Whether a group was created less than `lag` ago.
    pub(crate) fn is_new(&self, group: &str, lag: Duration, now: Duration) -> bool {
        self.recent(lag, now).any(|change| change.group == group && change.before.is_none())
    }

    /// The groups as they were `age` ago.
    pub(crate) fn groups_before(&self, age: Duration, now: Duration) -> Groups {
        let mut groups = self.groups.clone();
        for change in self.recent(age, now) {
            match &change.before {
                Some(before) => groups.insert(change.group.clone(), Arc::clone(before)),
                None => groups.remove(&change.group),
            };
        }
        groups
    }

    /// The groups as they are, with groups and members that were removed less than `lag` ago.
    pub(crate) fn groups_with_removed(&self, lag: Duration, now: Duration) -> Groups {
        let mut groups = self.groups.clone();
        for change in self.recent(lag, now) {
            let Some(before) = &change.before else {
                continue;
            };
            match groups.get_mut(&change.group) {
                None => {
                    groups.insert(change.group.clone(), Arc::clone(before));
                }
                Some(group) if before.members.iter().all(|id| group.members.contains(id)) => {}
                Some(group) => {
                    let mut group = UserGroup::clone(group);
                    group.members.extend(before.members.iter().cloned());
                    group.members = self.sorted_members(group.members);
                    groups.insert(change.group.clone(), Arc::new(group));
                }
            }
        }
        groups
    }

    /// The ids of members in the order of responses, each once.
    pub(crate) fn sorted_members(&self, mut ids: Vec<String>) -> Vec<String> {
        sort(&self.members, &mut ids);
        ids
    }

    /// The ids of permission groups in the order of responses, each once.
    pub(crate) fn sorted_permission_groups(&self, mut ids: Vec<String>) -> Vec<String> {
        sort(&self.permission_groups, &mut ids);
        ids
    }

    /// The resources of a policy in the order of responses: first the resource groups of the
    /// account, each once, then the scopes.
    pub(crate) fn sorted_resources(&self, mut all: Vec<PolicyResources>) -> Vec<PolicyResources> {
        all.sort_by_key(|resources| match resources {
            PolicyResources::Group(id) => (false, self.resource_groups.get_index_of(id)),
            PolicyResources::Inline(_) => (true, None),
        });
        all.dedup();
        all
    }

    /// Whether a group has a policy with this id.
    pub(crate) fn has_policy(&self, id: &str) -> bool {
        self.groups.values().any(|group| group.policies.iter().any(|policy| policy.id == id))
    }
}

fn sort<T>(all: &IndexMap<String, T>, ids: &mut Vec<String>) {
    ids.sort_by_key(|id| all.get_index_of(id));
    ids.dedup();
}
