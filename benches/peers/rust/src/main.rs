//! The Rust side of the comparison: the server, and each Rust client doing its work once.

mod published;

use std::env;
use std::io::{self, BufRead};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cloudflare_user_groups_benches::clients::{self, Client, Floor, Ours, Written};
use cloudflare_user_groups_benches::{Result, peak, responses, server};

use published::Published;
use rustix::time::{ClockId, clock_gettime};

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &*arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        ["serve", delay] => serve(Duration::from_millis(delay.parse()?)),
        [client, work, warming, times, address] => {
            let (largest, work) = match work.strip_suffix(" 500") {
                Some(work) => (true, work),
                None => (false, *work),
            };
            let (warming, times, address) = (warming.parse()?, times.parse()?, address.parse()?);
            match (*client, largest) {
                // These request pages of 500 in any case.
                ("ours", _) => run::<Ours>(work, warming, times, address),
                ("written", _) => run::<Written>(work, warming, times, address),
                ("floor", _) => run::<Floor>(work, warming, times, address),
                ("published", true) => run::<Published<true>>(work, warming, times, address),
                ("published", false) => run::<Published<false>>(work, warming, times, address),
                (other, _) => Err(format!("there is no client {other}").into()),
            }
        }
        other => Err(format!("{other:?} is not understood").into()),
    }
}

/// Prints the address, serves until the standard input ends, and for each line of it prints how
/// many requests have come.
fn serve(delay: Duration) -> Result<()> {
    // Else the first client would wait until the pages are made.
    for size in [None, Some(500)] {
        responses::groups_page(1, size);
        responses::members_page(1, size);
    }
    println!("{}", server::start(delay)?);
    for line in io::stdin().lock().lines() {
        line?;
        println!("{}", server::requests());
    }
    Ok(())
}

/// Prints seconds by the clock, seconds of CPU, and the most memory in kB.
fn run<C: Client>(work: &str, warming: u64, times: u64, address: SocketAddr) -> Result<()> {
    let client = C::new(address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // What goes 64 at a time finds its connections open.
        let warm = if work == "get 64" { work } else { "get" };
        clients::work(&client, warm, warming).await?;
        let (clock, cpu) = (Instant::now(), cpu()?);
        clients::work(&client, work, times).await?;
        let (clock, cpu) = (clock.elapsed(), self::cpu()? - cpu);
        println!("{} {} {}", clock.as_secs_f64(), cpu.as_secs_f64(), peak()?);
        Ok(())
    })
}

/// What all threads have used.
fn cpu() -> Result<Duration> {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Ok(Duration::new(used.tv_sec.try_into()?, used.tv_nsec.try_into()?))
}
