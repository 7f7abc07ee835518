//! Ways to do the same work, measured in turn, so that what else the machine does hits all of them.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::Result;
use crate::secure::Secure;

/// What doing the work once took.
pub struct Sample {
    wall: Duration,
    /// Of the thread that calls, which is not the server's.
    cpu: Duration,
    connections: usize,
}

/// A way to do the work.
pub type Way<'a> = Box<dyn FnMut() -> Result<Sample> + 'a>;

impl Sample {
    /// Does the work with this server.
    pub fn take(
        server: &Secure,
        runtime: &Runtime,
        work: impl Future<Output = Result<()>>,
    ) -> Result<Self> {
        let (opened, used, start) = (server.connections(), cpu(), Instant::now());
        runtime.block_on(work)?;
        let (wall, cpu) = (start.elapsed(), cpu() - used);
        Ok(Self { wall, cpu, connections: server.connections() - opened })
    }
}

/// The time that this thread was on a processor; nothing where the kernel is not Linux.
fn cpu() -> Duration {
    // The account of a thread that runs is brought up to date now and then, and when it yields.
    thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

#[expect(clippy::print_stdout, reason = "what it prints is what it is for")]
/// Measures each way `rounds` times and prints medians, between quartiles.
pub fn compare<'a>(
    title: &str,
    rounds: usize,
    ways: impl IntoIterator<Item = (String, Way<'a>)>,
) -> Result<()> {
    let mut ways: Vec<_> = ways.into_iter().map(|(name, way)| (name, way, Vec::new())).collect();
    for round in 0..=rounds {
        for (_, way, samples) in &mut ways {
            let sample = way()?;
            // The first opens the connections that are kept.
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    println!("\n{title}");
    for (name, _, samples) in &ways {
        let [low, wall, high] = quartiles(samples, |sample| milliseconds(sample.wall));
        let [_, cpu, _] = quartiles(samples, |sample| milliseconds(sample.cpu));
        let [_, connections, _] = quartiles(samples, |sample| sample.connections as f64);
        println!(
            "  {name:33} {wall:9.3} ms ({low:.3} to {high:.3}), CPU {cpu:.3} ms, {connections} connections opened"
        );
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn quartiles(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> [f64; 3] {
    let mut values: Vec<_> = samples.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
