//! Each fuzz target as an ordinary test: the inputs in `fuzz/seeds/` as they are, and then with
//! random changes, which are the same in every run.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/targets/mod.rs"]
#[allow(unreachable_pub, reason = "public in the package of the fuzz targets")]
mod targets;

macro_rules! replay {
    ($($target:ident: $changes:literal,)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target), $changes, targets::$target);
        })*
    };
}

replay! {
    success: 600,
    failure: 400,
    retry_after: 2000,
    rate_limit: 5000,
    ids: 5000,
    seed_file: 2000,
    fault_file: 5000,
}

/// Calls the target with every seed, and then `changes` times with changed seeds.
fn replay(target: &str, changes: usize, check: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "there are no seeds");
    for (name, seed) in &seeds {
        run(check, seed, name);
    }
    let mut random = fastrand::Rng::with_seed(7);
    for number in 0..changes {
        let mut input = seeds[random.usize(..seeds.len())].1.clone();
        for _ in 0..=random.usize(..4) {
            let other = &seeds[random.usize(..seeds.len())].1;
            change(&mut input, other, &mut random);
        }
        run(check, &input, &format!("change {number}"));
    }
}

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let files = fs::read_dir(folder).expect("the target has a folder of seeds");
    let mut seeds: Vec<_> = files
        .map(|file| file.expect("the folder can be read").path())
        .map(|path| (path.display().to_string(), fs::read(&path).expect("a seed can be read")))
        .collect();
    seeds.sort();
    seeds
}

/// Shows the input that fails, as a seed could hold it.
fn run(check: fn(&[u8]), input: &[u8], name: &str) {
    if let Err(panic) = std::panic::catch_unwind(|| check(input)) {
        println!("{name} fails: {}", input.escape_ascii());
        std::panic::resume_unwind(panic);
    }
}

/// What numbers are often wrong about.
const NUMBERS: [&str; 6] =
    ["0", "-1", "1e999", "18446744073709551615", "9223372036854775808", "0.5"];

fn change(input: &mut Vec<u8>, other: &[u8], random: &mut fastrand::Rng) {
    let at = random.usize(..=input.len());
    let end = (at + random.usize(..16)).min(input.len());
    match random.u8(..7) {
        0 => drop(input.drain(at..end)),
        1 => input.truncate(at),
        2 => input.insert(at, random.u8(..)),
        3 if at < input.len() => input[at] ^= 1 << random.u8(..8),
        4 => {
            let from = random.usize(..=other.len());
            let to = (from + random.usize(..64)).min(other.len());
            drop(input.splice(at..end, other[from..to].iter().copied()));
        }
        5 => {
            if let Some(start) = input.iter().skip(at).position(u8::is_ascii_digit) {
                let start = at + start;
                let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let number = NUMBERS[random.usize(..NUMBERS.len())].bytes();
                drop(input.splice(start..start + digits, number));
            }
        }
        _ => {
            let piece = input[at..end].to_vec();
            drop(input.splice(at..at, piece));
        }
    }
}
