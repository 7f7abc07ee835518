//! `export`: the group file of the account.

use std::io::Write;

use cf_groups_engine::Pin;
use serde_json::Value;

use crate::commands::plan::no_csv;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::format::{self, Format};

/// Export the account's current groups as a group file
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the ID of each group, so that it can be renamed in the file
    #[arg(long)]
    pin: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        no_csv(context.format)?;
        let pin = if self.pin { Pin::All } else { Pin::Namesakes };
        let engine = context.engine()?;
        let text = context.watch(async |progress| engine.export(pin, progress).await).await?;
        let mut stdout = anstream::stdout();
        match context.format {
            Format::Json => format::document(&mut stdout, Format::Json, &parsed(&text)?)?,
            Format::Jsonl => {
                for group in parsed(&text)? {
                    format::document(&mut stdout, Format::Jsonl, &group)?;
                }
            }
            _ => stdout.write_all(text.as_bytes())?,
        }
        Ok(Status::Done)
    }
}

fn parsed(text: &str) -> Result<Vec<Value>> {
    yaml_serde::from_str(text).map_err(CommandError::failed)
}
