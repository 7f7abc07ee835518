//! The fuzz targets, and the operations that they send.

#[path = "../../tests/support/operations.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod operations;
#[path = "../targets/mod.rs"]
mod targets;

pub use targets::*;
