//! `members`: list, get, add, remove, replace and sync.

use clap::Subcommand;
use cloudflare_user_groups::{Account, MemberId, Members as GroupMembers, UserGroupId};

use crate::commands::changes::{self, Change, additions, guard, removals};
use crate::commands::input;
use crate::commands::names::{self, Known, Person};
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::escape::visible;
use crate::terminal::format::{self, Format};
use crate::terminal::message::{self, note};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the members
    #[command(visible_alias = "ls")]
    List {
        /// Name or ID of the user group
        group: String,
        /// Only members whose email address contains this text
        #[arg(long, value_name = "TEXT")]
        contains: Option<String>,
    },
    /// Show a member and its user
    Get {
        /// Name or ID of the user group
        group: String,
        /// Email address or ID
        member: String,
    },
    /// Add members (existing members are left unchanged)
    Add(Change_),
    /// Remove members
    Remove(Change_),
    /// Replace all members in one request
    ///
    /// Overwrites concurrent additions; use `sync` to avoid that.
    Replace(Set),
    /// Make the membership match the given list: add missing members, then remove extra ones
    Sync(Set),
}

#[derive(clap::Args)]
pub(crate) struct Change_ {
    /// Name or ID of the user group
    group: String,
    /// Email addresses or IDs; none, or -, to read one per line from standard input
    #[arg(value_name = "MEMBER")]
    members: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct Set {
    #[command(flatten)]
    change: Change_,
    #[command(flatten)]
    care: Care,
}

#[derive(clap::Args)]
pub(crate) struct Care {
    /// Only show the changes
    #[arg(long)]
    dry_run: bool,
    /// Allow removing more than a quarter of the members, or all of them
    #[arg(long)]
    allow_removals: bool,
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        match self {
            Self::List { group, contains } => list(context, &group, contains).await,
            Self::Get { group, member } => get(context, &group, &member).await,
            Self::Add(Change_ { group, members }) => {
                add(context, &group, &input::members(&members)?).await
            }
            Self::Remove(Change_ { group, members }) => {
                remove(context, &group, &input::members(&members)?).await
            }
            Self::Replace(Set { change: Change_ { group, members }, care }) => {
                set(context, &group, &input::members(&members)?, &care, Means::Replace).await
            }
            Self::Sync(Set { change: Change_ { group, members }, care }) => {
                set(context, &group, &input::members(&members)?, &care, Means::AddAndRemove).await
            }
        }
    }
}

async fn list(context: &Context, group: &str, contains: Option<String>) -> Result<Status> {
    let (_, members) = open(context, group).await?;
    let mut list = members.list();
    if let Some(text) = contains {
        list = list.email_contains(text);
    }
    format::list(&mut anstream::stdout(), context.format, &context.wait(list.all()).await?)?;
    Ok(Status::Done)
}

async fn get(context: &Context, group: &str, member: &str) -> Result<Status> {
    let (_, members) = open(context, group).await?;
    let id = match MemberId::new(member) {
        Ok(id) => id,
        Err(_) => {
            let found = Known::new(context.wait(there(&members)).await?).find(member);
            found.map_err(|problem| CommandError::failed(in_group(group, &problem)))?.id
        }
    };
    format::one(&mut anstream::stdout(), context.format, &members.get(id).await?)?;
    Ok(Status::Done)
}

fn in_group(group: &str, problem: &str) -> String {
    format!("in user group {:?}, {problem}", visible(group))
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
        message::error(&in_group(group, &problem));
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
        format::list(&mut anstream::stdout(), context.format, changes)?;
    }
    Ok(if complete { Status::Done } else { Status::Incomplete })
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
