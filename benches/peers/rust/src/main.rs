//! The Rust side of the comparison: the server, and each Rust client doing its work once.

mod published;

use std::env;
use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cloudflare_user_groups_benches::clients::{self, Client, Floor, Ours, Written};
use cloudflare_user_groups_benches::{Result, server};

use published::Published;

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &*arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        ["serve", delay] => serve(Duration::from_millis(delay.parse()?)),
        ["ours", work, times, address] => run::<Ours>(work, times, address),
        ["written", work, times, address] => run::<Written>(work, times, address),
        ["floor", work, times, address] => run::<Floor>(work, times, address),
        ["published", work, times, address] => run::<Published>(work, times, address),
        other => Err(format!("{other:?} is not understood").into()),
    }
}

/// Serves until the standard input ends.
fn serve(delay: Duration) -> Result<()> {
    println!("{}", server::start(delay)?);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Prints seconds by the clock, seconds of CPU, and the most memory in kB.
fn run<C: Client>(work: &str, times: &str, address: &str) -> Result<()> {
    let (times, address): (u64, SocketAddr) = (times.parse()?, address.parse()?);
    let client = C::new(address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        clients::work(&client, "get", 50).await?;
        let (clock, cpu) = (Instant::now(), cpu()?);
        clients::work(&client, work, times).await?;
        let (clock, cpu) = (clock.elapsed(), self::cpu()? - cpu);
        println!("{} {} {}", clock.as_secs_f64(), cpu.as_secs_f64(), peak()?);
        Ok(())
    })
}

/// What all threads have used.
fn cpu() -> Result<Duration> {
    let mut total = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let told = fs::read_to_string(thread?.path().join("schedstat"))?;
        total += told.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(total))
}

fn peak() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?.parse()?)
}
