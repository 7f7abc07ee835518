//! `list`: the user groups of the account.

use cf_groups_engine::refuses_group;
use cloudflare_user_groups::{UserGroup, UserGroups};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::context::Context;
use crate::exit::{Result, Status};
use crate::terminal::format::Row;
use crate::terminal::message;

/// How many member lists are read concurrently.
const CONCURRENCY: usize = 8;

const EXAMPLES: &str = "\
Examples:
  cf-groups list
  cf-groups list --members
  cf-groups list --contains support --output csv";

/// List the user groups
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only groups whose name contains this text
    #[arg(long, value_name = "TEXT")]
    contains: Option<String>,
    /// Count the members; this takes a request per group
    #[arg(long)]
    members: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let user_groups = context.account()?.user_groups();
        let mut list = user_groups.list();
        if let Some(text) = self.contains {
            list = list.name_contains(text);
        }
        let groups = context.wait(list.all()).await?;
        if self.members {
            let groups = context.wait(counted(&user_groups, groups)).await?;
            for CountedGroup { group, .. } in groups.iter().filter(|it| it.member_count.is_none()) {
                message::warning(&format!("the members of {:?} cannot be read", group.name));
            }
            context.output.list(&groups)?;
        } else {
            context.output.list(&groups)?;
        }
        Ok(Status::Done)
    }
}

/// A group with the number of its members.
#[derive(Serialize)]
struct CountedGroup {
    #[serde(flatten)]
    group: UserGroup,
    /// `None` if the API refuses to list them.
    member_count: Option<usize>,
}

impl Row for CountedGroup {
    const COLUMNS: &'static [&'static str] = &["name", "id", "policies", "members", "modified_on"];

    fn text(&self, column: &str) -> Option<String> {
        match column {
            "members" => Some(self.member_count.map(|it| it.to_string()).unwrap_or_default()),
            column => self.group.text(column),
        }
    }
}

async fn counted(
    user_groups: &UserGroups,
    groups: Vec<UserGroup>,
) -> cloudflare_user_groups::Result<Vec<CountedGroup>> {
    let counts = groups.into_iter().map(async |group| {
        let member_count = match user_groups.members(&group.id).list().all().await {
            Ok(members) => Some(members.len()),
            Err(error) if refuses_group(&error) => None,
            Err(error) => return Err(error),
        };
        Ok(CountedGroup { group, member_count })
    });
    stream::iter(counts).buffered(CONCURRENCY).try_collect().await
}
