//! `update`: another name or other policies for a user group.

use crate::commands::names;
use crate::commands::policies::Policies;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::format;

/// Rename a user group or replace its policies
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name or ID
    group: String,
    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    policies: Policies,
    /// Remove all policies
    #[arg(long, conflicts_with_all = ["allow", "deny", "on"])]
    no_policies: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { group, name, policies, no_policies } = self;
        let replaces = no_policies || policies.any();
        if name.is_none() && !replaces {
            return Err(CommandError::usage(
                "nothing to update; pass --name, --allow or --deny with --on, or --no-policies",
            ));
        }
        let account = context.account()?;
        let groups = account.user_groups();
        let id = context.wait(names::group_id(&groups, &group)).await?;
        let mut request = groups.update(id);
        if let Some(name) = name {
            request = request.name(name);
        }
        if replaces {
            request = request.policies(context.wait(policies.resolve(&account)).await?);
        }
        format::one(&mut anstream::stdout(), context.format, &request.await?)?;
        Ok(Status::Done)
    }
}
