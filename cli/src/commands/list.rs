//! `list`: the user groups of the account.

use crate::context::Context;
use crate::exit::{Result, Status};

const EXAMPLES: &str = "\
Examples:
  cf-groups list
  cf-groups list --contains support --output csv";

/// List the user groups
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
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
        context.output.list(&context.wait(list.all()).await?)?;
        Ok(Status::Done)
    }
}
