//! The account, the output and the progress line that a command works with.

use std::cell::Cell;
use std::io::IsTerminal;

use cf_groups_engine::{Engine, PowerfulPermissions, Progress};
use cloudflare_user_groups::{Account, AccountId, Client};
use futures_util::stream::{self, StreamExt};

use crate::config::Connection;
use crate::exit::{CommandError, Result};
use crate::interrupt::Interrupt;
use crate::terminal::format::Output;
use crate::terminal::progress::{Delays, Display, ProgressLine};
use crate::terminal::{Printing, request_log};

/// How many accounts are worked on at once. The rate limit is the same for all.
const AT_ONCE: usize = 8;

/// What is reported if a lock was lost.
pub(crate) const LOST_LOCK: &str = "the lock of the account was lost, so the remaining steps were \
                                    skipped; run the command again";

/// Shared by all commands that talk to the API.
pub(crate) struct Context {
    pub(crate) connection: Connection,
    pub(crate) output: Output,
    pub(crate) interrupt: Interrupt,
    /// Whether everything is shown.
    pub(crate) verbose: bool,
    delays: Delays,
    display: Display,
}

impl Context {
    pub(crate) fn new(connection: Connection, printing: &Printing) -> Result<Self> {
        let delays = Delays::default();
        let display = match (printing.verbose, std::io::stderr().is_terminal()) {
            // The lines of --verbose and a progress line would overwrite each other.
            (true, _) => Display::Nothing,
            (false, true) => Display::Line,
            (false, false) => Display::Log,
        };
        if display == Display::Nothing {
            request_log::print()?;
        } else {
            delays.requests.record()?;
        }
        let Printing { output: format, escape_formulas, verbose, .. } = *printing;
        let (output, interrupt) = (Output { format, escape_formulas }, Interrupt::default());
        Ok(Self { connection, output, interrupt, verbose, delays, display })
    }

    /// Opens the account. Nothing is sent.
    pub(crate) fn account(&self) -> Result<Account> {
        let (client, id) = self.connection.open(&self.delays.limit)?;
        Ok(client.account(id))
    }

    /// Opens the engine of the account. Nothing is sent.
    pub(crate) fn engine(&self) -> Result<Engine> {
        self.engine_of(&self.connection)
    }

    /// Opens the engine of another account or profile. Nothing is sent.
    pub(crate) fn engine_of(&self, connection: &Connection) -> Result<Engine> {
        let (client, id) = connection.open(&self.delays.limit)?;
        Ok(Engine::new(client, id))
    }

    /// Opens the engine of an account to change it: with its lock, if locks are configured.
    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_async, reason = "there are no locks"))]
    pub(crate) async fn changing_engine_of(&self, connection: &Connection) -> Result<Engine> {
        #[cfg(feature = "redis")]
        connection.lock().await?;
        self.engine_of(connection)
    }

    /// Opens a client for any account. Nothing is sent.
    pub(crate) fn client_of(&self, account: &AccountId) -> Result<Client> {
        Ok(self.connection.with_account(account.as_str()).open(&self.delays.limit)?.0)
    }

    /// Ends the work in one of several accounts: releases its lock.
    ///
    /// # Errors
    ///
    /// If the lock was lost.
    pub(crate) async fn end_account(&self, account: &AccountId) -> Result<()> {
        #[cfg(feature = "redis")]
        if !self.connection.shared.release_one(account).await {
            return Err(CommandError::failed(LOST_LOCK));
        }
        #[cfg(not(feature = "redis"))]
        let _ = account;
        Ok(())
    }

    /// What ends the work early.
    pub(crate) fn interruption(&self) -> impl Progress + Send + 'static {
        let interruption = self.interrupt.clone();
        #[cfg(feature = "redis")]
        let interruption = self.connection.shared.interruption(interruption);
        interruption
    }

    /// Returns whether the lock of the account was lost.
    pub(crate) fn has_lost_lock(&self) -> bool {
        #[cfg(feature = "redis")]
        return self.connection.shared.has_lost_lock();
        #[cfg(not(feature = "redis"))]
        false
    }

    /// Ends the work: releases locks. If requests may be in flight, the leases must run out.
    pub(crate) async fn end(&self) {
        #[cfg(feature = "redis")]
        if !self.interrupt.gave_up() {
            self.connection.shared.release().await;
        }
    }

    /// Returns the members and groups that the config file protects from removals.
    pub(crate) fn protected(&self) -> Result<Vec<String>> {
        Ok(self.connection.settings()?.protect)
    }

    /// Returns the powerful permissions: those given, those of the config file, or the default
    /// list.
    pub(crate) fn powerful(&self, given: &[String]) -> Result<PowerfulPermissions> {
        let configured = self.connection.settings()?.powerful;
        Ok(PowerfulPermissions::new(if given.is_empty() { &configured } else { given }))
    }

    /// Shows progress while `work` runs. Nothing else may be printed meanwhile.
    pub(crate) async fn watch<T>(&self, work: impl AsyncFnOnce(&dyn Progress) -> T) -> T {
        let line = ProgressLine::new(self.delays.clone(), self.interruption());
        line.during(self.display, work(&line)).await
    }

    /// Works on several accounts at once, and shows how many are done. The results are in order.
    pub(crate) async fn for_accounts<I, T>(
        &self,
        verb: &str,
        accounts: impl ExactSizeIterator<Item = I>,
        work: impl AsyncFn(I) -> T,
    ) -> Vec<T> {
        let line = ProgressLine::new(self.delays.clone(), self.interruption());
        let (total, done) = (accounts.len(), Cell::new(0));
        line.count(verb, 0, total, "account");
        let work = async |account| {
            let result = work(account).await;
            done.set(done.get() + 1);
            line.count(verb, done.get(), total, "account");
            result
        };
        let all = stream::iter(accounts).map(work).buffered(AT_ONCE).collect();
        line.during(self.display, all).await
    }

    /// Like [`watch`](Self::watch), for work that reports no progress.
    pub(crate) async fn wait<T, E>(
        &self,
        work: impl IntoFuture<Output = std::result::Result<T, E>>,
    ) -> Result<T>
    where
        CommandError: From<E>,
    {
        Ok(self.watch(async |_| work.into_future().await).await?)
    }
}
