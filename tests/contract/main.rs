//! The client against servers that play one part each, and the spec against itself.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, reason = "tests may")]

mod client;
mod constants;
mod credential_provider;
mod fuzz;
mod http_service;
mod ids;
#[path = "../support/operations.rs"]
mod operations;
mod pagination;
mod rate_limit;
mod requests;
mod responses;
#[path = "../support/server.rs"]
mod server;
mod spans;
mod spec;
#[path = "../support/spec.rs"]
mod spec_check;
mod unconfirmed;
mod wire;
mod words;
