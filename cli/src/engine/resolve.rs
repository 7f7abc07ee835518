//! From the names of a file to ids.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{
    MemberId, PermissionGroupId, PolicyAccess, ResourceGroupId, UserGroupId,
};

use super::directory::{Complete, Directory};
use super::document::{Access, Document, GroupEntry, ID_FORM, Marks, PolicyEntry, Text};
use super::matching::{Key, Unclear, match_groups};
use super::mistake::Mistakes;
use super::state::{Desired, DesiredGroup, Prune, Rule, Snapshot};
use super::suggest::Lookalikes;

/// Which lists of the account must be read.
pub(crate) type Needs = Complete;

/// Turns the names of a document into ids.
///
/// # Errors
///
/// All mistakes, those of the form included.
pub fn resolve(
    document: &Document,
    prune: Prune,
    snapshot: &Snapshot,
) -> Result<Desired, Mistakes> {
    let mut marks = document.marks();
    for (group, found) in
        document.groups.iter().zip(match_groups(&document.keys(), prune, &snapshot.state))
    {
        // An id of the wrong form is a mistake already.
        if let Err(unclear) = found
            && (group.id.is_none() || group.id().is_some())
        {
            let at = match (&unclear, &group.id) {
                (Unclear::Taken { .. }, _) | (_, None) => group.name.at,
                (_, Some(id)) => id.at,
            };
            marks.add(at, unclear.to_string(), None);
        }
    }
    let names = Names::of(&snapshot.directory);
    let groups = document.groups.iter().map(|group| names.group(group, &mut marks)).collect();
    marks.check()?;
    Ok(Desired { groups, prune })
}

/// Which lists must be read to resolve the document, beyond what is known.
pub(crate) fn needs(document: &Document, known: &Directory) -> Needs {
    let emails: BTreeSet<String> = known
        .members
        .values()
        .filter_map(|it| it.email.as_deref())
        .map(str::to_lowercase)
        .collect();
    let unknown_member = |text: &Text| match MemberId::new(&*text.text) {
        Ok(id) => !known.members.contains_key(&id),
        Err(_) => !emails.contains(&text.text.to_lowercase()),
    };
    // Whether a name is ambiguous only the whole list can tell.
    let unknown_permission = |text: &Text| {
        PermissionGroupId::new(&*text.text)
            .map_or(true, |id| !known.permission_groups.contains_key(&id))
    };
    let unknown_resource = |text: &Text| {
        ResourceGroupId::new(&*text.text)
            .map_or(true, |id| !known.resource_groups.contains_key(&id))
    };
    let policies = || document.groups.iter().flat_map(|it| it.policies.iter().flatten());
    Needs {
        members: document
            .groups
            .iter()
            .flat_map(|it| it.members.iter().flatten())
            .any(unknown_member),
        permission_groups: policies().flat_map(|it| &it.permission_groups).any(unknown_permission),
        resource_groups: policies().flat_map(|it| &it.resource_groups).any(unknown_resource),
    }
}

impl Document {
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

/// All names that a document can use.
struct Names<'a> {
    members: Index<MemberId>,
    permission_groups: Index<PermissionGroupId>,
    resource_groups: Index<ResourceGroupId>,
    directory: &'a Directory,
}

impl<'a> Names<'a> {
    fn of(directory: &'a Directory) -> Self {
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

    fn group(&self, entry: &GroupEntry, marks: &mut Marks) -> DesiredGroup {
        let policies = entry.policies.as_ref();
        DesiredGroup {
            id: entry.id(),
            name: entry.name.text.clone(),
            policies: policies.map(|all| all.iter().map(|it| self.rule(it, marks)).collect()),
            members: entry.members.as_ref().map(|all| self.people(all, marks)),
        }
    }

    fn rule(&self, entry: &PolicyEntry, marks: &mut Marks) -> Rule {
        Rule {
            access: match entry.access {
                Access::Allow => PolicyAccess::Allow,
                Access::Deny => PolicyAccess::Deny,
            },
            permission_groups: self.permission_groups.set(&entry.permission_groups, marks),
            resource_groups: self.resource_groups.set(&entry.resource_groups, marks),
        }
    }

    fn people(&self, texts: &[Text], marks: &mut Marks) -> BTreeSet<MemberId> {
        let (texts, wrong): (Vec<&Text>, Vec<&Text>) =
            texts.iter().partition(|it| it.text.contains('@') || MemberId::new(&*it.text).is_ok());
        for Text { text, at } in wrong {
            let problem = format!("{text:?} is neither an email address nor an id");
            marks.add(*at, problem, Some(ID_FORM.to_owned()));
        }
        let directory = self.directory;
        let rejected = |id: &MemberId| {
            let status = directory.members.get(id).and_then(|it| it.status.as_deref());
            (status == Some("rejected")).then_some(
                "has rejected the invitation to the account; nobody but the member can change that",
            )
        };
        self.members.checked_set(texts, rejected, marks)
    }
}

/// The things of one kind, by id and by name.
struct Index<I> {
    kind: &'static str,
    fold: fn(&str) -> String,
    ids: BTreeSet<I>,
    names: BTreeMap<String, Vec<I>>,
    lookalikes: OnceCell<Lookalikes>,
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
        Self { kind, fold, ids, names, lookalikes: OnceCell::new() }
    }

    fn set<'t>(&self, texts: impl IntoIterator<Item = &'t Text>, marks: &mut Marks) -> BTreeSet<I> {
        self.checked_set(texts, |_| None, marks)
    }

    /// The ids of what is named, each of which must be there once and have nothing wrong with it.
    fn checked_set<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t Text>,
        wrong: impl Fn(&I) -> Option<&'static str>,
        marks: &mut Marks,
    ) -> BTreeSet<I> {
        let mut found: BTreeMap<I, &Text> = BTreeMap::new();
        for text in texts {
            let Some(id) = self.find(text, marks) else {
                continue;
            };
            if let Some(problem) = wrong(&id) {
                marks.add(text.at, format!("{:?} {problem}", text.text), None);
            }
            if let Some(first) = found.get(&id) {
                let problem = format!("{:?} is in the list twice", text.text);
                let help = format!("line {} has it as {:?}", first.at.line, first.text);
                marks.add(text.at, problem, Some(help));
            } else {
                found.insert(id, text);
            }
        }
        found.into_keys().collect()
    }

    fn find(&self, text: &Text, marks: &mut Marks) -> Option<I> {
        let Text { text, at } = text;
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
                marks.add(*at, format!("there is no {} {text:?}", self.kind), help);
                None
            }
            ids => {
                let problem = format!("{text:?} names more than one {}", self.kind);
                let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
                marks.add(*at, problem, Some(format!("give the id: {}", ids.join(" or "))));
                None
            }
        }
    }

    fn suggestion(&self, text: &str) -> Option<String> {
        if is_nearly_an_id(text) {
            return Some(format!("{ID_FORM}, and this has {}", text.chars().count()));
        }
        let lookalikes = self.lookalikes.get_or_init(|| Lookalikes::of(self.names.keys().cloned()));
        lookalikes.did_you_mean(text)
    }
}

/// Whether somebody may have meant an id and lost or doubled some digits.
fn is_nearly_an_id(text: &str) -> bool {
    (24..=40).contains(&text.len())
        && text.len() != 32
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
