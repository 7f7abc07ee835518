//! `export`: the file of the account as it is.

use std::io::Write;

use cf_groups_engine::Pin;
use serde_json::Value;

use crate::Result;
use crate::failure::{Failure, Status};
use crate::output::{self, Format};
use crate::plan::no_table;
use crate::run::Context;

pub(crate) async fn run(context: &Context, pin: bool) -> Result<Status> {
    no_table(context.format)?;
    let pin = if pin { Pin::All } else { Pin::Namesakes };
    let engine = context.engine()?;
    let text = context.watch(async |progress| engine.export(pin, progress).await).await?;
    let mut stdout = anstream::stdout();
    match context.format {
        Format::Json => output::document(&mut stdout, Format::Json, &parsed(&text)?)?,
        Format::Jsonl => {
            for group in parsed(&text)? {
                output::document(&mut stdout, Format::Jsonl, &group)?;
            }
        }
        _ => stdout.write_all(text.as_bytes())?,
    }
    Ok(Status::Done)
}

fn parsed(text: &str) -> Result<Vec<Value>> {
    yaml_serde::from_str(text).map_err(Failure::failed)
}
