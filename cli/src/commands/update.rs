//! `update`: another name or other policies for a user group.

use cf_groups_engine::SetChange;
use clap_complete::ArgValueCompleter;

use crate::change::{Ask, Consent};
use crate::complete;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::given::Policies;

const EXAMPLES: &str = "\
Examples:
  cf-groups update Support --name Helpdesk
  cf-groups update Support --allow DNS --on example.com
  cf-groups update Support --no-policies";

/// Rename a user group or replace its policies
///
/// Shows the changes, and asks for confirmation if a policy is removed. To change single policies,
/// use `cf-groups policies`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Name or ID
    #[arg(add = ArgValueCompleter::new(complete::groups))]
    group: String,
    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    policies: Policies,
    /// Remove all policies
    #[arg(long, conflicts_with_all = ["allow", "deny", "on"])]
    no_policies: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { group, name, policies, no_policies, consent } = self;
        let texts = policies.texts()?;
        let replaces = no_policies || !texts.is_empty();
        if name.is_none() && !replaces {
            return Err(CommandError::usage(
                "nothing to update; pass --name, --allow or --deny with --on, or --no-policies",
            ));
        }
        let engine = consent.engine(context).await?;
        let change = replaces.then_some((SetChange::Replace, texts.as_slice()));
        let mut plan = context.wait(engine.plan_update(&group, name.as_deref(), change)).await?;
        policies.plan_resource_groups(context, &engine, &mut plan).await?;
        consent.apply(context, &engine, &plan, Ask::IfRemoving).await
    }
}
