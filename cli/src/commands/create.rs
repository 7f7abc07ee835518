//! `create`: a new user group.

use crate::change::{Ask, Consent};
use crate::context::Context;
use crate::exit::{Result, Status};
use crate::given::Policies;

const EXAMPLES: &str = "\
Examples:
  cf-groups create 'On Call'
  cf-groups create 'On Call' --allow DNS --allow Firewall --on 'Whole account'";

/// Create a user group
///
/// A lost response does not lead to a second group. If a group of the same name exists, this is an
/// error: names are unique in an account.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Name
    name: String,
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    consent: Consent,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { name, policies, consent } = self;
        let texts = policies.texts()?;
        let engine = consent.engine(context).await?;
        let mut plan = context.wait(engine.plan_creation(&name, &texts)).await?;
        policies.plan_resource_groups(context, &engine, &mut plan).await?;
        consent.apply(context, &engine, &plan, Ask::Never).await
    }
}
