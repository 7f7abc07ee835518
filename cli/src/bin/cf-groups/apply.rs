//! `apply`: shows a plan, asks, and carries it out.

use std::io::Write;
use std::path::Path;

use cf_groups_engine::{FailedStep, Outcome, RemovalLimit, Skipped, counted};
use serde_json::{Value, json};

use crate::Result;
use crate::failure::{Failure, Status, complain, note};
use crate::output::{self, Format};
use crate::plan;
use crate::run::Context;
use crate::screen::confirm;
use crate::show;
use crate::text::plain;

pub(crate) async fn run(
    context: &Context,
    file: &Path,
    prune: bool,
    yes: bool,
    allow_removals: bool,
) -> Result<Status> {
    plan::no_table(context.format)?;
    let engine = context.engine()?;
    let plan = plan::make(context, &engine, file, prune).await?;
    // What programs read is the report alone.
    let for_people = context.format == Format::Table;
    let to: &mut dyn Write =
        if for_people { &mut anstream::stdout() } else { &mut anstream::stderr() };
    show::plan(to, &plan)?;
    let guard = if allow_removals { RemovalLimit::lifted() } else { RemovalLimit::default() };
    guard.check(&plan).map_err(cf_groups_engine::Error::from)?;
    if !plan.is_empty() && !confirm("Apply these changes?", yes)? {
        return Err(Failure::failed("nothing was changed"));
    }
    let report = if plan.is_empty() {
        Outcome::default()
    } else {
        context.watch(async |progress| engine.apply(&plan, &guard, progress).await).await?
    };
    if for_people {
        if !plan.is_empty() {
            tell(&mut anstream::stdout(), &report)?;
        }
    } else {
        output::document(&mut anstream::stdout(), context.format, &document(&report))?;
    }
    Ok(complain_of_the_rest(&report))
}

/// Tells people what was done.
pub(crate) fn tell(to: &mut dyn Write, report: &Outcome) -> std::io::Result<()> {
    match report.done.len() {
        0 if report.is_complete() => writeln!(to, "All of it was done already."),
        steps => writeln!(to, "Done: {}.", counted(steps, "step")),
    }
}

/// Tells what was not done, and why not.
fn complain_of_the_rest(report: &Outcome) -> Status {
    for FailedStep { step, error, .. } in &report.failed {
        complain(&format!("not done: {}: {error}", plain(&step.to_string())));
    }
    for Skipped { step, because, .. } in &report.skipped {
        complain(&format!("not tried: {}: {because}", plain(&step.to_string())));
    }
    if report.is_complete() {
        return Status::Done;
    }
    note("Run the same command again to finish: what is done is not done twice.");
    Status::NotAllDone
}

/// The report for programs.
fn document(report: &Outcome) -> Value {
    let failed = report.failed.iter();
    let held_back = report.skipped.iter();
    json!({
        "done": report.done,
        "failed": failed
            .map(|it| json!({ "step": it.step, "error": it.error.to_string() }))
            .collect::<Vec<_>>(),
        "held_back": held_back
            .map(|it| json!({ "step": it.step, "because": it.because }))
            .collect::<Vec<_>>(),
    })
}
