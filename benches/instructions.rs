//! Counts the instructions of a call, and fails when ours takes too many more than reqwest's.
//!
//! Times are noisy and stored counts go stale with each compiler and dependency; the ratio of two
//! counts of one build is neither. The program runs itself under callgrind with N and with 2 N
//! calls: the difference is what N calls take, without start and end.

#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::env;
use std::net::SocketAddr;
use std::process::{Command, ExitCode};
use std::time::Duration;

use cloudflare_user_groups_benches::clients::{self, Client, Floor, Ours, Written};
use cloudflare_user_groups_benches::{Result, server};

/// The work that is counted, how many times it is done, and how many instructions of ours there may
/// be for each of hand-written reqwest and serde.
///
/// A creation compares the response with what was sent and remembers the group, which hand-written
/// code does not; its response is short, so that this counts for more. Each margin is a few
/// hundredths above what is counted.
const WORK: [(&str, u64, f64); 5] = [
    ("get", 500, 1.00),
    ("get 64", 512, 1.00),
    ("create", 500, 1.03),
    ("page", 4, 0.90),
    ("members", 1, 1.00),
];

fn main() -> Result<ExitCode> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &*arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        ["run", client, work, times, address] => {
            run(client, work, times.parse()?, address.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => compare(),
    }
}

fn run(client: &str, work: &str, times: u64, address: SocketAddr) -> Result<()> {
    match client {
        Ours::NAME => run_as::<Ours>(work, times, address),
        Written::NAME => run_as::<Written>(work, times, address),
        Floor::NAME => run_as::<Floor>(work, times, address),
        other => Err(format!("there is no client {other}").into()),
    }
}

fn run_as<C: Client>(work: &str, times: u64, address: SocketAddr) -> Result<()> {
    let client = C::new(address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(clients::work(&client, work, times))
}

fn compare() -> Result<ExitCode> {
    let address = server::start(Duration::ZERO)?;
    let mut exceeded = false;
    println!(
        "instructions  {:>12} {:>16} {:>12}  ours / reqwest",
        "ours", "reqwest + serde", "hyper"
    );
    for (work, times, most) in WORK {
        let count = |client| count(client, work, times, address);
        let (ours, written, floor) =
            (count(Ours::NAME)?, count(Written::NAME)?, count(Floor::NAME)?);
        let ratio = ours / written;
        exceeded |= ratio > most;
        println!("{work:12}  {ours:12.0} {written:16.0} {floor:12.0}  {ratio:.3} (at most {most})");
    }
    Ok(if exceeded { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The instructions of one call.
fn count(client: &str, work: &str, times: u64, address: SocketAddr) -> Result<f64> {
    let once = callgrind(client, work, times, address)?;
    let twice = callgrind(client, work, 2 * times, address)?;
    Ok((twice - once) / times as f64)
}

fn callgrind(client: &str, work: &str, times: u64, address: SocketAddr) -> Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["run", client, work, &times.to_string(), &address.to_string()])
        .output()
        .map_err(|error| format!("valgrind, which this bench needs, did not start: {error}"))?;
    let output_text = String::from_utf8_lossy(&output.stderr);
    let collected = output_text.lines().find_map(|line| line.split_once("Collected : "));
    match collected {
        Some((_, count)) if output.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("valgrind failed: {output_text}").into()),
    }
}
