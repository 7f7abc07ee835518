//! Conversion of raw types to the model, and of the model to what is sent.

use super::{Listed, types};
use crate::error::{Error, Result};
use crate::id::MemberId;
use crate::model::{self, Direction, PageInfo};

/// A raw type that is converted to one of the model.
pub(super) trait IntoModel {
    type Model;

    fn into_model(self) -> Self::Model;
}

pub(super) fn models<T: IntoModel>(items: Vec<T>) -> Vec<T::Model> {
    items.into_iter().map(T::into_model).collect()
}

impl<T: IntoModel> IntoModel for Listed<T> {
    type Model = Listed<T::Model>;

    fn into_model(self) -> Self::Model {
        let Self { items, is_null, info } = self;
        Listed { items: models(items), is_null, info }
    }
}

impl IntoModel for types::ResultInfo {
    type Model = PageInfo;

    fn into_model(self) -> PageInfo {
        let Self { count, page, per_page, total_count, total_pages } = self;
        let whole = |number: Option<f64>| {
            number.filter(|number| *number >= 0.0).map(|number| number as u64)
        };
        PageInfo {
            count: whole(count),
            page: whole(page),
            per_page: whole(per_page),
            total_count: whole(total_count),
            total_pages: whole(total_pages),
        }
    }
}

impl IntoModel for types::UserGroup {
    type Model = model::UserGroup;

    fn into_model(self) -> model::UserGroup {
        let Self { id, name, created_on, modified_on, policies } = self;
        let policies = models(policies.unwrap_or_default());
        model::UserGroup { id, name, created_on, modified_on, policies }
    }
}

impl IntoModel for types::Policy {
    type Model = model::Policy;

    fn into_model(self) -> model::Policy {
        let Self { id, access, permission_groups, resource_groups } = self;
        model::Policy {
            id,
            access,
            permission_groups: models(permission_groups.unwrap_or_default()),
            resource_groups: models(resource_groups.unwrap_or_default()),
        }
    }
}

impl IntoModel for types::PermissionGroup {
    type Model = model::PermissionGroup;

    fn into_model(self) -> model::PermissionGroup {
        let Self { id, name, meta } = self;
        model::PermissionGroup { id, name, meta: meta.unwrap_or_default() }
    }
}

impl IntoModel for types::ResourceGroup {
    type Model = model::ResourceGroup;

    fn into_model(self) -> model::ResourceGroup {
        let Self { id, name, meta, scope } = self;
        let meta = meta.unwrap_or_default();
        model::ResourceGroup { id, name, meta, scopes: models(scope.unwrap_or_default().0) }
    }
}

impl IntoModel for types::Scope {
    type Model = model::Scope;

    fn into_model(self) -> model::Scope {
        let Self { key, objects } = self;
        let objects = models(objects.unwrap_or_default());
        model::Scope { key: key.unwrap_or_default(), objects }
    }
}

impl IntoModel for types::ScopeObject {
    type Model = model::ScopeObject;

    fn into_model(self) -> model::ScopeObject {
        let Self { key } = self;
        model::ScopeObject { key: key.unwrap_or_default() }
    }
}

impl IntoModel for types::Zone {
    type Model = model::Zone;

    fn into_model(self) -> model::Zone {
        let Self { id, name, account } = self;
        let account_id = account.and_then(|types::ZoneAccount { id }| id);
        model::Zone { id, name, account_id }
    }
}

impl IntoModel for types::Member {
    type Model = model::Member;

    fn into_model(self) -> model::Member {
        let Self { id, email, status } = self;
        model::Member { id, email, status }
    }
}

impl IntoModel for types::MemberDetails {
    type Model = model::MemberDetails;

    fn into_model(self) -> model::MemberDetails {
        let Self { id, email, status, created_at, user } = self;
        model::MemberDetails {
            id,
            email,
            status,
            created_at,
            user: user.map(types::User::into_model),
        }
    }
}

impl IntoModel for types::AccountMember {
    type Model = model::AccountMember;

    fn into_model(self) -> model::AccountMember {
        let Self { id, email, status, user } = self;
        model::AccountMember { id, email, status, user: user.map(types::User::into_model) }
    }
}

impl IntoModel for types::User {
    type Model = model::User;

    fn into_model(self) -> model::User {
        let Self { id, email, first_name, last_name } = self;
        model::User { id, email, first_name, last_name }
    }
}

pub(super) fn direction(direction: Direction) -> types::SortDirection {
    match direction {
        Direction::Ascending => types::SortDirection::Asc,
        Direction::Descending => types::SortDirection::Desc,
    }
}

/// The policies as they are written. Their ids are read-only and never sent.
pub(super) fn written(policies: Vec<model::Policy>) -> Result<types::NewPolicies> {
    let write = |(index, policy): (usize, model::Policy)| {
        written_policy(policy)
            .map_err(|problem| Error::invalid(format!("policy {index} (from 0): {problem}")))
    };
    policies.into_iter().enumerate().map(write).collect::<Result<_>>().map(types::NewPolicies)
}

fn written_policy(policy: model::Policy) -> std::result::Result<types::NewPolicy, String> {
    let model::Policy { id: _, access, permission_groups, resource_groups } = policy;
    let mut resources = Vec::with_capacity(resource_groups.len());
    for group in resource_groups {
        written_resource_group(group, &mut resources)?;
    }
    Ok(types::NewPolicy {
        access: access.ok_or("it has neither allow nor deny")?,
        permission_groups: permission_groups
            .into_iter()
            .map(written_permission_group)
            .collect::<std::result::Result<_, _>>()?,
        resource_groups: resources,
    })
}

fn written_permission_group(
    group: model::PermissionGroup,
) -> std::result::Result<types::PermissionGroupRef, String> {
    let id = group.id.ok_or("a permission group has no id")?;
    id.sendable().map_err(|problem| problem.to_string())?;
    Ok(types::PermissionGroupRef { id })
}

/// A group with an id is written by it. Without one, each of its scopes is written inline: a policy
/// applies to all of its resource groups together.
fn written_resource_group(
    group: model::ResourceGroup,
    to: &mut Vec<types::WrittenResourceGroup>,
) -> std::result::Result<(), String> {
    let model::ResourceGroup { id, name: _, meta: _, scopes } = group;
    match id {
        Some(id) => {
            id.sendable().map_err(|problem| problem.to_string())?;
            to.push(types::ResourceGroupRef { id }.into());
        }
        None if scopes.is_empty() => {
            return Err("a resource group has neither an id nor a scope".to_owned());
        }
        None => {
            for scope in scopes {
                let scope = written_scope(scope)?;
                to.push(types::InlineResourceGroup { scope }.into());
            }
        }
    }
    Ok(())
}

pub(super) fn written_scope(
    scope: model::Scope,
) -> std::result::Result<types::WrittenScope, String> {
    let model::Scope { key, objects } = scope;
    if key.is_empty() || objects.is_empty() || objects.iter().any(|object| object.key.is_empty()) {
        return Err("a scope needs a key and objects with keys".to_owned());
    }
    let object = |model::ScopeObject { key }| types::WrittenScopeObject { key };
    Ok(types::WrittenScope { key, objects: objects.into_iter().map(object).collect() })
}

pub(super) fn member_refs(members: &[MemberId]) -> Result<types::MemberRefs> {
    let reference = |id: &MemberId| Ok(types::MemberRef { id: id.sendable()?.clone() });
    members.iter().map(reference).collect::<Result<_>>().map(types::MemberRefs)
}
