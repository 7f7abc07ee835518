//! The flags of the program, for every program that serves a sandbox.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::{
    Builder, Contract, DEFAULT_ACCOUNT_ID, DEFAULT_TOKEN, FaultPlan, Sandbox, Seed, StartError,
};

/// The flags of a sandbox.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Listen on this IP address and port; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Serve the account with this id
    #[arg(long, value_name = "ID", default_value = DEFAULT_ACCOUNT_ID)]
    account: String,
    /// Accept this made-up API token
    #[arg(long, default_value = DEFAULT_TOKEN)]
    token: String,
    /// Accept an API key with this email address as well
    #[arg(long, requires = "key")]
    email: Option<String>,
    /// Accept this made-up API key as well
    #[arg(long, requires = "email")]
    key: Option<String>,
    /// Read the state at the start from a JSON file
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Follow this version of the API
    #[arg(long, value_name = "VERSION", value_enum, default_value_t)]
    contract: Contract,
    /// Report members of a new group as not found for this time, such as 2s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = humantime::parse_duration)]
    new_group_lag: Duration,
    /// Show removed groups and members for this time, such as 2s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = humantime::parse_duration)]
    deletion_lag: Duration,
    /// Shift the server's clock by this number of seconds
    #[arg(long, value_name = "SECONDS", default_value = "0", allow_negative_numbers = true)]
    clock_offset: i32,
    /// Start the clock on 1 March 2024 and move it by a second with every change
    #[arg(long, conflicts_with = "clock_offset")]
    logical_clock: bool,
    /// Inject the faults of a JSON file
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Write a line of JSON for each request to this file
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

impl Options {
    /// Returns a builder with these flags. `seed` is the state at the start without `--seed`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or its content is invalid.
    pub fn builder(self, seed: Seed) -> Result<Builder, StartError> {
        let seed = self.seed.map_or(Ok(seed), Seed::from_file).map_err(StartError::Seed)?;
        let mut builder = Sandbox::builder()
            .listen(self.listen)
            .account_id(self.account)
            .token(self.token)
            .seed(seed)
            .contract(self.contract)
            .new_group_lag(self.new_group_lag)
            .deletion_lag(self.deletion_lag)
            .clock_offset(self.clock_offset)
            .keep_log(false);
        if let (Some(email), Some(key)) = (self.email, self.key) {
            builder = builder.api_key(email, key);
        }
        if self.logical_clock {
            builder = builder.logical_clock();
        }
        if let Some(path) = self.faults {
            builder = builder.faults(FaultPlan::from_file(path).map_err(StartError::Faults)?);
        }
        if let Some(path) = self.log {
            builder = builder.log_file(path);
        }
        Ok(builder)
    }
}

/// Returns a future that ends when the process is interrupted or terminated. Signals are caught
/// from the call on.
///
/// # Errors
///
/// If signals cannot be caught.
#[cfg(unix)]
pub fn interrupted() -> io::Result<impl Future<Output = ()>> {
    use futures_util::future::select;
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        select(Box::pin(interrupt.recv()), Box::pin(terminate.recv())).await;
    })
}

/// Returns a future that ends when the process is interrupted.
///
/// # Errors
///
/// If signals cannot be caught.
#[cfg(not(unix))]
pub fn interrupted() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        tokio::signal::ctrl_c().await.ok();
    })
}
