//! `get`: one user group with its policies.

use crate::commands::names;
use crate::context::Context;
use crate::exit::{Result, Status};
use crate::terminal::format;

/// Show a user group with its policies
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name or ID
    group: String,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let groups = context.account()?.user_groups();
        let group = context.wait(names::group(&groups, &self.group)).await?;
        format::one(&mut anstream::stdout(), context.format, &group)?;
        Ok(Status::Done)
    }
}
