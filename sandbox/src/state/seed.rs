//! The seed: the state that a sandbox starts with, and the form in which its state can be read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{FileError, read_file};

/// The state that a sandbox starts with. [`Sandbox::state`](crate::Sandbox::state) and
/// `GET /_sandbox/state` return the same form, with every id filled in.
///
/// Without the optional fields:
///
/// ```
/// use cloudflare_user_groups_sandbox::Seed;
///
/// let seed = Seed::from_json(r#"{
///   "accounts": [
///     {
///       "members": [{ "email": "ada@example.com" }],
///       "permission_groups": [{ "name": "Load Balancer Admin" }],
///       "resource_groups": [{ "name": "Whole Account" }],
///       "user_groups": [
///         {
///           "name": "Platform",
///           "policies": [
///             {
///               "access": "allow",
///               "permission_groups": ["Load Balancer Admin"],
///               "resource_groups": ["Whole Account"]
///             }
///           ],
///           "members": ["ada@example.com"]
///         }
///       ]
///     }
///   ]
/// }"#)?;
/// seed.check("eb78d65290b24279ba6f44721b3ea3c4")?;
/// # Ok::<(), cloudflare_user_groups_sandbox::FileError>(())
/// ```
///
/// Every object can have an `id`. The sandbox makes the missing ones, the same in every run.
/// Unknown fields are an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The accounts. One can be without an id: it gets the id of the account that the sandbox's
    /// credentials are for. The credentials have no permission for the others.
    pub accounts: Vec<Account>,
}

/// An account and all that is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// 32 hexadecimal characters; empty in the account that the credentials are for.
    pub id: String,
    /// The members of the account, who can be members of its user groups.
    pub members: Vec<AccountMember>,
    /// The permission groups that policies can name.
    pub permission_groups: Vec<PermissionGroup>,
    /// The resource groups that policies can name.
    pub resource_groups: Vec<ResourceGroup>,
    /// The zones of the account.
    pub zones: Vec<Zone>,
    /// The user groups.
    pub user_groups: Vec<UserGroup>,
    /// Whether responses show members of user groups without `status`, as some accounts do
    /// (observed, reported).
    #[serde(skip_serializing_if = "is_false")]
    pub hide_member_status: bool,
}

/// A member of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountMember {
    /// 32 hexadecimal characters; made by the sandbox if empty.
    #[serde(default)]
    pub id: String,
    /// The email address, at most 90 characters, unique in the account.
    pub email: String,
    /// Whether the invitation was accepted (the default).
    #[serde(default)]
    pub status: MemberStatus,
    /// The first name of the user.
    #[serde(default)]
    pub first_name: String,
    /// The last name of the user.
    #[serde(default)]
    pub last_name: String,
    /// The id of the user, which is not the id of the member; made by the sandbox if empty.
    #[serde(default)]
    pub user_id: String,
    /// When the member joined the account, as RFC 3339 in UTC; 1 March 2024 if empty.
    #[serde(default)]
    pub created_at: String,
}

/// Whether a member has accepted the invitation to the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberStatus {
    /// The invitation was accepted.
    #[default]
    Accepted,
    /// The invitation is open.
    Pending,
    /// The invitation was rejected. Such a member cannot be added to a user group.
    Rejected,
}

/// A named set of permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionGroup {
    /// 32 hexadecimal characters; made by the sandbox if empty.
    #[serde(default)]
    pub id: String,
    /// The name.
    pub name: String,
    /// Further fields under free keys; `label`, `description` and `scopes` are usual.
    #[serde(default)]
    pub meta: BTreeMap<String, String>,
    /// When it was created, as RFC 3339 in UTC. Responses list the newest first, and those without
    /// a date last.
    #[serde(default)]
    pub created_on: String,
}

/// A named set of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceGroup {
    /// 32 hexadecimal characters; made by the sandbox if empty.
    #[serde(default)]
    pub id: String,
    /// The name. Several resource groups can have the same.
    pub name: String,
    /// Further fields under free keys.
    #[serde(default)]
    pub meta: BTreeMap<String, String>,
    /// The resources in it; the whole account if missing.
    #[serde(default)]
    pub scope: Option<Scope>,
}

/// The resources of a resource group: one scope, or an array of them. Responses show it as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scope {
    /// Written as an object.
    One(ScopeObjects),
    /// Written as an array.
    Many(Vec<ScopeObjects>),
}

/// Objects below a common key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeObjects {
    /// The key that the objects belong to.
    pub key: String,
    /// The objects in the scope.
    pub objects: Vec<ScopeObject>,
}

/// One object of a scope, or all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeObject {
    /// The key of the object, or `*` for all.
    pub key: String,
}

/// A zone of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// 32 hexadecimal characters; made of the name if empty.
    #[serde(default)]
    pub id: String,
    /// The domain name.
    pub name: String,
}

/// A user group with its policies and members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserGroup {
    /// 32 hexadecimal characters; made by the sandbox if empty.
    #[serde(default)]
    pub id: String,
    /// The name. A seed can have several groups of the same name.
    pub name: String,
    /// When it was created, as RFC 3339 in UTC; 1 March 2024 if empty.
    #[serde(default)]
    pub created_on: String,
    /// When it was last modified; `created_on` if empty.
    #[serde(default)]
    pub modified_on: String,
    /// Its policies.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// Its members, each by id or email address; ids where the state is read.
    #[serde(default)]
    pub members: Vec<String>,
    /// Whether an identity provider manages it by SCIM: then name, members and existence cannot be
    /// changed, and nothing in a response shows it. Policies can be changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub managed_by_scim: bool,
    /// Whether the service cannot validate its policies: then its member list is an error.
    #[serde(default, skip_serializing_if = "is_false")]
    pub invalid_policies: bool,
}

/// A policy of a user group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Any text; made by the sandbox if empty.
    #[serde(default)]
    pub id: String,
    /// Whether it allows or denies.
    pub access: Access,
    /// The permission groups, each by id or name; ids where the state is read.
    pub permission_groups: Vec<String>,
    /// The resource groups.
    pub resource_groups: Vec<PolicyResources>,
}

/// The resources of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PolicyResources {
    /// A resource group of the account by id or name; its id where the state is read.
    Group(String),
    /// A scope without a resource group. Responses show it with `scope` and without `id`.
    Inline(InlineScope),
}

/// A scope that is written in a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InlineScope {
    /// The resources.
    pub scope: ScopeObjects,
}

/// Whether a policy allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

impl Seed {
    /// Reads a seed from JSON text. References are checked when a sandbox starts with it.
    ///
    /// # Errors
    ///
    /// If the text is not JSON of the documented form; the error reports line and column.
    pub fn from_json(text: &str) -> Result<Self, FileError> {
        Ok(serde_json::from_str(text)?)
    }

    /// Reads a seed from a JSON file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, and as [`from_json`](Self::from_json).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Self::from_json(&read_file(path.as_ref())?)
    }
}

impl Default for Seed {
    /// One account with six members, four permission groups, two resource groups, two zones and no
    /// user group.
    fn default() -> Self {
        let member = |email: &str, first: &str, last: &str, status| AccountMember {
            email: email.to_owned(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            status,
            ..AccountMember::default()
        };
        let permission_group = |name: &str, label: &str, year: u16| PermissionGroup {
            name: name.to_owned(),
            meta: meta([("label", label), ("scopes", "com.cloudflare.api.account")]),
            created_on: format!("{year}-05-01T09:00:00Z"),
            ..PermissionGroup::default()
        };
        let resource_group = |name: &str| ResourceGroup {
            name: name.to_owned(),
            meta: meta([("editable", "false")]),
            ..ResourceGroup::default()
        };
        let zone = |name: &str| Zone { name: name.to_owned(), ..Zone::default() };
        Self {
            accounts: vec![Account {
                members: vec![
                    member("alice@example.com", "Alice", "Archer", MemberStatus::Accepted),
                    member("bob@example.com", "Bob", "Baker", MemberStatus::Accepted),
                    member("carol@example.com", "Carol", "Cooper", MemberStatus::Accepted),
                    member("dave@example.com", "Dave", "Draper", MemberStatus::Accepted),
                    member("erin@example.com", "Erin", "Fisher", MemberStatus::Accepted),
                    member("frank@example.com", "", "", MemberStatus::Pending),
                ],
                permission_groups: vec![
                    permission_group("Administrator Read Only", "admin_readonly", 2021),
                    permission_group("DNS", "dns_admin", 2022),
                    permission_group("Load Balancer Admin", "load_balancer_admin", 2023),
                    permission_group("Analytics", "analytics", 2024),
                ],
                resource_groups: vec![
                    resource_group("Whole Account"),
                    resource_group("All Domains"),
                ],
                zones: ["example.com", "example.org"].map(zone).into(),
                ..Account::default()
            }],
        }
    }
}

fn meta<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

// Serde passes a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !*flag
}
