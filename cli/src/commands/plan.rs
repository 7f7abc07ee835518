//! `plan`: the changes needed to match a group file.

use std::fs;
use std::path::{Path, PathBuf};

use cf_groups_engine::{Engine, Plan, Prune};

use crate::commands::file::{self, Content};
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::format::{self, Format};
use crate::terminal::{message, plan_view};

/// Show the changes needed to match a group file
///
/// Only reads. Groups that are not in the file are left alone, and so are policies or members that
/// an entry leaves out. `cf-groups schema` describes the file, `cf-groups export` writes one.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Group file (YAML or JSON) or saved plan; - for standard input
    file: PathBuf,
    #[command(flatten)]
    pruning: Pruning,
    /// Save the plan to this file, for apply
    #[arg(long, value_name = "PLAN")]
    out: Option<PathBuf>,
    /// Exit with 2 if there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

#[derive(clap::Args)]
pub(crate) struct Pruning {
    /// Delete the groups that are not in the file
    #[arg(long)]
    pub(crate) prune: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { file, pruning, out, detailed_exitcode } = self;
        no_csv(context.format)?;
        let plan = make(context, &context.engine()?, &file, pruning.prune).await?;
        match context.format {
            Format::Table => plan_view::write(&mut anstream::stdout(), &plan)?,
            format => format::document(&mut anstream::stdout(), format, &plan)?,
        }
        if let Some(path) = out {
            save(&plan, &path)?;
        }
        let pending = detailed_exitcode && !plan.is_empty();
        Ok(if pending { Status::ChangesPending } else { Status::Done })
    }
}

/// Plans and group files are not tables.
pub(crate) fn no_csv(format: Format) -> Result<()> {
    match format {
        Format::Csv => {
            Err(CommandError::usage("csv output is not supported here; use json, jsonl or yaml"))
        }
        _ => Ok(()),
    }
}

/// Plans a group file, or reads a saved plan.
pub(crate) async fn make(
    context: &Context,
    engine: &Engine,
    path: &Path,
    prune: bool,
) -> Result<Plan> {
    match file::read(path)? {
        Content::GroupFile(group_file) => {
            let prune = if prune { Prune::Yes } else { Prune::No };
            Ok(context
                .watch(async |progress| engine.plan(&group_file, prune, progress).await)
                .await?)
        }
        Content::Plan(_) if prune => Err(CommandError::usage(
            "--prune cannot be used with a saved plan; pass it to `cf-groups plan`",
        )),
        Content::Plan(plan) => Ok(*plan),
    }
}

fn save(plan: &Plan, path: &Path) -> Result<()> {
    let shown = path.display();
    fs::write(path, plan.to_json() + "\n")
        .map_err(|error| CommandError::failed(format!("cannot write {shown}: {error}")))?;
    message::note(&format!("Saved the plan to {shown}. To apply it, run: cf-groups apply {shown}"));
    Ok(())
}
