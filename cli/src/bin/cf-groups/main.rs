//! `cf-groups`: Cloudflare's Account User Groups from the command line.

mod apply;
mod arguments;
mod attempts;
mod bar;
mod changes;
mod connection;
mod demo;
mod documents;
mod export;
mod failure;
mod file;
mod groups;
mod input;
mod lookup;
mod members;
mod names;
mod output;
mod plan;
mod profile;
mod rows;
mod run;
mod sandbox;
mod screen;
mod show;
mod text;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use arguments::Arguments;
use failure::{Failure, USAGE};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error),
    };
    match run::run(arguments) {
        Ok(status) => status.into(),
        Err(failure) => failure.report(),
    }
}

/// Help and version are asked for, and no mistake; all else is wrong usage.
fn explain(error: &clap::Error) -> ExitCode {
    // Where nothing can be printed, the exit code says it.
    error.print().ok();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(USAGE),
    }
}

type Result<T, E = Failure> = std::result::Result<T, E>;
