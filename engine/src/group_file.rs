//! The group file: the desired user groups of an account, by name.

#[cfg(test)]
use std::collections::BTreeSet;
use std::rc::Rc;

use cloudflare_user_groups::{AccountId, UserGroupId};

use crate::diagnostic::{DiagnosticCollector, Diagnostics, LocatedText, Position};
use crate::group_name::unstable;
use crate::matching::{DiffError, Key, duplicates};
use crate::people::{MemberLists, People};
use crate::reader::{Fields, list, text, texts};
use crate::suggest::Suggestions;
use crate::yaml::{self, YamlNode, YamlValue};

/// The form of an id.
pub(crate) const ID_FORM: &str = "an id is 32 hexadecimal digits";

/// The desired user groups of an account, as a file names them.
///
/// [`check`](Self::check) returns the diagnostics of the file alone; [`resolve`](crate::resolve) those
/// that need the account.
#[derive(Clone, Debug)]
pub struct GroupFile {
    pub(crate) groups: Vec<GroupEntry>,
    /// The entries that [`only`](Self::only) leaves out. They still decide which group an entry matches.
    left_out: Vec<GroupEntry>,
    account: Option<LocatedText>,
    diagnostics: DiagnosticCollector,
}

/// A user group.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Group"))]
pub(crate) struct GroupEntry {
    /// The name. The group of this name is changed, or created if there is none.
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    pub(crate) name: LocatedText,
    /// The id of the group: needed to rename it, and to distinguish it from others of the same name.
    #[cfg_attr(test, schemars(with = "Option<String>", regex(pattern = "^[0-9a-fA-F]{32}$")))]
    pub(crate) id: Option<LocatedText>,
    /// What the group is for. It stays in the file.
    #[cfg_attr(test, schemars(with = "Option<String>", length(min = 1)))]
    #[allow(dead_code, reason = "it is for readers of the file")]
    description: Option<LocatedText>,
    /// Who is responsible for the group. It stays in the file.
    #[cfg_attr(test, schemars(with = "Option<String>", length(min = 1)))]
    #[allow(dead_code, reason = "it is for readers of the file")]
    owner: Option<LocatedText>,
    /// What the members of the group can do. Without `policies`, its policies stay unchanged; an
    /// empty list means none.
    pub(crate) policies: Option<Vec<PolicyEntry>>,
    /// The members, each by email address or id, and sets of `people`. Without `members`, the members
    /// stay unchanged; an empty list means none.
    #[cfg_attr(test, schemars(with = "Option<BTreeSet<MemberItem>>"))]
    pub(crate) members: Option<MemberLists>,
    #[cfg_attr(test, schemars(skip))]
    pub(crate) policies_at: Option<Position>,
    #[cfg_attr(test, schemars(skip))]
    pub(crate) members_at: Option<Position>,
}

/// A member, or a set of members.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, rename = "Members")]
#[allow(dead_code, reason = "only its schema is needed")]
enum MemberItem {
    /// The email address or id of a member.
    Member(String),
    Set(PeopleItem),
}

/// A set of members.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(deny_unknown_fields, inline)]
#[allow(dead_code, reason = "only its schema is needed")]
struct PeopleItem {
    /// The name of a set that `people` defines.
    people: String,
}

/// Permissions on resources, granted or denied.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Policy"))]
pub(crate) struct PolicyEntry {
    /// Whether the permissions are granted or denied.
    pub(crate) access: Access,
    /// The permission groups, each by name or id.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>", length(min = 1)))]
    pub(crate) permission_groups: Vec<LocatedText>,
    /// The resource groups, each by name, id or scope.
    #[cfg_attr(test, schemars(with = "BTreeSet<ResourceEntry>", length(min = 1)))]
    pub(crate) resource_groups: Vec<ResourceEntry>,
}

/// Whether permissions are granted or denied.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub(crate) enum Access {
    Allow,
    Deny,
}

/// A resource group: its name or id, or the scope of one that has neither.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(untagged, rename = "Resources"))]
pub(crate) enum ResourceEntry {
    /// The name or id of a resource group.
    Name(#[cfg_attr(test, schemars(with = "String"))] LocatedText),
    Scoped(ScopedEntry),
}

/// Resources without a resource group, as the API writes them in a policy.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Scoped"))]
pub(crate) struct ScopedEntry {
    /// The scope, or a list of several.
    #[cfg_attr(test, schemars(with = "OneOrSeveral"))]
    pub(crate) scope: Vec<ScopeEntry>,
}

#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code, reason = "only its schema is needed")]
enum OneOrSeveral {
    One(ScopeEntry),
    Several(Vec<ScopeEntry>),
}

/// Objects below a key.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Scope"))]
pub(crate) struct ScopeEntry {
    /// The key, for instance `com.cloudflare.api.account.` and the id of the account.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) key: LocatedText,
    /// The objects below the key.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(crate) objects: Vec<ObjectEntry>,
}

/// An object of a scope.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Object"))]
pub(crate) struct ObjectEntry {
    /// The key of the object, for instance `com.cloudflare.api.account.zone.` and the id of a zone;
    /// `*` stands for all.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) key: LocatedText,
}

impl GroupFile {
    /// Parses a group file: YAML or JSON, as UTF-8 or UTF-16, of at most 16 MiB and a million values.
    /// `file` is its name in diagnostics.
    pub fn parse(file: impl Into<String>, content: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        Self::parse_files(vec![(file.into(), content.as_ref())])
    }

    /// Parses several group files of one account as one. Each can use the `people` of the others.
    pub fn parse_all(files: &[(String, Vec<u8>)]) -> Self {
        Self::parse_files(files.iter().map(|(name, bytes)| (name.clone(), &**bytes)).collect())
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
            let help = first.map(|first| {
                let at = first.name.at;
                let file = self.diagnostics.file(at);
                format!("the first is at {file}:{}:{}", at.line, at.column)
            });
            let problem = DiffError::DuplicateEntry { name: entry.name.text.clone() }.to_string();
            self.diagnostics.add(entry.name.at, problem, help);
        }
        self
    }
}

impl GroupEntry {
    fn key(&self) -> Key<'_> {
        Key { id: self.id(), name: &self.name.text }
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name.text == other.name.text || (self.id().is_some() && self.id() == other.id())
    }

    /// Returns whether the text is the name, or the id that pins the group.
    fn is(&self, text: &str) -> bool {
        self.name.text == text || self.id().is_some_and(|id| id.as_str() == text.to_lowercase())
    }

    /// Returns the id, if it has the form of one.
    pub(crate) fn id(&self) -> Option<UserGroupId> {
        self.id.as_ref().and_then(|id| UserGroupId::new(id.text.to_lowercase()).ok())
    }
}

impl ResourceEntry {
    pub(crate) fn name(&self) -> Option<&LocatedText> {
        match self {
            Self::Name(text) => Some(text),
            Self::Scoped(_) => None,
        }
    }

    pub(crate) fn scopes(&self) -> Option<&[ScopeEntry]> {
        match self {
            Self::Name(_) => None,
            Self::Scoped(entry) => Some(&entry.scope),
        }
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

fn group(
    node: &YamlNode,
    people: &mut People,
    diagnostics: &mut DiagnosticCollector,
) -> Option<GroupEntry> {
    const FIELDS: [&str; 6] = ["name", "id", "description", "owner", "policies", "members"];
    let mut fields = Fields::of(node, "a group", &FIELDS, diagnostics)?;
    let name =
        fields.required("name", diagnostics).and_then(|it| text(it, "the name", diagnostics));
    let id = fields.take("id").and_then(|it| text(it, "the id", diagnostics));
    if let Some(name) = &name {
        check_name(name, id.is_some(), diagnostics);
    }
    if let Some(id) = id.as_ref().filter(|id| UserGroupId::new(&*id.text).is_err()) {
        diagnostics.add(id.at, format!("{:?} is not an id", id.text), Some(ID_FORM.to_owned()));
    }
    let description = fields.take("description");
    let description = description.and_then(|it| text(it, "`description`", diagnostics));
    let owner = fields.take("owner").and_then(|it| text(it, "`owner`", diagnostics));
    let (policies, members) = (fields.take("policies"), fields.take("members"));
    Some(GroupEntry {
        policies_at: policies.map(|node| node.at),
        members_at: members.map(|node| node.at),
        policies: policies.map(|node| {
            let policies = list(node, "`policies`", "policies", diagnostics);
            policies.iter().filter_map(|it| policy(it, diagnostics)).collect()
        }),
        members: members.map(|node| people.members(node, diagnostics)),
        name: name?,
        id,
        description,
        owner,
    })
}

fn check_name(name: &LocatedText, pinned: bool, diagnostics: &mut DiagnosticCollector) {
    let LocatedText { text, at } = name;
    if UserGroupId::new(&**text).is_ok() {
        let help = "a name of this form would be read as an id";
        let problem = format!("the name {text:?} has the form of an id");
        diagnostics.add(*at, problem, Some(help.to_owned()));
    }
    // A pinned group can have any name.
    if !pinned {
        check_form(name, diagnostics);
    }
}

/// Reports a name that a service can store in another form.
pub(crate) fn check_form(name: &LocatedText, diagnostics: &mut DiagnosticCollector) {
    let LocatedText { text, at } = name;
    if let Some((problem, stored)) = unstable(text) {
        let help = format!("write {stored:?}, or pin an existing group of this name with `id:`");
        diagnostics.add(*at, format!("the name {text:?} {problem}"), Some(help));
    }
}

fn policy(node: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Option<PolicyEntry> {
    const FIELDS: [&str; 3] = ["access", "permission_groups", "resource_groups"];
    let mut fields = Fields::of(node, "a policy", &FIELDS, diagnostics)?;
    let access = fields.required("access", diagnostics).and_then(|it| access(it, diagnostics));
    let permission_groups = fields.required("permission_groups", diagnostics).map(|node| {
        let texts = texts(node, "`permission_groups`", "names or ids", diagnostics);
        check_not_empty(node, "`permission_groups`", diagnostics);
        texts
    });
    let resource_groups = fields.required("resource_groups", diagnostics).map(|node| {
        let items = list(node, "`resource_groups`", "names, ids or scopes", diagnostics);
        check_not_empty(node, "`resource_groups`", diagnostics);
        items.iter().filter_map(|it| resource(it, diagnostics)).collect()
    });
    Some(PolicyEntry {
        access: access?,
        permission_groups: permission_groups?,
        resource_groups: resource_groups?,
    })
}

fn check_not_empty(node: &YamlNode, what: &str, diagnostics: &mut DiagnosticCollector) {
    if matches!(&node.value, YamlValue::List(items) if items.is_empty()) {
        let help = "for a group without policies, write `policies: []`".to_owned();
        diagnostics.add(node.at, format!("{what} of a policy is empty"), Some(help));
    }
}

fn access(node: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Option<Access> {
    let LocatedText { text, at } = text(node, "`access`", diagnostics)?;
    match &*text {
        "allow" => Some(Access::Allow),
        "deny" => Some(Access::Deny),
        other => {
            let help = Suggestions::of(["allow", "deny"]).did_you_mean(other);
            diagnostics.add(at, format!("{other:?} is neither allow nor deny"), help);
            None
        }
    }
}

fn resource(node: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Option<ResourceEntry> {
    if !matches!(node.value, YamlValue::Mapping(_)) {
        return text(node, "an item of `resource_groups`", diagnostics).map(ResourceEntry::Name);
    }
    let mut fields = Fields::of(node, "a resource group without a name", &["scope"], diagnostics)?;
    let node = fields.required("scope", diagnostics)?;
    let scope = match &node.value {
        YamlValue::List(items) if !items.is_empty() => {
            items.iter().filter_map(|it| self::scope(it, diagnostics)).collect()
        }
        _ => vec![scope(node, diagnostics)?],
    };
    Some(ResourceEntry::Scoped(ScopedEntry { scope }))
}

fn scope(node: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Option<ScopeEntry> {
    let mut fields = Fields::of(node, "a scope", &["key", "objects"], diagnostics)?;
    let key = fields.required("key", diagnostics).and_then(|it| text(it, "`key`", diagnostics));
    let node = fields.required("objects", diagnostics)?;
    let objects = list(node, "`objects`", "objects", diagnostics);
    if matches!(node.value, YamlValue::List(_)) && objects.is_empty() {
        diagnostics.add(
            node.at,
            "a scope needs an object",
            Some("`- key: \"*\"` is all".to_owned()),
        );
    }
    let objects = objects.iter().filter_map(|it| object(it, diagnostics)).collect();
    Some(ScopeEntry { key: key?, objects })
}

fn object(node: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Option<ObjectEntry> {
    let mut fields = Fields::of(node, "an object", &["key"], diagnostics)?;
    let key = fields.required("key", diagnostics)?;
    text(key, "`key`", diagnostics).map(|key| ObjectEntry { key })
}
