//! Resolves the names of a group file to ids.

use std::collections::BTreeSet;

use cloudflare_user_groups::{
    AccountId, MemberId, PermissionGroupId, ResourceGroupId, UserGroupId,
};

use crate::diagnostic::{DiagnosticCollector, Diagnostics, LocatedText};
use crate::directory::{AccountDirectory, Lists, MemberLookup};
use crate::group_file::{
    GroupEntry, GroupFile, PolicyEntry, ResourceEntry, ScopeEntry, WHOLE_ACCOUNT, check_form,
};
use crate::matching::{DiffError, check_changeable, match_groups};
use crate::name_index::NameIndex;
use crate::people::MemberLists;
use crate::rule::{PolicyResource, PolicyRule, PolicyScope};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualState, DesiredGroup, DesiredState, Prune};

/// Resolves the names of a group file to ids.
///
/// # Errors
///
/// All diagnostics of the file.
pub fn resolve(
    file: &GroupFile,
    prune: &Prune,
    snapshot: &Snapshot,
) -> Result<DesiredState, Diagnostics> {
    file.check()?;
    let mut diagnostics = file.diagnostics();
    let names = AccountNames::of(snapshot);
    let mut groups = Vec::new();
    let matches = match_groups(&file.keys(), prune, &snapshot.state);
    let in_whole_file = match_groups(&file.all_keys(), prune, &snapshot.state);
    for ((entry, found), in_whole_file) in file.groups.iter().zip(matches).zip(in_whole_file) {
        if found != in_whole_file {
            let name = &entry.name;
            let problem = format!("another entry renames the group that is named {:?}", name.text);
            diagnostics.add(name.at, problem, Some("plan both entries at once".to_owned()));
            continue;
        }
        let actual = check_entry(entry, found, &snapshot.state, &mut diagnostics);
        groups.push(names.group(entry, actual, &mut diagnostics));
    }
    diagnostics.check()?;
    Ok(DesiredState { groups, prune: prune.clone() })
}

/// Returns the group that an entry matches. Reports why it matches none or cannot be changed.
fn check_entry<'a>(
    entry: &GroupEntry,
    found: Result<Option<UserGroupId>, DiffError>,
    state: &'a ActualState,
    diagnostics: &mut DiagnosticCollector,
) -> Option<&'a ActualGroup> {
    let found = found.map(|id| id.and_then(|id| state.groups.get(&id)));
    let (policies, members) = (entry.policies.is_some(), entry.members.is_some());
    let changeable = found.and_then(|group| match group {
        Some(group) => check_changeable(group, policies, members).map(|()| Some(group)),
        None => Ok(None),
    });
    if let Ok(Some(group)) = changeable
        && entry.id.is_some()
        && group.name != entry.name.text
    {
        check_form(&entry.name, diagnostics);
    }
    changeable.unwrap_or_else(|error| {
        let at = match &error {
            DiffError::UnknownId { .. } => entry.id.as_ref().map(|id| id.at),
            DiffError::IncompletePolicy { .. } => entry.policies_at,
            DiffError::MembersUnreadable { .. } => entry.members_at,
            _ => None,
        };
        diagnostics.add(at.unwrap_or(entry.name.at), error.to_string(), None);
        None
    })
}

/// Returns the lists that must be read to resolve the file, beyond the names that are known.
pub(crate) fn required_lists(file: &GroupFile, snapshot: &Snapshot) -> Lists {
    let known = &snapshot.directory;
    // Only the whole list shows whether a name is ambiguous.
    let unknown_permission = |text: &LocatedText| {
        PermissionGroupId::new(&*text.text)
            .map_or(true, |id| !known.permission_groups.contains_key(&id))
    };
    let unknown_resource = |entry: &ResourceEntry| match entry {
        ResourceEntry::Name(text) => ResourceGroupId::new(&*text.text)
            .map_or(true, |id| !known.resource_groups.contains_key(&id)),
        ResourceEntry::Zone(_) | ResourceEntry::Scoped(_) => false,
    };
    let policies = || file.groups.iter().flat_map(|it| it.policies.iter().flatten());
    let resources = || policies().flat_map(|it| &it.resource_groups);
    let members = || file.groups.iter().flat_map(|it| it.members.iter().flatten());
    let members = || members().flat_map(|it| it.iter());
    Lists {
        members: unknown_members(members(), known),
        permission_groups: policies().flat_map(|it| &it.permission_groups).any(unknown_permission),
        resource_groups: resources().any(unknown_resource)
            || (policies().next().is_some() && compares_scopes(resources(), snapshot)),
        zones: resources().filter_map(|it| Some(it.zone()?.text.to_lowercase())).collect(),
    }
}

/// Returns the members that are not known. Who is given by an id can only be looked up among all.
fn unknown_members<'a>(
    texts: impl Iterator<Item = &'a LocatedText>,
    known: &AccountDirectory,
) -> MemberLookup {
    let emails = known.members.values().filter_map(|it| it.email.as_deref());
    let emails: BTreeSet<String> = emails.map(str::to_lowercase).collect();
    let mut unknown = BTreeSet::new();
    for LocatedText { text, .. } in texts {
        let text = text.to_lowercase();
        if emails.contains(&text) {
            continue;
        }
        match MemberId::new(&*text) {
            Ok(id) if known.members.contains_key(&id) => {}
            Ok(_) => return MemberLookup::All,
            Err(_) => drop(unknown.insert(text)),
        }
    }
    if unknown.is_empty() { MemberLookup::None } else { MemberLookup::Emails(unknown) }
}

/// Returns whether resources that are known by scope must be compared with others that are known by
/// id alone.
fn compares_scopes<'a>(
    mut entries: impl Iterator<Item = &'a ResourceEntry>,
    snapshot: &Snapshot,
) -> bool {
    let rules = || snapshot.state.groups.values().flat_map(|group| &group.policies);
    let by_scope = rules().flat_map(|it| &it.resource_groups).any(|it| it.id.is_none())
        || entries.any(|entry| entry.name().is_none());
    by_scope && snapshot.directory.resource_groups.values().any(|it| it.scopes.is_empty())
}

/// All names that a file can use.
pub(crate) struct AccountNames<'a> {
    pub(crate) members: NameIndex<MemberId>,
    pub(crate) permission_groups: NameIndex<PermissionGroupId>,
    pub(crate) resource_groups: NameIndex<ResourceGroupId>,
    account: Option<&'a AccountId>,
    directory: &'a AccountDirectory,
}

impl<'a> AccountNames<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let Snapshot { account, directory, .. } = snapshot;
        let member = if account.is_some() { "member of the account" } else { "known member" };
        let members = directory.members.iter().map(|(id, info)| (id, info.email.as_deref()));
        let permissions =
            directory.permission_groups.iter().map(|(id, name)| (id, name.as_deref()));
        let resources =
            directory.resource_groups.iter().map(|(id, info)| (id, info.name.as_deref()));
        let users = directory.users.iter().map(|(user, id)| {
            let email = directory.email_or_id(id);
            (user.clone(), format!("this is the user ID of {email}; the member ID is {id}"))
        });
        Self {
            // The case of an email address makes no difference.
            members: NameIndex::new(member, members, str::to_lowercase).with_hints(users),
            permission_groups: NameIndex::new("permission group", permissions, str::to_owned),
            resource_groups: NameIndex::new("resource group", resources, str::to_owned),
            account: account.as_ref(),
            directory,
        }
    }

    fn group(
        &self,
        entry: &GroupEntry,
        actual: Option<&ActualGroup>,
        diagnostics: &mut DiagnosticCollector,
    ) -> DesiredGroup {
        let policies = entry.policies.as_ref();
        let policies =
            policies.map(|all| all.iter().map(|it| self.rule(it, diagnostics)).collect());
        let members = entry.members.as_ref().map(|all| self.members(all, actual, diagnostics));
        DesiredGroup { id: entry.id(), name: entry.name.text.clone(), policies, members }
    }

    pub(crate) fn rule(
        &self,
        entry: &PolicyEntry,
        diagnostics: &mut DiagnosticCollector,
    ) -> PolicyRule {
        let permissions = &entry.permission_groups;
        let permissions = self.permission_groups.resolve_all(permissions, |_| None, diagnostics);
        entry.rule(permissions, self.resources(&entry.resource_groups, diagnostics))
    }

    pub(crate) fn resources(
        &self,
        entries: &[ResourceEntry],
        diagnostics: &mut DiagnosticCollector,
    ) -> BTreeSet<PolicyResource> {
        let named = entries.iter().filter_map(ResourceEntry::name);
        let ids = self.resource_groups.resolve_all(named, |_| None, diagnostics);
        let by_id = ids.into_iter().map(|id| self.directory.with_scopes(&id.into()));
        let mut resources: BTreeSet<PolicyResource> = by_id.collect();
        for entry in entries {
            for resource in self.scopes(entry, diagnostics).into_iter().map(PolicyResource::from) {
                if resources.iter().any(|other| other.is_same(&resource)) {
                    let name = self.directory.resource_name(&resource);
                    let kind = if entry.zone().is_some() { "" } else { "the scope " };
                    let problem = format!("{kind}{name} is in the list twice");
                    diagnostics.add(entry.at(), problem, None);
                }
                resources.insert(resource);
            }
        }
        resources
    }

    /// Returns the scopes of an entry that does not name a resource group. Without an account, that
    /// of the account and those of zones are not known.
    fn scopes(
        &self,
        entry: &ResourceEntry,
        diagnostics: &mut DiagnosticCollector,
    ) -> BTreeSet<PolicyScope> {
        let scope = match (entry, self.account) {
            (ResourceEntry::Scoped(entry), _) => {
                return entry.scope.iter().map(ScopeEntry::scope).collect();
            }
            (ResourceEntry::Zone(entry), Some(_)) => {
                self.directory.zone_scope(&entry.zone, diagnostics)
            }
            (ResourceEntry::Name(_), Some(account)) if entry.is_account() => {
                if self.resource_groups.find(WHOLE_ACCOUNT).is_some() {
                    let problem =
                        "\"account\" is the whole account, and the name of a resource group";
                    let help = "give the id of the resource group, or write the scope";
                    diagnostics.add(entry.at(), problem, Some(help.to_owned()));
                }
                Some(PolicyScope::of_account(account))
            }
            _ => None,
        };
        scope.into_iter().collect()
    }

    pub(crate) fn members(
        &self,
        lists: &MemberLists,
        actual: Option<&ActualGroup>,
        diagnostics: &mut DiagnosticCollector,
    ) -> BTreeSet<MemberId> {
        let current = actual.and_then(|group| group.members.get());
        // Who is in the group already need not be added.
        let rejected = |id: &MemberId| {
            let status = self.directory.members.get(id).and_then(|it| it.status.as_deref());
            let addition = !current.is_some_and(|members| members.contains(id));
            (addition && status == Some("rejected")).then_some(
                "has rejected the invitation to the account; only the member can change that",
            )
        };
        let lists = lists.iter();
        lists.flat_map(|it| self.members.resolve_all(&**it, rejected, diagnostics)).collect()
    }
}

impl ScopeEntry {
    pub(crate) fn scope(&self) -> PolicyScope {
        let objects = self.objects.iter().map(|object| object.key.text.clone()).collect();
        PolicyScope { key: self.key.text.clone(), objects }
    }
}
