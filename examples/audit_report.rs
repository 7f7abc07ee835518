//! Prints who has which access through which group, as CSV.
//!
//! `cargo run --example audit_report`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

mod support;

use std::error::Error;

use cloudflare_user_groups::{Policy, UserGroup, UserGroups};
use futures_util::{StreamExt, TryStreamExt};

/// How many groups are read at once. The rate limit of the client holds in any case.
const IN_FLIGHT: usize = 8;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = support::sandbox().await?;
    let groups = support::account(&sandbox)?.user_groups();

    println!("group,address,access,permissions,resources");
    let reports = groups.list().stream().map_ok(|group| rows(&groups, group));
    let mut reports = reports.try_buffered(IN_FLIGHT);
    while let Some(rows) = reports.try_next().await? {
        print!("{rows}");
    }
    Ok(())
}

/// One row for each member and policy of a group.
async fn rows(groups: &UserGroups, group: UserGroup) -> cloudflare_user_groups::Result<String> {
    let mut rows = String::new();
    let mut members = groups.members(&group.id).list().stream();
    while let Some(member) = members.next().await.transpose()? {
        let address = member.email.as_deref().unwrap_or(member.id.as_str());
        for policy in &group.policies {
            rows += &format!("{},{},{}\n", quoted(&group.name), quoted(address), access(policy));
        }
    }
    Ok(rows)
}

fn access(policy: &Policy) -> String {
    let access = policy.access.as_ref().map_or("", |access| access.as_str());
    let permissions = policy.permission_groups.iter().filter_map(|it| it.name.as_deref());
    let resources = policy.resource_groups.iter().filter_map(|it| it.name.as_deref());
    let list = |names: Vec<&str>| quoted(&names.join("; "));
    format!("{access},{},{}", list(permissions.collect()), list(resources.collect()))
}

/// A field of CSV. The quote in front of a formula is for spreadsheets.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
