//! From the command line to the command.

use std::io::IsTerminal;

use cf_groups_engine::{Engine, NoProgress, Progress};
use cloudflare_user_groups::Account;

use crate::Result;
use crate::arguments::{Arguments, Command};
use crate::bar::{self, Obstacles};
use crate::connection::Connection;
use crate::failure::{Failure, Status};
use crate::output::Format;
use crate::{apply, attempts, demo, documents, export, groups, lookup, members, plan, sandbox};

/// What all commands that talk to the API have in common.
pub(crate) struct Context {
    connection: Connection,
    pub(crate) format: Format,
    obstacles: Obstacles,
    /// Whether somebody looks who is told how far it is.
    bars: bool,
}

impl Context {
    /// The account, ready to be asked. Nothing is sent.
    pub(crate) fn account(&self) -> Result<Account> {
        let (client, id) = self.connection.open(&self.obstacles.limit)?;
        Ok(client.account(id))
    }

    /// The engine that works in the account. Nothing is sent.
    pub(crate) fn engine(&self) -> Result<Engine> {
        let (client, id) = self.connection.open(&self.obstacles.limit)?;
        Ok(Engine::new(client, id))
    }

    /// Does what may take long and tells how far it is. Nothing may be printed meanwhile.
    pub(crate) async fn watch<T>(&self, work: impl AsyncFnOnce(&dyn Progress) -> T) -> T {
        if self.bars {
            bar::during(&self.obstacles, async |bar| work(bar).await).await
        } else {
            work(&NoProgress).await
        }
    }

    /// The same for what does not say how far it is.
    pub(crate) async fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.watch(async |_| work.await).await
    }
}

/// Does what was asked.
pub(crate) fn run(arguments: Arguments) -> Result<Status> {
    let Arguments { connection, printing, command } = arguments;
    printing.color.decide();
    // Lines of --verbose and a bar would be in each other's way.
    let bars = !printing.verbose && std::io::stderr().is_terminal();
    let obstacles = Obstacles::default();
    if printing.verbose {
        attempts::show()?;
    } else if bars {
        obstacles.troubles.keep()?;
    }
    let context = Context { connection, format: printing.output, obstacles, bars };
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
