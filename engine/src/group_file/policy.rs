//! The policies of a group in a file.

#[cfg(test)]
use std::collections::BTreeSet;

use cloudflare_user_groups::{PermissionGroupId, PolicyAccess};

use crate::diagnostic::{DiagnosticCollector, LocatedText, Position};
use crate::reader::{Fields, check_repeated, list, text, texts};
use crate::rule::{PolicyResource, PolicyRule};
use crate::suggest::Suggestions;
use crate::yaml::{YamlNode, YamlValue};

/// Permissions on resources, granted or denied.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Policy"))]
pub(crate) struct PolicyEntry {
    /// Whether the permissions are granted or denied.
    #[cfg_attr(test, schemars(with = "Access"))]
    access: PolicyAccess,
    /// The permission groups, each by name or id.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>", length(min = 1)))]
    pub(crate) permission_groups: Vec<LocatedText>,
    /// The resources: `account`, zones, resource groups by name or id, and scopes.
    #[cfg_attr(test, schemars(with = "BTreeSet<ResourceEntry>", length(min = 1)))]
    pub(crate) resource_groups: Vec<ResourceEntry>,
}

/// Whether permissions are granted or denied.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[allow(dead_code, reason = "only its schema is needed")]
enum Access {
    Allow,
    Deny,
}

/// Resources: the account, a zone, a resource group, or a scope without one.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(untagged, rename = "Resources"))]
pub(crate) enum ResourceEntry {
    /// `account` for the whole account, or the name or id of a resource group.
    Name(#[cfg_attr(test, schemars(with = "String"))] LocatedText),
    Zone(ZoneEntry),
    Scoped(ScopedEntry),
}

/// The resources of a zone.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Zone"))]
pub(crate) struct ZoneEntry {
    /// The name of the zone, for instance `example.com`.
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    pub(crate) zone: LocatedText,
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

impl PolicyEntry {
    /// Returns the rule of the entry, with these in place of names.
    pub(crate) fn rule(
        &self,
        permission_groups: impl IntoIterator<Item = PermissionGroupId>,
        resource_groups: impl IntoIterator<Item = PolicyResource>,
    ) -> PolicyRule {
        PolicyRule::new(self.access.clone(), permission_groups, resource_groups)
    }
}

impl ResourceEntry {
    /// Returns the name or id, if it is that of a resource group.
    pub(crate) fn name(&self) -> Option<&LocatedText> {
        match self {
            Self::Name(text) if !self.is_account() => Some(text),
            _ => None,
        }
    }

    /// Returns whether it is the whole account.
    pub(crate) fn is_account(&self) -> bool {
        matches!(self, Self::Name(it) if it.text == WHOLE_ACCOUNT)
    }

    pub(crate) fn zone(&self) -> Option<&LocatedText> {
        match self {
            Self::Zone(entry) => Some(&entry.zone),
            _ => None,
        }
    }

    /// Returns the place of the entry in the file.
    pub(crate) fn at(&self) -> Position {
        match self {
            Self::Name(text) => text.at,
            Self::Zone(entry) => entry.zone.at,
            Self::Scoped(entry) => entry.scope.first().map(|it| it.key.at).unwrap_or_default(),
        }
    }
}

/// How a file names the whole account.
pub(crate) const WHOLE_ACCOUNT: &str = "account";

/// Reads a policy.
pub(super) fn policy(
    node: &YamlNode,
    diagnostics: &mut DiagnosticCollector,
) -> Option<PolicyEntry> {
    const FIELDS: [&str; 3] = ["access", "permission_groups", "resource_groups"];
    let mut fields = Fields::of(node, "a policy", &FIELDS, diagnostics)?;
    let access = fields.required("access", diagnostics).and_then(|it| access(it, diagnostics));
    let permission_groups = fields.required("permission_groups", diagnostics).map(|node| {
        let texts = texts(node, "`permission_groups`", "names or ids", diagnostics);
        check_not_empty(node, "`permission_groups`", diagnostics);
        check_repeated(&texts, str::to_owned, diagnostics);
        texts
    });
    let resource_groups = fields.required("resource_groups", diagnostics).map(|node| {
        let items = list(node, "`resource_groups`", "names, ids or scopes", diagnostics);
        check_not_empty(node, "`resource_groups`", diagnostics);
        let items: Vec<_> = items.iter().filter_map(|it| resource(it, diagnostics)).collect();
        check_repeated(items.iter().filter_map(ResourceEntry::name), str::to_owned, diagnostics);
        items
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

fn access(node: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Option<PolicyAccess> {
    let LocatedText { text, at } = text(node, "`access`", diagnostics)?;
    match &*text {
        "allow" => Some(PolicyAccess::Allow),
        "deny" => Some(PolicyAccess::Deny),
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
    const FIELDS: [&str; 2] = ["zone", "scope"];
    let mut fields = Fields::of(node, "a resource group without a name", &FIELDS, diagnostics)?;
    if let Some(zone) = fields.take("zone") {
        if fields.take("scope").is_some() {
            let problem = "`zone` and `scope` exclude each other";
            diagnostics.add(node.at, problem, Some("write two items".to_owned()));
        }
        let zone = text(zone, "`zone`", diagnostics)?;
        return Some(ResourceEntry::Zone(ZoneEntry { zone }));
    }
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
