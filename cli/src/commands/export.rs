//! `export`: the group file of the account.

use cf_groups_engine::Pin;
use serde_json::Value;

use crate::change::documents_only;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::format::{Format, print_text};

const EXAMPLES: &str = "\
Examples:
  cf-groups export > groups.yaml
  cf-groups export --output json | jq '.[] | select(.members == [])'";

/// Export the account's current groups as a group file
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Write the ID of each group, so that it can be renamed in the file
    #[arg(long)]
    pin: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        documents_only(context.output.format)?;
        let pin = if self.pin { Pin::All } else { Pin::Namesakes };
        let engine = context.engine()?;
        let text = context.watch(async |progress| engine.export(pin, progress).await).await?;
        print(context, &text)?;
        Ok(Status::Done)
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
