//! The state of a sandbox: accounts, what is in them, and the changes that can be made.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;

use crate::id::{Id, IdSource};
use crate::seed::{self, Access, AccountMember};

/// All that a sandbox keeps.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) accounts: BTreeMap<Id, Account>,
    pub(crate) ids: IdSource,
    pub(crate) calendar: Calendar,
}

/// An account and all that is in it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// In the order of the user part of the email address, which is the order of answers.
    pub(crate) members: Directory<Member>,
    /// Newest first, which is the order of answers.
    pub(crate) permission_groups: Directory<seed::PermissionGroup>,
    pub(crate) resource_groups: Directory<seed::ResourceGroup>,
    pub(crate) groups: Groups,
}

/// Things that do not change while the sandbox runs. A position in it stands for a thing, and
/// positions in ascending order are the order of answers: a set of them is sorted by nature.
#[derive(Clone, Debug)]
pub(crate) struct Directory<T> {
    entries: Vec<Entry<T>>,
    positions: HashMap<Id, usize>,
}

/// One thing of a directory.
#[derive(Clone, Debug)]
pub(crate) struct Entry<T> {
    pub(crate) id: Id,
    pub(crate) item: T,
    /// How answers show it. It never changes, so it is written but once.
    pub(crate) json: Box<RawValue>,
}

impl<T> Directory<T> {
    pub(crate) fn new(entries: Vec<Entry<T>>) -> Self {
        let positions =
            entries.iter().enumerate().map(|(position, entry)| (entry.id, position)).collect();
        Self { entries, positions }
    }

    pub(crate) fn entries(&self) -> &[Entry<T>] {
        &self.entries
    }

    pub(crate) fn position(&self, id: Id) -> Option<usize> {
        self.positions.get(&id).copied()
    }

    pub(crate) fn get(&self, position: usize) -> Option<&Entry<T>> {
        self.entries.get(position)
    }

    /// The things at these positions.
    pub(crate) fn at<'a>(
        &'a self,
        positions: &'a BTreeSet<usize>,
    ) -> impl DoubleEndedIterator<Item = &'a Entry<T>> + Clone {
        positions.iter().filter_map(|position| self.get(*position))
    }
}

/// A member of an account.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) details: AccountMember,
    /// The email address in lower case, for searching.
    pub(crate) folded_email: String,
}

/// A user group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: Id,
    pub(crate) name: Arc<str>,
    /// The name in lower case, for searching.
    pub(crate) folded_name: String,
    pub(crate) created_on: String,
    pub(crate) modified_on: String,
    pub(crate) policies: Vec<Policy>,
    /// Positions in the account's members.
    pub(crate) members: BTreeSet<usize>,
}

/// A policy of a user group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) id: String,
    pub(crate) access: Access,
    /// Positions in the account's permission groups.
    pub(crate) permission_groups: BTreeSet<usize>,
    /// Positions in the account's resource groups.
    pub(crate) resource_groups: BTreeSet<usize>,
}

/// The user groups of an account, sorted by name and then by id, so that no request sorts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    sorted: BTreeMap<(Arc<str>, Id), Group>,
    names: HashMap<Id, Arc<str>>,
}

impl Groups {
    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    pub(crate) fn contains(&self, id: Id) -> bool {
        self.names.contains_key(&id)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Group> + Clone {
        self.sorted.values()
    }

    /// The groups with exactly this name.
    pub(crate) fn named(&self, name: &str) -> impl DoubleEndedIterator<Item = &Group> + Clone {
        let name: Arc<str> = name.into();
        let first = Id::FIRST;
        let last = Id::LAST;
        let bounds = (Bound::Included((Arc::clone(&name), first)), Bound::Included((name, last)));
        self.sorted.range(bounds).map(|(_, group)| group)
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Group> {
        let name = self.names.get(&id)?;
        self.sorted.get(&(Arc::clone(name), id))
    }

    /// For changing everything but the id and the name, which the order depends on.
    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut Group> {
        let name = self.names.get(&id)?;
        self.sorted.get_mut(&(Arc::clone(name), id))
    }

    pub(crate) fn insert(&mut self, group: Group) {
        self.names.insert(group.id, Arc::clone(&group.name));
        self.sorted.insert((Arc::clone(&group.name), group.id), group);
    }

    pub(crate) fn remove(&mut self, id: Id) -> Option<Group> {
        let name = self.names.remove(&id)?;
        self.sorted.remove(&(name, id))
    }
}

/// The time in a sandbox: it stands still, except that each change takes a second. So the same
/// requests always bring about the same times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calendar {
    now: SystemTime,
}

impl Calendar {
    /// Starts on 1 March 2024 at noon.
    pub(crate) fn new() -> Self {
        let start = Duration::from_secs(1_709_294_400);
        Self { now: SystemTime::UNIX_EPOCH + start }
    }

    /// Moves on to this moment if it is yet to come.
    pub(crate) fn reach(&mut self, moment: SystemTime) {
        self.now = self.now.max(moment);
    }

    pub(crate) fn now(&self) -> String {
        humantime::format_rfc3339_millis(self.now).to_string()
    }

    /// Lets a second pass. The years that answers can show never run out in practice; at their
    /// end the time stands still.
    pub(crate) fn tick(&mut self) -> String {
        const YEAR_9999: Duration = Duration::from_secs(253_370_764_800);
        if self.now < SystemTime::UNIX_EPOCH + YEAR_9999 {
            self.now += Duration::from_secs(1);
        }
        self.now()
    }
}
