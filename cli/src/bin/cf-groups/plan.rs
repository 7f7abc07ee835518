//! `plan`: what would be changed.

use std::fs;
use std::path::Path;

use cf_groups_engine::{Engine, Plan, Prune};

use crate::Result;
use crate::failure::{Failure, Status, note};
use crate::file::{self, Content};
use crate::output::{self, Format};
use crate::run::Context;
use crate::show;

pub(crate) async fn run(
    context: &Context,
    file: &Path,
    prune: bool,
    out: Option<&Path>,
    detailed_exitcode: bool,
) -> Result<Status> {
    no_table(context.format)?;
    let plan = make(context, &context.engine()?, file, prune).await?;
    match context.format {
        Format::Table => show::plan(&mut anstream::stdout(), &plan)?,
        format => output::document(&mut anstream::stdout(), format, &plan)?,
    }
    if let Some(path) = out {
        save(&plan, path)?;
    }
    let changes = detailed_exitcode && !plan.is_empty();
    Ok(if changes { Status::Changes } else { Status::Done })
}

/// Plans cannot be written as lines of values.
pub(crate) fn no_table(format: Format) -> Result<()> {
    match format {
        Format::Csv => {
            Err(Failure::usage("this is no table: choose json, jsonl or yaml instead of csv"))
        }
        _ => Ok(()),
    }
}

/// A plan for the file, or the plan that is in it.
pub(crate) async fn make(
    context: &Context,
    engine: &Engine,
    path: &Path,
    prune: bool,
) -> Result<Plan> {
    match file::read(path)? {
        Content::GroupFile(document) => {
            let prune = if prune { Prune::Yes } else { Prune::No };
            Ok(context
                .watch(async |progress| engine.plan(&document, prune, progress).await)
                .await?)
        }
        Content::Plan(_) if prune => Err(Failure::usage(
            "--prune cannot be added to a plan that was saved: make the plan with it",
        )),
        Content::Plan(plan) => Ok(*plan),
    }
}

fn save(plan: &Plan, path: &Path) -> Result<()> {
    let shown = path.display();
    fs::write(path, plan.to_json() + "\n")
        .map_err(|error| Failure::failed(format!("{shown} cannot be written: {error}")))?;
    note(&format!("The plan is in {shown}: cf-groups apply {shown} carries it out."));
    Ok(())
}
