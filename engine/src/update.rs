//! Updates a group file with the state of the account: only what differs is written again.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{MemberId, UserGroupId};

use crate::diagnostic::{DiagnosticCollector, Diagnostics, LocatedText, Position};
use crate::edit::{Editor, Item};
use crate::encoding::decode_text;
use crate::engine::Engine;
use crate::error::Error;
use crate::export::{ExportNames, Pin, pinned, quoted};
use crate::group_file::{GroupEntry, GroupFile, PolicyEntry};
use crate::layout::{Layout, Shape};
use crate::matching::{DiffError, check_changeable, match_groups};
use crate::outcome::Progress;
use crate::people::MemberLists;
use crate::plan::Plan;
use crate::resolve::{AccountNames, required_lists, resolve};
use crate::rule::{PolicyResource, PolicyRule, same_rules};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, Prune};

/// The edits of an anchor can end what aliases of it stand for: then they are edited too.
const MOST_ROUNDS: usize = 8;

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

impl Engine {
    /// Updates a group file with the state of the account. A plan of the result is empty.
    ///
    /// Comments, the order of keys, quotes, `description`, `owner` and `people` stay. What an entry leaves
    /// out stays left out. A set of `people` and an alias stay if they still hold, and become members or
    /// lists otherwise. New groups are added at the end. Entries of groups that the account does not have
    /// are removed with `prune`, and are errors without it.
    ///
    /// # Errors
    ///
    /// All diagnostics of the file, or why the account cannot be read.
    pub async fn export_into(
        &self,
        file: &str,
        content: &[u8],
        pin: Pin,
        prune: bool,
        progress: &dyn Progress,
    ) -> Result<FileUpdate, Error> {
        let groups = GroupFile::parse(file, content);
        groups.check_account(self.account_id())?;
        let mut snapshot = self.read_for_export(progress).await?;
        snapshot.read_lists(&self.api, required_lists(&groups, &snapshot)).await?;
        Ok(update(file, content, &snapshot, pin, prune)?)
    }
}

/// Updates a group file with a snapshot.
fn update(
    file: &str,
    content: &[u8],
    snapshot: &Snapshot,
    pin: Pin,
    prune: bool,
) -> Result<FileUpdate, Diagnostics> {
    let mut text = editable(file, content)?;
    let mut update = FileUpdate::default();
    for number in 0..MOST_ROUNDS {
        let groups = GroupFile::parse(file, &*text);
        if number > 0 && groups.check().is_err() {
            break;
        }
        let mut round = Round::of(&text, snapshot);
        let found = round.file(&groups, pin, prune)?;
        if number == 0 {
            update = found;
        } else {
            // Groups with aliases of what was edited.
            update.changed.extend(found.changed);
            update.changed.sort();
            update.changed.dedup();
        }
        match round.finish() {
            Some(edited) => text = edited.into(),
            None => break,
        }
    }
    check(file, &text, snapshot)?;
    let mark: &[u8] = if content.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK } else { &[] };
    update.content = [mark, text.as_bytes()].concat();
    Ok(update)
}

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Returns the text of a file without its byte order mark, if lists in it can be edited.
fn editable<'a>(file: &str, content: &'a [u8]) -> Result<Cow<'a, str>, Diagnostics> {
    let refuse = |problem: &str, help: &str| {
        let mut diagnostics = DiagnosticCollector::new(file);
        diagnostics.add(Position::new(1, 1), problem, Some(help.to_owned()));
        diagnostics.check()
    };
    let text = match decode_text(content) {
        Ok(Cow::Borrowed(text)) => text,
        _ => return refuse("the file is not UTF-8", "save it as UTF-8").map(|()| Cow::default()),
    };
    let layout = Layout::parse(text);
    let list = layout.as_ref().and_then(groups_of).map(|(_, list)| &list.shape);
    let in_flow = matches!(list, Some(Shape::List { flow: true, items }) if !items.is_empty());
    if in_flow {
        let help =
            "write another file with `export`, or make each group an item that begins with -";
        refuse("the file is JSON, or its groups are in flow style, and cannot be updated", help)?;
    }
    Ok(text.into())
}

/// Returns the list of groups, with its key if it has one.
fn groups_of(root: &Layout) -> Option<(Option<&Layout>, &Layout)> {
    match &root.shape {
        Shape::List { .. } => Some((None, root)),
        _ => root.field("groups").map(|(key, list)| (Some(key), list)),
    }
}

/// Checks that a plan of the text is empty.
fn check(file: &str, text: &str, snapshot: &Snapshot) -> Result<(), Diagnostics> {
    let desired = resolve(&GroupFile::parse(file, text), &Prune::No, snapshot);
    let plan = desired.ok().and_then(|it| Plan::diff(&snapshot.state, &it).ok());
    if plan.is_some_and(|plan| plan.is_empty() && plan.unmanaged.is_empty()) {
        return Ok(());
    }
    let mut diagnostics = DiagnosticCollector::new(file);
    let help =
        "write lists in flow style that have comments with dashes, or another file with `export`";
    let (help, problem) = (help.to_owned(), "the file cannot be updated to match the account");
    diagnostics.add(Position::new(1, 1), problem, Some(help));
    diagnostics.check()
}

/// The edits of a text.
struct Round<'a> {
    text: &'a str,
    snapshot: &'a Snapshot,
    names: AccountNames<'a>,
    export: ExportNames<'a>,
    /// The edits of one of these are done, the first that has any: edits of what stands there; then of
    /// aliases, which can hold again by now; then removals of anchors, which have no alias by now.
    editors: [Editor<'a>; 3],
}

impl<'a> Round<'a> {
    fn of(text: &'a str, snapshot: &'a Snapshot) -> Self {
        Self {
            text,
            snapshot,
            names: AccountNames::of(snapshot),
            export: ExportNames::of(&snapshot.directory),
            editors: [(); 3].map(|()| Editor::new(text)),
        }
    }

    /// Returns the edited text, if there is anything to edit.
    fn finish(self) -> Option<String> {
        self.editors.into_iter().find(|it| !it.is_empty()).map(Editor::finish)
    }

    /// Edits the groups of a file. The result has no content.
    fn file(&mut self, file: &GroupFile, pin: Pin, prune: bool) -> Result<FileUpdate, Diagnostics> {
        let (mut update, mut diagnostics) = (FileUpdate::default(), file.diagnostics());
        let layout = Layout::parse(self.text);
        let Some((key, list)) = layout.as_ref().and_then(groups_of) else { return Ok(update) };
        let state = &self.snapshot.state;
        let (mut keep, mut found) = (Vec::new(), BTreeSet::new());
        let matches = match_groups(&file.keys(), &Prune::No, state);
        for ((entry, matched), node) in file.groups.iter().zip(matches).zip(list.items()) {
            let id = match matched {
                Ok(id) => id,
                // Another group has the name, but this one has another in the account.
                Err(DiffError::NameTaken { .. }) => entry.id(),
                Err(DiffError::UnknownId { .. }) => None,
                Err(error) => {
                    diagnostics.add(entry.name.at, error.to_string(), None);
                    continue;
                }
            };
            let group = id.and_then(|id| state.groups.get_key_value(&id));
            keep.push(group.is_some());
            match group {
                Some((id, group)) => {
                    let lists = (entry.policies.is_some(), entry.members.is_some());
                    if let Err(error) = check_changeable(group, lists.0, lists.1) {
                        diagnostics.add(entry.name.at, error.to_string(), None);
                    }
                    found.insert(id);
                    if self.entry(entry, node, group) {
                        update.changed.push(group.name.clone());
                    }
                }
                None if prune => {
                    update.removed.push(entry.name.text.clone());
                }
                None => {
                    let problem = format!("the account has no group {:?}", entry.name.text);
                    let help = "apply the file to create it, or prune its entry".to_owned();
                    diagnostics.add(entry.name.at, problem, Some(help));
                }
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
        left.sort();
        let add = left.into_iter().map(|rule| self.policy(rule)).collect();
        self.change(Some(key), list, &keep, add);
        for (at, wanted) in changed {
            if let (Some(entry), Some(item)) = (entries.get(at), list.items().get(at)) {
                self.change_policy(entry, item, wanted);
            }
        }
        true
    }

    /// Edits the permissions and the resources of a policy.
    fn change_policy(&mut self, entry: &PolicyEntry, item: &Layout, wanted: &PolicyRule) {
        if let Some(field) = item.field("permission_groups") {
            let mut left: Vec<_> = wanted.permission_groups.iter().collect();
            let find = |text: &LocatedText| self.names.permission_groups.find(&text.text);
            let keep = entry.permission_groups.iter().map(|text| {
                let id = find(text)?;
                left.iter().position(|it| **it == id).map(|at| left.remove(at))
            });
            let keep: Vec<bool> = keep.map(|it| it.is_some()).collect();
            let text = |id: &&_| scalar(self.export.permission_group(id));
            let all = wanted.permission_groups.iter().map(|id| text(&id)).collect();
            let missing = left.iter().map(text).collect();
            self.change_part(field, &keep, missing, all);
        }
        if let Some(field) = item.field("resource_groups") {
            let mut left: Vec<&PolicyResource> = wanted.resource_groups.iter().collect();
            let keep = entry.resource_groups.iter().map(|entry| {
                let mut unknown = DiagnosticCollector::new("file");
                let found = self.names.resources(std::slice::from_ref(entry), &mut unknown);
                let is_found = |it: &&PolicyResource| found.iter().any(|found| found.is_same(it));
                left.iter().position(is_found).map(|at| left.remove(at))
            });
            let keep: Vec<bool> = keep.map(|it| it.is_some()).collect();
            let text = |it: &&PolicyResource| scalar(self.export.resource(it));
            let all = wanted.resource_groups.iter().map(|it| text(&it)).collect();
            let missing = left.iter().map(text).collect();
            self.change_part(field, &keep, missing, all);
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
        let permissions = rule.permission_groups.iter().map(|id| self.export.permission_group(id));
        let resources = rule.resource_groups.iter().map(|it| self.export.resource(it));
        let flow = format!(
            "{{access: {}, permission_groups: [{}], resource_groups: [{}]}}",
            rule.access,
            permissions.collect::<Vec<_>>().join(", "),
            resources.collect::<Vec<_>>().join(", ")
        );
        Item { block: without_indent(&lines, 6), flow }
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

fn scalar(text: String) -> Item {
    Item { block: text.clone(), flow: text }
}

/// Returns lines without this many characters, which are indentation and the dash of an item.
fn without_indent(lines: &str, width: usize) -> String {
    lines.split_inclusive('\n').map(|line| line.get(width..).unwrap_or_default()).collect()
}
