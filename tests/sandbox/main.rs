//! The client and the sandbox together.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, reason = "tests may")]

mod blocking;
mod chaos;
mod conformance;
mod connections;
mod faults;
mod observed;
#[path = "../support/operations.rs"]
#[allow(dead_code, reason = "the contract tests use more of it")]
mod operations;
mod secrets;
#[path = "../support/server.rs"]
#[allow(dead_code, reason = "the contract tests use more of it")]
mod server;
#[path = "../support/spec.rs"]
#[allow(dead_code, reason = "the contract tests use more of it")]
mod spec_check;
mod tls;
mod watch;
