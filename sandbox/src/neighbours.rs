//! The neighbouring lists that turn names into ids. They can only be read.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::id::Id;
use crate::operation::{Call, success};
use crate::page::{Page, PageLimits, ResultInfo};
use crate::refusal::{Problems, Refusal};
use crate::seed::{AccountMember, MemberStatus};
use crate::world::{Directory, Entry, Member};

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

pub(crate) fn members(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut problems = Problems::invalid();
    let page = call.query.page(LOOKUP_LIMITS, &mut problems);
    let status = call.query.choice("status", &STATUSES, &mut problems);
    let order = call.query.choice("order", &ORDERS, &mut problems);
    let descending = call.query.descending(&mut problems);
    problems.check()?;
    let all = call.account.members.entries();
    let with_status =
        |entry: &&Entry<Member>| status.is_none_or(|it| entry.item.details.status == it);
    let mut found: Vec<&Entry<Member>> = all.iter().filter(with_status).collect();
    if let Some(key) = order {
        found.sort_by(|a, b| key(&a.item.details).cmp(key(&b.item.details)));
    }
    if descending {
        found.reverse();
    }
    let page = page.with_quirk(call.quirk, || found.len());
    let views = page.cut(found.into_iter().map(AccountMemberView::of));
    let info = ResultInfo::new(page, views.len(), all.len(), call.contract);
    success(views, Some(info))
}

pub(crate) fn permission_groups(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut problems = Problems::invalid();
    let page = call.query.page(LOOKUP_LIMITS, &mut problems);
    let id = call.query.id("id", &mut problems);
    problems.check()?;
    let (name, label) = (call.query.text("name"), call.query.text("label"));
    let directory = &call.account.permission_groups;
    let found = filtered(directory, id, |group| {
        let own_label = group.meta.get("label").map(String::as_str);
        name.is_none_or(|name| group.name == name)
            && label.is_none_or(|label| own_label == Some(label))
    });
    let page = page.with_quirk(call.quirk, || found.len());
    let views = page.cut(found.into_iter());
    let total = directory.entries().len();
    let info = ResultInfo::new(page, views.len(), total, call.contract);
    success(views, Some(info))
}

/// Assumption: without parameters to page with, all are on one page.
pub(crate) fn resource_groups(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut problems = Problems::invalid();
    let id = call.query.id("id", &mut problems);
    problems.check()?;
    let name = call.query.text("name");
    let directory = &call.account.resource_groups;
    let views = filtered(directory, id, |group| name.is_none_or(|name| group.name == name));
    let total = directory.entries().len();
    let page = Page { number: 1, size: u64::try_from(total.max(1)).unwrap_or(u64::MAX) };
    let info = ResultInfo::new(page, views.len(), total, call.contract);
    success(views, Some(info))
}

fn filtered<T>(
    directory: &Directory<T>,
    id: Option<Id>,
    keep: impl Fn(&T) -> bool,
) -> Vec<&RawValue> {
    let entries = directory.entries().iter();
    entries
        .filter(|entry| id.is_none_or(|id| entry.id == id) && keep(&entry.item))
        .map(|entry| &*entry.json)
        .collect()
}

/// A member of the account as the list of account members shows it.
#[derive(Serialize)]
struct AccountMemberView<'a> {
    id: Id,
    email: &'a str,
    status: MemberStatus,
    user: UserView<'a>,
}

impl<'a> AccountMemberView<'a> {
    fn of(entry: &'a Entry<Member>) -> Self {
        let details = &entry.item.details;
        Self {
            id: entry.id,
            email: &details.email,
            status: details.status,
            user: UserView::of(details),
        }
    }
}

/// The user who is a member.
#[derive(Serialize)]
pub(crate) struct UserView<'a> {
    id: &'a str,
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
}

impl<'a> UserView<'a> {
    pub(crate) fn of(member: &'a AccountMember) -> Self {
        Self {
            id: &member.user_id,
            email: &member.email,
            first_name: &member.first_name,
            last_name: &member.last_name,
        }
    }
}
