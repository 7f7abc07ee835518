//! `cf-groups`: Cloudflare's Account User Groups from the command line.

mod commands;
mod config;
mod context;
mod exit;
mod terminal;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use commands::Command;
use config::Connection;
use context::Context;
use exit::{CommandError, Status, USAGE};
use terminal::{Printing, message};

const ABOUT: &str = "Manage the user groups of a Cloudflare account";

const EXIT_CODES: &str = "\
Exit codes:
   0  success (also if the reader of the output went away)
   1  failed or only partially applied
   2  changes pending; only with plan --detailed-exitcode
  64  usage error: invalid arguments, or no account or credential given";

const NAMES: &str = "\
A user group is given by name or ID, a member by email address or ID; 32 hexadecimal digits are
always an ID. Credentials come from --token-file, a profile, or the environment, in this order:
CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY. They are never given on the
command line and never printed.";

#[derive(Parser)]
#[command(
    name = "cf-groups",
    version,
    about = ABOUT,
    long_about = format!("{ABOUT}\n\n{NAMES}"),
    after_help = EXIT_CODES,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    printing: Printing,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    run(arguments).map_or_else(|error| report(&error), ExitCode::from)
}

/// Prints help and version, or why the arguments are invalid.
fn usage(error: &clap::Error) -> ExitCode {
    // If nothing can be printed, the exit code still shows the error.
    error.print().ok();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(USAGE),
    }
}

fn run(arguments: Arguments) -> exit::Result<Status> {
    let Arguments { connection, printing, command } = arguments;
    let context = Context::new(connection, printing)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| CommandError::failed(format!("failed to start async runtime: {error}")))?;
    runtime.block_on(command.run(&context, Arguments::command))
}

fn report(error: &CommandError) -> ExitCode {
    match error {
        CommandError::Usage(text) | CommandError::Failed(text) => message::error(text),
        CommandError::OutputClosed => {}
    }
    ExitCode::from(error.code())
}
