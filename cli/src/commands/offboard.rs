//! `offboard`: removes members from all user groups.

use cf_groups_engine::{Progress, RemovalLimit};
use clap_complete::ArgValueCompleter;

use crate::change::{Ask, Consent};
use crate::complete;
use crate::context::Context;
use crate::exit::{Result, Status};
use crate::given;

const EXAMPLES: &str = "\
Examples:
  cf-groups offboard ada@example.com --dry-run
  cf-groups offboard ada@example.com grace@example.com --yes
  cf-groups offboard - --yes < left.txt";

/// Remove members from all user groups; they stay members of the account
///
/// Shows the groups and asks for confirmation. Exits with 1 if the members of a group cannot be
/// read.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Email addresses or IDs; - to read one per line, or CSV, from standard input
    #[arg(
        required = true,
        value_name = "ADDRESS",
        add = ArgValueCompleter::new(complete::members)
    )]
    members: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { members, consent } = self;
        let members = given::members(&members).await?;
        let engine = consent.engine(context).await?;
        let plan =
            async |progress: &dyn Progress| engine.plan_offboarding(&members, progress).await;
        let (plan, snapshot) = context.watch(plan).await?;
        let apply = async |limit: &RemovalLimit, _| {
            let apply = async |progress: &dyn Progress| {
                engine.apply_to(&snapshot, &plan, limit, progress).await
            };
            Ok(context.watch(apply).await?)
        };
        let status = consent.apply_with(context, &plan, Ask::Always, apply).await?;
        let unread = status == Status::Done && !plan.warnings.is_empty();
        Ok(if unread { Status::Incomplete } else { status })
    }
}
