//! From the command line to the command.

use crate::Result;
use crate::arguments::{Arguments, Command};
use crate::connection::Connection;
use crate::failure::{Failure, Status};
use crate::output::Format;
use crate::{apply, demo, documents, export, groups, lookup, members, plan, sandbox, verbose};

/// What all commands that talk to the API have in common.
pub(crate) struct Context {
    pub(crate) connection: Connection,
    pub(crate) format: Format,
}

/// Does what was asked.
pub(crate) fn run(arguments: Arguments) -> Result<Status> {
    let Arguments { connection, printing, command } = arguments;
    printing.color.decide();
    if printing.verbose {
        verbose::switch_on()?;
    }
    let context = Context { connection, format: printing.output };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| Failure::failed(format!("the system gives no resources: {error}")))?;
    runtime.block_on(carry_out(&context, command))
}

async fn carry_out(context: &Context, command: Command) -> Result<Status> {
    match command {
        Command::List { contains } => groups::list(context, contains).await,
        Command::Get { group } => groups::get(context, &group).await,
        Command::Create { name, policies, allow_duplicate } => {
            groups::create(context, &name, &policies, allow_duplicate).await
        }
        Command::Update { group, name, policies, no_policies } => {
            groups::update(context, &group, name, &policies, no_policies).await
        }
        Command::Delete { groups, yes } => groups::delete(context, &groups, yes).await,
        Command::Members(command) => members::run(context, command).await,
        Command::Lookup { list, contains } => lookup::run(context, list, contains).await,
        Command::Plan { file, pruning, out, detailed_exitcode } => {
            plan::run(context, &file, pruning.prune, out.as_deref(), detailed_exitcode).await
        }
        Command::Apply { file, pruning, yes, allow_removals } => {
            apply::run(context, &file, pruning.prune, yes, allow_removals).await
        }
        Command::Export { pin } => export::run(context, pin).await,
        Command::Schema => documents::schema(),
        Command::Sandbox(options) => sandbox::run(options).await,
        Command::Demo => demo::run().await,
        Command::Completions { shell } => documents::completions(shell),
        Command::Man { directory } => documents::man(&directory),
    }
}
