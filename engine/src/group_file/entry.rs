//! The entry of a group in a file.

#[cfg(test)]
use std::collections::BTreeSet;

use cloudflare_user_groups::UserGroupId;

use super::policy::{PolicyEntry, policy};
use crate::diagnostic::{DiagnosticCollector, ID_FORM, LocatedText, Position};
use crate::group_name::unstable;
use crate::matching::Key;
use crate::people::{MemberLists, People};
use crate::reader::{Fields, list, text};
use crate::yaml::YamlNode;

/// A user group.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Group"))]
pub(crate) struct GroupEntry {
    /// The name. The group of this name is changed, or created if there is none.
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    pub(crate) name: LocatedText,
    /// The id of the group: needed to rename it, and to distinguish it from others of the same
    /// name.
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
    /// The members, each by email address or id, and sets of `people`. Without `members`, the
    /// members stay unchanged; an empty list means none.
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

impl GroupEntry {
    pub(super) fn key(&self) -> Key<'_> {
        Key { id: self.id(), name: &self.name.text }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name.text == other.name.text || (self.id().is_some() && self.id() == other.id())
    }

    /// Returns whether the text is the name, or the id that pins the group.
    pub(super) fn is(&self, text: &str) -> bool {
        self.name.text == text || self.id().is_some_and(|id| id.as_str() == text.to_lowercase())
    }

    /// Returns the id, if it has the form of one.
    pub(crate) fn id(&self) -> Option<UserGroupId> {
        self.id.as_ref().and_then(|id| UserGroupId::new(id.text.to_lowercase()).ok())
    }
}

/// Reads the entry of a group.
pub(super) fn group(
    node: &YamlNode,
    people: &mut People,
    diagnostics: &mut DiagnosticCollector,
) -> Option<GroupEntry> {
    const FIELDS: [&str; 6] = ["name", "id", "description", "owner", "policies", "members"];
    let mut fields = Fields::of(node, "a group", &FIELDS, diagnostics)?;
    let name =
        fields.required("name", diagnostics).and_then(|it| text(it, "the name", diagnostics));
    let id = fields.take("id").and_then(|it| text(it, "the id", diagnostics));
    // A pinned group can have any name.
    if let Some(name) = name.as_ref().filter(|_| id.is_none()) {
        check_form(name, diagnostics);
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

/// Reports a name by which a group would not be found.
pub(crate) fn check_form(name: &LocatedText, diagnostics: &mut DiagnosticCollector) {
    let LocatedText { text, at } = name;
    if let Some((problem, help)) = unstable(text) {
        diagnostics.add(*at, format!("the name {text:?} {problem}"), Some(help));
    }
}
