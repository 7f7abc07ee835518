//! What a policy does, without its id.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use cloudflare_user_groups::{
    PermissionGroupId, Policy, PolicyAccess, ResourceGroup, ResourceGroupId, Scope,
};
use serde::{Deserialize, Serialize};

/// What a policy does. It has no id: the API gives out new policy ids with every update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// Whether it grants or denies.
    #[cfg_attr(test, schemars(with = "String"))]
    pub access: PolicyAccess,
    /// The permissions that it grants or denies.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub permission_groups: BTreeSet<PermissionGroupId>,
    /// The resources that it applies to.
    pub resource_groups: BTreeSet<PolicyResource>,
}

/// A resource group of a policy: an id, its scopes, or both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyResource {
    /// The id. Observed (reported): a policy can show scopes without an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub id: Option<ResourceGroupId>,
    /// The scopes, as far as they are known.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub scopes: BTreeSet<PolicyScope>,
}

/// Objects below a common key, as a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyScope {
    /// The key, for instance of an account.
    pub key: String,
    /// The keys of the objects; `*` stands for all.
    pub objects: BTreeSet<String>,
}

/// A policy with a part that is missing or unknown. It cannot be written back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IncompletePolicy {
    /// The part that is missing or unknown.
    pub problem: String,
    /// The policy as JSON, without its id.
    pub json: String,
}

impl PolicyRule {
    /// Returns a rule with these permissions on these resources.
    pub fn new(
        access: PolicyAccess,
        permission_groups: impl IntoIterator<Item = PermissionGroupId>,
        resource_groups: impl IntoIterator<Item = PolicyResource>,
    ) -> Self {
        Self {
            access,
            permission_groups: permission_groups.into_iter().collect(),
            resource_groups: resource_groups.into_iter().collect(),
        }
    }

    /// Returns what the policy does.
    ///
    /// # Errors
    ///
    /// If a part of the policy is missing or unknown.
    pub fn from_policy(policy: &Policy) -> Result<Self, IncompletePolicy> {
        Self::read(policy).map_err(|problem| {
            let mut policy = policy.clone();
            policy.id = None;
            // A policy holds text and lists of it: there is nothing that JSON cannot write.
            let json = serde_json::to_string(&policy).unwrap_or_default();
            IncompletePolicy { problem, json }
        })
    }

    fn read(policy: &Policy) -> Result<Self, String> {
        let access = match &policy.access {
            Some(PolicyAccess::Other(access)) => {
                return Err(format!("access {access:?} is unknown"));
            }
            Some(access) => access.clone(),
            None => return Err("access is missing".to_owned()),
        };
        let permissions: Option<BTreeSet<_>> =
            policy.permission_groups.iter().map(|group| group.id.clone()).collect();
        let resources: Option<Vec<_>> =
            policy.resource_groups.iter().map(PolicyResource::read).collect();
        let permission_groups = permissions.ok_or("a permission group has no id")?;
        let resources = resources.ok_or("a resource group has neither id nor scope")?;
        let resource_groups: BTreeSet<_> =
            resources.into_iter().flat_map(PolicyResource::one_by_one).collect();
        if permission_groups.is_empty() {
            return Err("permission_groups are missing".to_owned());
        }
        if resource_groups.is_empty() {
            return Err("resource_groups are missing".to_owned());
        }
        Ok(Self { access, permission_groups, resource_groups })
    }

    /// Returns the policy to write.
    pub(crate) fn to_policy(&self) -> Policy {
        let resources = self.resource_groups.iter().map(PolicyResource::to_resource_group);
        let mut policy = Policy::allow(&self.permission_groups, resources);
        policy.access = Some(self.access.clone());
        policy
    }

    /// Returns whether both rules have the same effect.
    pub fn is_same(&self, other: &Self) -> bool {
        self.access == other.access
            && self.permission_groups == other.permission_groups
            && same_set(&self.resource_groups, &other.resource_groups, PolicyResource::is_same)
    }

    /// Returns whether the rules differ at most in their permissions, or in their resources.
    pub fn is_similar(&self, other: &Self) -> bool {
        self.access == other.access
            && (self.permission_groups == other.permission_groups
                || same_set(&self.resource_groups, &other.resource_groups, PolicyResource::is_same))
    }

    /// Returns whether the rule has all permissions and resources of another.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let has =
            |resource: &PolicyResource| self.resource_groups.iter().any(|it| it.is_same(resource));
        self.access == other.access
            && self.permission_groups.is_superset(&other.permission_groups)
            && other.resource_groups.iter().all(has)
    }

    /// Returns the texts that its fingerprint is made of.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts = vec!["policy", self.access.as_str()];
        texts.extend(self.permission_groups.iter().map(|id| id.as_str()));
        for resource in &self.resource_groups {
            texts.push("on");
            // The scopes of a resource group with an id may not have been read.
            match &resource.id {
                Some(id) => texts.push(id.as_str()),
                None => resource.scopes.iter().for_each(|scope| {
                    texts.push(&scope.key);
                    texts.extend(scope.objects.iter().map(String::as_str));
                }),
            }
        }
        texts
    }

    fn key(&self) -> (&str, &BTreeSet<PermissionGroupId>, &BTreeSet<PolicyResource>) {
        (self.access.as_str(), &self.permission_groups, &self.resource_groups)
    }
}

impl Ord for PolicyRule {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for PolicyRule {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns whether both sets of rules have the same effect.
pub(crate) fn same_rules(some: &BTreeSet<PolicyRule>, others: &BTreeSet<PolicyRule>) -> bool {
    same_set(some, others, PolicyRule::is_same)
}

fn same_set<T>(some: &BTreeSet<T>, others: &BTreeSet<T>, same: impl Fn(&T, &T) -> bool) -> bool {
    some.iter().all(|one| others.iter().any(|other| same(one, other)))
        && others.iter().all(|other| some.iter().any(|one| same(one, other)))
}

impl PolicyResource {
    pub(crate) fn read(group: &ResourceGroup) -> Option<Self> {
        let scopes: BTreeSet<_> = group.scopes.iter().map(PolicyScope::from).collect();
        let known = group.id.is_some() || !scopes.is_empty();
        known.then(|| Self { id: group.id.clone(), scopes })
    }

    /// Returns each scope by itself, if they are not those of a resource group. So they are
    /// written.
    fn one_by_one(self) -> Vec<Self> {
        match self.id {
            Some(_) => vec![self],
            None => self.scopes.into_iter().map(Self::from).collect(),
        }
    }

    fn to_resource_group(&self) -> ResourceGroup {
        let mut scopes = self.scopes.iter().map(PolicyScope::to_scope);
        match (&self.id, scopes.next()) {
            (None, Some(first)) => {
                let mut group = ResourceGroup::from(first);
                group.scopes.extend(scopes);
                group
            }
            (Some(id), _) => ResourceGroup::from(id),
            // Refused by the client before anything is sent.
            (None, None) => ResourceGroup::from(Scope::new("", [""; 0])),
        }
    }

    /// Returns whether both are the same resources: by id, or by scope where one has no id.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.id, &other.id) {
            (Some(one), Some(other)) => one == other,
            _ => !self.scopes.is_empty() && self.scopes == other.scopes,
        }
    }

    /// Returns whether the scopes have all objects of another, as far as both are known.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        let has = |scope: &PolicyScope| self.scopes.iter().any(|it| it.contains(scope));
        !other.scopes.is_empty() && other.scopes.iter().all(has)
    }
}

impl From<ResourceGroupId> for PolicyResource {
    fn from(id: ResourceGroupId) -> Self {
        Self { id: Some(id), scopes: BTreeSet::new() }
    }
}

impl From<PolicyScope> for PolicyResource {
    fn from(scope: PolicyScope) -> Self {
        Self { id: None, scopes: BTreeSet::from([scope]) }
    }
}

/// The id, or the scopes of a resource group without an id.
impl fmt::Display for PolicyResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = &self.id {
            return write!(f, "{id}");
        }
        for (index, scope) in self.scopes.iter().enumerate() {
            write!(f, "{}{scope}", if index == 0 { "" } else { " and " })?;
        }
        Ok(())
    }
}

impl PolicyScope {
    fn contains(&self, other: &Self) -> bool {
        let all = self.objects.contains("*");
        self.key == other.key && (all || self.objects.is_superset(&other.objects))
    }

    pub(crate) fn to_scope(&self) -> Scope {
        Scope::new(&*self.key, self.objects.iter())
    }
}

impl From<&Scope> for PolicyScope {
    fn from(scope: &Scope) -> Self {
        let objects = scope.objects.iter().map(|object| object.key.clone()).collect();
        Self { key: scope.key.clone(), objects }
    }
}

impl fmt::Display for PolicyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects: Vec<&str> = self.objects.iter().map(String::as_str).collect();
        write!(f, "{}: {}", self.key, objects.join(", "))
    }
}
