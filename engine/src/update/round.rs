//! The edits that one round of an update makes in the text of a group file.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{MemberId, UserGroupId};

use crate::diagnostic::{DiagnosticCollector, Diagnostics, LocatedText};
use crate::edit::{Editor, Item};
use crate::export::{ExportNames, Pin, pinned, quoted};
use crate::group_file::{GroupEntry, GroupFile, PolicyEntry, ResourceEntry};
use crate::layout::{Layout, Shape};
use crate::matching::{DiffError, check_changeable, match_groups};
use crate::people::MemberLists;
use crate::resolve::AccountNames;
use crate::rule::{PolicyRule, same_rules};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualState, Prune};

/// A group file that was updated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileUpdate {
    /// The new content.
    pub content: Vec<u8>,
    /// The names of the groups whose entries were added.
    pub added: Vec<String>,
    /// The names of the groups whose entries were changed.
    pub changed: Vec<String>,
    /// The names of the groups whose entries were removed.
    pub removed: Vec<String>,
}

impl FileUpdate {
    /// Returns whether the file matches the account already.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// The edits of a text.
pub(super) struct Round<'a> {
    text: &'a str,
    snapshot: &'a Snapshot,
    names: AccountNames<'a>,
    export: ExportNames<'a>,
    editor: Editor<'a>,
}

impl<'a> Round<'a> {
    pub(super) fn of(text: &'a str, snapshot: &'a Snapshot) -> Self {
        Self {
            text,
            snapshot,
            names: AccountNames::of(snapshot),
            export: ExportNames::of(&snapshot.directory),
            editor: Editor::new(text),
        }
    }

    /// Returns the edited text, if there is anything to edit.
    pub(super) fn finish(self) -> Option<String> {
        self.editor.finish()
    }

    /// Edits the groups of a file. The result has no content.
    pub(super) fn file(
        &mut self,
        file: &GroupFile,
        pin: Pin,
        prune: bool,
    ) -> Result<FileUpdate, Diagnostics> {
        let (mut update, mut diagnostics) = (FileUpdate::default(), file.diagnostics());
        let layout = Layout::parse(self.text);
        let Some((key, list)) = layout.as_ref().and_then(groups_of) else { return Ok(update) };
        let state = &self.snapshot.state;
        let (mut keep, mut found) = (Vec::new(), BTreeSet::new());
        let matches = match_groups(&file.keys(), &Prune::No, state);
        for ((entry, matched), node) in file.groups.iter().zip(matches).zip(list.items()) {
            let group = group_of(state, entry, matched);
            keep.push(matches!(group, Ok(Some(_))));
            match group {
                Ok(Some((id, group))) => {
                    found.insert(id);
                    if self.entry(entry, node, group) {
                        update.changed.push(group.name.clone());
                    }
                }
                Ok(None) if prune => update.removed.push(entry.name.text.clone()),
                Ok(None) => {
                    let problem = format!("the account has no group {:?}", entry.name.text);
                    let help = "apply the file to create it, or prune its entry".to_owned();
                    diagnostics.add(entry.name.at, problem, Some(help));
                }
                Err(error) => diagnostics.add(entry.name.at, error.to_string(), None),
            }
        }
        diagnostics.check()?;
        let groups = state.groups.iter().filter(|(id, _)| !found.contains(id)).collect();
        let add = self.new_groups(groups, pin, &mut update.added);
        self.editor.change_list(key, list, &keep, &add);
        Ok(update)
    }

    /// Returns the entries of groups that the file does not have.
    fn new_groups(
        &self,
        mut groups: Vec<(&UserGroupId, &ActualGroup)>,
        pin: Pin,
        added: &mut Vec<String>,
    ) -> Vec<Item> {
        let pinned = pinned(self.snapshot.state.groups.values().map(|group| &*group.name));
        groups.sort_by_key(|(id, group)| (&group.name, *id));
        let entry = |(id, group): (_, &ActualGroup)| {
            added.push(group.name.clone());
            let mut lines = String::new();
            let id = (pin == Pin::All || pinned(&group.name)).then_some(id);
            self.export.write_group(&mut lines, id, group);
            Item { block: without_indent(&lines, 2), flow: String::new() }
        };
        groups.into_iter().map(entry).collect()
    }

    /// Edits the entry of a group. Returns whether it differs.
    fn entry(&mut self, entry: &GroupEntry, node: &Layout, group: &ActualGroup) -> bool {
        let mut differs = group.name != entry.name.text;
        if let Some((_, name)) = node.field("name").filter(|_| differs) {
            self.editor.change_scalar(name, quoted(&group.name));
        }
        if let (Some(policies), Some(field)) = (&entry.policies, node.field("policies")) {
            differs |= self.policies(policies, field, &group.policies);
        }
        if let (Some(lists), Some(members)) = (&entry.members, group.members.get())
            && let Some(field) = node.field("members")
        {
            differs |= self.members(lists, field, group, members);
        }
        differs
    }

    fn members(
        &mut self,
        lists: &MemberLists,
        field: (&Layout, &Layout),
        group: &ActualGroup,
        wanted: &BTreeSet<MemberId>,
    ) -> bool {
        let mut unknown = DiagnosticCollector::new("file");
        if self.names.members(lists, Some(group), &mut unknown) == *wanted && unknown.is_empty() {
            return false;
        }
        let find = |text: &LocatedText| wanted.get(&self.names.members.find(&text.text)?);
        // The first list has those that the entry lists, the others are sets.
        let mut sets = lists.iter().skip(1).map(|set| set.iter().map(find).collect());
        let written = lists.iter().take(1).flat_map(|it| it.iter());
        let mut written = written.map(|text| Some(BTreeSet::from([find(text)?])));
        let is_set = |item: &Layout| {
            matches!(item.shape, Shape::Mapping(_) | Shape::Alias { of_mapping: true })
        };
        let items: Vec<Option<BTreeSet<&MemberId>>> = match field.1.is_alias() {
            true => vec![None],
            false => {
                let items = field.1.items().iter();
                items.map(|it| if is_set(it) { sets.next() } else { written.next() }?).collect()
            }
        };
        self.change_set(field, &items, wanted, |names, id| quoted(names.member(id)));
        true
    }

    fn policies(
        &mut self,
        entries: &[PolicyEntry],
        (key, list): (&Layout, &Layout),
        wanted: &BTreeSet<PolicyRule>,
    ) -> bool {
        let rule = |entry| {
            let mut unknown = DiagnosticCollector::new("file");
            let rule = self.names.rule(entry, &mut unknown);
            (rule, unknown.is_empty())
        };
        let rules: Vec<(PolicyRule, bool)> = entries.iter().map(rule).collect();
        let known = rules.iter().all(|(_, known)| *known);
        if known && same_rules(&rules.iter().map(|(rule, _)| rule.clone()).collect(), wanted) {
            return false;
        }
        let mut left: Vec<&PolicyRule> = wanted.iter().collect();
        let mut take = |like: &dyn Fn(&PolicyRule) -> bool| {
            left.iter().position(|it| like(it)).map(|at| left.swap_remove(at))
        };
        let mut changed = BTreeMap::new();
        let mut keep: Vec<bool> = rules
            .iter()
            .map(|(rule, known)| *known && take(&|it| it.is_same(rule)).is_some())
            .take(list.items().len())
            .collect();
        for (at, item) in list.items().iter().enumerate() {
            let Some((rule, _)) = rules.get(at).filter(|_| !keep[at] && !item.is_alias()) else {
                continue;
            };
            if let Some(wanted) = take(&|it| it.is_similar(rule)) {
                changed.insert(at, wanted);
                keep[at] = true;
            }
        }
        // What is added to the last policy comes before what is added after it.
        for (at, wanted) in changed {
            if let (Some(entry), Some(item)) = (entries.get(at), list.items().get(at)) {
                self.change_policy(entry, item, wanted);
            }
        }
        left.sort();
        let add: Vec<Item> = left.into_iter().map(|rule| self.policy(rule)).collect();
        self.editor.change_list(Some(key), list, &keep, &add);
        true
    }

    /// Edits the permissions and the resources of a policy.
    fn change_policy(&mut self, entry: &PolicyEntry, item: &Layout, wanted: &PolicyRule) {
        let PolicyRule { permission_groups, resource_groups, .. } = wanted;
        if let Some(field) = item.field("permission_groups") {
            let find = |it: &LocatedText| {
                let id = self.names.permission_groups.find(&it.text)?;
                Some(BTreeSet::from([permission_groups.get(&id)?]))
            };
            let items: Vec<_> = entry.permission_groups.iter().map(find).collect();
            self.change_set(field, &items, permission_groups, ExportNames::permission_group);
        }
        if let Some(field) = item.field("resource_groups") {
            let find = |it: &ResourceEntry| {
                let mut unknown = DiagnosticCollector::new("file");
                let found = self.names.resources(std::slice::from_ref(it), &mut unknown);
                let same = |found| resource_groups.iter().find(|it| it.is_same(found));
                let found: Option<BTreeSet<_>> = found.iter().map(same).collect();
                found.filter(|it| !it.is_empty())
            };
            let items: Vec<_> = entry.resource_groups.iter().map(find).collect();
            self.change_set(field, &items, resource_groups, ExportNames::resource);
        }
    }

    /// Edits a list of which each item stands for a part of a set, or for something that is not
    /// wanted. Adds what is missing. An alias stays if it holds.
    fn change_set<T: Ord>(
        &mut self,
        (key, list): (&Layout, &Layout),
        mut items: &[Option<BTreeSet<&T>>],
        wanted: &BTreeSet<T>,
        text: impl Fn(&ExportNames<'a>, &T) -> String,
    ) {
        let mut found: BTreeSet<&T> = items.iter().flatten().flatten().copied().collect();
        if list.is_alias() {
            if found.len() == wanted.len() && items.iter().all(Option::is_some) {
                return;
            }
            (items, found) = (&[], BTreeSet::new());
        }
        let mut seen = BTreeSet::new();
        let keep = |it: &Option<BTreeSet<_>>| it.as_ref().is_some_and(|it| seen.insert(it.clone()));
        let keep: Vec<bool> = items.iter().map(keep).collect();
        let missing = wanted.iter().filter(|it| !found.contains(it));
        let add: BTreeSet<String> = missing.map(|it| text(&self.export, it)).collect();
        let scalar = |text: String| Item { block: text.clone(), flow: text };
        let add: Vec<Item> = add.into_iter().map(scalar).collect();
        self.editor.change_list(Some(key), list, &keep, &add);
    }

    /// Returns a policy to add.
    fn policy(&self, rule: &PolicyRule) -> Item {
        let mut lines = String::new();
        self.export.write_policies(&mut lines, &[rule.clone()].into());
        let lines: String = lines.split_inclusive('\n').skip(1).collect();
        Item { block: without_indent(&lines, 6), flow: self.export.policy_in_flow(rule) }
    }
}

/// Returns the group of an entry, if the account has it and it can be written.
fn group_of<'a>(
    state: &'a ActualState,
    entry: &GroupEntry,
    matched: Result<Option<UserGroupId>, DiffError>,
) -> Result<Option<(&'a UserGroupId, &'a ActualGroup)>, DiffError> {
    let id = match matched {
        // Another group has the name, but this one has another in the account.
        Err(DiffError::NameTaken { .. }) => entry.id(),
        Err(DiffError::UnknownId { .. }) => None,
        matched => matched?,
    };
    let Some((id, group)) = id.and_then(|id| state.groups.get_key_value(&id)) else {
        return Ok(None);
    };
    check_changeable(group, entry.policies.is_some(), entry.members.is_some())?;
    Ok(Some((id, group)))
}

/// Returns lines without this many characters, which are indentation and the dash of an item.
fn without_indent(lines: &str, width: usize) -> String {
    lines.split_inclusive('\n').map(|line| line.get(width..).unwrap_or_default()).collect()
}

/// Returns the list of groups, with its key if it has one.
pub(super) fn groups_of(root: &Layout) -> Option<(Option<&Layout>, &Layout)> {
    match &root.shape {
        Shape::List { .. } => Some((None, root)),
        _ => root.field("groups").map(|(key, list)| (Some(key), list)),
    }
}
