//! The lists that turn names into ids: account members, permission groups, resource groups and
//! zones; and the creation of a resource group.

use serde_json::json;

use crate::body::{NewResourceGroup, Object, parse};
use crate::handlers::show::{show_account_member, show_permission_group};
use crate::page::{Page, PageLimits};
use crate::request::Call;
use crate::response::{Result, Success};
use crate::state::seed::{
    AccountMember, MemberStatus, PermissionGroup, ResourceGroup, Scope, Zone,
};

/// Assumption: a page of account members holds 20 by default.
const LOOKUP_LIMITS: PageLimits = PageLimits { min: 5, max: 50, default: 20 };

type MemberKey = fn(&AccountMember) -> &str;

/// Assumption: these are the fields that members can be ordered by.
const ORDERS: [(&str, MemberKey); 4] = [
    ("user.first_name", |member| &member.first_name),
    ("user.last_name", |member| &member.last_name),
    ("user.email", |member| &member.email),
    ("status", |member| status_text(member.status)),
];

const STATUSES: [(&str, MemberStatus); 3] = [
    ("accepted", MemberStatus::Accepted),
    ("pending", MemberStatus::Pending),
    ("rejected", MemberStatus::Rejected),
];

fn status_text(status: MemberStatus) -> &'static str {
    let mut texts = STATUSES.iter();
    texts.find(|(_, other)| *other == status).map_or("", |(text, _)| text)
}

pub(crate) fn members(call: &mut Call<'_>) -> Result<Success> {
    let page = call.query.page(LOOKUP_LIMITS);
    let status = call.query.choice("status", &STATUSES);
    let order = call.query.choice("order", &ORDERS);
    let descending = call.query.descending();
    call.query.check()?;
    let all = &call.account.members;
    let mut found: Vec<&AccountMember> =
        all.values().filter(|member| status.is_none_or(|it| member.status == it)).collect();
    if let Some(key) = order {
        found.sort_by_key(|member| key(member));
    }
    if descending {
        found.reverse();
    }
    Ok(call.list(page, found, all.len(), show_account_member))
}

pub(crate) fn permission_groups(call: &mut Call<'_>) -> Result<Success> {
    let page = call.query.page(LOOKUP_LIMITS);
    let id = call.query.id("id");
    call.query.check()?;
    let (name, label) = (call.query.text("name"), call.query.text("label"));
    let all = &call.account.permission_groups;
    let found: Vec<&PermissionGroup> = all
        .values()
        .filter(|group| id.as_ref().is_none_or(|id| group.id == id.as_str()))
        .filter(|group| name.is_none_or(|name| group.name == name))
        .filter(|group| label.is_none_or(|it| group.meta.get("label").is_some_and(|own| own == it)))
        .collect();
    let Success { result, info } = call.list(page, found, all.len(), show_permission_group);
    Ok(Success { result, info: info.filter(|_| !call.is_observed()) })
}

/// Assumption: all results are on one page unless a page is requested, as an earlier schema
/// allowed.
pub(crate) fn resource_groups(call: &mut Call<'_>) -> Result<Success> {
    let paged = call.query.text("page").or(call.query.text("per_page")).is_some();
    let page = call.query.page(LOOKUP_LIMITS);
    let id = call.query.id("id");
    call.query.check()?;
    let name = call.query.text("name");
    let all = &call.account.resource_groups;
    let found: Vec<&ResourceGroup> = all
        .values()
        .filter(|group| id.as_ref().is_none_or(|id| group.id == id.as_str()))
        .filter(|group| name.is_none_or(|name| group.name == name))
        .collect();
    let whole = Page { number: 1, size: all.len().max(1) };
    let page = if paged { page } else { whole };
    Ok(call.list(page, found, all.len(), |group| json!(group)))
}

/// Names are not unique (observed).
pub(crate) fn create_resource_group(call: &mut Call<'_>) -> Result<Success> {
    let Object::<NewResourceGroup>(NewResourceGroup { name, scope: Object(scope) }) =
        parse(&call.body)?;
    let groups = &mut call.account.resource_groups;
    let id = call.ids.next(|id| groups.contains_key(id));
    let scope = Some(Scope::One(scope));
    let group = ResourceGroup { id: id.clone(), name, scope, ..ResourceGroup::default() };
    let shown = json!(group);
    groups.insert(id, group);
    Ok(Success::of(shown))
}

pub(crate) fn zones(call: &mut Call<'_>) -> Result<Success> {
    let page = call.query.page(LOOKUP_LIMITS);
    call.query.check()?;
    let name = call.query.text("name");
    let all = &call.account.zones;
    let found: Vec<&Zone> =
        all.values().filter(|zone| name.is_none_or(|name| zone.name == name)).collect();
    let account = json!({ "id": call.account.id });
    let show = |zone: &Zone| json!({ "id": zone.id, "name": zone.name, "account": account });
    Ok(call.list(page, found, all.len(), show))
}
