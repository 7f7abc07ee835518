//! `members`: list, get, add, remove, replace and sync.

use cloudflare_user_groups::{Account, MemberId, Members as GroupMembers, UserGroupId};

use crate::Result;
use crate::arguments::{Care, Members};
use crate::changes::{self, Change, additions, guard, removals};
use crate::failure::{Failure, Status, complain, note};
use crate::input;
use crate::names::{self, Known, Person};
use crate::output::{self, Format};
use crate::run::Context;
use crate::text::plain;

pub(crate) async fn run(context: &Context, command: Members) -> Result<Status> {
    match command {
        Members::List { group, contains } => list(context, &group, contains).await,
        Members::Get { group, member } => get(context, &group, &member).await,
        Members::Add { group, people } => {
            add(context, &group, &input::members(&people.people)?).await
        }
        Members::Remove { group, people } => {
            remove(context, &group, &input::members(&people.people)?).await
        }
        Members::Replace { group, people, care } => {
            let wanted = input::members(&people.people)?;
            set(context, &group, &wanted, &care, Means::Replace).await
        }
        Members::Sync { group, people, care } => {
            let wanted = input::members(&people.people)?;
            set(context, &group, &wanted, &care, Means::AddAndRemove).await
        }
    }
}

async fn list(context: &Context, group: &str, contains: Option<String>) -> Result<Status> {
    let (_, members) = open(context, group).await?;
    let mut list = members.list();
    if let Some(text) = contains {
        list = list.email_contains(text);
    }
    output::list(&mut anstream::stdout(), context.format, &context.wait(list.all()).await?)?;
    Ok(Status::Done)
}

async fn get(context: &Context, group: &str, member: &str) -> Result<Status> {
    let (_, members) = open(context, group).await?;
    let id = match MemberId::new(member) {
        Ok(id) => id,
        Err(_) => {
            let found = Known::new(context.wait(there(&members)).await?).find(member);
            found.map_err(|problem| Failure::failed(in_group(group, &problem)))?.id
        }
    };
    output::one(&mut anstream::stdout(), context.format, &members.get(id).await?)?;
    Ok(Status::Done)
}

fn in_group(group: &str, problem: &str) -> String {
    format!("in user group {:?}, {problem}", plain(group))
}

async fn add(context: &Context, group: &str, wanted: &[String]) -> Result<Status> {
    let (account, members) = open(context, group).await?;
    let wanted = context.wait(names::people(&account, wanted)).await?;
    let changes = additions(&context.wait(there(&members)).await?, &wanted);
    changes::add(&members, &changes).await?;
    report(context, &changes, true)
}

/// Who is not in the group is told, and the others are removed: run again, it finishes.
async fn remove(context: &Context, group: &str, named: &[String]) -> Result<Status> {
    let (_, members) = open(context, group).await?;
    let known = Known::new(context.wait(there(&members)).await?);
    let (mut doomed, mut complete) = (Vec::new(), true);
    for text in named {
        let problem = match known.find(text) {
            Ok(person) if known.has(&person) => {
                doomed.push(person);
                continue;
            }
            Ok(person) => format!("nobody has the id {}", person.id),
            Err(problem) => problem,
        };
        complain(&in_group(group, &problem));
        complete = false;
    }
    let changes = removals(&doomed, &[]);
    let planned = changes.len();
    let done = changes::remove(context, &members, changes).await;
    report(context, &done, complete && done.len() == planned)
}

/// How a set of members comes about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    Replace,
    AddAndRemove,
}

async fn set(
    context: &Context,
    group: &str,
    wanted: &[String],
    care: &Care,
    means: Means,
) -> Result<Status> {
    let (account, members) = open(context, group).await?;
    let wanted = context.wait(names::people(&account, wanted)).await?;
    let there = context.wait(there(&members)).await?;
    let (mut changes, gone) = (additions(&there, &wanted), removals(&there, &wanted));
    if !care.allow_removals && !care.dry_run {
        guard(there.len(), wanted.len(), gone.len())?;
    }
    let planned = changes.len() + gone.len();
    if care.dry_run || planned == 0 {
        changes.extend(gone);
    } else if means == Means::Replace {
        members.replace(wanted.into_iter().map(|person| person.id)).await?;
        changes.extend(gone);
    } else {
        changes::add(&members, &changes).await?;
        changes.extend(changes::remove(context, &members, gone).await);
    }
    report(context, &changes, changes.len() == planned)
}

fn report(context: &Context, changes: &[Change], complete: bool) -> Result<Status> {
    if changes.is_empty() && context.format == Format::Table {
        note("nothing was changed");
    } else {
        output::list(&mut anstream::stdout(), context.format, changes)?;
    }
    Ok(if complete { Status::Done } else { Status::NotAllDone })
}

async fn open(context: &Context, group: &str) -> Result<(Account, GroupMembers)> {
    let account = context.account()?;
    let groups = account.user_groups();
    let id: UserGroupId = context.wait(names::group_id(&groups, group)).await?;
    Ok((account, groups.members(id)))
}

async fn there(members: &GroupMembers) -> Result<Vec<Person>> {
    Ok(members.list().all().await?.into_iter().map(Person::from).collect())
}
