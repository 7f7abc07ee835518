//! The operations on the members of a user group.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::body::{Object, Reference, parse};
use crate::fault::ChangePart;
use crate::handlers::groups::{check_writable, invalid_policies, not_in_account};
use crate::handlers::show::{show_member, show_user};
use crate::operation::Contract;
use crate::page::PAGE_LIMITS;
use crate::request::Call;
use crate::response::{ApiError, Errors, Result, Success, code};
use crate::state::seed::{AccountMember, MemberStatus, UserGroup};

pub(crate) fn list(call: &mut Call<'_>) -> Result<Success> {
    let page = call.query.page(PAGE_LIMITS);
    let descending = call.query.descending();
    call.query.check()?;
    let fuzzy = call.query.folded("fuzzyEmail");
    let group = call.shown_group()?;
    call.check_ready()?;
    if call.is_observed() && group.invalid_policies {
        return Err(invalid_policies());
    }
    if call.is_observed() && group.members.is_empty() {
        return Ok(Success::of(Value::Null));
    }
    let members = group.members.iter().filter_map(|id| call.account.members.get(id));
    let mut found: Vec<&AccountMember> = members
        .filter(|member| fuzzy.as_ref().is_none_or(|it| member.email.to_lowercase().contains(it)))
        .collect();
    if descending {
        found.reverse();
    }
    Ok(call.list(page, found, group.members.len(), |member| show_member(call.account, member)))
}

/// Replaces the whole set of members.
pub(crate) fn replace(call: &mut Call<'_>) -> Result<Success> {
    let (mut group, members) = change(call)?;
    if !call.drops(ChangePart::Members) {
        group.members = members;
    }
    let shown = show_all(call, &group.members);
    put(call, group);
    Ok(Success::of(shown))
}

/// Adds members. Members that are in the group already stay in it.
pub(crate) fn add(call: &mut Call<'_>) -> Result<Success> {
    let (mut group, members) = change(call)?;
    if !call.drops(ChangePart::Members) {
        group.members.extend(members.iter().cloned());
        group.members = call.account.sorted_members(group.members);
    }
    let result = match call.contract {
        // Assumption: the one member of the result is the first of the request. There is no
        // result if the request has no member.
        Contract::Documented => {
            let first = parse::<Vec<Object<Reference>>>(&call.body)?.into_iter().next();
            let first = first.and_then(|it| call.account.members.get(it.0.id.as_str()));
            first.map(|member| show_member(call.account, member))
        }
        // Assumption: the array holds the members of the request, not all members of the group.
        Contract::Current => Some(show_all(call, &members)),
        Contract::Observed => Some(show_all(call, &group.members)),
    };
    put(call, group);
    Ok(Success { result, info: None })
}

pub(crate) fn remove(call: &mut Call<'_>) -> Result<Success> {
    let mut group = call.group()?;
    call.check_ready()?;
    check_writable(&group)?;
    let member = find(call, &group)?;
    if !call.drops(ChangePart::Members) {
        group.members.retain(|id| *id != member.id);
    }
    let shown = show_member(call.account, &member);
    put(call, group);
    Ok(Success::of(shown))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Success> {
    let group = call.shown_group()?;
    call.check_ready()?;
    let member = find(call, &group)?;
    let mut shown = show_member(call.account, &member);
    shown["created_at"] = json!(member.created_at);
    shown["user"] = show_user(&member);
    Ok(Success::of(shown))
}

/// The group that a request changes, and the members that its body names.
fn change(call: &Call<'_>) -> Result<(UserGroup, Vec<String>)> {
    if call.is_observed() && !call.body.is_array() {
        let kind = kind_of(&call.body);
        let message = format!("Invalid type '{kind}' in JSON input");
        return Err(ApiError::observed(StatusCode::BAD_REQUEST, &message));
    }
    let references: Vec<Object<Reference>> = parse(&call.body)?;
    let group = call.group()?;
    call.check_ready()?;
    check_writable(&group)?;
    let mut missing = Errors::new(StatusCode::NOT_FOUND);
    for (index, Object(Reference { id })) in references.iter().enumerate() {
        let pointer = format!("/{index}/id");
        match call.account.members.get(id.as_str()) {
            Some(member) if member.status != MemberStatus::Rejected => {}
            _ if call.is_observed() => return Err(invalid_member()),
            // Assumption: members of a group are documented to be accepted or pending, so a
            // member who has rejected the invitation cannot be added.
            Some(_) => {
                let message = format!("member {id} has rejected the invitation to the account");
                return Err(ApiError::conflict(message, &pointer));
            }
            None => missing.add(code::NOT_FOUND, not_in_account("member", id), &pointer),
        }
    }
    missing.check()?;
    let members = references.into_iter().map(|it| it.0.id.into()).collect();
    Ok((group, call.account.sorted_members(members)))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The error for an id that is not a member of the account (observed). Assumption: the wording, and
/// that a member who has rejected the invitation is refused in the same way.
fn invalid_member() -> ApiError {
    ApiError::observed(StatusCode::BAD_REQUEST, "Invalid member")
}

/// The member in the path, if it is in the group.
fn find(call: &Call<'_>, group: &UserGroup) -> Result<AccountMember> {
    let id = call.path_id("member_id")?;
    let member = call.account.members.get(id.as_str());
    let in_group = group.members.iter().any(|member| member == id.as_str());
    match member {
        Some(member) if in_group => Ok(member.clone()),
        None if call.is_observed() => Err(invalid_member()),
        _ if call.is_observed() => {
            Err(ApiError::observed(StatusCode::NOT_FOUND, "Member not found in user group"))
        }
        _ => {
            let message = format!("there is no member {id} in the user group");
            Err(ApiError::not_found(message, "member_id"))
        }
    }
}

fn put(call: &mut Call<'_>, group: UserGroup) {
    call.account.put_group(group, call.clock.elapsed());
}

fn show_all(call: &Call<'_>, ids: &[String]) -> Value {
    let members = ids.iter().filter_map(|id| call.account.members.get(id));
    members.map(|member| show_member(call.account, member)).collect()
}
