//! `cf-groups`: Cloudflare's Account User Groups from the command line.

mod change;
mod commands;
mod complete;
mod config;
mod context;
mod exit;
mod given;
mod interrupt;
mod save;
mod source;
mod terminal;
mod terraform;

use std::process::ExitCode;
use std::thread::JoinHandle;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};
use clap_complete::CompleteEnv;

use commands::Command;
use config::Connection;
use context::Context;
use exit::{CommandError, Result, Status};
use terminal::format::Format;
use terminal::{Printing, message};

const ABOUT: &str = "Manage the user groups of a Cloudflare account";

const NOTES: &str = "\
A user group is given by name or ID, a member by email address or ID; 32 hexadecimal digits are
always an ID. Credentials come from --token-file, a profile, or the environment, in this order:
CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY. They are never given on the
command line and never printed.";

const AFTER_HELP: &str = "\
Exit codes:
    0  success (also if the reader of the output went away)
    1  failed or only partially applied
    2  changes pending, or findings of an audit; only with --detailed-exitcode
    3  the plan exceeds the removal limit, apply would refuse it; only with plan and --dry-run
   64  usage error: invalid arguments, or no account or credential given
  130  interrupted (SIGINT)
  143  terminated (SIGTERM)

Examples:
  cf-groups demo
  cf-groups export > groups.yaml
  cf-groups plan groups.yaml
  cf-groups members add 'Site Reliability' ada@example.com";

#[derive(Parser)]
#[command(
    name = "cf-groups",
    version,
    about = ABOUT,
    long_about = format!("{ABOUT}\n\n{NOTES}"),
    after_help = AFTER_HELP
)]
struct Arguments {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    printing: Printing,
    #[command(subcommand)]
    command: Command,
}

/// What the main thread has on Linux and macOS. On Windows it has an eighth of that, which is too
/// little for the futures of the commands.
const STACK: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(main_of_thread);
    match thread.map(JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(error) => {
            message::error(&format!("failed to start a thread: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn main_of_thread() -> ExitCode {
    CompleteEnv::with_factory(program).complete();
    // To hide options takes most of the time of a start.
    let hides = std::env::args_os().any(|it| it.to_str().and_then(hidden_by).is_some());
    let mut program = if hides { program() } else { Arguments::command() };
    let matches = program.try_get_matches_from_mut(std::env::args_os());
    let parsed = matches.and_then(|matches| {
        check_applicable(&mut program, &matches)?;
        Arguments::from_arg_matches(&matches)
    });
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let format = arguments.printing.output;
    match run(arguments) {
        Ok(status) => ExitCode::from(status.code()),
        Err(error) => report(&error, format),
    }
}

/// Returns which options a command hides in its help because it does not use them.
fn hidden_by(command: &str) -> Option<fn(&Arg) -> bool> {
    match command {
        "validate" => Some(|arg| arg.get_help_heading() == Some("Connection")),
        _ if commands::WITHOUT_ACCOUNT.contains(&command) => Some(Arg::is_global_set),
        _ => None,
    }
}

/// Describes the command line.
fn program() -> clap::Command {
    let mut program = Arguments::command();
    program.build();
    program.mut_subcommands(|command| match hidden_by(command.get_name()) {
        None => command,
        Some(is_hidden) => command.mut_args(|arg| {
            let hidden = is_hidden(&arg);
            arg.hide(hidden)
        }),
    })
}

/// Refuses options that are hidden because the command does not use them. Colors are for all.
fn check_applicable(program: &mut clap::Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, given)) = matches.subcommand() else { return Ok(()) };
    let Some(command) = program.find_subcommand(name) else { return Ok(()) };
    let hidden = command.get_arguments().filter(|arg| arg.is_hide_set() && arg.get_id() != "color");
    let given_id = hidden
        .map(|arg| arg.get_id().as_str())
        .find(|id| given.value_source(id) == Some(ValueSource::CommandLine));
    let Some(id) = given_id else { return Ok(()) };
    let problem = format!("--{} has no effect on `{name}`", id.replace('_', "-"));
    Err(program.error(ErrorKind::ArgumentConflict, problem))
}

/// Prints help and version, or why the arguments are invalid.
fn usage(error: &clap::Error) -> ExitCode {
    let rendered = error.render().to_string();
    match (error.kind(), rendered.strip_prefix("error: ")) {
        (ErrorKind::DisplayHelp | ErrorKind::DisplayVersion, _) => {
            // If nothing can be printed, there is no way to report it.
            error.print().ok();
            ExitCode::SUCCESS
        }
        (_, Some(problem)) => {
            let format = given_format();
            let for_people = problem.find("\n\nUsage:").filter(|_| format.is_structured());
            let problem = problem[..for_people.unwrap_or(problem.len())].trim_end();
            report(&CommandError::usage(problem), format)
        }
        (_, None) => {
            error.print().ok();
            ExitCode::from(CommandError::usage("").code())
        }
    }
}

/// The output format of a command line that is invalid otherwise.
fn given_format() -> Format {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()).collect();
    let values = arguments.iter().enumerate().filter_map(|(at, argument)| {
        let value = argument.strip_prefix("--output").or_else(|| argument.strip_prefix("-o"))?;
        match value.strip_prefix('=').unwrap_or(value) {
            "" => arguments.get(at + 1).map(String::as_str),
            value => Some(value),
        }
    });
    let mut formats = values.filter_map(|value| Format::from_str(value, false).ok());
    formats.next_back().unwrap_or(Format::Table)
}

fn run(arguments: Arguments) -> Result<Status> {
    let Arguments { connection, printing, command } = arguments;
    printing.color.apply();
    if printing.escape_formulas && printing.output != Format::Csv {
        return Err(CommandError::usage("--escape-formulas requires --output csv"));
    }
    let context = Context::new(connection, &printing)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| CommandError::failed(format!("failed to start async runtime: {error}")))?;
    let server = command.is_server();
    let work = command.run(&context, program);
    runtime.block_on(async {
        let result = if server { work.await } else { context.interrupt.guard(work).await };
        context.end().await;
        result
    })
}

fn report(error: &CommandError, format: Format) -> ExitCode {
    match error.message() {
        Some(_) if format.is_structured() => message::json(&error.to_json().to_string()),
        Some(_) if format == Format::Github => message::note(error.to_annotations().trim_end()),
        Some(text) => message::error(text),
        None => {}
    }
    ExitCode::from(error.code())
}
