//! The file: which groups an account shall have, as somebody wrote it.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::diagnostic::{DiagnosticCollector, Diagnostics, Position};
use crate::suggest::Suggestions;
use crate::yaml::{self, YamlNode, YamlValue};

/// A file that says which user groups an account shall have.
///
/// It may hold mistakes: [`resolve`](crate::resolve) tells them, together with those that only a look
/// at the account shows.
#[derive(Clone, Debug)]
pub struct GroupFile {
    pub(crate) groups: Vec<GroupEntry>,
    diagnostics: DiagnosticCollector,
}

/// A text of the file.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub(crate) struct LocatedText {
    pub(crate) text: String,
    #[cfg_attr(test, schemars(skip))]
    pub(crate) at: Position,
}

/// A user group.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Group"))]
pub(crate) struct GroupEntry {
    /// The name. The group of this name is changed, or created if there is none.
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    pub(crate) name: LocatedText,
    /// The id of the group: needed to rename it, and to tell it from others of the same name.
    #[cfg_attr(test, schemars(with = "Option<String>", regex(pattern = "^[0-9a-fA-F]{32}$")))]
    pub(crate) id: Option<LocatedText>,
    /// What the members of the group may and may not do. Left out, the policies are left alone; an
    /// empty list means none.
    pub(crate) policies: Option<Vec<PolicyEntry>>,
    /// The members, each by email address or id. Left out, the members are left alone; an empty
    /// list means none.
    #[cfg_attr(test, schemars(with = "Option<BTreeSet<String>>"))]
    pub(crate) members: Option<Vec<LocatedText>>,
}

/// Permissions on resources, granted or denied.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Policy"))]
pub(crate) struct PolicyEntry {
    /// Whether the permissions are granted or denied.
    pub(crate) access: Access,
    /// What is granted or denied, each by name or id.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub(crate) permission_groups: Vec<LocatedText>,
    /// On what, each by name or id.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub(crate) resource_groups: Vec<LocatedText>,
}

/// Whether permissions are granted or denied.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub(crate) enum Access {
    Allow,
    Deny,
}

impl GroupFile {
    /// Reads the text of a file. The name is for the mistakes.
    pub fn parse(file: impl Into<String>, text: &str) -> Self {
        let mut diagnostics = DiagnosticCollector::new(file);
        let groups = match yaml::parse(text) {
            Ok(Some(root)) => groups(&root, &mut diagnostics),
            Ok(None) => {
                let at = Position { line: 1, column: 1 };
                diagnostics.add(at, "the file is empty", Some("write [] for no groups".to_owned()));
                Vec::new()
            }
            Err((at, problem)) => {
                diagnostics.add(at, problem, None);
                Vec::new()
            }
        };
        Self { groups, diagnostics }
    }

    /// Checks what can be checked without the account.
    ///
    /// # Errors
    ///
    /// All mistakes of the form.
    pub fn check(&self) -> Result<(), Diagnostics> {
        self.diagnostics().check()
    }

    /// The mistakes of the form, to which others can be added.
    pub(crate) fn diagnostics(&self) -> DiagnosticCollector {
        self.diagnostics.clone()
    }
}

fn groups(root: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Vec<GroupEntry> {
    list(root, "the file", "groups", diagnostics)
        .iter()
        .filter_map(|it| group(it, diagnostics))
        .collect()
}

fn group(node: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Option<GroupEntry> {
    let mut fields =
        Fields::of(node, "a group", &["name", "id", "policies", "members"], diagnostics)?;
    let name =
        fields.required("name", diagnostics).and_then(|it| text(it, "the name", diagnostics));
    let id = fields.take("id").and_then(|it| text(it, "the id", diagnostics));
    if let Some(id) = &id
        && cloudflare_user_groups::UserGroupId::new(&*id.text).is_err()
    {
        diagnostics.add(id.at, format!("{:?} is not an id", id.text), Some(ID_FORM.to_owned()));
    }
    let policies = fields.take("policies").map(|node| {
        let policies = list(node, "`policies`", "policies", diagnostics);
        policies.iter().filter_map(|it| policy(it, diagnostics)).collect()
    });
    let members = fields.take("members").map(|it| texts(it, "`members`", "members", diagnostics));
    Some(GroupEntry { name: name?, id, policies, members })
}

/// What an id looks like.
pub(crate) const ID_FORM: &str = "an id is 32 hexadecimal digits";

fn policy(node: &YamlNode, diagnostics: &mut DiagnosticCollector) -> Option<PolicyEntry> {
    const FIELDS: [&str; 3] = ["access", "permission_groups", "resource_groups"];
    let mut fields = Fields::of(node, "a policy", &FIELDS, diagnostics)?;
    let access = fields.required("access", diagnostics).and_then(|it| access(it, diagnostics));
    let mut set = |name: &str, diagnostics: &mut DiagnosticCollector| {
        let node = fields.required(name, diagnostics)?;
        Some(texts(node, &format!("`{name}`"), "names or ids", diagnostics))
    };
    let permission_groups = set("permission_groups", diagnostics);
    let resource_groups = set("resource_groups", diagnostics);
    Some(PolicyEntry {
        access: access?,
        permission_groups: permission_groups?,
        resource_groups: resource_groups?,
    })
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

/// The fields of a mapping, each taken once.
struct Fields<'a> {
    at: Position,
    what: &'static str,
    fields: Vec<(&'a str, &'a YamlNode)>,
}

impl<'a> Fields<'a> {
    fn of(
        node: &'a YamlNode,
        what: &'static str,
        known: &[&str],
        diagnostics: &mut DiagnosticCollector,
    ) -> Option<Self> {
        let YamlValue::Mapping(pairs) = &node.value else {
            let help = format!("{what} has the fields {}", known.join(", "));
            diagnostics.add(node.at, format!("{what} is expected here"), Some(help));
            return None;
        };
        let mut fields = Vec::new();
        let mut seen = BTreeSet::new();
        for (key, value) in pairs {
            let name = match &key.value {
                YamlValue::Text(name) => &**name,
                _ => "",
            };
            if !known.contains(&name) {
                let help = Suggestions::of(known.iter().copied())
                    .did_you_mean(name)
                    .unwrap_or_else(|| format!("{what} has the fields {}", known.join(", ")));
                diagnostics.add(key.at, format!("{what} has no field {name:?}"), Some(help));
            } else if !seen.insert(name) {
                diagnostics.add(key.at, format!("{what} has `{name}` twice"), None);
            } else {
                fields.push((name, &**value));
            }
        }
        Some(Self { at: node.at, what, fields })
    }

    fn take(&mut self, name: &str) -> Option<&'a YamlNode> {
        let index = self.fields.iter().position(|(field, _)| *field == name)?;
        Some(self.fields.swap_remove(index).1)
    }

    fn required(
        &mut self,
        name: &str,
        diagnostics: &mut DiagnosticCollector,
    ) -> Option<&'a YamlNode> {
        let node = self.take(name);
        if node.is_none() {
            diagnostics.add(self.at, format!("{} needs `{name}`", self.what), None);
        }
        node
    }
}

fn list<'a>(
    node: &'a YamlNode,
    what: &str,
    of: &str,
    diagnostics: &mut DiagnosticCollector,
) -> &'a [Rc<YamlNode>] {
    if let YamlValue::List(items) = &node.value {
        return items;
    }
    let help = "write [] for none".to_owned();
    diagnostics.add(node.at, format!("{what} must be a list of {of}"), Some(help));
    &[]
}

fn texts(
    node: &YamlNode,
    what: &str,
    of: &str,
    diagnostics: &mut DiagnosticCollector,
) -> Vec<LocatedText> {
    let items = list(node, what, of, diagnostics);
    items.iter().filter_map(|it| text(it, &format!("an item of {what}"), diagnostics)).collect()
}

fn text(node: &YamlNode, what: &str, diagnostics: &mut DiagnosticCollector) -> Option<LocatedText> {
    match &node.value {
        YamlValue::Text(text) if !text.trim().is_empty() => {
            Some(LocatedText { text: text.clone(), at: node.at })
        }
        YamlValue::Text(_) | YamlValue::Nothing => {
            diagnostics.add(node.at, format!("{what} is empty"), None);
            None
        }
        YamlValue::List(_) | YamlValue::Mapping(_) => {
            diagnostics.add(node.at, format!("{what} must be text"), None);
            None
        }
    }
}
