//! `schema`: the JSON Schema of group files.

use std::io::Write;

use crate::exit::{Result, Status};

/// Print the JSON Schema of group files, for editors
#[derive(clap::Args)]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(self) -> Result<Status> {
        anstream::stdout().write_all(cf_groups_engine::SCHEMA.as_bytes())?;
        Ok(Status::Done)
    }
}
