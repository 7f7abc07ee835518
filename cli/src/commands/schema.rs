//! `schema`: the JSON Schemas of what programs read and write.

use std::io::Write;

use cf_groups_engine::{ACCESS_SCHEMA, AUDIT_SCHEMA, PLAN_SCHEMA, SCHEMA, VALIDATION_SCHEMA};
use clap::ValueEnum;

use crate::exit::{Result, Status};

const EXAMPLES: &str = "\
Examples:
  cf-groups schema > user-groups.schema.json
  cf-groups schema plan > plan.schema.json";

/// Print the JSON Schema of group files, for editors, or of the JSON of a command
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What to describe
    #[arg(value_enum, default_value = "file")]
    of: Document,
}

#[derive(Clone, Copy, ValueEnum)]
enum Document {
    /// Group files
    File,
    /// Plans, and the output of diff
    Plan,
    /// The output of who
    Access,
    /// The output of audit
    Audit,
    /// The output of validate
    Validation,
}

impl Args {
    pub(crate) fn run(self) -> Result<Status> {
        let schema = match self.of {
            Document::File => SCHEMA,
            Document::Plan => PLAN_SCHEMA,
            Document::Access => ACCESS_SCHEMA,
            Document::Audit => AUDIT_SCHEMA,
            Document::Validation => VALIDATION_SCHEMA,
        };
        std::io::stdout().write_all(schema.as_bytes())?;
        Ok(Status::Done)
    }
}
