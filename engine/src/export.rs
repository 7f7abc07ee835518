//! Writes the group file of an account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use cloudflare_user_groups::{MemberId, PermissionGroupId, UserGroupId};

use crate::directory::AccountDirectory;
use crate::engine::Engine;
use crate::error::Error;
use crate::group_file::WHOLE_ACCOUNT;
use crate::group_name::unstable;
use crate::outcome::Progress;
use crate::place::Place;
use crate::rule::{PolicyResource, PolicyRule, PolicyScope};
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualMembers};

/// Which groups get their id into the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pin {
    /// Those whose name does not say which group is meant: others have it too, or it begins or ends
    /// with white space or is not in the Unicode form NFC.
    #[default]
    Namesakes,
    /// All, so that they can be renamed in the file.
    All,
}

impl Engine {
    /// Returns the group file of the account. A plan for it is empty.
    ///
    /// # Errors
    ///
    /// If the account cannot be read.
    pub async fn export(&self, pin: Pin, progress: &dyn Progress) -> Result<String, Error> {
        Ok(group_file(&self.read_for_export(progress).await?, pin))
    }
}

/// Returns the group file of a snapshot.
fn group_file(snapshot: &Snapshot, pin: Pin) -> String {
    let Snapshot { state, directory, .. } = snapshot;
    let names = ExportNames::of(directory);
    let pinned_name = pinned(state.groups.values().map(|group| group.name.as_str()));
    let mut groups: Vec<(&UserGroupId, &ActualGroup)> = state.groups.iter().collect();
    groups.sort_by_key(|(id, group)| (&group.name, *id));
    let mut text = String::new();
    for (id, group) in groups {
        let pinned = pin == Pin::All || pinned_name(&group.name);
        names.write_group(&mut text, pinned.then_some(id), group);
    }
    if text.is_empty() { "[]\n".to_owned() } else { text }
}

/// Returns whether a group needs its id, by its name: others have it too, or it is unstable.
pub(crate) fn pinned<'a>(names: impl Iterator<Item = &'a str>) -> impl Fn(&str) -> bool {
    let counts = counts(names);
    move |name| counts.get(name) != Some(&1) || unstable(name).is_some()
}

fn counts<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    names.fold(BTreeMap::new(), |mut counts, name| {
        *counts.entry(name).or_default() += 1;
        counts
    })
}

/// Returns what the file has for an id: the name, if it is unambiguous.
pub(crate) struct ExportNames<'a> {
    directory: &'a AccountDirectory,
    members: BTreeMap<String, usize>,
    permission_groups: BTreeMap<&'a str, usize>,
    resource_groups: BTreeMap<&'a str, usize>,
}

impl<'a> ExportNames<'a> {
    pub(crate) fn of(directory: &'a AccountDirectory) -> Self {
        let mut members = BTreeMap::new();
        for email in directory.members.values().filter_map(|it| it.email.as_deref()) {
            *members.entry(email.to_lowercase()).or_default() += 1;
        }
        let permission_groups = directory.permission_groups.values().filter_map(Option::as_deref);
        let resource_groups =
            directory.resource_groups.values().filter_map(|it| it.name.as_deref());
        Self {
            directory,
            members,
            permission_groups: counts(permission_groups),
            resource_groups: counts(resource_groups),
        }
    }

    pub(crate) fn write_group(
        &self,
        text: &mut String,
        id: Option<&UserGroupId>,
        group: &ActualGroup,
    ) {
        write_name(text, &group.name, id);
        match group.incomplete_policies.first() {
            None => self.write_policies(text, &group.policies),
            Some(policy) => line(
                text,
                format_args!("  # policies: left out, because {}", comment(&policy.problem)),
            ),
        }
        match &group.members {
            ActualMembers::Unreadable(message) => line(
                text,
                format_args!(
                    "  # members: left out, the API refuses to list them: {}",
                    comment(message)
                ),
            ),
            members => self.write_members(text, members.iter()),
        }
    }

    pub(crate) fn write_policies(&self, text: &mut String, policies: &BTreeSet<PolicyRule>) {
        if policies.is_empty() {
            return line(text, format_args!("  policies: []"));
        }
        line(text, format_args!("  policies:"));
        for rule in policies {
            line(text, format_args!("    - access: {}", rule.access));
            let permissions = rule.permission_groups.iter();
            write_list(text, "permission_groups", permissions.map(|id| self.permission_group(id)));
            let resources = rule.resource_groups.iter();
            write_list(text, "resource_groups", resources.map(|it| self.resource_with_note(it)));
        }
    }

    /// Returns a policy in flow style.
    pub(crate) fn policy_in_flow(&self, rule: &PolicyRule) -> String {
        let permissions = rule.permission_groups.iter().map(|id| self.permission_group(id));
        let resources = rule.resource_groups.iter().map(|it| self.resource(it));
        format!(
            "{{access: {}, permission_groups: [{}], resource_groups: [{}]}}",
            rule.access,
            permissions.collect::<Vec<_>>().join(", "),
            resources.collect::<Vec<_>>().join(", ")
        )
    }

    pub(crate) fn write_members<'m>(
        &self,
        text: &mut String,
        ids: impl Iterator<Item = &'m MemberId>,
    ) {
        let members: BTreeSet<(&str, &str)> =
            ids.map(|id| (self.member(id), self.status(id))).collect();
        if members.is_empty() {
            return line(text, format_args!("  members: []"));
        }
        line(text, format_args!("  members:"));
        for (member, status) in members {
            let note =
                if status.is_empty() { String::new() } else { format!(" # {}", comment(status)) };
            line(text, format_args!("    - {}{note}", quoted(member)));
        }
    }

    pub(crate) fn member<'m>(&self, id: &'m MemberId) -> &'m str
    where
        'a: 'm,
    {
        let email = self.directory.members.get(id).and_then(|it| it.email.as_deref());
        email
            .filter(|email| email.contains('@'))
            .filter(|email| self.members.get(&email.to_lowercase()) == Some(&1))
            .unwrap_or(id.as_str())
    }

    /// Returns the status of a member, if it is not the usual one.
    fn status(&self, id: &MemberId) -> &str {
        let status = self.directory.members.get(id).and_then(|it| it.status.as_deref());
        status.filter(|status| *status != "accepted").unwrap_or_default()
    }

    pub(crate) fn permission_group(&self, id: &PermissionGroupId) -> String {
        let name = self.directory.permission_groups.get(id).and_then(Option::as_deref);
        let name = name.filter(|name| is_clear(name, &self.permission_groups));
        quoted(name.unwrap_or(id.as_str()))
    }

    /// Returns a resource, with the names of zones that only its keys show.
    fn resource_with_note(&self, resource: &PolicyResource) -> String {
        let text = self.resource(resource);
        match self.directory.places_name(resource) {
            Some(name) if self.place(resource).is_none() => format!("{text} # {}", comment(&name)),
            _ => text,
        }
    }

    fn place(&self, resource: &PolicyResource) -> Option<String> {
        match self.directory.place_of(resource)? {
            Place::Account => {
                let is_name = self.resource_groups.contains_key(WHOLE_ACCOUNT);
                (!is_name).then(|| WHOLE_ACCOUNT.to_owned())
            }
            Place::Zone(zone) => {
                let is_clear = self.directory.zones_named(zone).len() == 1;
                is_clear.then(|| format!("zone: {}", quoted(zone)))
            }
        }
    }

    pub(crate) fn resource(&self, resource: &PolicyResource) -> String {
        if let Some(place) = self.place(resource) {
            return place;
        }
        let Some(id) = &resource.id else {
            let scopes: Vec<String> = resource.scopes.iter().map(scope).collect();
            return format!("scope: {}", scopes.join(", "));
        };
        let name = self.directory.resource_groups.get(id).and_then(|info| info.name.as_deref());
        let name = name.filter(|name| is_clear(name, &self.resource_groups));
        quoted(name.unwrap_or(id.as_str()))
    }
}

pub(crate) fn write_name(text: &mut String, name: &str, id: Option<&UserGroupId>) {
    line(text, format_args!("- name: {}", quoted(name)));
    if let Some(id) = id {
        line(text, format_args!("  id: {}", quoted(id.as_str())));
    }
}

fn scope(scope: &PolicyScope) -> String {
    let objects: Vec<String> =
        scope.objects.iter().map(|key| format!("{{key: {}}}", json(key))).collect();
    format!("{{key: {}, objects: [{}]}}", json(&scope.key), objects.join(", "))
}

/// Returns whether one thing has the name, and the name cannot be read as nothing, as an id, or as
/// the whole account.
fn is_clear(name: &str, counts: &BTreeMap<&str, usize>) -> bool {
    counts.get(name) == Some(&1)
        && !name.trim().is_empty()
        && name != WHOLE_ACCOUNT
        && PermissionGroupId::new(name).is_err()
}

fn write_list(text: &mut String, name: &str, items: impl Iterator<Item = String>) {
    line(text, format_args!("      {name}:"));
    let mut items: Vec<String> = items.collect();
    items.sort();
    for item in items {
        line(text, format_args!("        - {item}"));
    }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{content}");
}

/// The text as a YAML scalar: plain where no reader of YAML takes it for anything else.
pub(crate) fn quoted(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || " ._-@".contains(c);
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(safe)
        && !text.ends_with(' ')
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&&*text.to_lowercase());
    if plain { text.to_owned() } else { json(text) }
}

/// Returns the text as a JSON string, which is a YAML scalar too and can hold any text.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns the text as it can be written in a comment.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || "\u{85}\u{2028}\u{2029}".contains(c) { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::quoted;
    use crate::yaml::{YamlValue, parse};

    proptest! {
        #[test]
        fn every_text_is_read_back(text in any::<String>().boxed().prop_union("[a-z ~:#'\"\\\\\\[\\]{}*&!|>%@`,?=.-]{0,6}".boxed())) {
            let root = parse(format!("- x: {} # note\n", quoted(&text)).as_bytes(), 0).unwrap().unwrap();
            let YamlValue::List(items) = &root.value else { panic!("{root:?}") };
            let YamlValue::Mapping(pairs) = &items[0].value else { panic!("{root:?}") };
            let YamlValue::Text(read) = &pairs[0].1.value else { panic!("{root:?}") };
            prop_assert_eq!(&**read, &*text);
        }
    }
}
