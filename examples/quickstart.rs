//! Creates, fills, changes and deletes a user group.
//!
//! `cargo run --example quickstart`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

mod support;

use std::error::Error;

use cloudflare_user_groups::{Member, MemberId, Policy, UserGroupId};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = support::sandbox().await?;
    let account = support::account(&sandbox)?;
    let groups = account.user_groups();

    println!("The user groups of the account:");
    let mut all = groups.list().stream();
    while let Some(group) = all.try_next().await? {
        println!("  {} ({} policies)", group.name, group.policies.len());
    }

    let permissions = account.list_permission_groups().name("Cache Purge").all().await?;
    let resources = account.list_resource_groups().name("Whole account").all().await?;
    let policy = Policy::allow(
        permissions.iter().filter_map(|it| it.id.as_ref()),
        resources.iter().filter_map(|it| it.id.as_ref()),
    );
    let on_call = groups.create("On call").policy(policy).await?;
    println!("Created {:?} ({})", on_call.name, on_call.id);

    let people = account.list_members().all().await?;
    let engineers: Vec<MemberId> = people
        .into_iter()
        .filter(|member| member.email.as_deref().is_some_and(|email| email.starts_with("sre-")))
        .map(|member| member.id)
        .collect();
    let members = groups.members(&on_call.id);
    members.add(&engineers[..3]).await?;
    println!("Added {}", emails(&members.list().all().await?));

    members.replace(&engineers[2..5]).await?;
    members.remove(&engineers[4]).await?;
    println!("Now the members are {}", emails(&members.list().all().await?));

    let renamed = groups.update(&on_call.id).name("On call (primary)").await?;
    println!("Renamed it to {:?}", renamed.name);
    groups.delete(&on_call.id).await?;

    let missing = UserGroupId::new("00000000000000000000000000000000")?;
    if let Err(error) = groups.get(missing).await {
        println!("A missing group: {error}");
    }
    if let Err(error) = MemberId::new("..") {
        println!("An invalid ID: {error}");
    }
    Ok(())
}

fn emails(members: &[Member]) -> String {
    let emails = members.iter().map(|member| member.email.as_deref().unwrap_or("(no email)"));
    emails.collect::<Vec<_>>().join(", ")
}
