//! `sandbox`: serves a made-up account.

use std::io::Write;

use cloudflare_user_groups_sandbox::{Contract, FaultPlan, Sandbox, Seed};

use crate::Result;
use crate::arguments::SandboxOptions;
use crate::failure::{Failure, Status};

const COMPANY: &str = include_str!("../../../demo/company.json");

/// A small company.
pub(crate) fn company() -> Result<Seed> {
    Seed::from_json(COMPANY).map_err(Failure::failed)
}

pub(crate) async fn run(options: SandboxOptions) -> Result<Status> {
    let SandboxOptions { listen, seed, faults, log } = options;
    let seed = match seed {
        Some(path) => Seed::from_file(path).map_err(Failure::failed)?,
        None => company()?,
    };
    let mut builder =
        Sandbox::builder().contract(Contract::Current).listen(listen).seed(seed).keep_log(false);
    if let Some(path) = faults {
        builder = builder.faults(FaultPlan::from_file(path).map_err(Failure::failed)?);
    }
    if let Some(path) = log {
        builder = builder.log_file(path);
    }
    let sandbox = builder.start().await.map_err(Failure::failed)?;
    let mut stdout = anstream::stdout();
    // Everything here is made up, the token too.
    writeln!(stdout, "# A sandbox is serving until it is interrupted. In another shell:")?;
    writeln!(stdout, "export CLOUDFLARE_BASE_URL={}", sandbox.base_url())?;
    writeln!(stdout, "export CLOUDFLARE_ACCOUNT_ID={}", sandbox.account_id())?;
    writeln!(stdout, "export CLOUDFLARE_API_TOKEN={}", sandbox.token())?;
    stdout.flush()?;
    tokio::signal::ctrl_c().await.map_err(Failure::failed)?;
    Ok(Status::Done)
}
