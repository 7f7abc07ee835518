//! The account, the output format and the progress line that a command works with.

use std::io::IsTerminal;

use cf_groups_engine::{Engine, NoProgress, Progress};
use cloudflare_user_groups::Account;

use crate::config::Connection;
use crate::exit::Result;
use crate::terminal::format::Format;
use crate::terminal::progress::{self, Delays};
use crate::terminal::{Printing, request_log};

/// Shared by all commands that talk to the API.
pub(crate) struct Context {
    connection: Connection,
    pub(crate) format: Format,
    delays: Delays,
    /// Whether progress is shown.
    show_progress: bool,
}

impl Context {
    pub(crate) fn new(connection: Connection, printing: Printing) -> Result<Self> {
        printing.color.apply();
        // The lines of --verbose and a progress line would overwrite each other.
        let show_progress = !printing.verbose && std::io::stderr().is_terminal();
        let delays = Delays::default();
        if printing.verbose {
            request_log::print()?;
        } else if show_progress {
            delays.requests.record()?;
        }
        Ok(Self { connection, format: printing.output, delays, show_progress })
    }

    /// Opens the account. Nothing is sent.
    pub(crate) fn account(&self) -> Result<Account> {
        let (client, id) = self.connection.open(&self.delays.limit)?;
        Ok(client.account(id))
    }

    /// Opens the engine of the account. Nothing is sent.
    pub(crate) fn engine(&self) -> Result<Engine> {
        let (client, id) = self.connection.open(&self.delays.limit)?;
        Ok(Engine::new(client, id))
    }

    /// Shows progress while `work` runs. Nothing else may be printed meanwhile.
    pub(crate) async fn watch<T>(&self, work: impl AsyncFnOnce(&dyn Progress) -> T) -> T {
        if self.show_progress {
            progress::during(&self.delays, async |progress| work(progress).await).await
        } else {
            work(&NoProgress).await
        }
    }

    /// Like [`watch`](Self::watch), for work that reports no progress.
    pub(crate) async fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.watch(async |_| work.await).await
    }
}
