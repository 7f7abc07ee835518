//! Runs every operation of the client, with every filter and option, against whatever
//! `CLOUDFLARE_BASE_URL` names, so that a judge in between can object to a request or an answer.
//!
//! It works with the ids of `examples/company.json` and expects each operation to succeed. Whether
//! the answers make sense is not its concern: a mock invents them. With the argument `refusals` it
//! also asks for what a server, but no mock, refuses.

#![allow(clippy::print_stdout, reason = "it is a program that reports to a person")]

use std::error::Error;

use cloudflare_user_groups::{
    Account, AccountId, AccountMemberStatus, Client, Direction, MemberId, Members,
    PermissionGroupId, Policy, ResourceGroupId, RetryPolicy, UserGroup, UserGroupId, UserGroups,
};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let client = Client::builder().from_env()?.retry(RetryPolicy::never()).build()?;
    let account = client.account(AccountId::from_env()?);
    let groups = account.user_groups();
    let company = Company::read()?;

    look_up(&account, &company).await?;
    let group = write_groups(&groups, &company).await?;
    read_groups(&groups, &group, &company).await?;
    read_members(&groups.members(&company.group)).await?;
    write_members(&groups.members(&group.id), &company).await?;
    groups.delete(&group.id).await?;
    if std::env::args().nth(1).as_deref() == Some("refusals") {
        refusals(&groups, &group.id).await?;
    }
    println!("every operation was carried out");
    Ok(())
}

/// Reads the lists that tell ids, with each filter, alone and together.
async fn look_up(account: &Account, company: &Company) -> Outcome<()> {
    account.members().all().await?;
    account.members().per_page(5).page(2).await?;
    for status in
        [AccountMemberStatus::Accepted, AccountMemberStatus::Pending, AccountMemberStatus::Rejected]
    {
        account.members().status(status).page(1).await?;
    }
    let (permission, resource) = (&company.permissions[0], &company.resources[0]);
    account.permission_groups().all().await?;
    account.permission_groups().id(permission).page(1).await?;
    account.permission_groups().name("Analytics").page(1).await?;
    account.permission_groups().label("analytics").page(1).await?;
    let together = account.permission_groups().id(permission).name("Analytics").label("analytics");
    together.per_page(50).page(3).await?;
    account.resource_groups().all().await?;
    account.resource_groups().id(resource).all().await?;
    account.resource_groups().id(resource).name("Whole account").all().await?;
    Ok(())
}

/// Creates groups in each way there is, changes one in each way, and returns it.
async fn write_groups(groups: &UserGroups, company: &Company) -> Outcome<UserGroup> {
    let allow = Policy::allow(&company.permissions[..2], &company.resources[..1]);
    let deny = Policy::deny(&company.permissions[2..3], &company.resources[..2]);
    let bare = groups.create("Judged: bare").await?;
    groups.delete(&bare.id).await?;
    let sure = groups.create("Judged: once, nämlich & \"so\" %").await?;
    groups.delete(&sure.id).await?;

    let both = [allow, deny];
    let group = groups.create("Judged").policies(both.clone()).await?;
    groups.update(&group.id).name("Judged anew").await?;
    // Once with the ids that the server gave the policies, once without any.
    groups.update(&group.id).policies(group.policies.clone()).await?;
    groups.update(&group.id).name("Judged again").policies(both).await?;
    groups.update(&group.id).policies([]).await?;
    Ok(groups.get(&group.id).await?)
}

/// Lists groups with each filter, alone and together.
async fn read_groups(groups: &UserGroups, group: &UserGroup, company: &Company) -> Outcome<()> {
    groups.list().all().await?;
    groups.list().id(&group.id).all().await?;
    groups.list().id(&company.group).page(1).await?;
    groups.list().name("Security & \"more\" %+").page(1).await?;
    groups.list().name_contains("Engineering").all().await?;
    groups.list().direction(Direction::Ascending).page(1).await?;
    groups.list().direction(Direction::Descending).page(1).await?;
    groups.list().per_page(1).page(7).await?;
    groups.list().per_page(500).page(u64::from(u32::MAX)).await?;
    let together = groups.list().id(&group.id).name("Judged again").name_contains("again");
    together.direction(Direction::Descending).per_page(5).page(1).await?;
    Ok(())
}

async fn write_members(members: &Members, company: &Company) -> Outcome<()> {
    members.add(&company.members[..1]).await?;
    members.add(&company.members[..3]).await?;
    members.replace(&company.members[2..120]).await?;
    members.replace::<MemberId>([]).await?;
    members.replace(&company.members[2..5]).await?;
    members.get(&company.members[3]).await?;
    members.remove(&company.members[3]).await?;
    Ok(())
}

/// Lists members with each filter, alone and together.
async fn read_members(members: &Members) -> Outcome<()> {
    members.list().all().await?;
    members.list().email_contains("sre+0@meridian.example").all().await?;
    members.list().direction(Direction::Ascending).page(1).await?;
    members.list().direction(Direction::Descending).page(1).await?;
    members.list().per_page(1).page(3).await?;
    members.list().per_page(500).page(1).await?;
    let together = members.list().email_contains("sre").direction(Direction::Descending);
    together.per_page(7).all().await?;
    Ok(())
}

/// Asks each operation for a group that is no longer there.
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
        return Err(format!("what is not there was not refused: {missing:?}").into());
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
        let seed: Value = serde_json::from_str(include_str!("../../examples/company.json"))?;
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
