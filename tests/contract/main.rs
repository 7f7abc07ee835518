//! The client against servers that play one part each, and the spec against itself.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may end here")]

mod answers;
mod ids;
#[path = "../support/spec.rs"]
mod judge;
mod operations;
mod pagination;
#[path = "../support/server.rs"]
mod server;
mod spec;
mod unknown_outcomes;
mod wire;
