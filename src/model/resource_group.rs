//! Resource groups and their scopes.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::meta::Meta;
use super::set::{hash_set, same_set};
use crate::id::ResourceGroupId;

/// A set of resources to which a policy applies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResourceGroup {
    /// Identifies the resource group. Observed (reported): in policies it may be missing; then the
    /// scopes are compared and sent instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ResourceGroupId>,
    /// The name, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Other fields that the API returns.
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

/// The API writes a single scope without an array.
mod one_or_many_scopes {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Scope;
    use crate::model::one_or_many::OneOrMany;

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

/// Equal if all fields are equal; order and repetition of the scopes make no difference.
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
    pub(super) fn is_same(&self, other: &Self) -> bool {
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
    /// The resource that contains the objects, for instance an account.
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

/// Equal if the keys are equal; order and repetition of the objects make no difference.
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
