//! `export`: the group file of the account.

use std::io::Write;
use std::path::{Path, PathBuf};

use cf_groups_engine::{FileUpdate, Pin, Progress, counted};
use serde_json::Value;

use crate::change::documents_only;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::save;
use crate::terminal::escape::quoted;
use crate::terminal::format::{Format, print_text};
use crate::terminal::{input, message};
use crate::terraform;

const EXAMPLES: &str = "\
Examples:
  cf-groups export > groups.yaml
  cf-groups export --into groups.yaml
  cf-groups export --output hcl > user_groups.tf
  cf-groups export --output json | jq '.[] | select(.members == [])'";

/// Export the account's current groups as a group file
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Write the ID of each group, so that it can be renamed in the file
    #[arg(long)]
    pin: bool,
    /// Update this group file, and keep its comments
    ///
    /// Only what differs is changed. Comments on lines of their own, the order of keys, quotes,
    /// `description`, `owner` and `people` stay, and what an entry leaves out stays left out. Sets
    /// of people and aliases stay where they still hold. New groups are added at the end. Groups of
    /// the file that the account does not have are errors, unless --prune is given. A plan of the
    /// result has no changes; otherwise the file is not written.
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// With --into, remove the entries of groups that the account does not have
    #[arg(long, requires = "into")]
    prune: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        documents_only(context.output.format)?;
        let pin = if self.pin { Pin::All } else { Pin::Namesakes };
        if let Some(path) = &self.into {
            self.update(context, path, pin).await?;
            return Ok(Status::Done);
        }
        let engine = context.engine()?;
        if context.output.format == Format::Hcl {
            let read = async |progress: &dyn Progress| engine.read_all(false, progress).await;
            let snapshot = context.watch(read).await?;
            let resources = terraform::config::resources(&snapshot, engine.account_id());
            let (text, left_out) = resources.map_err(CommandError::failed)?;
            left_out.iter().for_each(|it| message::warning(it));
            print_text(&text)?;
            return Ok(Status::Done);
        }
        let text = context.watch(async |progress| engine.export(pin, progress).await).await?;
        print(context, &text)?;
        Ok(Status::Done)
    }
}

impl Args {
    /// Updates a group file.
    async fn update(&self, context: &Context, path: &Path, pin: Pin) -> Result<()> {
        if context.output.format != Format::Table || path == Path::new("-") {
            return Err(CommandError::usage(
                "--into updates a YAML file; leave out --output and -",
            ));
        }
        let (name, content) = input::read(path).await?;
        let engine = context.engine()?;
        let update = context.watch(async |progress| {
            engine.export_into(&name, &content, pin, self.prune, progress).await
        });
        let update = update.await?;
        let to = &mut anstream::stdout();
        if update.is_empty() {
            return Ok(writeln!(to, "No changes. {name} matches the account.")?);
        }
        save::replace(path, &update.content)?;
        let FileUpdate { added, changed, removed, .. } = &update;
        for (sign, groups) in [('+', added), ('~', changed), ('-', removed)] {
            groups.iter().try_for_each(|name| writeln!(to, "{sign} {}", quoted(name)))?;
        }
        let (added, changed, removed) = (added.len(), changed.len(), removed.len());
        let added = counted(added, "group");
        Ok(writeln!(to, "Updated {name}: {added} added, {changed} changed, {removed} removed.")?)
    }
}

/// Prints a group file.
pub(crate) fn print(context: &Context, text: &str) -> Result<()> {
    match context.output.format {
        Format::Json => context.output.document(&parsed(text)?)?,
        Format::Jsonl => {
            parsed(text)?.iter().try_for_each(|group| context.output.document(group))?;
        }
        _ => print_text(text)?,
    }
    Ok(())
}

fn parsed(text: &str) -> Result<Vec<Value>> {
    yaml_serde::from_str(text).map_err(CommandError::failed)
}
