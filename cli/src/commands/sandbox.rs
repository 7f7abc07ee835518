//! `sandbox`: serves a sandbox account.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use cloudflare_user_groups_sandbox::{Contract, FaultPlan, Sandbox, Seed};

use crate::exit::{CommandError, Result, Status};

const COMPANY: &str = include_str!("../../demo/company.json");

/// A small company.
pub(crate) fn company() -> Result<Seed> {
    Seed::from_json(COMPANY).map_err(CommandError::failed)
}

/// Serve a sandbox account, to try things out
#[derive(clap::Args)]
pub(crate) struct Args {
    /// IP address and port; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// State to start with, as JSON; a small company by default
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Faults to inject, as JSON
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Write a line of JSON for each request to this file
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Status> {
        let Self { listen, seed, faults, log } = self;
        let seed = match seed {
            Some(path) => Seed::from_file(path).map_err(CommandError::failed)?,
            None => company()?,
        };
        let mut builder = Sandbox::builder()
            .contract(Contract::Current)
            .listen(listen)
            .seed(seed)
            .keep_log(false);
        if let Some(path) = faults {
            builder = builder.faults(FaultPlan::from_file(path).map_err(CommandError::failed)?);
        }
        if let Some(path) = log {
            builder = builder.log_file(path);
        }
        let sandbox = builder.start().await.map_err(CommandError::failed)?;
        let mut stdout = anstream::stdout();
        // The token is not a secret.
        writeln!(stdout, "# The sandbox runs until it is interrupted. In another shell:")?;
        writeln!(stdout, "export CLOUDFLARE_BASE_URL={}", sandbox.base_url())?;
        writeln!(stdout, "export CLOUDFLARE_ACCOUNT_ID={}", sandbox.account_id())?;
        writeln!(stdout, "export CLOUDFLARE_API_TOKEN={}", sandbox.token())?;
        stdout.flush()?;
        tokio::signal::ctrl_c().await.map_err(CommandError::failed)?;
        Ok(Status::Done)
    }
}
