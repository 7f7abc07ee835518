//! The commands. Each file holds the arguments of a command and what it does.

mod accounts;
mod apply;
mod audit;
mod completions;
mod create;
mod delete;
mod demo;
mod diff;
mod export;
mod get;
mod import;
mod list;
mod lookup;
mod man;
mod members;
mod offboard;
mod plan;
mod policies;
mod sandbox;
mod schema;
mod update;
mod validate;
mod who;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::format::Format;

#[derive(Subcommand)]
pub(crate) enum Command {
    #[command(visible_alias = "ls")]
    List(list::Args),
    Get(get::Args),
    Create(create::Args),
    Update(update::Args),
    Delete(delete::Args),
    /// List and change the members of a user group
    #[command(subcommand, after_help = members::EXAMPLES)]
    Members(members::Command),
    /// Change single policies of a user group
    #[command(subcommand, after_help = policies::EXAMPLES)]
    Policies(policies::Command),
    Offboard(offboard::Args),
    Lookup(lookup::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Import(import::Args),
    Export(export::Args),
    Validate(validate::Args),
    /// Show who has access to what
    #[command(subcommand, after_help = who::EXAMPLES)]
    Who(who::Command),
    Audit(audit::Args),
    Diff(diff::Args),
    Schema(schema::Args),
    Sandbox(sandbox::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// The commands that use no account.
pub(crate) const WITHOUT_ACCOUNT: [&str; 5] = ["schema", "sandbox", "demo", "completions", "man"];

impl Command {
    /// Returns whether an interruption ends the command as usual.
    pub(crate) fn is_server(&self) -> bool {
        matches!(self, Self::Sandbox(_))
    }

    /// Runs the command. `program` describes the whole command line.
    pub(crate) async fn run(
        self,
        context: &Context,
        program: impl Fn() -> clap::Command,
    ) -> Result<Status> {
        let annotates = matches!(self, Self::Plan(_) | Self::Validate(_));
        if context.output.format == Format::Github && !annotates {
            return Err(CommandError::usage(
                "github output is only supported by plan and validate",
            ));
        }
        if context.output.format == Format::Hcl && !matches!(self, Self::Export(_)) {
            return Err(CommandError::usage("hcl output is only supported by export"));
        }
        match self {
            Self::List(args) => args.run(context).await,
            Self::Get(args) => args.run(context).await,
            Self::Create(args) => args.run(context).await,
            Self::Update(args) => args.run(context).await,
            Self::Delete(args) => args.run(context).await,
            Self::Members(command) => command.run(context).await,
            Self::Policies(command) => command.run(context).await,
            Self::Offboard(args) => args.run(context).await,
            Self::Lookup(args) => args.run(context).await,
            Self::Plan(args) => args.run(context).await,
            Self::Apply(args) => args.run(context).await,
            Self::Import(args) => args.run(context).await,
            Self::Export(args) => args.run(context).await,
            Self::Validate(args) => args.run(context).await,
            Self::Who(command) => command.run(context).await,
            Self::Audit(args) => args.run(context).await,
            Self::Diff(args) => args.run(context).await,
            Self::Schema(args) => args.run(),
            Self::Sandbox(args) => args.run().await,
            Self::Demo(args) => args.run().await,
            Self::Completions(args) => args.run(),
            Self::Man(args) => args.run(&program()),
        }
    }
}
