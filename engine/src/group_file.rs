//! The group file: the desired user groups of an account, by name. Several files of an account are
//! merged.

mod entry;
mod policy;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use cloudflare_user_groups::AccountId;

use crate::diagnostic::{DiagnosticCollector, Diagnostics, ID_FORM, LocatedText, Position};
use crate::matching::{DiffError, Key, duplicates};
use crate::people::People;
use crate::reader::{Fields, list, text};
use crate::suggest::Suggestions;
use crate::yaml::{self, YamlNode, YamlValue};

use entry::group;
pub(crate) use entry::{GroupEntry, check_form};
pub(crate) use policy::{PolicyEntry, ResourceEntry, ScopeEntry, WHOLE_ACCOUNT};

/// The desired user groups of an account, as a file names them.
///
/// [`check`](Self::check) returns the diagnostics of the file alone; [`resolve`](crate::resolve)
/// those that need the account.
#[derive(Clone, Debug)]
pub struct GroupFile {
    pub(crate) groups: Vec<GroupEntry>,
    /// The entries that [`only`](Self::only) leaves out. They still decide which group an entry
    /// matches.
    left_out: Vec<GroupEntry>,
    account: Option<LocatedText>,
    diagnostics: DiagnosticCollector,
}

impl GroupFile {
    /// Parses a group file: YAML or JSON, as UTF-8 or UTF-16, of at most 16 MiB and a million
    /// values. `file` is its name in diagnostics.
    pub fn parse(file: impl Into<String>, content: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        Self::parse_files(vec![(file.into(), content.as_ref())])
    }

    /// Parses several group files of one account as one. Each can use the `people` of the others.
    pub fn parse_all(files: &[(String, Vec<u8>)]) -> Self {
        Self::parse_files(files.iter().map(|(name, bytes)| (name.clone(), &**bytes)).collect())
    }

    /// Parses the group files of a directory: one for each account, or all as one if none names an
    /// account.
    pub fn parse_directory(files: &[(String, Vec<u8>)]) -> Vec<Self> {
        let mut parsed: Vec<Self> =
            files.iter().map(|(name, bytes)| Self::parse(&**name, bytes)).collect();
        if parsed.iter().all(|file| file.account.is_none()) {
            return vec![Self::parse_all(files)];
        }
        let mut seen = BTreeMap::new();
        for (file, (name, _)) in parsed.iter_mut().zip(files) {
            match &file.account {
                None if file.diagnostics.is_empty() => {
                    let help = "write `account:` and `groups:`".to_owned();
                    let problem = "other files of the directory name an account, this one does not";
                    file.diagnostics.add(Position::new(1, 1), problem, Some(help));
                }
                None => {}
                Some(account) => match seen.entry(account.text.to_lowercase()) {
                    Entry::Vacant(entry) => {
                        entry.insert(name);
                    }
                    Entry::Occupied(first) => {
                        let problem = format!("{} is for this account too", first.get());
                        let help = "to read both as one, pass the files".to_owned();
                        file.diagnostics.add(account.at, problem, Some(help));
                    }
                },
            }
        }
        parsed
    }

    fn parse_files(files: Vec<(String, &[u8])>) -> Self {
        let (names, contents): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        let mut diagnostics = DiagnosticCollector::of_files(names);
        let (mut roots, mut account, mut people) = (Vec::new(), None, People::default());
        for (file, content) in contents.into_iter().enumerate() {
            match yaml::parse(content, file) {
                Ok(Some(root)) => roots.push(root),
                Ok(None) => {
                    let at = Position { file, ..Position::new(1, 1) };
                    let help = "write [] for no groups".to_owned();
                    diagnostics.add(at, "the file is empty", Some(help));
                }
                Err((at, problem)) => diagnostics.add(at, problem, None),
            }
        }
        let mut groups: Vec<&Rc<YamlNode>> = Vec::new();
        for root in &roots {
            groups.extend(group_nodes(root, &mut account, &mut people, &mut diagnostics));
        }
        let groups = groups.iter().filter_map(|it| group(it, &mut people, &mut diagnostics));
        let groups = groups.collect();
        let file = Self { groups, left_out: Vec::new(), account, diagnostics };
        file.with_duplicates()
    }

    /// Checks what the file alone shows, without the account.
    ///
    /// # Errors
    ///
    /// All diagnostics of the file alone.
    pub fn check(&self) -> Result<(), Diagnostics> {
        self.diagnostics().check()
    }

    /// Leaves out all groups but these, each given by its name or the id that pins it.
    ///
    /// # Errors
    ///
    /// All diagnostics of the file alone, or the groups that it does not have.
    pub fn only(self, groups: &[String]) -> Result<Self, Diagnostics> {
        self.check()?;
        let mut unknown = DiagnosticCollector::new("");
        for text in groups.iter().filter(|text| !self.groups.iter().any(|it| it.is(text))) {
            let names = Suggestions::of(self.groups.iter().map(|it| &*it.name.text));
            let problem = format!("the group file has no group {text:?}");
            unknown.add(Position::default(), problem, names.did_you_mean(text));
        }
        unknown.check()?;
        let chosen = |entry: &GroupEntry| groups.iter().any(|it| entry.is(it));
        let (groups, left_out) = self.groups.into_iter().partition(chosen);
        Ok(Self { groups, left_out, ..self })
    }

    /// Returns the account that the file is for, if it names one.
    pub fn account(&self) -> Option<AccountId> {
        self.account.as_ref().and_then(|it| AccountId::new(it.text.to_lowercase()).ok())
    }

    /// Checks that the file is not for another account.
    pub(crate) fn check_account(&self, here: &AccountId) -> Result<(), Diagnostics> {
        let mut diagnostics = self.diagnostics();
        if let Some(account) = &self.account
            && self.account().is_some_and(|it| it != *here)
        {
            let problem = format!("the file is for another account than {here}");
            diagnostics.add(account.at, problem, None);
        }
        diagnostics.check()
    }

    /// Returns the diagnostics of the file alone, to add those that need the account.
    pub(crate) fn diagnostics(&self) -> DiagnosticCollector {
        self.diagnostics.clone()
    }

    /// Returns what the groups are matched by.
    pub(crate) fn keys(&self) -> Vec<Key<'_>> {
        self.groups.iter().map(GroupEntry::key).collect()
    }

    /// Returns what the groups are matched by, and after them those that are left out.
    pub(crate) fn all_keys(&self) -> Vec<Key<'_>> {
        self.groups.iter().chain(&self.left_out).map(GroupEntry::key).collect()
    }

    /// Adds a diagnostic for each further entry of a group.
    fn with_duplicates(mut self) -> Self {
        let duplicates = duplicates(&self.keys());
        for (index, entry) in self.groups.iter().enumerate() {
            if !duplicates.get(index).is_some_and(|duplicate| *duplicate) {
                continue;
            }
            // The search takes long, and its result is not shown beyond the limit.
            let searched = if self.diagnostics.is_full() { 0 } else { index };
            let first = self.groups.iter().take(searched).find(|it| it.is_same(entry));
            let help = first.map(|first| self.diagnostics.first_at(first.name.at));
            let problem = DiffError::DuplicateEntry { name: entry.name.text.clone() }.to_string();
            self.diagnostics.add(entry.name.at, problem, help);
        }
        self
    }
}

/// Returns the groups of a list, or of a mapping with the account and the sets of members too.
fn group_nodes<'a>(
    root: &'a YamlNode,
    account: &mut Option<LocatedText>,
    people: &mut People,
    diagnostics: &mut DiagnosticCollector,
) -> &'a [Rc<YamlNode>] {
    if !matches!(root.value, YamlValue::Mapping(_)) {
        return list(root, "the file", "groups", diagnostics);
    }
    let fields = Fields::of(root, "the file", &["account", "people", "groups"], diagnostics);
    let Some(mut fields) = fields else { return &[] };
    if let Some(node) = fields.take("account") {
        read_account(node, account, diagnostics);
    }
    if let Some(node) = fields.take("people") {
        people.define(node, diagnostics);
    }
    let Some(groups) = fields.required("groups", diagnostics) else { return &[] };
    list(groups, "`groups`", "groups", diagnostics)
}

/// Reads the account. Files that are read together must not name different ones.
fn read_account(
    node: &YamlNode,
    account: &mut Option<LocatedText>,
    diagnostics: &mut DiagnosticCollector,
) {
    let Some(found) = text(node, "the account", diagnostics) else { return };
    if AccountId::new(&*found.text).is_err() {
        let problem = format!("{:?} is not an id", found.text);
        diagnostics.add(found.at, problem, Some(ID_FORM.to_owned()));
    }
    match account {
        None => *account = Some(found),
        Some(first) if first.text.eq_ignore_ascii_case(&found.text) => {}
        Some(first) => {
            let first = diagnostics.file(first.at).to_owned();
            diagnostics.add(found.at, format!("{first} is for another account"), None);
        }
    }
}
