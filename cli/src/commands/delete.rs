//! `delete`: removes user groups.

use clap_complete::ArgValueCompleter;

use crate::change::{Ask, Consent};
use crate::complete;
use crate::context::Context;
use crate::exit::{Result, Status};

const EXAMPLES: &str = "\
Examples:
  cf-groups delete Support
  cf-groups delete Support 'On Call' --yes";

/// Delete user groups; their members stay members of the account
///
/// Shows the members and policies of each group and asks for confirmation.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Names or IDs
    #[arg(required = true, value_name = "GROUP", add = ArgValueCompleter::new(complete::groups))]
    groups: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { groups, consent } = self;
        let engine = consent.engine(context).await?;
        let plan =
            context.watch(async |progress| engine.plan_deletion(&groups, progress).await).await?;
        consent.apply(context, &engine, &plan, Ask::Always).await
    }
}
