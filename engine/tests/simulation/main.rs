//! Deterministic simulation: client and engine against the sandbox's state, with a simulated clock
//! and network, other actors, and crashes of the program itself.
//!
//! A seed decides everything. The invariants are in `invariants.rs`. To run one seed with its
//! trace: `SIMULATION_SEED=7 cargo test -p cf-groups-engine --test simulation`; to run many:
//! `SIMULATION_SEEDS=1000000 cargo test -p cf-groups-engine --test simulation --release --
//! --ignored`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may")]

mod actor;
mod calls;
mod invariants;
mod network;
mod program;
mod runs;
mod world;

use std::env;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use fastrand::Rng;

use crate::world::World;

/// Runs one seed and returns the world as it was left, with the violations of invariants.
fn simulate(seed: u64, traced: bool) -> Arc<World> {
    // The jitter of the client's retries is from here.
    fastrand::seed(seed);
    let mut rng = Rng::with_seed(seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let world = World::new(&mut rng, traced);
        if rng.bool() {
            runs::simulate(&world, &mut rng).await;
        } else {
            calls::simulate(&world, &mut rng).await;
        }
        world
    })
}

/// Runs all seeds on all processors. Returns the first ten that violate an invariant.
fn failures(seeds: Range<u64>) -> Vec<String> {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut failed = Vec::new();
        while failed.len() < 10 {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let violations = simulate(seed, false).violations();
            failed.extend(violations.first().map(|it| format!("SIMULATION_SEED={seed}: {it}")));
        }
        failed
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn every_invariant_holds() {
    if let Some(seed) = number("SIMULATION_SEED") {
        let world = simulate(seed, true);
        println!("{}", world.trace().join("\n"));
        assert!(world.violations().is_empty(), "seed {seed}: {:#?}", world.violations());
        return;
    }
    let failures = failures(0..2000);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
#[ignore = "takes long; SIMULATION_SEEDS is the number of seeds"]
fn every_invariant_holds_for_many_seeds() {
    let first = number("SIMULATION_FIRST").unwrap_or(2000);
    let failures = failures(first..first + number("SIMULATION_SEEDS").unwrap_or(1_000_000));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_seed_decides_everything() {
    for seed in 0..40 {
        let trace = || simulate(seed, true).trace();
        assert_eq!(trace(), trace(), "seed {seed}");
    }
}
