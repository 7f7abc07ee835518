//! `get`: one user group with its policies.

use clap_complete::ArgValueCompleter;

use crate::complete;
use crate::context::Context;
use crate::exit::{Result, Status};
use crate::terminal::format::Format;

const EXAMPLES: &str = "\
Examples:
  cf-groups get Support
  cf-groups get Support --output json | jq -r .id";

/// Show a user group with its policies
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Name or ID
    #[arg(add = ArgValueCompleter::new(complete::groups))]
    group: String,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let engine = context.engine()?;
        let mut group = context.wait(engine.group(&self.group)).await?;
        // Programs get what the API returns.
        if context.output.format == Format::Table {
            context.wait(engine.name_zones_of(&mut group)).await?;
        }
        context.output.one(&group)?;
        Ok(Status::Done)
    }
}
