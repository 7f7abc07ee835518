//! Runs every operation of the client, with every filter and option, against the server at
//! `CLOUDFLARE_BASE_URL`, so that a tool in between can reject a request or a response.
//!
//! It works with the ids of `sandbox/company.json` and expects each operation to succeed. With the
//! argument `mock` the content of a success does not matter, because a mock invents it. With
//! `refusals` it also sends requests that a server, but no mock, refuses.

#![allow(clippy::print_stdout, reason = "it is a program that reports to a person")]

use std::error::Error;
use std::future::IntoFuture;
use std::sync::OnceLock;
use std::time::Duration;

use cloudflare_user_groups::{
    Account, AccountId, AccountMemberStatus, Client, Direction, MemberId, Members,
    PermissionGroupId, Policy, ResourceGroupId, RetryPolicy, UserGroupId, UserGroups,
};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Whether the content of a success is invented.
static IS_MOCK: OnceLock<bool> = OnceLock::new();

/// Sends a request that must succeed. `None` if a mock responds with content of its own.
async fn sent<T>(
    request: impl IntoFuture<Output = cloudflare_user_groups::Result<T>>,
) -> Outcome<Option<T>> {
    match request.await {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if IS_MOCK.get() == Some(&true)
                && error.attempts() > 0
                && error.status().is_none_or(|status| status.is_success()) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let mode = std::env::args().nth(1);
    IS_MOCK.get_or_init(|| mode.as_deref() == Some("mock"));
    let client = Client::builder()
        .from_env()?
        .retry(RetryPolicy::off())
        .settle_times([Duration::from_millis(1)])
        .build()?;
    let account = client.account(AccountId::from_env()?);
    let groups = account.user_groups();
    let company = Company::read()?;

    look_up(&account, &company).await?;
    let group = write_groups(&groups, &company).await?;
    read_groups(&groups, &group, &company).await?;
    read_members(&groups.members(&company.group)).await?;
    write_members(&groups.members(&group), &company).await?;
    sent(groups.delete(&group)).await?;
    if mode.as_deref() == Some("refusals") {
        refusals(&groups, &group).await?;
    }
    println!("every operation was sent");
    Ok(())
}

/// Reads the lists that turn names into ids, with each filter, alone and together.
async fn look_up(account: &Account, company: &Company) -> Outcome<()> {
    sent(account.list_members().all()).await?;
    sent(account.list_members().per_page(5).page(2)).await?;
    for status in
        [AccountMemberStatus::Accepted, AccountMemberStatus::Pending, AccountMemberStatus::Rejected]
    {
        sent(account.list_members().status(status).page(1)).await?;
    }
    let (permission, resource) = (&company.permissions[0], &company.resources[0]);
    sent(account.list_permission_groups().all()).await?;
    sent(account.list_permission_groups().id(permission).page(1)).await?;
    sent(account.list_permission_groups().name("Analytics").page(1)).await?;
    sent(account.list_permission_groups().label("analytics").page(1)).await?;
    let together =
        account.list_permission_groups().id(permission).name("Analytics").label("analytics");
    sent(together.per_page(50).page(3)).await?;
    sent(account.list_resource_groups().all()).await?;
    sent(account.list_resource_groups().id(resource).all()).await?;
    sent(account.list_resource_groups().id(resource).name("Whole account").all()).await?;
    Ok(())
}

/// Creates groups in each way there is, changes one in each way, and returns it.
async fn write_groups(groups: &UserGroups, company: &Company) -> Outcome<UserGroupId> {
    let allow = Policy::allow(&company.permissions[..2], &company.resources[..1]);
    let deny = Policy::deny(&company.permissions[2..3], &company.resources[..2]);
    for name in ["Conformance: bare", "Conformance: once, naïve & \"quoted\" %"] {
        let created = sent(groups.create(name)).await?.map(|group| group.id);
        sent(groups.delete(created.unwrap_or_else(|| company.group.clone()))).await?;
    }

    let both = [allow, deny];
    let created = sent(groups.create("Conformance").policies(both.clone())).await?;
    let policies = created.as_ref().map(|group| group.policies.clone()).unwrap_or_default();
    let id = created.map_or_else(|| company.group.clone(), |group| group.id);
    sent(groups.update(&id).name("Conformance, renamed")).await?;
    sent(groups.update(&id).policies(policies)).await?;
    sent(groups.update(&id).name("Conformance again").policies(both)).await?;
    sent(groups.update(&id).policies([])).await?;
    sent(groups.get(&id)).await?;
    Ok(id)
}

/// Lists groups with each filter, alone and together.
async fn read_groups(groups: &UserGroups, group: &UserGroupId, company: &Company) -> Outcome<()> {
    sent(groups.list().all()).await?;
    sent(groups.list().id(group).all()).await?;
    sent(groups.list().id(&company.group).page(1)).await?;
    sent(groups.list().name("Security & \"more\" %+").page(1)).await?;
    sent(groups.list().name_contains("Engineering").all()).await?;
    sent(groups.list().direction(Direction::Ascending).page(1)).await?;
    sent(groups.list().direction(Direction::Descending).page(1)).await?;
    sent(groups.list().per_page(1).page(7)).await?;
    sent(groups.list().per_page(500).page(u64::from(u32::MAX))).await?;
    let together = groups.list().id(group).name("Conformance again").name_contains("again");
    sent(together.direction(Direction::Descending).per_page(5).page(1)).await?;
    Ok(())
}

async fn write_members(members: &Members, company: &Company) -> Outcome<()> {
    sent(members.add(&company.members[..1])).await?;
    sent(members.add(&company.members[..3])).await?;
    sent(members.replace(&company.members[2..120])).await?;
    sent(members.replace::<MemberId>([])).await?;
    sent(members.replace(&company.members[2..5])).await?;
    sent(members.get(&company.members[3])).await?;
    sent(members.remove(&company.members[3])).await?;
    Ok(())
}

/// Lists members with each filter, alone and together.
async fn read_members(members: &Members) -> Outcome<()> {
    sent(members.list().all()).await?;
    sent(members.list().email_contains("sre+0@meridian.example").all()).await?;
    sent(members.list().direction(Direction::Ascending).page(1)).await?;
    sent(members.list().direction(Direction::Descending).page(1)).await?;
    sent(members.list().per_page(1).page(3)).await?;
    sent(members.list().per_page(500).page(1)).await?;
    let together = members.list().email_contains("sre").direction(Direction::Descending);
    sent(together.per_page(7).all()).await?;
    Ok(())
}

/// Sends each operation for a group that no longer exists.
async fn refusals(groups: &UserGroups, gone: &UserGroupId) -> Outcome<()> {
    let members = groups.members(gone);
    let member = MemberId::new("0".repeat(32))?;
    let missing = [
        groups.get(gone).await.is_err_and(|error| error.is_not_found()),
        groups.update(gone).name("Nothing").await.is_err_and(|error| error.is_not_found()),
        groups.delete(gone).await.is_err_and(|error| error.is_not_found()),
        members.list().page(1).await.is_err_and(|error| error.is_not_found()),
        members.get(&member).await.is_err_and(|error| error.is_not_found()),
        members.add([&member]).await.is_err_and(|error| error.is_not_found()),
        members.replace([&member]).await.is_err_and(|error| error.is_not_found()),
        members.remove(&member).await.is_err_and(|error| error.is_not_found()),
    ];
    if missing.contains(&false) {
        return Err(format!("a missing group was not refused: {missing:?}").into());
    }
    Ok(())
}

/// The ids that the operations need.
struct Company {
    group: UserGroupId,
    members: Vec<MemberId>,
    permissions: Vec<PermissionGroupId>,
    resources: Vec<ResourceGroupId>,
}

impl Company {
    fn read() -> Outcome<Self> {
        let seed: Value = serde_json::from_str(include_str!("../../sandbox/company.json"))?;
        let account = &seed["accounts"][0];
        Ok(Self {
            group: ids(&account["user_groups"], UserGroupId::new)?.swap_remove(0),
            members: ids(&account["members"], MemberId::new)?,
            permissions: ids(&account["permission_groups"], PermissionGroupId::new)?,
            resources: ids(&account["resource_groups"], ResourceGroupId::new)?,
        })
    }
}

fn ids<I, E: Error + 'static>(list: &Value, parse: fn(String) -> Result<I, E>) -> Outcome<Vec<I>> {
    let texts = list.as_array().into_iter().flatten().filter_map(|item| item["id"].as_str());
    Ok(texts.map(|text| parse(text.to_owned())).collect::<Result<_, _>>()?)
}
