//! `apply`: shows a plan, asks for confirmation, and applies it.

use std::io::Write;
use std::path::PathBuf;

use cf_groups_engine::{FailedStep, Outcome, RemovalLimit, Skipped, counted};
use serde_json::{Value, json};

use crate::commands::plan::{self, Pruning};
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::escape::visible;
use crate::terminal::format::{self, Format};
use crate::terminal::{message, plan_view, prompt};

/// Apply a group file or a saved plan
///
/// Shows the plan and asks for confirmation. After a failure or an interruption, run it again:
/// completed steps are skipped. A saved plan is refused if the account has changed since.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Group file (YAML or JSON) or saved plan; - for standard input
    file: PathBuf,
    #[command(flatten)]
    pruning: Pruning,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    yes: bool,
    /// Allow removing more than a quarter of the memberships, groups or policies
    #[arg(long)]
    allow_removals: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { file, pruning, yes, allow_removals } = self;
        plan::no_csv(context.format)?;
        let engine = context.engine()?;
        let plan = plan::make(context, &engine, &file, pruning.prune).await?;
        // Programs read the outcome alone.
        let readable = context.format == Format::Table;
        let to: &mut dyn Write =
            if readable { &mut anstream::stdout() } else { &mut anstream::stderr() };
        plan_view::write(to, &plan)?;
        let limit = if allow_removals { RemovalLimit::lifted() } else { RemovalLimit::default() };
        limit.check(&plan).map_err(cf_groups_engine::Error::from)?;
        if !plan.is_empty() && !prompt::confirm("Apply these changes?", yes)? {
            return Err(CommandError::failed("cancelled; no changes made"));
        }
        let outcome = if plan.is_empty() {
            Outcome::default()
        } else {
            context.watch(async |progress| engine.apply(&plan, &limit, progress).await).await?
        };
        if readable {
            if !plan.is_empty() {
                write_summary(&mut anstream::stdout(), &outcome)?;
            }
        } else {
            format::document(&mut anstream::stdout(), context.format, &document(&outcome))?;
        }
        Ok(report_rest(&outcome))
    }
}

/// Writes how much was done.
pub(crate) fn write_summary(to: &mut dyn Write, outcome: &Outcome) -> std::io::Result<()> {
    match outcome.done.len() {
        0 if outcome.is_complete() => writeln!(to, "Already applied; nothing to do."),
        steps => writeln!(to, "Apply complete: {}.", counted(steps, "change")),
    }
}

/// Reports the steps that failed or were skipped.
fn report_rest(outcome: &Outcome) -> Status {
    for FailedStep { step, error, .. } in &outcome.failed {
        message::error(&format!("failed to {}: {error}", visible(&step.to_string())));
    }
    for Skipped { step, because, .. } in &outcome.skipped {
        message::error(&format!("skipped: {} ({because})", visible(&step.to_string())));
    }
    if outcome.is_complete() {
        return Status::Done;
    }
    message::note("Re-run the command to retry; completed steps are skipped.");
    Status::Incomplete
}

/// The outcome, for programs.
fn document(outcome: &Outcome) -> Value {
    let failed = outcome.failed.iter();
    let skipped = outcome.skipped.iter();
    json!({
        "done": outcome.done,
        "failed": failed
            .map(|it| json!({ "step": it.step, "error": it.error.to_string() }))
            .collect::<Vec<_>>(),
        "skipped": skipped
            .map(|it| json!({ "step": it.step, "because": it.because }))
            .collect::<Vec<_>>(),
    })
}
