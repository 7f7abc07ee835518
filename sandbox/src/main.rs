//! `user-groups-sandbox`: the sandbox as a program, for tests in any language.

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use cloudflare_user_groups_sandbox::{
    Builder, Contract, DEFAULT_ACCOUNT_ID, DEFAULT_TOKEN, FaultPlan, Sandbox, Seed,
};
use lexopt::prelude::*;

type Failure = Box<dyn std::error::Error>;

fn help() -> String {
    format!(
        "\
A server that keeps the contract of Cloudflare's Account User Groups API, for tests.

Usage: user-groups-sandbox [OPTIONS]

Prints one line, `listening on http://ADDRESS/client/v4`, and runs until interrupted.

Options:
  --listen ADDRESS     IP address and port to listen on; port 0 picks a free one
                       [default: 127.0.0.1:0]
  --account ID         the account that the credentials are for
                       [default: {DEFAULT_ACCOUNT_ID}]
  --token TOKEN        the API token to accept [default: {DEFAULT_TOKEN}]
  --email EMAIL        with --key: accept this API key as well
  --key KEY            with --email: accept this API key as well
  --seed FILE          what to start with, as JSON
  --contract VERSION   documented (nine operations), current (mid-2026) or
                       observed (as the live service behaves)
                       [default: observed]
  --new-group-lag TIME how long the members of a new group are not found, as 2s
                       [default: 0s]
  --deletion-lag TIME  how long a removed group or member is still shown, as 2s
                       [default: 0s]
  --clock-offset SECS  seconds by which the server's clock is ahead
                       [default: 0]
  --logical-clock      start the clock on 1 March 2024 and move it by a second
                       with every change
  --faults FILE        how to misbehave, as JSON
  --log FILE           write one line of JSON for each request to this file
  --help               print this
  --version            print the version

Credentials here are made up: never pass real ones. Whoever can reach the
address can reset the sandbox and read its state.
"
    )
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even this cannot be said, the exit code says it.
            writeln!(std::io::stderr(), "user-groups-sandbox: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let mut stdout = std::io::stdout();
    let builder = match arguments(std::env::args_os())? {
        Command::Help => return Ok(write!(stdout, "{}", help())?),
        Command::Version => {
            let version = env!("CARGO_PKG_VERSION");
            return Ok(writeln!(stdout, "user-groups-sandbox {version}")?);
        }
        Command::Serve(builder) => builder,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Listening for signals comes first, so that none is missed once the line is out.
        let interrupted = interrupted()?;
        let sandbox = builder.start().await?;
        writeln!(stdout, "listening on {}", sandbox.base_url())?;
        stdout.flush()?;
        interrupted.await;
        Ok(())
    })
}

enum Command {
    Help,
    Version,
    Serve(Box<Builder>),
}

fn arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Failure> {
    let mut parser = lexopt::Parser::from_iter(arguments);
    let mut builder = Sandbox::builder().keep_log(false);
    let (mut email, mut key) = (None, None);
    while let Some(argument) = parser.next()? {
        builder = match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            Long("listen") => {
                let address: SocketAddr = parser.value()?.parse()?;
                builder.listen(address)
            }
            Long("account") => builder.account_id(parser.value()?.string()?),
            Long("token") => builder.token(parser.value()?.string()?),
            Long("seed") => builder.seed(Seed::from_file(PathBuf::from(parser.value()?))?),
            Long("contract") => builder.contract(contract(&parser.value()?.string()?)?),
            Long("new-group-lag") => builder.new_group_lag(duration(&mut parser)?),
            Long("deletion-lag") => builder.deletion_lag(duration(&mut parser)?),
            Long("clock-offset") => builder.clock_offset(parser.value()?.parse()?),
            Long("logical-clock") => builder.logical_clock(),
            Long("faults") => builder.faults(FaultPlan::from_file(PathBuf::from(parser.value()?))?),
            Long("log") => builder.log_file(PathBuf::from(parser.value()?)),
            Long("email") => {
                email = Some(parser.value()?.string()?);
                builder
            }
            Long("key") => {
                key = Some(parser.value()?.string()?);
                builder
            }
            _ => return Err(argument.unexpected().into()),
        };
    }
    let builder = match (email, key) {
        (Some(email), Some(key)) => builder.api_key(email, key),
        (None, None) => builder,
        _ => return Err("--email and --key go together".into()),
    };
    Ok(Command::Serve(Box::new(builder)))
}

fn duration(parser: &mut lexopt::Parser) -> Result<Duration, Failure> {
    Ok(humantime::parse_duration(&parser.value()?.string()?)?)
}

fn contract(name: &str) -> Result<Contract, Failure> {
    match name {
        "documented" => Ok(Contract::Documented),
        "current" => Ok(Contract::Current),
        "observed" => Ok(Contract::Observed),
        _ => Err(format!("--contract is documented, current or observed, not {name:?}").into()),
    }
}

/// Waits for the user to interrupt, or for the system to terminate.
#[cfg(unix)]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(std::future::poll_fn(move |cx| {
        // Both are polled, so that both wake.
        let interrupted = interrupt.poll_recv(cx).is_ready();
        let terminated = terminate.poll_recv(cx).is_ready();
        if interrupted || terminated {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    }))
}

/// Waits for the user to interrupt.
#[cfg(not(unix))]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        tokio::signal::ctrl_c().await.ok();
    })
}
