//! Interruption by SIGINT and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use cf_groups_engine::Progress;

use crate::exit::{CommandError, Result, Status};
use crate::terminal::message;

/// Whether the command was interrupted.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    /// The exit code of the signal; 0 if there was none.
    code: AtomicU8,
    applying: AtomicBool,
    gave_up: AtomicBool,
}

impl Interrupt {
    /// Returns the status of an interrupted command.
    pub(crate) fn status(&self) -> Option<Status> {
        match self.0.code.load(Ordering::Relaxed) {
            0 => None,
            code => Some(Status::Interrupted(code)),
        }
    }

    /// Returns whether requests in flight were given up.
    #[cfg(feature = "redis")]
    pub(crate) fn gave_up(&self) -> bool {
        self.0.gave_up.load(Ordering::Relaxed)
    }

    /// Runs a command until it ends or is interrupted.
    pub(crate) async fn guard(
        &self,
        command: impl Future<Output = Result<Status>>,
    ) -> Result<Status> {
        let mut signals = Signals::new().map_err(CommandError::failed)?;
        tokio::select! {
            result = command => result,
            code = self.wait(&mut signals) => Ok(Status::Interrupted(code)),
        }
    }

    async fn wait(&self, signals: &mut Signals) -> u8 {
        let code = signals.next().await;
        self.0.code.store(code, Ordering::Relaxed);
        if !self.0.applying.load(Ordering::Relaxed) {
            message::note("\nInterrupted. No changes made.");
            return code;
        }
        message::note(
            "\nInterrupted. Waiting for the requests in flight; interrupt again to give them up.",
        );
        let code = signals.next().await;
        self.0.gave_up.store(true, Ordering::Relaxed);
        message::note("Requests in flight may still be applied. Run `cf-groups plan` to check.");
        code
    }
}

impl Progress for Interrupt {
    /// From now on, an interruption ends the command only after the requests in flight.
    fn begin(&self, _: usize) {
        self.0.applying.store(true, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.status().is_some()
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for a signal and returns its exit code.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> u8 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 130,
            Err(_) => std::future::pending().await,
        }
    }
}
