//! `lookup`: the lists of the account that turn names into ids.

use clap::ValueEnum;

use crate::context::Context;
use crate::exit::{Result, Status};
use crate::terminal::format::Row;

const EXAMPLES: &str = "\
Examples:
  cf-groups lookup members ada
  cf-groups lookup permission-groups dns
  cf-groups lookup resource-groups --output csv";

/// List account members, permission groups or resource groups with their IDs
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// List to show
    #[arg(value_enum)]
    list: List,
    /// Only entries whose name, label or email address contains this text
    contains: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum List {
    /// Members of the account
    Members,
    /// Permission groups, for policies
    PermissionGroups,
    /// Resource groups, for policies
    ResourceGroups,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { list, contains } = self;
        let account = context.account()?;
        match list {
            List::Members => show(
                context,
                context.wait(account.list_members().all()).await?,
                contains,
                |member| [member.email.as_deref(), None],
            ),
            List::PermissionGroups => {
                let groups = context.wait(account.list_permission_groups().all()).await?;
                show(context, groups, contains, |group| {
                    [group.name.as_deref(), group.meta.get("label")]
                })
            }
            List::ResourceGroups => {
                let groups = context.wait(account.list_resource_groups().all()).await?;
                show(context, groups, contains, |group| [group.name.as_deref(), None])
            }
        }
    }
}

fn show<R: Row>(
    context: &Context,
    mut rows: Vec<R>,
    contains: Option<String>,
    texts: impl Fn(&R) -> [Option<&str>; 2],
) -> Result<Status> {
    if let Some(wanted) = contains.map(|text| text.to_lowercase()) {
        rows.retain(|row| {
            texts(row).into_iter().flatten().any(|text| text.to_lowercase().contains(&wanted))
        });
    }
    context.output.list(&rows)?;
    Ok(Status::Done)
}
