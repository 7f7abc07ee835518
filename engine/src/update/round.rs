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
use crate::rule::{PolicyResource, PolicyRule, same_rules};
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
    /// The edits of one of these are done, the first that has any: edits of what stands there; then of
    /// aliases, which can hold again by now; then removals of anchors, which have no alias by now.
    editors: [Editor<'a>; 3],
}

impl<'a> Round<'a> {
    pub(super) fn of(text: &'a str, snapshot: &'a Snapshot) -> Self {
        Self {
            text,
            snapshot,
            names: AccountNames::of(snapshot),
            export: ExportNames::of(&snapshot.directory),
            editors: [(); 3].map(|()| Editor::new(text)),
        }
    }

    /// Returns the edited text, if there is anything to edit.
    pub(super) fn finish(self) -> Option<String> {
        self.editors.into_iter().find(|it| !it.is_empty()).map(Editor::finish)
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
        self.change(key, list, &keep, add);
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
            self.editor(name, []).replace(name.range.clone(), quoted(&group.name));
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
        (key, list): (&Layout, &Layout),
        group: &ActualGroup,
        wanted: &BTreeSet<MemberId>,
    ) -> bool {
        let mut unknown = DiagnosticCollector::new("file");
        if self.names.members(lists, Some(group), &mut unknown) == *wanted && unknown.is_empty() {
            return false;
        }
        let find = |text: &LocatedText| self.names.members.find(&text.text);
        let wanted_id = |text| find(text).filter(|id| wanted.contains(id));
        let is_set = |item: &Layout| {
            matches!(item.shape, Shape::Mapping(_) | Shape::Alias { of_mapping: true })
        };
        // The first list has those that the entry lists, the others are sets.
        let mut sets = lists.iter().skip(1);
        let mut written = lists.iter().take(1).flat_map(|it| it.iter());
        let (mut of_sets, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut keep = Vec::new();
        for item in list.items() {
            keep.push(if is_set(item) {
                let ids: Option<Vec<_>> =
                    sets.next().and_then(|set| set.iter().map(wanted_id).collect());
                of_sets.extend(ids.iter().flatten().cloned());
                ids.is_some()
            } else {
                written.next().and_then(wanted_id).is_some_and(|id| seen.insert(id))
            });
        }
        let missing = wanted.iter().filter(|id| !of_sets.contains(*id) && !seen.contains(*id));
        let add: BTreeSet<String> = missing.map(|id| quoted(self.export.member(id))).collect();
        self.change(Some(key), list, &keep, add.into_iter().map(scalar).collect());
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
        let add = left.into_iter().map(|rule| self.policy(rule)).collect();
        self.change(Some(key), list, &keep, add);
        true
    }

    /// Edits the permissions and the resources of a policy.
    fn change_policy(&mut self, entry: &PolicyEntry, item: &Layout, wanted: &PolicyRule) {
        if let Some(field) = item.field("permission_groups") {
            let find = |it: &LocatedText| self.names.permission_groups.find(&it.text);
            let found = |it: &_| find(it).into_iter().collect();
            let wanted = &wanted.permission_groups;
            let (keep, left) = matched(&entry.permission_groups, wanted, found, PartialEq::eq);
            let text = |id: &_| scalar(self.export.permission_group(id));
            let missing = left.into_iter().map(text).collect();
            self.change_part(field, &keep, missing, wanted.iter().map(text).collect());
        }
        if let Some(field) = item.field("resource_groups") {
            let found = |it: &ResourceEntry| {
                let mut unknown = DiagnosticCollector::new("file");
                self.names.resources(std::slice::from_ref(it), &mut unknown)
            };
            let (wanted, is_same) = (&wanted.resource_groups, PolicyResource::is_same);
            let (keep, left) = matched(&entry.resource_groups, wanted, found, is_same);
            let text = |it: &_| scalar(self.export.resource(it));
            let missing = left.into_iter().map(text).collect();
            self.change_part(field, &keep, missing, wanted.iter().map(text).collect());
        }
    }

    /// Edits a list of a policy. An alias stays if it holds.
    fn change_part(
        &mut self,
        (key, list): (&Layout, &Layout),
        keep: &[bool],
        missing: Vec<Item>,
        all: Vec<Item>,
    ) {
        let holds = missing.is_empty() && !keep.contains(&false);
        match list.is_alias() {
            true if holds => {}
            true => self.change(Some(key), list, &[], all),
            false => self.change(Some(key), list, keep, missing),
        }
    }

    /// Returns a policy to add.
    fn policy(&self, rule: &PolicyRule) -> Item {
        let mut lines = String::new();
        self.export.write_policies(&mut lines, &[rule.clone()].into());
        let lines: String = lines.split_inclusive('\n').skip(1).collect();
        Item { block: without_indent(&lines, 6), flow: self.export.policy_in_flow(rule) }
    }

    fn change(&mut self, key: Option<&Layout>, list: &Layout, keep: &[bool], add: Vec<Item>) {
        let removed = list.items().iter().zip(keep).filter(|(_, keep)| !**keep);
        let removed: Vec<&Layout> = removed.map(|(item, _)| item).collect();
        self.editor(list, removed).change_list(key, list, keep, &add);
    }

    /// Returns the editor for a value of which these parts are removed.
    fn editor<'v>(
        &mut self,
        value: &Layout,
        removed: impl IntoIterator<Item = &'v Layout> + Clone,
    ) -> &mut Editor<'a> {
        let is_alias = value.is_alias() || removed.clone().into_iter().any(Layout::is_alias);
        let has_anchor = |it: &Layout| self.text[it.range.clone()].contains('&');
        let has_anchor = removed.into_iter().any(has_anchor);
        let [direct, of_aliases, of_anchors] = &mut self.editors;
        match (is_alias, has_anchor) {
            (true, _) => of_aliases,
            (_, true) => of_anchors,
            _ => direct,
        }
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

/// Returns whether all that an entry stands for is wanted, for each, and what is wanted besides.
fn matched<'w, E, T>(
    entries: &[E],
    wanted: &'w BTreeSet<T>,
    found: impl Fn(&E) -> BTreeSet<T>,
    is_same: impl Fn(&T, &T) -> bool,
) -> (Vec<bool>, Vec<&'w T>) {
    let mut left: Vec<&T> = wanted.iter().collect();
    let mut take = |entry| {
        let found = found(entry);
        let is_left = |found| left.iter().any(|it| is_same(it, found));
        let keeps = !found.is_empty() && found.iter().all(is_left);
        left.retain(|it| !keeps || !found.iter().any(|found| is_same(found, it)));
        keeps
    };
    (entries.iter().map(&mut take).collect(), left)
}

fn scalar(text: String) -> Item {
    Item { block: text.clone(), flow: text }
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
