//! `man`: man pages.

use std::fs;
use std::path::PathBuf;

use crate::exit::{CommandError, Result, Status};

const EXAMPLES: &str = "\
Examples:
  cf-groups man ~/.local/share/man/man1";

/// Write the man pages
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Directory to write to
    directory: PathBuf,
}

impl Args {
    pub(crate) fn run(self, program: clap::Command) -> Result<Status> {
        let Self { directory } = self;
        fs::create_dir_all(&directory)
            .and_then(|()| clap_mangen::generate_to(program, &directory))
            .map_err(|error| {
                let shown = directory.display();
                CommandError::failed(format!("cannot write the man pages to {shown}: {error}"))
            })?;
        Ok(Status::Done)
    }
}
