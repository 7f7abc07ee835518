//! `apply`: makes the account match a group file or a saved plan.

use crate::change::{Consent, documents_only};
use crate::commands::plan::Source;
use crate::context::Context;
use crate::exit::{Result, Status};
use crate::terminal::format::Format;
use crate::terminal::plan_view;

const EXAMPLES: &str = "\
Examples:
  cf-groups apply groups.yaml
  cf-groups apply today.plan --yes
  cf-groups apply groups.yaml --create-resource-groups
  generate | cf-groups apply -";

/// Apply a group file or a saved plan
///
/// Shows the plan and asks for confirmation. After a failure or an interruption, run it again:
/// completed steps are skipped. A saved plan is refused if the account has changed since.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    consent: Consent,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { source, consent } = self;
        documents_only(context.output.format)?;
        if let Some(accounts) = source.accounts().await? {
            return accounts.apply(context, &consent).await;
        }
        let engine = consent.engine(context).await?;
        let limit = consent.removals.limit(context)?;
        let (plan, snapshot) = source.plan(context, &engine, &limit).await?;
        if context.output.format == Format::Table && plan.is_empty() {
            plan_view::write(&mut anstream::stdout(), &plan)?;
            source.write_rest(&mut anstream::stdout(), &plan, context.verbose)?;
            return Ok(Status::Done);
        }
        consent.apply_to(context, &engine, &snapshot, &plan).await
    }
}
