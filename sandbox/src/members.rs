//! The operations on the members of a user group.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::Contract;
use crate::body;
use crate::groups::{cut, positions};
use crate::id::Id;
use crate::neighbours::UserView;
use crate::operation::{Call, PAGE_LIMITS, success, success_with};
use crate::page::ResultInfo;
use crate::refusal::{Problem, Problems, Refusal, code};
use crate::seed::MemberStatus;
use crate::world::{Entry, Member};

pub(crate) fn list(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut problems = Problems::invalid();
    let page = call.query.page(PAGE_LIMITS, &mut problems);
    let descending = call.query.descending(&mut problems);
    problems.check()?;
    let fuzzy = call.query.folded("fuzzyEmail");
    let keep = |entry: &&Entry<Member>| {
        let email = &entry.item.folded_email;
        fuzzy.as_deref().is_none_or(|text| email.contains(text))
    };
    let group = call.group()?;
    let members = call.account.members.at(&group.members).filter(keep);
    let (page, found) = cut(members, descending, page, call);
    let info = ResultInfo::new(page, found.len(), group.members.len(), call.contract);
    success(views(found), Some(info))
}

/// Members as answers show them.
fn views<'a>(members: impl IntoIterator<Item = &'a Entry<Member>>) -> Vec<&'a RawValue> {
    members.into_iter().map(|entry| &*entry.json).collect()
}

/// Replaces the whole set of members.
pub(crate) fn replace(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let (_, members) = named_members(call)?;
    call.group_mut()?.members = members;
    let members = call.account.members.at(&call.group()?.members);
    success(views(members), None)
}

/// Adds members. Those who are in the group already stay in it.
pub(crate) fn add(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let (first, mut members) = named_members(call)?;
    let added = members.clone();
    call.group_mut()?.members.append(&mut members);
    match call.contract {
        Contract::Documented => {
            // Assumption: the one member of the answer is the first that was asked for. There is
            // none in the answer if nobody was.
            let first = first.and_then(|it| call.account.members.get(it));
            success_with(first.map(|entry| &*entry.json), None)
        }
        // Assumption: the array holds those who were asked for, not all members of the group.
        Contract::Current => success(views(call.account.members.at(&added)), None),
    }
}

/// The members that the body names: the first, and all.
fn named_members(call: &Call<'_>) -> Result<(Option<usize>, BTreeSet<usize>), Refusal> {
    let ids = body::members(&call.body)?;
    call.group()?;
    let directory = &call.account.members;
    let mut problems = Problems::missing();
    let members = positions(directory, &ids, "member", "", &mut problems);
    problems.check()?;
    let rejected = |entry: &&Entry<Member>| entry.item.details.status == MemberStatus::Rejected;
    if let Some(entry) = directory.at(&members).find(rejected) {
        return Err(has_rejected(entry.id, &ids));
    }
    let first = ids.first().and_then(|id| directory.position(*id));
    Ok((first, members))
}

/// Assumption: who has rejected the invitation cannot be in a group, since the members of a group
/// are documented to be accepted or pending.
fn has_rejected(id: Id, ids: &[Id]) -> Refusal {
    let index = ids.iter().position(|other| *other == id).unwrap_or_default();
    let message = format!("member {id} has rejected the invitation to the account");
    let problem = Problem::new(code::CONFLICT, message).at(format!("/{index}/id"));
    Refusal::new(StatusCode::CONFLICT, problem)
}

pub(crate) fn remove(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let position = member_of_group(call)?;
    call.group_mut()?.members.remove(&position);
    let member = call.account.members.get(position);
    success_with(member.map(|entry| &*entry.json), None)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let position = member_of_group(call)?;
    let member = call.account.members.get(position);
    success_with(member.map(MemberDetails::of), None)
}

/// The position of the member that the path names, who is in the group that it names.
fn member_of_group(call: &Call<'_>) -> Result<usize, Refusal> {
    let id = call.path_id("member_id")?;
    let group = call.group()?;
    let position = call.account.members.position(id);
    let missing = || {
        let message = format!("there is no member {id} in the user group");
        Refusal::not_found(message, "member_id")
    };
    position.filter(|position| group.members.contains(position)).ok_or_else(missing)
}

/// A member of a group as the tenth operation shows it.
#[derive(Serialize)]
struct MemberDetails<'a> {
    id: Id,
    email: &'a str,
    status: MemberStatus,
    created_at: &'a str,
    user: UserView<'a>,
}

impl<'a> MemberDetails<'a> {
    fn of(entry: &'a Entry<Member>) -> Self {
        let details = &entry.item.details;
        Self {
            id: entry.id,
            email: &details.email,
            status: details.status,
            created_at: &details.created_at,
            user: UserView::of(details),
        }
    }
}
