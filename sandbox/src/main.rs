//! `user-groups-sandbox`: the sandbox as a program, for tests in any language.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use cloudflare_user_groups_sandbox::Seed;
use cloudflare_user_groups_sandbox::cli::{Options, interrupted};

/// Serve a test double of Cloudflare's Account User Groups API
///
/// Prints one line, `listening on http://ADDRESS/client/v4`, and runs until it is interrupted.
/// Never pass real credentials: every client that reaches the address can reset the sandbox and
/// read its state.
#[derive(Parser)]
#[command(name = "user-groups-sandbox", version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The exit code reports the error if stderr is closed.
            writeln!(std::io::stderr(), "user-groups-sandbox: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let builder = arguments.options.builder(Seed::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let interrupted = interrupted()?;
        let sandbox = builder.start().await?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "listening on {}", sandbox.base_url())?;
        stdout.flush()?;
        interrupted.await;
        Ok(())
    })
}
