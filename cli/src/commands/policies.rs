//! `policies`: single policies of a user group.

use cf_groups_engine::SetChange;
use clap::Subcommand;
use clap_complete::ArgValueCompleter;

use crate::change::{Ask, Consent};
use crate::complete;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::given::Policies;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cf-groups policies add Support --allow 'Cache Purge' --on 'Whole account'
  cf-groups policies remove Support --allow DNS --on zone:example.com";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Add a policy and keep the others
    #[command(after_help = EXAMPLES)]
    Add(Args),
    /// Remove a policy and keep the others
    #[command(after_help = EXAMPLES)]
    Remove(Args),
    /// Replace all policies
    #[command(after_help = EXAMPLES)]
    Set(Args),
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name or ID of the user group
    #[arg(add = ArgValueCompleter::new(complete::groups))]
    group: String,
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    consent: Consent,
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let (change, args) = match self {
            Self::Add(args) => (SetChange::Add, args),
            Self::Remove(args) => (SetChange::Remove, args),
            Self::Set(args) => (SetChange::Replace, args),
        };
        let texts = args.policies.texts()?;
        if texts.is_empty() {
            return Err(CommandError::usage("no policy given; pass --allow or --deny with --on"));
        }
        let engine = args.consent.engine(context).await?;
        let change = Some((change, texts.as_slice()));
        let mut plan = context.wait(engine.plan_update(&args.group, None, change)).await?;
        args.policies.plan_resource_groups(context, &engine, &mut plan).await?;
        args.consent.apply(context, &engine, &plan, Ask::IfRemoving).await
    }
}
