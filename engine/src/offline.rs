//! Snapshots of files: group files, exports, and lists that were saved.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{
    AccountMember, MemberId, PermissionGroup, PermissionGroupId, ResourceGroup, ResourceGroupId,
    UserGroupId,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diagnostic::{Diagnostics, LocatedText};
use crate::directory::{AccountDirectory, MemberInfo, ResourceInfo};
use crate::encoding::decode_text;
use crate::group_file::{GroupEntry, GroupFile, PolicyEntry, ResourceEntry};
use crate::resolve::resolve;
use crate::rule::{IncompletePolicy, PolicyResource, PolicyRule, PolicyScope};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualMembers, Prune};

impl Snapshot {
    /// Returns what a group file or an export shows. What is known by name alone has its name as
    /// its id. Policies and members that an entry leaves out are unknown.
    ///
    /// # Errors
    ///
    /// All diagnostics of the file.
    pub fn of_file(file: &GroupFile) -> Result<Self, Diagnostics> {
        file.check()?;
        let mut snapshot = Self::default();
        file.groups.iter().for_each(|entry| snapshot.add_entry(entry));
        Ok(snapshot)
    }

    /// Adds what a saved file shows: an export, or the JSON of `cf-groups lookup`. `name` is the
    /// name of the file in diagnostics.
    ///
    /// # Errors
    ///
    /// All diagnostics of an export.
    pub fn add_saved(&mut self, name: &str, content: &[u8]) -> Result<(), Diagnostics> {
        let text = decode_text(content).unwrap_or_default();
        let items: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
        let all_have =
            |field: &str| !items.is_empty() && items.iter().all(|it| it.get(field).is_some());
        let (is_lookup, value) =
            (all_have("id") && !all_have("policies"), Value::from(items.clone()));
        if is_lookup && all_have("email") {
            self.directory.add_account_members(list::<AccountMember>(value));
        } else if is_lookup && all_have("scope") {
            self.directory.add_resource_groups(&list::<ResourceGroup>(value));
        } else if is_lookup && all_have("meta") {
            self.directory.add_permission_groups(&list::<PermissionGroup>(value));
        } else {
            let file = GroupFile::parse(name, content);
            file.check()?;
            file.groups.iter().for_each(|entry| self.add_entry(entry));
        }
        Ok(())
    }

    /// Checks the names of a group file: those of members, permission groups and resource groups,
    /// and the ids of groups.
    ///
    /// # Errors
    ///
    /// All diagnostics of the file.
    pub fn check_names(&self, file: &GroupFile) -> Result<(), Diagnostics> {
        let mut known = self.clone();
        // An export without ids cannot show that an id is unknown.
        if self.state.groups.iter().any(|(id, group)| id.as_str() == group.name) {
            for (id, entry) in file.groups.iter().filter_map(|it| Some((it.id()?, it))) {
                let name = entry.name.text.clone();
                let unpinned = id_of::<UserGroupId>(&name);
                unpinned.and_then(|it| known.state.groups.remove(&it));
                known.state.groups.entry(id).or_insert(ActualGroup { name, ..Default::default() });
            }
        }
        let AccountDirectory { members, permission_groups, resource_groups, .. } =
            &mut known.directory;
        keep_real(members, |it| it.email.as_ref().map(|email| email.to_lowercase()));
        keep_real(permission_groups, Clone::clone);
        keep_real(resource_groups, |it| it.name.clone());
        // What an export leaves out does not matter for names.
        for group in known.state.groups.values_mut() {
            group.incomplete_policies.clear();
            group.members = ActualMembers::NotRead;
        }
        resolve(file, &Prune::No, &known).map(|_| ())
    }

    fn add_entry(&mut self, entry: &GroupEntry) {
        let name = entry.name.text.clone();
        let Some(id) = entry.id().or_else(|| id_of(&name)) else { return };
        let mut group = ActualGroup { name, ..ActualGroup::default() };
        match &entry.policies {
            Some(policies) => {
                group.policies = policies.iter().map(|it| self.rule(it)).collect();
            }
            None => group.incomplete_policies.push(IncompletePolicy {
                problem: "the file leaves out `policies`".to_owned(),
                json: String::new(),
            }),
        }
        group.members = match &entry.members {
            Some(members) => {
                let ids =
                    members.iter().flat_map(|it| it.iter()).filter_map(|it| self.member(&it.text));
                ActualMembers::Read(ids.collect())
            }
            None => ActualMembers::Unreadable("the file leaves out `members`".to_owned()),
        };
        self.state.groups.insert(id, group);
    }

    fn member(&mut self, text: &str) -> Option<MemberId> {
        let (id, email) = id_or_name::<MemberId>(&text.to_lowercase())?;
        self.directory.members.entry(id.clone()).or_insert(MemberInfo { email, status: None });
        Some(id)
    }

    fn rule(&mut self, entry: &PolicyEntry) -> PolicyRule {
        let named = |it: &LocatedText| id_or_name::<PermissionGroupId>(&it.text);
        let permissions: Vec<_> = entry.permission_groups.iter().filter_map(named).collect();
        for (id, name) in &permissions {
            let known = self.directory.permission_groups.entry(id.clone());
            known.or_insert_with(|| name.clone());
        }
        let resources = entry.resource_groups.iter().flat_map(|it| self.resources(it));
        entry.rule(permissions.into_iter().map(|(id, _)| id), resources)
    }

    fn resources(&mut self, entry: &ResourceEntry) -> Vec<PolicyResource> {
        if let Some(text) = entry.name() {
            let named = id_or_name::<ResourceGroupId>(&text.text);
            if let Some((id, name)) = named.clone() {
                let info = ResourceInfo { name, scopes: BTreeSet::new() };
                self.directory.resource_groups.entry(id).or_insert(info);
            }
            return named.into_iter().map(|(id, _)| id.into()).collect();
        }
        match entry {
            ResourceEntry::Scoped(entry) => {
                entry.scope.iter().map(|it| it.scope().into()).collect()
            }
            ResourceEntry::Zone(entry) => {
                let zone = entry.zone.text.to_lowercase();
                let scope = PolicyScope::of_file(&zone);
                self.directory.zones.insert(scope.clone(), zone);
                vec![scope.into()]
            }
            ResourceEntry::Name(_) => {
                let account = self.directory.account.insert(PolicyScope::of_file("*"));
                vec![account.clone().into()]
            }
        }
    }
}

/// Removes what is known by name alone and by its real id too.
fn keep_real<I: AsRef<str> + Ord, T>(
    known: &mut BTreeMap<I, T>,
    name: impl Fn(&T) -> Option<String>,
) {
    let by_name = |id: &I, it: &T| name(it).as_deref() == Some(id.as_ref());
    let real = known.iter().filter(|(id, it)| !by_name(id, it));
    let real: BTreeSet<String> = real.filter_map(|(_, it)| name(it)).collect();
    known.retain(|id, it| !by_name(id, it) || !real.contains(id.as_ref()));
}

/// Reads the items of a list that can be read.
fn list<T: DeserializeOwned>(items: Value) -> Vec<T> {
    serde_json::from_value(items).unwrap_or_default()
}

/// Returns a text as an id. Ids take any text here; only those of requests are checked.
fn id_of<I: DeserializeOwned>(text: &str) -> Option<I> {
    serde_json::from_value(Value::from(text)).ok()
}

/// Returns the id, and the name if the text is not an id.
fn id_or_name<I: DeserializeOwned>(text: &str) -> Option<(I, Option<String>)> {
    let is_id = UserGroupId::new(text).is_ok();
    Some((id_of(text)?, (!is_id).then(|| text.to_owned())))
}
