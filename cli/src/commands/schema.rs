//! `schema`: the JSON Schema of group files.

use std::io::Write;

use crate::exit::{Result, Status};

const EXAMPLES: &str = "\
Examples:
  cf-groups schema > user-groups.schema.json";

/// Print the JSON Schema of group files, for editors
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(self) -> Result<Status> {
        std::io::stdout().write_all(cf_groups_engine::SCHEMA.as_bytes())?;
        Ok(Status::Done)
    }
}
