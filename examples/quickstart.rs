//! Creates, fills, changes and deletes user groups, in a sandbox that this example starts itself.
//!
//! `cargo run --example quickstart`

#![allow(clippy::expect_used, clippy::print_stdout, reason = "an example prints what it does")]

use std::error::Error;

use cloudflare_user_groups::{
    AccountId, Client, Direction, MemberId, PermissionGroupId, Policy, ResourceGroupId,
    UserGroupId, UserGroups,
};
use cloudflare_user_groups_sandbox::{Sandbox, Seed, seed};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let company = Seed::from_json(include_str!("company.json"))?;
    let sandbox = Sandbox::builder().seed(company).start().await?;
    let client =
        Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    let account = AccountId::new(sandbox.account_id())?;
    let groups = client.account(account).user_groups();
    println!("A sandbox with a company listens on {}\n", sandbox.base_url());

    survey(&groups).await?;
    work(&groups, &Company::of(&sandbox)).await?;
    errors(&groups).await
}

/// Lists groups, as a stream and as a page.
async fn survey(groups: &UserGroups) -> Result<(), Box<dyn Error>> {
    println!("The user groups of the account, by name:");
    let mut all = groups.list().stream();
    while let Some(group) = all.try_next().await? {
        let members = groups.members(&group.id).list().all().await?;
        println!(
            "  {:<22} members: {:>2}, policies: {}",
            group.name,
            members.len(),
            group.policies.len()
        );
    }

    let page =
        groups.list().name_contains("Engineering").direction(Direction::Descending).page(1).await?;
    let names: Vec<_> = page.items.iter().map(|group| group.name.as_str()).collect();
    println!("\nThose with \"Engineering\" in their name, from Z to A: {}", names.join(", "));
    println!("(of {} groups in the account)\n", page.info.total_count.unwrap_or_default());
    Ok(())
}

/// Creates a group, fills it, changes it, and removes it again.
async fn work(groups: &UserGroups, company: &Company) -> Result<(), Box<dyn Error>> {
    let on_call = groups
        .create("On call")
        .policy(Policy::allow([&company.cache_purge], [&company.whole_account]))
        .await?;
    println!("Created  {:?} with id {}", on_call.name, on_call.id);

    let members = groups.members(&on_call.id);
    members.add(&company.engineers[..3]).await?;
    println!("Added    {}", emails(&members.list().all().await?));

    members.replace(&company.engineers[2..5]).await?;
    println!("Replaced them by {}", emails(&members.list().all().await?));

    members.remove(&company.engineers[4]).await?;
    let left = members.list().email_contains("sre").all().await?;
    println!("Removed  {}; left are {}", company.engineers[4], emails(&left));

    let dns = Policy::allow([&company.dns], [&company.whole_account]);
    let policies = on_call.policies.into_iter().chain([dns]);
    let renamed = groups.update(&on_call.id).name("On call (primary)").policies(policies).await?;
    println!("Renamed  to {:?}, now with policies that", renamed.name);
    for policy in &renamed.policies {
        let what = policy.permission_groups.iter().filter_map(|group| group.name.as_deref());
        let access = policy.access.as_ref().map_or("?", |access| access.as_str());
        println!("         {access} {}", what.collect::<Vec<_>>().join(", "));
    }

    groups.delete(&on_call.id).await?;
    println!("Deleted  {}\n", on_call.id);
    Ok(())
}

/// What errors look like.
async fn errors(groups: &UserGroups) -> Result<(), Box<dyn Error>> {
    let nowhere = UserGroupId::new("00000000000000000000000000000000")?;
    let Err(gone) = groups.get(nowhere).await else {
        return Err("there should be no such group".into());
    };
    println!("A group that does not exist ({}):\n  {gone}", gone.is_not_found());

    let Err(refused) = MemberId::new("..") else {
        return Err("two dots should not be an id".into());
    };
    println!("An invalid id:\n  {refused}");
    Ok(())
}

/// The ids that a program would know, or look up.
struct Company {
    cache_purge: PermissionGroupId,
    dns: PermissionGroupId,
    whole_account: ResourceGroupId,
    engineers: Vec<MemberId>,
}

impl Company {
    fn of(sandbox: &Sandbox) -> Self {
        let seed::Account { members, permission_groups, resource_groups, .. } = sandbox.account();
        let permission = |name: &str| {
            let group = permission_groups.iter().find(|group| group.name == name);
            PermissionGroupId::new(&*group.expect("it is in company.json").id).expect("an id")
        };
        let resource = resource_groups.iter().find(|group| group.name == "Whole account");
        let engineers = members.iter().filter(|member| member.email.starts_with("sre-"));
        Self {
            cache_purge: permission("Cache Purge"),
            dns: permission("DNS"),
            whole_account: ResourceGroupId::new(&*resource.expect("it is in company.json").id)
                .expect("an id"),
            engineers: engineers.map(|member| MemberId::new(&*member.id).expect("an id")).collect(),
        }
    }
}

fn emails(members: &[cloudflare_user_groups::Member]) -> String {
    let emails = members.iter().map(|member| member.email.as_deref().unwrap_or("(no email)"));
    emails.collect::<Vec<_>>().join(", ")
}
