//! `completions`: shell completion scripts.

use std::io::Write;

use clap_complete::Shell;

use crate::exit::{Result, Status};

/// Print the completion script of a shell
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    pub(crate) fn run(self, mut program: clap::Command) -> Result<Status> {
        // Generated in memory first: the generator panics if writing fails.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "cf-groups", &mut script);
        anstream::stdout().write_all(&script)?;
        Ok(Status::Done)
    }
}
