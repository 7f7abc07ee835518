//! `sandbox`: serves a sandbox account.

use std::io::Write;

use cloudflare_user_groups_sandbox::cli::{Options, interrupted};
use cloudflare_user_groups_sandbox::{COMPANY, Seed};

use crate::exit::{CommandError, Result, Status};

/// The demo company.
pub(crate) fn company() -> Result<Seed> {
    Seed::from_json(COMPANY).map_err(CommandError::failed)
}

const EXAMPLES: &str = "\
Examples:
  cf-groups sandbox --listen 127.0.0.1:8080
  cf-groups sandbox --new-group-lag 2s --log requests.jsonl";

/// Serve a sandbox account, to try things out
///
/// Without --seed, the account is that of a company of 312 members, 12 groups and 5 zones.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Status> {
        let builder = self.options.builder(company()?).map_err(CommandError::failed)?;
        let interrupted = interrupted().map_err(CommandError::failed)?;
        let sandbox = builder.start().await.map_err(CommandError::failed)?;
        let mut stdout = std::io::stdout();
        // The token is not a secret.
        writeln!(stdout, "# The sandbox runs until it is interrupted. In another shell:")?;
        writeln!(stdout, "export CLOUDFLARE_BASE_URL={}", sandbox.base_url())?;
        writeln!(stdout, "export CLOUDFLARE_ACCOUNT_ID={}", sandbox.account_id())?;
        writeln!(stdout, "export CLOUDFLARE_API_TOKEN={}", sandbox.token())?;
        stdout.flush()?;
        interrupted.await;
        Ok(Status::Done)
    }
}
