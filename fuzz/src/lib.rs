//! The fuzz targets, and the operations that they send.

#[path = "../../tests/support/operations.rs"]
mod operations;
#[path = "../targets/mod.rs"]
mod targets;

pub use targets::*;
