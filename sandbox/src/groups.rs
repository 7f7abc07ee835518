//! The operations on user groups.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::body::{self, PolicyBody};
use crate::id::{Id, IdSource};
use crate::operation::{Call, PAGE_LIMITS, no_group, success};
use crate::page::{Page, ResultInfo};
use crate::refusal::{Problem, Problems, Refusal, code};
use crate::seed::Access;
use crate::world::{Account, Directory, Group, Policy};

pub(crate) fn create(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let body = body::new_group(&call.body)?;
    let policies = body.policies.unwrap_or_default();
    let policies = policies_of(policies, call.account, call.ids)?;
    let name = body.name.unwrap_or_default();
    let now = call.calendar.tick();
    let groups = &mut call.account.groups;
    let id = call.ids.next(|id| groups.contains(id));
    groups.insert(Group {
        id,
        folded_name: name.to_lowercase(),
        name: name.into(),
        created_on: now.clone(),
        modified_on: now,
        policies,
        members: BTreeSet::new(),
    });
    show(call.account, id)
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut problems = Problems::invalid();
    let page = call.query.page(PAGE_LIMITS, &mut problems);
    let id = call.query.id("id", &mut problems);
    let descending = call.query.descending(&mut problems);
    problems.check()?;
    let fuzzy = call.query.folded("fuzzyName");
    let keep = |group: &&Group| {
        id.is_none_or(|id| group.id == id)
            && fuzzy.as_deref().is_none_or(|text| group.folded_name.contains(text))
    };
    let groups = &call.account.groups;
    let (page, found) = match call.query.text("name") {
        Some(name) => cut(groups.named(name).filter(keep), descending, page, call),
        None => cut(groups.iter().filter(keep), descending, page, call),
    };
    let views: Vec<_> = found.into_iter().map(|group| GroupView::of(group, call.account)).collect();
    let info = ResultInfo::new(page, views.len(), groups.len(), call.contract);
    success(views, Some(info))
}

/// The part of a sorted list that is on a page, and which page it is.
pub(crate) fn cut<T>(
    results: impl DoubleEndedIterator<Item = T> + Clone,
    descending: bool,
    page: Page,
    call: &Call<'_>,
) -> (Page, Vec<T>) {
    let page = page.with_quirk(call.quirk, || results.clone().count());
    let found = if descending { page.cut(results.rev()) } else { page.cut(results) };
    (page, found)
}

pub(crate) fn details(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    success(GroupView::of(call.group()?, call.account), None)
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let body = body::changed_group(&call.body)?;
    let mut group = call.group()?.clone();
    let before = (group.name.clone(), group.policies.clone());
    if let Some(policies) = body.policies {
        group.policies = policies_of(policies, call.account, call.ids)?;
    }
    if let Some(name) = body.name {
        group.folded_name = name.to_lowercase();
        group.name = name.into();
    }
    // Assumption: what changes nothing is no modification.
    if before != (group.name.clone(), group.policies.clone()) {
        group.modified_on = call.calendar.tick();
    }
    let id = group.id;
    call.account.groups.remove(id);
    call.account.groups.insert(group);
    show(call.account, id)
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let id = call.path_id("user_group_id")?;
    call.account.groups.remove(id).ok_or_else(|| no_group(id))?;
    success(json!({ "id": id }), None)
}

fn show(account: &Account, id: Id) -> Result<Vec<u8>, Refusal> {
    let group = account.groups.get(id).ok_or_else(|| no_group(id))?;
    success(GroupView::of(group, account), None)
}

/// Looks up what policies refer to. Policies without an id get a new one; the others keep theirs.
fn policies_of(
    bodies: Vec<PolicyBody>,
    account: &Account,
    ids: &mut IdSource,
) -> Result<Vec<Policy>, Refusal> {
    let mut problems = Problems::missing();
    let mut policies: Vec<Policy> = Vec::with_capacity(bodies.len());
    let mut seen = BTreeSet::new();
    for (index, body) in bodies.into_iter().enumerate() {
        let place = format!("/policies/{index}");
        let groups = &body.permission_groups;
        let permission_groups = positions(
            &account.permission_groups,
            groups,
            "permission group",
            &format!("{place}/permission_groups"),
            &mut problems,
        );
        let groups = &body.resource_groups;
        let resource_groups = positions(
            &account.resource_groups,
            groups,
            "resource group",
            &format!("{place}/resource_groups"),
            &mut problems,
        );
        let id = body.id.unwrap_or_else(|| ids.next(|_| false).to_string());
        if !seen.insert(id.clone()) {
            return Err(same_policy_twice(&place));
        }
        policies.push(Policy { id, access: body.access, permission_groups, resource_groups });
    }
    problems.check()?;
    Ok(policies)
}

/// Assumption: two policies of a group cannot have the same id.
fn same_policy_twice(place: &str) -> Refusal {
    let message = "another policy of the group has this id";
    let problem = Problem::new(code::CONFLICT, message).at(format!("{place}/id"));
    Refusal::new(axum::http::StatusCode::CONFLICT, problem)
}

/// The positions of things in a directory. Assumption: an id that is well-formed but unknown is
/// answered with 404, like one in the path.
pub(crate) fn positions<T>(
    directory: &Directory<T>,
    ids: &[Id],
    kind: &str,
    pointer: &str,
    problems: &mut Problems,
) -> BTreeSet<usize> {
    let mut positions = BTreeSet::new();
    for (index, id) in ids.iter().enumerate() {
        match directory.position(*id) {
            Some(position) => {
                positions.insert(position);
            }
            None => {
                let message = format!("there is no {kind} {id} in the account");
                problems.add(code::NOT_FOUND, message, &format!("{pointer}/{index}/id"));
            }
        }
    }
    positions
}

/// A user group as an answer shows it.
#[derive(Serialize)]
struct GroupView<'a> {
    id: Id,
    name: &'a str,
    created_on: &'a str,
    modified_on: &'a str,
    policies: Vec<PolicyView<'a>>,
}

/// A policy as an answer shows it, with what it refers to in full.
#[derive(Serialize)]
struct PolicyView<'a> {
    id: &'a str,
    access: Access,
    permission_groups: Vec<&'a RawValue>,
    resource_groups: Vec<&'a RawValue>,
}

impl<'a> GroupView<'a> {
    fn of(group: &'a Group, account: &'a Account) -> Self {
        let policies = group.policies.iter().map(|policy| PolicyView {
            id: &policy.id,
            access: policy.access,
            permission_groups: raw(&account.permission_groups, &policy.permission_groups),
            resource_groups: raw(&account.resource_groups, &policy.resource_groups),
        });
        Self {
            id: group.id,
            name: &group.name,
            created_on: &group.created_on,
            modified_on: &group.modified_on,
            policies: policies.collect(),
        }
    }
}

fn raw<'a, T>(directory: &'a Directory<T>, positions: &'a BTreeSet<usize>) -> Vec<&'a RawValue> {
    let entries = directory.at(positions);
    entries.map(|entry| entry.json.as_ref()).collect()
}
