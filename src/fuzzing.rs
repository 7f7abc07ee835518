//! What must hold whatever others send. Each function takes any bytes, and panics where it does not.
//!
//! The targets in `fuzz/` call them with what libFuzzer makes up; the tests here with the inputs in
//! `fuzz/seeds/` and with changes of them. Not compiled into an ordinary build. A program that is
//! itself fuzzed compiles it, so nothing but the ordinary dependencies can be used.

mod answers;
mod headers;
mod ids;

#[cfg(test)]
#[path = "../fuzz/src/replay.rs"]
mod replay;
/// Seed and fault files are the sandbox's, which the crate itself does not know.
#[cfg(test)]
#[path = "../fuzz/src/sandbox_files.rs"]
mod sandbox_files;

pub use answers::{failure, success};
pub use headers::{rate_limit, retry_after};
pub use ids::ids;

/// Each target as an ordinary test: short, and the same in every run.
#[cfg(test)]
mod tests {
    use super::replay::replay;

    #[test]
    fn success() {
        replay("success", 600, super::success);
    }

    #[test]
    fn failure() {
        replay("failure", 400, super::failure);
    }

    #[test]
    fn retry_after() {
        replay("retry_after", 10_000, super::retry_after);
    }

    #[test]
    fn rate_limit() {
        replay("rate_limit", 5000, super::rate_limit);
    }

    #[test]
    fn ids() {
        replay("ids", 5000, super::ids);
    }

    #[test]
    fn seed_file() {
        replay("seed_file", 2000, super::sandbox_files::seed);
    }

    #[test]
    fn fault_file() {
        replay("fault_file", 5000, super::sandbox_files::faults);
    }
}
