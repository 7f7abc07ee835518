//! The file: which groups an account shall have, as somebody wrote it.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::mistake::{Mistake, Mistakes};
use super::suggest::Lookalikes;
use super::yaml::{self, Node, Position, Value};

/// A file that says which user groups an account shall have.
///
/// It may hold mistakes: [`resolve`](crate::resolve) tells them, together with those that only a look
/// at the account shows.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) groups: Vec<GroupEntry>,
    mistakes: Marks,
}

/// A text of the file.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub(crate) struct Text {
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
    pub(crate) name: Text,
    /// The id of the group: needed to rename it, and to tell it from others of the same name.
    #[cfg_attr(test, schemars(with = "Option<String>", regex(pattern = "^[0-9a-fA-F]{32}$")))]
    pub(crate) id: Option<Text>,
    /// What the members of the group may and may not do. Left out, the policies are left alone; an
    /// empty list means none.
    pub(crate) policies: Option<Vec<PolicyEntry>>,
    /// The members, each by email address or id. Left out, the members are left alone; an empty
    /// list means none.
    #[cfg_attr(test, schemars(with = "Option<BTreeSet<String>>"))]
    pub(crate) members: Option<Vec<Text>>,
}

/// Permissions on resources, granted or denied.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Policy"))]
pub(crate) struct PolicyEntry {
    /// Whether the permissions are granted or denied.
    pub(crate) access: Access,
    /// What is granted or denied, each by name or id.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub(crate) permission_groups: Vec<Text>,
    /// On what, each by name or id.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub(crate) resource_groups: Vec<Text>,
}

/// Whether permissions are granted or denied.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub(crate) enum Access {
    Allow,
    Deny,
}

/// Mistakes of one file, as they are found.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    file: String,
    mistakes: Vec<Mistake>,
}

impl Marks {
    pub(crate) fn add(&mut self, at: Position, problem: impl Into<String>, help: Option<String>) {
        let Position { line, column } = at;
        let (file, problem) = (self.file.clone(), problem.into());
        self.mistakes.push(Mistake { file, line, column, problem, help });
    }

    /// Nothing, if nothing is wrong.
    pub(crate) fn check(mut self) -> Result<(), Mistakes> {
        if self.mistakes.is_empty() {
            return Ok(());
        }
        self.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        // What an alias repeats is wrong in one place only.
        self.mistakes.dedup();
        Err(Mistakes(self.mistakes))
    }
}

impl Document {
    /// Reads the text of a file. The name is for the mistakes.
    pub fn parse(file: impl Into<String>, text: &str) -> Self {
        let mut marks = Marks { file: file.into(), mistakes: Vec::new() };
        let groups = match yaml::parse(text) {
            Ok(Some(root)) => groups(&root, &mut marks),
            Ok(None) => {
                let at = Position { line: 1, column: 1 };
                marks.add(at, "the file is empty", Some("write [] for no groups".to_owned()));
                Vec::new()
            }
            Err((at, problem)) => {
                marks.add(at, problem, None);
                Vec::new()
            }
        };
        Self { groups, mistakes: marks }
    }

    /// Checks what can be checked without the account.
    ///
    /// # Errors
    ///
    /// All mistakes of the form.
    pub fn check(&self) -> Result<(), Mistakes> {
        self.marks().check()
    }

    /// The mistakes of the form, to which others can be added.
    pub(crate) fn marks(&self) -> Marks {
        self.mistakes.clone()
    }
}

fn groups(root: &Node, marks: &mut Marks) -> Vec<GroupEntry> {
    list(root, "the file", "groups", marks).iter().filter_map(|it| group(it, marks)).collect()
}

fn group(node: &Node, marks: &mut Marks) -> Option<GroupEntry> {
    let mut fields = Fields::of(node, "a group", &["name", "id", "policies", "members"], marks)?;
    let name = fields.required("name", marks).and_then(|it| text(it, "the name", marks));
    let id = fields.take("id").and_then(|it| text(it, "the id", marks));
    if let Some(id) = &id
        && cloudflare_user_groups::UserGroupId::new(&*id.text).is_err()
    {
        marks.add(id.at, format!("{:?} is not an id", id.text), Some(ID_FORM.to_owned()));
    }
    let policies = fields.take("policies").map(|node| {
        let policies = list(node, "`policies`", "policies", marks);
        policies.iter().filter_map(|it| policy(it, marks)).collect()
    });
    let members = fields.take("members").map(|it| texts(it, "`members`", "members", marks));
    Some(GroupEntry { name: name?, id, policies, members })
}

/// What an id looks like.
pub(crate) const ID_FORM: &str = "an id is 32 hexadecimal digits";

fn policy(node: &Node, marks: &mut Marks) -> Option<PolicyEntry> {
    const FIELDS: [&str; 3] = ["access", "permission_groups", "resource_groups"];
    let mut fields = Fields::of(node, "a policy", &FIELDS, marks)?;
    let access = fields.required("access", marks).and_then(|it| access(it, marks));
    let mut set = |name: &str, marks: &mut Marks| {
        let node = fields.required(name, marks)?;
        Some(texts(node, &format!("`{name}`"), "names or ids", marks))
    };
    let permission_groups = set("permission_groups", marks);
    let resource_groups = set("resource_groups", marks);
    Some(PolicyEntry {
        access: access?,
        permission_groups: permission_groups?,
        resource_groups: resource_groups?,
    })
}

fn access(node: &Node, marks: &mut Marks) -> Option<Access> {
    let Text { text, at } = text(node, "`access`", marks)?;
    match &*text {
        "allow" => Some(Access::Allow),
        "deny" => Some(Access::Deny),
        other => {
            let help = Lookalikes::of(["allow", "deny"]).did_you_mean(other);
            marks.add(at, format!("{other:?} is neither allow nor deny"), help);
            None
        }
    }
}

/// The fields of a mapping, each taken once.
struct Fields<'a> {
    at: Position,
    what: &'static str,
    fields: Vec<(&'a str, &'a Node)>,
}

impl<'a> Fields<'a> {
    fn of(node: &'a Node, what: &'static str, known: &[&str], marks: &mut Marks) -> Option<Self> {
        let Value::Mapping(pairs) = &node.value else {
            let help = format!("{what} has the fields {}", known.join(", "));
            marks.add(node.at, format!("{what} is expected here"), Some(help));
            return None;
        };
        let mut fields = Vec::new();
        let mut seen = BTreeSet::new();
        for (key, value) in pairs {
            let name = match &key.value {
                Value::Text(name) => &**name,
                _ => "",
            };
            if !known.contains(&name) {
                let help = Lookalikes::of(known.iter().copied())
                    .did_you_mean(name)
                    .unwrap_or_else(|| format!("{what} has the fields {}", known.join(", ")));
                marks.add(key.at, format!("{what} has no field {name:?}"), Some(help));
            } else if !seen.insert(name) {
                marks.add(key.at, format!("{what} has `{name}` twice"), None);
            } else {
                fields.push((name, &**value));
            }
        }
        Some(Self { at: node.at, what, fields })
    }

    fn take(&mut self, name: &str) -> Option<&'a Node> {
        let index = self.fields.iter().position(|(field, _)| *field == name)?;
        Some(self.fields.swap_remove(index).1)
    }

    fn required(&mut self, name: &str, marks: &mut Marks) -> Option<&'a Node> {
        let node = self.take(name);
        if node.is_none() {
            marks.add(self.at, format!("{} needs `{name}`", self.what), None);
        }
        node
    }
}

fn list<'a>(node: &'a Node, what: &str, of: &str, marks: &mut Marks) -> &'a [Rc<Node>] {
    if let Value::List(items) = &node.value {
        return items;
    }
    let help = "write [] for none".to_owned();
    marks.add(node.at, format!("{what} must be a list of {of}"), Some(help));
    &[]
}

fn texts(node: &Node, what: &str, of: &str, marks: &mut Marks) -> Vec<Text> {
    let items = list(node, what, of, marks);
    items.iter().filter_map(|it| text(it, &format!("an item of {what}"), marks)).collect()
}

fn text(node: &Node, what: &str, marks: &mut Marks) -> Option<Text> {
    match &node.value {
        Value::Text(text) if !text.trim().is_empty() => {
            Some(Text { text: text.clone(), at: node.at })
        }
        Value::Text(_) | Value::Nothing => {
            marks.add(node.at, format!("{what} is empty"), None);
            None
        }
        Value::List(_) | Value::Mapping(_) => {
            marks.add(node.at, format!("{what} must be text"), None);
            None
        }
    }
}
