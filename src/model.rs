//! What the API speaks of: user groups, their policies, and their members.
//!
//! These types are this crate's own. They serialize to the JSON that the API writes.

mod one_or_many;
mod page;
mod query;

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize};

pub use self::one_or_many::OneOrMany;
pub use self::page::{Page, PageInfo};
pub use self::query::{
    AccountMemberQuery, MemberQuery, PermissionGroupQuery, ResourceGroupQuery, UserGroupQuery,
};
use crate::id::{MemberId, PermissionGroupId, PolicyId, ResourceGroupId, UserGroupId, UserId};

/// A named set of account members to whom a list of policies applies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserGroup {
    /// Identifies the group.
    pub id: UserGroupId,
    /// The name. Observed (reported): no other group of the account has it.
    pub name: String,
    /// When the group was created, if the API says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_on: Option<Timestamp>,
    /// When the group was last changed, if the API says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_on: Option<Timestamp>,
    /// What the members of the group may and may not do.
    #[serde(default)]
    pub policies: Vec<Policy>,
}

impl UserGroup {
    /// A group without policies, for tests. Its other fields can be set.
    pub fn new(id: impl Into<UserGroupId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            created_on: None,
            modified_on: None,
            policies: Vec::new(),
        }
    }
}

impl From<UserGroup> for UserGroupId {
    fn from(group: UserGroup) -> Self {
        group.id
    }
}

impl From<&UserGroup> for UserGroupId {
    fn from(group: &UserGroup) -> Self {
        group.id.clone()
    }
}

/// Permissions on resources, granted or denied to the members of a user group.
///
/// The same type is read and written. Made with [`Policy::allow`] or [`Policy::deny`] it holds ids
/// or scopes alone; read from the API it also holds names. Only the ids of its groups are sent, or
/// the scopes of resource groups without an id, so a policy that was read can be written back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// Read-only: the API gives out a fresh id with every update of the group's policies, so it is
    /// never sent and does not identify a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PolicyId>,
    /// Whether the policy grants or denies. The API may leave it out when it answers; a policy
    /// cannot be written without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<PolicyAccess>,
    /// What is granted or denied: a set, in an order of the API's own.
    #[serde(default)]
    pub permission_groups: Vec<PermissionGroup>,
    /// On what it is granted or denied: a set.
    #[serde(default)]
    pub resource_groups: Vec<ResourceGroup>,
}

impl Policy {
    /// A new policy that grants the permissions on the resources.
    pub fn allow<P, R>(
        permission_groups: impl IntoIterator<Item = P>,
        resource_groups: impl IntoIterator<Item = R>,
    ) -> Self
    where
        P: Into<PermissionGroup>,
        R: Into<ResourceGroup>,
    {
        Self::new(PolicyAccess::Allow, permission_groups, resource_groups)
    }

    /// A new policy that denies the permissions on the resources.
    pub fn deny<P, R>(
        permission_groups: impl IntoIterator<Item = P>,
        resource_groups: impl IntoIterator<Item = R>,
    ) -> Self
    where
        P: Into<PermissionGroup>,
        R: Into<ResourceGroup>,
    {
        Self::new(PolicyAccess::Deny, permission_groups, resource_groups)
    }

    fn new<P, R>(
        access: PolicyAccess,
        permission_groups: impl IntoIterator<Item = P>,
        resource_groups: impl IntoIterator<Item = R>,
    ) -> Self
    where
        P: Into<PermissionGroup>,
        R: Into<ResourceGroup>,
    {
        Self {
            id: None,
            access: Some(access),
            permission_groups: permission_groups.into_iter().map(Into::into).collect(),
            resource_groups: resource_groups.into_iter().map(Into::into).collect(),
        }
    }

    /// Whether both policies grant or deny the same on the same resources.
    ///
    /// The ids of the policies, the names of what they hold, and the order and repetition of it make
    /// no difference: the API keeps sets, and returns them in an order of its own. Resource groups
    /// are the same if their ids are, or their scopes where one of them has no id.
    pub fn has_same_effect(&self, other: &Self) -> bool {
        self.access == other.access
            && same_set(&self.permission_groups, &other.permission_groups, |one, other| {
                one.id == other.id
            })
            && same_set(&self.resource_groups, &other.resource_groups, ResourceGroup::is_same)
    }

    /// Whether a response that shows `self` can stand for what was sent as `sent`. A resource group
    /// that was sent by id and is shown by its scope alone cannot be compared and counts as the same.
    pub(crate) fn may_show(&self, sent: &Self) -> bool {
        self.access == sent.access
            && same_set(&self.permission_groups, &sent.permission_groups, |one, other| {
                one.id == other.id
            })
            && same_set(&self.resource_groups, &sent.resource_groups, |shown, sent| {
                shown.is_same(sent) || (shown.id.is_none() && sent.scopes.is_empty())
            })
    }
}

/// Equal if all fields are, in whatever order and repetition the groups come: the API keeps sets. See
/// also [`Policy::has_same_effect`].
impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        let Self { id, access, permission_groups, resource_groups } = self;
        *id == other.id
            && *access == other.access
            && same_set(permission_groups, &other.permission_groups, PermissionGroup::eq)
            && same_set(resource_groups, &other.resource_groups, ResourceGroup::eq)
    }
}

impl Eq for Policy {}

impl Hash for Policy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { id, access, permission_groups, resource_groups } = self;
        (id, access).hash(state);
        hash_set(permission_groups, state);
        hash_set(resource_groups, state);
    }
}

/// Hashes the items in whatever order and repetition they come.
fn hash_set<T: Hash, H: Hasher>(items: &[T], state: &mut H) {
    let hash = |item: &T| {
        let mut hasher = DefaultHasher::new();
        item.hash(&mut hasher);
        hasher.finish()
    };
    items.iter().map(hash).collect::<BTreeSet<u64>>().hash(state);
}

/// Whether each item of one list has its equal in the other, whatever their order and repetition.
pub(crate) fn same_set<A, B>(some: &[A], others: &[B], is_same: impl Fn(&A, &B) -> bool) -> bool {
    some.iter().all(|one| others.iter().any(|other| is_same(one, other)))
        && others.iter().all(|other| some.iter().any(|one| is_same(one, other)))
}

/// A named set of permissions, which a policy grants or denies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PermissionGroup {
    /// Identifies the permission group. A policy can only be written if each has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PermissionGroupId>,
    /// Its name, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What else the API tells of it.
    #[serde(default, skip_serializing_if = "Meta::is_empty")]
    pub meta: Meta,
}

impl From<PermissionGroupId> for PermissionGroup {
    fn from(id: PermissionGroupId) -> Self {
        Self { id: Some(id), name: None, meta: Meta::default() }
    }
}

impl From<&PermissionGroupId> for PermissionGroup {
    fn from(id: &PermissionGroupId) -> Self {
        id.clone().into()
    }
}

/// A set of resources to which a policy applies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResourceGroup {
    /// Identifies the resource group. Observed (reported): in policies it may be missing; then the
    /// scopes say what the policy applies to, and are written instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ResourceGroupId>,
    /// Its name, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What else the API tells of it.
    #[serde(default, skip_serializing_if = "Meta::is_empty")]
    pub meta: Meta,
    /// The scopes that it spans.
    #[serde(
        default,
        rename = "scope",
        skip_serializing_if = "Vec::is_empty",
        with = "one_or_many_scopes"
    )]
    pub scopes: Vec<Scope>,
}

/// The API writes a lone scope without an array around it.
mod one_or_many_scopes {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::OneOrMany;
    use super::Scope;

    pub(super) fn serialize<S: Serializer>(scopes: &[Scope], to: S) -> Result<S::Ok, S::Error> {
        match scopes {
            [one] => one.serialize(to),
            all => all.serialize(to),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Scope>, D::Error> {
        OneOrMany::deserialize(from).map(|scopes| scopes.0)
    }
}

impl From<ResourceGroupId> for ResourceGroup {
    fn from(id: ResourceGroupId) -> Self {
        Self { id: Some(id), name: None, meta: Meta::default(), scopes: Vec::new() }
    }
}

impl From<Scope> for ResourceGroup {
    /// A resource group that is written as a scope, without an id.
    fn from(scope: Scope) -> Self {
        Self { id: None, name: None, meta: Meta::default(), scopes: vec![scope] }
    }
}

/// Equal if all fields are, in whatever order and repetition the scopes come.
impl PartialEq for ResourceGroup {
    fn eq(&self, other: &Self) -> bool {
        let Self { id, name, meta, scopes } = self;
        (id, name, meta) == (&other.id, &other.name, &other.meta)
            && same_set(scopes, &other.scopes, Scope::eq)
    }
}

impl Eq for ResourceGroup {}

impl Hash for ResourceGroup {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { id, name, meta, scopes } = self;
        (id, name, meta).hash(state);
        hash_set(scopes, state);
    }
}

impl ResourceGroup {
    fn is_same(&self, other: &Self) -> bool {
        match (&self.id, &other.id) {
            (Some(one), Some(other)) => one == other,
            _ => !self.scopes.is_empty() && same_set(&self.scopes, &other.scopes, Scope::eq),
        }
    }
}

impl From<&ResourceGroupId> for ResourceGroup {
    fn from(id: &ResourceGroupId) -> Self {
        id.clone().into()
    }
}

/// Objects below a common key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scope {
    /// What the objects belong to, for instance an account.
    pub key: String,
    /// The objects that are in the scope.
    pub objects: Vec<ScopeObject>,
}

impl Scope {
    /// The objects below `key`, each by its own key; `*` stands for all.
    pub fn new<O: Into<String>>(
        key: impl Into<String>,
        objects: impl IntoIterator<Item = O>,
    ) -> Self {
        let object = |key: O| ScopeObject { key: key.into() };
        Self { key: key.into(), objects: objects.into_iter().map(object).collect() }
    }
}

/// Equal if the keys are, in whatever order and repetition the objects come.
impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        let Self { key, objects } = self;
        *key == other.key && same_set(objects, &other.objects, ScopeObject::eq)
    }
}

impl Eq for Scope {}

impl Hash for Scope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { key, objects } = self;
        key.hash(state);
        hash_set(objects, state);
    }
}

/// One object of a scope, or all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScopeObject {
    /// The key of the object, or `*` for all.
    pub key: String,
}

/// A member of the account, as a member of a user group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Member {
    /// Identifies the member, in every group of the account.
    pub id: MemberId,
    /// The email address, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the member has accepted the invitation to the account, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MemberStatus>,
}

impl Member {
    /// A member of which only the id is known, for tests. Its other fields can be set.
    pub fn new(id: impl Into<MemberId>) -> Self {
        Self { id: id.into(), email: None, status: None }
    }
}

/// A member of a user group, with what is known of the user behind the membership.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemberDetails {
    /// Identifies the member, in every group of the account.
    pub id: MemberId,
    /// The email address, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the member has accepted the invitation to the account, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MemberStatus>,
    /// When the member was added to the group, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The user, where the API tells of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

impl MemberDetails {
    /// A member of which only the id is known, for tests. Its other fields can be set.
    pub fn new(id: impl Into<MemberId>) -> Self {
        Self { id: id.into(), email: None, status: None, created_at: None, user: None }
    }
}

/// A member of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountMember {
    /// Identifies the member, also in every user group of the account.
    pub id: MemberId,
    /// The email address, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What became of the invitation to the account, where the API tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccountMemberStatus>,
    /// The user, where the API tells of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

impl AccountMember {
    /// A member of which only the id is known, for tests. Its other fields can be set.
    pub fn new(id: impl Into<MemberId>) -> Self {
        Self { id: id.into(), email: None, status: None, user: None }
    }
}

impl From<AccountMember> for MemberId {
    fn from(member: AccountMember) -> Self {
        member.id
    }
}

impl From<&AccountMember> for MemberId {
    fn from(member: &AccountMember) -> Self {
        member.id.clone()
    }
}

/// The user behind a membership. All of it may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// Identifies the user, in every account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
    /// The email address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
}

impl From<Member> for MemberId {
    fn from(member: Member) -> Self {
        member.id
    }
}

impl From<&Member> for MemberId {
    fn from(member: &Member) -> Self {
        member.id.clone()
    }
}

/// The order in which a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From A to Z.
    Ascending,
    /// From Z to A.
    Descending,
}

macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        ///
        /// A value that this crate does not know is kept, and is written back as it was read.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A value that this crate does not know, as the API wrote it.
            Other(String),
        }

        impl $name {
            /// The value as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl serde::de::Visitor<'_> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E>(self, text: &str) -> Result<$name, E> {
                        Ok($name::from(text))
                    }
                }
                deserializer.deserialize_str(Visitor)
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [$($text),*] })
            }
        }
    };
}

open_enum! {
    /// Whether a policy grants or denies.
    PolicyAccess {
        /// The policy grants.
        Allow = "allow",
        /// The policy denies.
        Deny = "deny",
    }
}

open_enum! {
    /// Whether a member has accepted the invitation to the account.
    MemberStatus {
        /// The invitation was accepted.
        Accepted = "accepted",
        /// The invitation still waits for an answer.
        Pending = "pending",
    }
}

open_enum! {
    /// What became of the invitation to an account.
    AccountMemberStatus {
        /// It was accepted.
        Accepted = "accepted",
        /// It still waits for an answer.
        Pending = "pending",
        /// It was rejected.
        Rejected = "rejected",
    }
}

/// A moment, as the API wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub struct Timestamp(#[cfg_attr(test, schemars(extend("format" = "date-time")))] String);

impl Timestamp {
    /// A moment with this text, for tests.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, which should be a date and time as RFC 3339 writes them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment, or `None` if the text is not one of RFC 3339.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let moment = chrono::DateTime::parse_from_rfc3339(&self.0).ok()?;
        let seconds = Duration::from_secs(moment.timestamp().unsigned_abs());
        let whole = if moment.timestamp() < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(seconds)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(seconds)
        };
        whole?.checked_add(Duration::from_nanos(u64::from(moment.timestamp_subsec_nanos())))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the API tells of a permission group or resource group under free keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Meta(
    /// Sorted by key, and each key once. Mostly there are two or three, for which a map is much.
    Vec<(String, String)>,
);

impl Meta {
    /// The sort is stable: of a key that comes twice, the last counts, as in JSON at large.
    fn from_pairs(mut pairs: Vec<(String, String)>) -> Self {
        pairs.sort_by(|(one, _), (other, _)| other.cmp(one));
        pairs.reverse();
        pairs.dedup_by(|(one, _), (other, _)| one == other);
        Self(pairs)
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }

    /// All keys and their values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Meta {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value.into()));
        Self::from_pairs(pairs.collect())
    }
}

impl Serialize for Meta {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Meta {
    /// Values that are not strings are kept as the text of their JSON. Null is an empty one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<(String, String)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(3).min(64));
                while let Some((key, Text(value))) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_any(Visitor).map(Self::from_pairs)
    }
}

/// A string, or the text of any other JSON.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A string is moved out of the value, so that this costs no more than reading it.
        Ok(Self(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Meta {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Meta".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object", "additionalProperties": { "type": "string" }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(value: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }

    fn policy(permissions: [char; 3], objects: [&str; 2]) -> Policy {
        let id = |digit: char| PermissionGroupId::new(digit.to_string().repeat(32)).unwrap();
        Policy::allow(permissions.map(id), [Scope::new("account", objects)])
    }

    #[test]
    fn policies_are_equal_in_any_order_and_have_the_same_hash() {
        let one = policy(['a', 'b', 'b'], ["x", "y"]);
        let other = policy(['b', 'a', 'a'], ["y", "x"]);
        assert_eq!(one, other);
        assert_eq!(hash(&one), hash(&other));
        for different in [policy(['a', 'b', 'c'], ["x", "y"]), policy(['a', 'b', 'b'], ["x", "z"])]
        {
            assert_ne!(one, different);
            assert_ne!(hash(&one), hash(&different));
        }
    }

    #[test]
    fn models_can_be_built_in_tests() {
        let id = "5ba5af98b9cd4f80bd3b4ed53ab6e4f5";
        let mut group = UserGroup::new(UserGroupId::new(id).unwrap(), "SRE");
        group.created_on = Some(Timestamp::new("2024-03-01T12:21:02Z"));
        assert_eq!(UserGroupId::from(&group), group.id);
        let read: UserGroup = serde_json::from_value(serde_json::json!({
            "id": id, "name": "SRE", "created_on": "2024-03-01T12:21:02Z",
        }))
        .unwrap();
        assert_eq!(group, read);
        assert_eq!(hash(group), hash(read));
        let member = Member::new(MemberId::new(id).unwrap());
        assert_eq!(MemberId::from(&member), AccountMember::new(&member).id);
        let meta = Meta::from_iter([("b", "1"), ("a", "2"), ("b", "3")]);
        assert_eq!(meta.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
    }
}
