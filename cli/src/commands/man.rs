//! `man`: man pages.

use std::path::{Path, PathBuf};
use std::{fs, io};

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
    pub(crate) fn run(self, program: &clap::Command) -> Result<Status> {
        let Self { directory } = self;
        fs::create_dir_all(&directory).and_then(|()| write(program, &directory)).map_err(
            |error| {
                let shown = directory.display();
                CommandError::failed(format!("cannot write the man pages to {shown}: {error}"))
            },
        )?;
        Ok(Status::Done)
    }
}

/// Writes the page of a command and those of its subcommands, without `help`.
fn write(command: &clap::Command, directory: &Path) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    fs::write(directory.join(format!("{name}.1")), page)?;
    let mut subcommands = command.get_subcommands().filter(|it| it.get_name() != "help");
    subcommands.try_for_each(|subcommand| write(subcommand, directory))
}
