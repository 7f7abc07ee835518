//! From the names of a file to ids.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{
    MemberId, PermissionGroupId, PolicyAccess, ResourceGroupId, UserGroupId,
};

use crate::diagnostic::{DiagnosticCollector, Diagnostics};
use crate::directory::{AccountDirectory, Lists};
use crate::group_file::{Access, GroupEntry, GroupFile, ID_FORM, LocatedText, PolicyEntry};
use crate::matching::{AmbiguousGroup, Key, match_groups};
use crate::snapshot::Snapshot;
use crate::state::{DesiredGroup, DesiredState, PolicyRule, Prune};
use crate::suggest::Suggestions;

/// Turns the names of a file into ids.
///
/// # Errors
///
/// All mistakes, those of the form included.
pub fn resolve(
    file: &GroupFile,
    prune: Prune,
    snapshot: &Snapshot,
) -> Result<DesiredState, Diagnostics> {
    let mut diagnostics = file.diagnostics();
    for (group, found) in file.groups.iter().zip(match_groups(&file.keys(), prune, &snapshot.state))
    {
        // An id of the wrong form is a mistake already.
        if let Err(unclear) = found
            && (group.id.is_none() || group.id().is_some())
        {
            let at = match (&unclear, &group.id) {
                (AmbiguousGroup::Taken { .. }, _) | (_, None) => group.name.at,
                (_, Some(id)) => id.at,
            };
            diagnostics.add(at, unclear.to_string(), None);
        }
    }
    let names = ResolvableNames::of(&snapshot.directory);
    let groups = file.groups.iter().map(|group| names.group(group, &mut diagnostics)).collect();
    diagnostics.check()?;
    Ok(DesiredState { groups, prune })
}

/// Which lists must be read to resolve the file, beyond what is known.
pub(crate) fn required_lists(file: &GroupFile, known: &AccountDirectory) -> Lists {
    let emails: BTreeSet<String> = known
        .members
        .values()
        .filter_map(|it| it.email.as_deref())
        .map(str::to_lowercase)
        .collect();
    let unknown_member = |text: &LocatedText| match MemberId::new(&*text.text) {
        Ok(id) => !known.members.contains_key(&id),
        Err(_) => !emails.contains(&text.text.to_lowercase()),
    };
    // Whether a name is ambiguous only the whole list can tell.
    let unknown_permission = |text: &LocatedText| {
        PermissionGroupId::new(&*text.text)
            .map_or(true, |id| !known.permission_groups.contains_key(&id))
    };
    let unknown_resource = |text: &LocatedText| {
        ResourceGroupId::new(&*text.text)
            .map_or(true, |id| !known.resource_groups.contains_key(&id))
    };
    let policies = || file.groups.iter().flat_map(|it| it.policies.iter().flatten());
    Lists {
        members: file.groups.iter().flat_map(|it| it.members.iter().flatten()).any(unknown_member),
        permission_groups: policies().flat_map(|it| &it.permission_groups).any(unknown_permission),
        resource_groups: policies().flat_map(|it| &it.resource_groups).any(unknown_resource),
    }
}

impl GroupFile {
    /// What the groups are known by.
    pub(crate) fn keys(&self) -> Vec<Key<'_>> {
        self.groups.iter().map(|it| Key { id: it.id(), name: &it.name.text }).collect()
    }
}

impl GroupEntry {
    /// The id, if it has the form of one.
    fn id(&self) -> Option<UserGroupId> {
        self.id.as_ref().and_then(|id| UserGroupId::new(id.text.to_lowercase()).ok())
    }
}

/// All names that a file can use.
struct ResolvableNames<'a> {
    members: Index<MemberId>,
    permission_groups: Index<PermissionGroupId>,
    resource_groups: Index<ResourceGroupId>,
    directory: &'a AccountDirectory,
}

impl<'a> ResolvableNames<'a> {
    fn of(directory: &'a AccountDirectory) -> Self {
        let members = directory.members.iter().map(|(id, person)| (id, person.email.as_deref()));
        let permission_groups =
            directory.permission_groups.iter().map(|(id, name)| (id, name.as_deref()));
        let resource_groups =
            directory.resource_groups.iter().map(|(id, name)| (id, name.as_deref()));
        Self {
            // The case of an email address makes no difference.
            members: Index::of("member of the account", members, str::to_lowercase),
            permission_groups: Index::of("permission group", permission_groups, str::to_owned),
            resource_groups: Index::of("resource group", resource_groups, str::to_owned),
            directory,
        }
    }

    fn group(&self, entry: &GroupEntry, diagnostics: &mut DiagnosticCollector) -> DesiredGroup {
        let policies = entry.policies.as_ref();
        DesiredGroup {
            id: entry.id(),
            name: entry.name.text.clone(),
            policies: policies.map(|all| all.iter().map(|it| self.rule(it, diagnostics)).collect()),
            members: entry.members.as_ref().map(|all| self.people(all, diagnostics)),
        }
    }

    fn rule(&self, entry: &PolicyEntry, diagnostics: &mut DiagnosticCollector) -> PolicyRule {
        PolicyRule {
            access: match entry.access {
                Access::Allow => PolicyAccess::Allow,
                Access::Deny => PolicyAccess::Deny,
            },
            permission_groups: self.permission_groups.set(&entry.permission_groups, diagnostics),
            resource_groups: self.resource_groups.set(&entry.resource_groups, diagnostics),
        }
    }

    fn people(
        &self,
        texts: &[LocatedText],
        diagnostics: &mut DiagnosticCollector,
    ) -> BTreeSet<MemberId> {
        let (texts, wrong): (Vec<&LocatedText>, Vec<&LocatedText>) =
            texts.iter().partition(|it| it.text.contains('@') || MemberId::new(&*it.text).is_ok());
        for LocatedText { text, at } in wrong {
            let problem = format!("{text:?} is neither an email address nor an id");
            diagnostics.add(*at, problem, Some(ID_FORM.to_owned()));
        }
        let directory = self.directory;
        let rejected = |id: &MemberId| {
            let status = directory.members.get(id).and_then(|it| it.status.as_deref());
            (status == Some("rejected")).then_some(
                "has rejected the invitation to the account; nobody but the member can change that",
            )
        };
        self.members.checked_set(texts, rejected, diagnostics)
    }
}

/// The things of one kind, by id and by name.
struct Index<I> {
    kind: &'static str,
    fold: fn(&str) -> String,
    ids: BTreeSet<I>,
    names: BTreeMap<String, Vec<I>>,
    suggestions: OnceCell<Suggestions>,
}

impl<I: Clone + Ord + AsRef<str> + TryFrom<String>> Index<I> {
    fn of<'a>(
        kind: &'static str,
        things: impl Iterator<Item = (&'a I, Option<&'a str>)>,
        fold: fn(&str) -> String,
    ) -> Self
    where
        I: 'a,
    {
        let (mut ids, mut names) = (BTreeSet::new(), BTreeMap::<_, Vec<I>>::new());
        for (id, name) in things {
            ids.insert(id.clone());
            if let Some(name) = name {
                names.entry(fold(name)).or_default().push(id.clone());
            }
        }
        Self { kind, fold, ids, names, suggestions: OnceCell::new() }
    }

    fn set<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t LocatedText>,
        diagnostics: &mut DiagnosticCollector,
    ) -> BTreeSet<I> {
        self.checked_set(texts, |_| None, diagnostics)
    }

    /// The ids of what is named, each of which must be there once and have nothing wrong with it.
    fn checked_set<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t LocatedText>,
        wrong: impl Fn(&I) -> Option<&'static str>,
        diagnostics: &mut DiagnosticCollector,
    ) -> BTreeSet<I> {
        let mut found: BTreeMap<I, &LocatedText> = BTreeMap::new();
        for text in texts {
            let Some(id) = self.find(text, diagnostics) else {
                continue;
            };
            if let Some(problem) = wrong(&id) {
                diagnostics.add(text.at, format!("{:?} {problem}", text.text), None);
            }
            if let Some(first) = found.get(&id) {
                let problem = format!("{:?} is in the list twice", text.text);
                let help = format!("line {} has it as {:?}", first.at.line, first.text);
                diagnostics.add(text.at, problem, Some(help));
            } else {
                found.insert(id, text);
            }
        }
        found.into_keys().collect()
    }

    fn find(&self, text: &LocatedText, diagnostics: &mut DiagnosticCollector) -> Option<I> {
        let LocatedText { text, at } = text;
        let named = self.names.get(&(self.fold)(text)).map_or(&[][..], Vec::as_slice);
        if let Ok(id) = I::try_from(text.to_lowercase())
            && self.ids.contains(&id)
        {
            return Some(id);
        }
        match named {
            [id] => Some(id.clone()),
            [] => {
                let help = self.suggestion(text);
                diagnostics.add(*at, format!("there is no {} {text:?}", self.kind), help);
                None
            }
            ids => {
                let problem = format!("{text:?} names more than one {}", self.kind);
                let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
                diagnostics.add(*at, problem, Some(format!("give the id: {}", ids.join(" or "))));
                None
            }
        }
    }

    fn suggestion(&self, text: &str) -> Option<String> {
        if is_nearly_an_id(text) {
            return Some(format!("{ID_FORM}, and this has {}", text.chars().count()));
        }
        let suggestions =
            self.suggestions.get_or_init(|| Suggestions::of(self.names.keys().cloned()));
        suggestions.did_you_mean(text)
    }
}

/// Whether somebody may have meant an id and lost or doubled some digits.
fn is_nearly_an_id(text: &str) -> bool {
    (24..=40).contains(&text.len())
        && text.len() != 32
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
