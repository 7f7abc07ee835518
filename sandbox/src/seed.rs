//! The seed: what a sandbox starts with, and the form in which its state can be read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::world::World;

/// What a sandbox starts with. [`Sandbox::state`](crate::Sandbox::state) and
/// `GET /_sandbox/state` answer in the same form, with every id filled in.
///
/// As JSON, with all that may be left out left out:
///
/// ```
/// # use cloudflare_user_groups_sandbox::Seed;
/// # let text = r#"
/// {
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
/// }
/// # "#;
/// # Seed::from_json(text)?.check("eb78d65290b24279ba6f44721b3ea3c4")?;
/// # Ok::<(), cloudflare_user_groups_sandbox::SeedError>(())
/// ```
///
/// Every object may fix its `id`. An id that is left out is made by the sandbox, the same one
/// whenever the same seed is read. Unknown fields are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The accounts. One may be without an id: it gets the id of the account that the sandbox's
    /// credentials are for. The credentials have no permission for any other.
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
    /// The user groups.
    pub user_groups: Vec<UserGroup>,
}

/// A member of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountMember {
    /// 32 hexadecimal characters; empty to have one made.
    #[serde(default)]
    pub id: String,
    /// The email address, at most 90 characters, of which each account has but one.
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
    /// The id of the user, which is not the id of the member; empty to have one made.
    #[serde(default)]
    pub user_id: String,
    /// When the member came to the account, as RFC 3339 writes it in UTC; empty for the start of
    /// the sandbox's calendar.
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
    /// The invitation was rejected. Such a member cannot be in a user group.
    Rejected,
}

/// A named set of permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionGroup {
    /// 32 hexadecimal characters; empty to have one made.
    #[serde(default)]
    pub id: String,
    /// The name.
    pub name: String,
    /// What else is known of it, under free keys; `label` and `scopes` are usual.
    #[serde(default)]
    pub meta: BTreeMap<String, String>,
    /// When it was made, as RFC 3339 writes it in UTC. Permission groups are answered with the
    /// newest first; those without a date come last.
    #[serde(default)]
    pub created_on: String,
}

/// A named set of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceGroup {
    /// 32 hexadecimal characters; empty to have one made.
    #[serde(default)]
    pub id: String,
    /// The name.
    pub name: String,
    /// What else is known of it, under free keys.
    #[serde(default)]
    pub meta: BTreeMap<String, String>,
    /// What it spans; everything in the account where it is left out.
    #[serde(default)]
    pub scope: Option<Scope>,
}

/// What a resource group spans: one scope, or an array of them. It is answered as it was given.
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
    /// What the objects belong to.
    pub key: String,
    /// The objects that are in the scope.
    pub objects: Vec<ScopeObject>,
}

/// One object of a scope, or all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeObject {
    /// The key of the object, or `*` for all.
    pub key: String,
}

/// A user group with its policies and members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserGroup {
    /// 32 hexadecimal characters; empty to have one made.
    #[serde(default)]
    pub id: String,
    /// The name. Several groups may bear the same.
    pub name: String,
    /// When it was made, as RFC 3339 writes it in UTC; empty for the start of the calendar.
    #[serde(default)]
    pub created_on: String,
    /// When it was changed last; empty for when it was made.
    #[serde(default)]
    pub modified_on: String,
    /// What its members may do.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// Its members, each by its id or by its email address; ids where the state is read.
    #[serde(default)]
    pub members: Vec<String>,
}

/// A policy of a user group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Any text; empty to have an id made.
    #[serde(default)]
    pub id: String,
    /// Whether it grants or denies.
    pub access: Access,
    /// What is granted or denied: each by id or name; ids where the state is read.
    pub permission_groups: Vec<String>,
    /// On what: each by id or name; ids where the state is read.
    pub resource_groups: Vec<String>,
}

/// Whether a policy grants or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// It grants.
    Allow,
    /// It denies.
    Deny,
}

/// A seed that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// The file cannot be read.
    #[error("cannot read the seed file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The text is not JSON, or not of the documented form.
    #[error("the seed is not of the documented form: {0}")]
    Form(#[from] serde_json::Error),
    /// The form is right, but something in it makes no sense.
    #[error("the seed is wrong at {place}: {problem}")]
    Content {
        /// Where, for instance `accounts[0].user_groups[2].members[1]`.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

impl Seed {
    /// Reads a seed from JSON text. What it refers to is checked when a sandbox is started with it.
    ///
    /// # Errors
    ///
    /// When the text is not JSON of the documented form; the error tells line and column.
    pub fn from_json(text: &str) -> Result<Self, SeedError> {
        Ok(serde_json::from_str(text)?)
    }

    /// Reads a seed from a JSON file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and as [`from_json`](Self::from_json).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SeedError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| SeedError::Read { path: path.to_owned(), source })?;
        Self::from_json(&text)
    }
}

impl Seed {
    /// Checks what the form does not, as starting a sandbox for this account would.
    ///
    /// # Errors
    ///
    /// When something is twice, malformed, or refers to nothing; the error tells where.
    pub fn check(&self, account_id: &str) -> Result<(), SeedError> {
        let own = Id::parse(account_id).ok_or_else(|| SeedError::Content {
            place: "accounts".to_owned(),
            problem: format!("{account_id:?} is not the id of an account"),
        })?;
        World::plant(self, own).map(|_| ())
    }
}

impl Default for Seed {
    /// One account with six members, four permission groups, two resource groups and no user group.
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
                ..Account::default()
            }],
        }
    }
}

fn meta<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
