//! The operations on user groups.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::body::{GroupUpdate, NewGroup, Object, PolicyBody, ResourceReference, parse};
use crate::fault::{ChangePart, FaultKind, Normalisation};
use crate::handlers::show::show_group;
use crate::operation::Contract;
use crate::page::PAGE_LIMITS;
use crate::request::Call;
use crate::response::{ApiError, Errors, Result, Success, code};
use crate::state::id::Id;
use crate::state::seed::{Access, InlineScope, Policy, PolicyResources, UserGroup};

pub(crate) fn create(call: &mut Call<'_>) -> Result<Success> {
    let Object::<NewGroup>(body) = parse(&call.body)?;
    if let Some(index) = body.policies.iter().position(|policy| policy.0.id.is_some()) {
        let pointer = format!("/policies/{index}/id");
        return Err(ApiError::invalid(code::BODY, "unknown field `id`", &pointer));
    }
    let name = call.normalised(body.name);
    let mut policies = resolve_policies(call, body.policies)?;
    check_name(call, &name, None)?;
    if call.drops(ChangePart::Policies) {
        policies.clear();
    }
    let now = call.clock.tick();
    let groups = call.account.groups();
    let id = call.ids.next(|id| groups.contains_key(id));
    let created_on = now.clone();
    let group =
        UserGroup { id, name, created_on, modified_on: now, policies, ..UserGroup::default() };
    Ok(put(call, group))
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Success> {
    let page = call.query.page(PAGE_LIMITS);
    let id = call.query.id("id");
    let descending = call.query.descending();
    call.query.check()?;
    let (name, fuzzy) = (call.query.text("name"), call.query.folded("fuzzyName"));
    let groups = call.shown_groups();
    let mut found: Vec<&UserGroup> = groups
        .values()
        .map(AsRef::as_ref)
        .filter(|group| id.as_ref().is_none_or(|id| group.id == id.as_str()))
        .filter(|group| name.is_none_or(|name| group.name == name))
        .filter(|group| fuzzy.as_ref().is_none_or(|it| group.name.to_lowercase().contains(it)))
        .collect();
    found.sort_by_key(|group| (&group.name, &group.id));
    if descending {
        found.reverse();
    }
    Ok(call.list(page, found, groups.len(), |group| show_group(group, call.account, call.contract)))
}

pub(crate) fn details(call: &mut Call<'_>) -> Result<Success> {
    let group = call.shown_group()?;
    Ok(Success::of(show_group(&group, call.account, call.contract)))
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Success> {
    let Object::<GroupUpdate>(body) = parse(&call.body)?;
    let before = call.group()?;
    let mut group = before.clone();
    if let Some(policies) = body.policies {
        let policies = resolve_policies(call, policies)?;
        if !call.drops(ChangePart::Policies) {
            group.policies = policies;
        }
    }
    if let Some(name) = body.name {
        let name = call.normalised(name);
        check_name(call, &name, Some(&before))?;
        if !call.drops(ChangePart::Name) {
            group.name = name;
        }
    }
    // Assumption: an update that changes nothing is no modification.
    if group != before {
        group.modified_on = call.clock.tick();
    }
    Ok(put(call, group))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Success> {
    let group = call.group()?;
    check_writable(&group)?;
    call.account.delete_group(&group.id, call.clock.elapsed());
    Ok(Success::of(json!({ "id": group.id })))
}

fn put(call: &mut Call<'_>, group: UserGroup) -> Success {
    let shown = show_group(&group, call.account, call.contract);
    call.account.put_group(group, call.clock.elapsed());
    Success::of(shown)
}

/// Returns an error if the group is managed by SCIM. Assumption: status and message.
pub(crate) fn check_writable(group: &UserGroup) -> Result<()> {
    if group.managed_by_scim {
        let message = "User group is managed by SCIM and cannot be modified";
        return Err(ApiError::observed(StatusCode::BAD_REQUEST, message));
    }
    Ok(())
}

/// Returns an error if a group cannot have this name. `before` is the group that is renamed.
fn check_name(call: &Call<'_>, name: &str, before: Option<&UserGroup>) -> Result<()> {
    if before.is_some_and(|group| group.name == name) {
        return Ok(());
    }
    before.map_or(Ok(()), check_writable)?;
    if call.is_observed() && call.account.groups().values().any(|group| group.name == name) {
        let message = format!("User group name '{name}' is already in use");
        return Err(ApiError::observed(StatusCode::BAD_REQUEST, &message));
    }
    Ok(())
}

impl Call<'_> {
    /// The name that the service makes of a name.
    fn normalised(&self, name: String) -> String {
        match self.fault {
            Some(FaultKind::NormaliseName(Normalisation::Trim)) => name.trim().to_owned(),
            Some(FaultKind::NormaliseName(Normalisation::Cut(length))) => {
                name.chars().take(*length).collect()
            }
            Some(FaultKind::NormaliseName(Normalisation::Nfc)) => name.nfc().collect(),
            _ => name,
        }
    }
}

/// Checks policies and gives them ids.
fn resolve_policies(call: &mut Call<'_>, policies: Vec<Object<PolicyBody>>) -> Result<Vec<Policy>> {
    let mut missing = Errors::new(StatusCode::NOT_FOUND);
    let mut resolved: Vec<Policy> = Vec::with_capacity(policies.len());
    let mut ids = BTreeSet::new();
    for (index, Object(policy)) in policies.into_iter().enumerate() {
        let place = format!("/policies/{index}");
        let PolicyBody { id, access, permission_groups, resource_groups } = policy;
        check_policy_id(call, id.as_deref(), &mut ids, &place)?;
        let permission_groups: Vec<Id> = permission_groups.into_iter().map(|it| it.0.id).collect();
        for (index, id) in permission_groups.iter().enumerate() {
            if !call.account.permission_groups.contains_key(id.as_str()) {
                let pointer = format!("{place}/permission_groups/{index}/id");
                missing.add(code::NOT_FOUND, not_in_account("permission group", id), &pointer);
            }
        }
        let place = format!("{place}/resource_groups");
        let resources = resolve_resources(call, resource_groups, &place, &mut missing)?;
        let permission_groups = permission_groups.into_iter().map(String::from).collect();
        // The live service gives out new ids with every update (observed).
        let id = id.filter(|_| !call.is_observed());
        resolved.push(Policy {
            id: id.unwrap_or_else(|| call.ids.next(|_| false)),
            access,
            permission_groups: call.account.sorted_permission_groups(permission_groups),
            resource_groups: call.account.sorted_resources(resources),
        });
    }
    let missing = missing.check();
    if call.is_observed() {
        // Assumption: an unknown id is reported like a policy that is denied.
        let denied = resolved.iter().any(|policy| policy.access == Access::Deny);
        return if denied || missing.is_err() { Err(invalid_policies()) } else { Ok(resolved) };
    }
    missing?;
    Ok(resolved)
}

/// The error of policies that the service does not accept (observed).
pub(crate) fn invalid_policies() -> ApiError {
    ApiError::observed(StatusCode::BAD_REQUEST, "Policy validation failed")
}

fn check_policy_id(
    call: &Call<'_>,
    id: Option<&str>,
    seen: &mut BTreeSet<String>,
    place: &str,
) -> Result<()> {
    let Some(id) = id else {
        return Ok(());
    };
    let repeated = !seen.insert(id.to_owned());
    if call.is_observed() && (repeated || call.account.has_policy(id)) {
        return Err(ApiError::observed(StatusCode::BAD_REQUEST, "Cannot re-use policy IDs"));
    }
    if repeated {
        // Assumption: two policies of a group cannot have the same id.
        let message = "another policy of the group has this id";
        return Err(ApiError::conflict(message, &format!("{place}/id")));
    }
    Ok(())
}

/// Assumption: an unknown id is reported with 404, like one in the path.
fn resolve_resources(
    call: &Call<'_>,
    references: Vec<Object<ResourceReference>>,
    place: &str,
    missing: &mut Errors,
) -> Result<Vec<PolicyResources>> {
    let mut resources = Vec::with_capacity(references.len());
    for (index, Object(reference)) in references.into_iter().enumerate() {
        let place = format!("{place}/{index}");
        match reference {
            ResourceReference { scope: Some(_), .. } if call.contract == Contract::Documented => {
                let pointer = format!("{place}/scope");
                return Err(ApiError::invalid(code::BODY, "unknown field `scope`", &pointer));
            }
            ResourceReference { id: None, scope: Some(_) }
                if call.fault == Some(&FaultKind::RefuseInlineScopes) =>
            {
                return Err(invalid_policies());
            }
            ResourceReference { id: None, scope: Some(scope) } => {
                resources.push(PolicyResources::Inline(InlineScope { scope: scope.0 }));
            }
            ResourceReference { id: Some(id), scope: None } => {
                if !call.account.resource_groups.contains_key(id.as_str()) {
                    let message = not_in_account("resource group", &id);
                    missing.add(code::NOT_FOUND, message, &format!("{place}/id"));
                }
                resources.push(PolicyResources::Group(id.into()));
            }
            ResourceReference { id: None, scope: None } => {
                let pointer = format!("{place}/id");
                return Err(ApiError::invalid(code::BODY, "missing field `id`", &pointer));
            }
            ResourceReference { id: Some(_), scope: Some(_) } => {
                let message = "`id` and `scope` exclude each other";
                return Err(ApiError::invalid(code::BODY, message, &place));
            }
        }
    }
    Ok(resources)
}

pub(crate) fn not_in_account(kind: &str, id: &Id) -> String {
    format!("there is no {kind} {id} in the account")
}
