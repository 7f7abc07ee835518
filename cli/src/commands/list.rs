//! `list`: the user groups of the account.

use crate::context::Context;
use crate::exit::{Result, Status};
use crate::terminal::format;

/// List the user groups
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only groups whose name contains this text
    #[arg(long, value_name = "TEXT")]
    contains: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let mut list = context.account()?.user_groups().list();
        if let Some(text) = self.contains {
            list = list.name_contains(text);
        }
        let groups = context.wait(list.all()).await?;
        format::list(&mut anstream::stdout(), context.format, &groups)?;
        Ok(Status::Done)
    }
}
