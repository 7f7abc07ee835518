//! `create`: a new user group.

use crate::commands::names;
use crate::commands::policies::Policies;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::escape::visible;
use crate::terminal::format;

/// Create a user group
///
/// A lost response does not lead to a second group. If a group of the same name exists, this is an
/// error: commands could no longer find the group by its name.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name
    name: String,
    #[command(flatten)]
    policies: Policies,
    /// Create the group even if there is one of this name
    #[arg(long)]
    allow_duplicate: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { name, policies, allow_duplicate } = self;
        let account = context.account()?;
        let groups = account.user_groups();
        if !allow_duplicate
            && let [first, ..] = context.wait(names::groups_named(&groups, &name)).await?.as_slice()
        {
            return Err(CommandError::failed(format!(
                "a user group named {:?} exists already, {}; update it, or pass --allow-duplicate",
                visible(&name),
                first.id
            )));
        }
        let policies = context.wait(policies.resolve(&account)).await?;
        let group = groups.create(name).policies(policies).await?;
        format::one(&mut anstream::stdout(), context.format, &group)?;
        Ok(Status::Done)
    }
}
