//! What must hold whatever others send. Each function takes any bytes and panics if it does not
//! hold.
//!
//! libFuzzer calls them through `fuzz_targets/`, the ordinary tests with the inputs in `seeds/`.

mod double;
mod headers;
mod ids;
mod responses;
mod sandbox_files;

pub use headers::{rate_limit, retry_after};
pub use ids::ids;
pub use responses::{failure, success};
pub use sandbox_files::{fault_file, seed_file};
