//! What is generated from the program itself: schema, completions and man pages.

use std::fs;
use std::io::Write;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Result;
use crate::arguments::Arguments;
use crate::failure::{Failure, Status};

pub(crate) fn schema() -> Result<Status> {
    anstream::stdout().write_all(cf_groups_engine::SCHEMA.as_bytes())?;
    Ok(Status::Done)
}

pub(crate) fn completions(shell: Shell) -> Result<Status> {
    // Made in memory first: the generator does not expect that writing fails.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "cf-groups", &mut script);
    anstream::stdout().write_all(&script)?;
    Ok(Status::Done)
}

pub(crate) fn man(directory: &Path) -> Result<Status> {
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), directory))
        .map_err(|error| {
            let shown = directory.display();
            Failure::failed(format!("the man pages cannot be written to {shown}: {error}"))
        })?;
    Ok(Status::Done)
}
