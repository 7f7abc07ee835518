//! Brings user groups in line with a directory of employees: one group for each department.
//!
//! `cargo run --example hr_sync`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

mod support;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;

use cloudflare_user_groups::MemberId;

/// An export of the directory: department, address.
const DIRECTORY: &str = "\
Security,security-01@meridian.example
Security,security-02@meridian.example
Release,sre-01@meridian.example
Release,newcomer@meridian.example
";

/// A directory that lists fewer people than this share of a group is more likely incomplete.
const SMALLEST_SHARE: usize = 2;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = support::sandbox().await?;
    let account = support::account(&sandbox)?;
    let groups = account.user_groups();

    let people = account.list_members().all().await?;
    let ids: HashMap<String, MemberId> =
        people.into_iter().filter_map(|it| Some((it.email?.to_lowercase(), it.id))).collect();
    let mut existing: HashMap<String, _> =
        groups.list().all().await?.into_iter().map(|group| (group.name.clone(), group)).collect();

    let mut departments: BTreeMap<&str, HashSet<MemberId>> = BTreeMap::new();
    for (department, email) in DIRECTORY.lines().filter_map(|line| line.split_once(',')) {
        let members = departments.entry(department).or_default();
        match ids.get(&email.to_lowercase()) {
            Some(id) => drop(members.insert(id.clone())),
            None => println!("{email} is not a member of the account yet"),
        }
    }

    for (department, desired) in departments {
        let group = match existing.remove(department) {
            Some(group) => group,
            None => groups.create(department).await?,
        };
        let members = groups.members(&group.id);
        let actual: HashSet<MemberId> =
            members.list().all().await?.into_iter().map(|member| member.id).collect();
        let added: Vec<_> = desired.difference(&actual).collect();
        members.add(added.iter().copied()).await?;
        println!("{department}: {} added", added.len());
        if desired.len() * SMALLEST_SHARE < actual.len() {
            println!(
                "{department}: none removed, because the directory lists {} of {} members",
                desired.len(),
                actual.len()
            );
            continue;
        }
        for member in actual.difference(&desired) {
            members.remove(member).await?;
        }
        println!("{department}: {} removed", actual.difference(&desired).count());
    }
    Ok(())
}
