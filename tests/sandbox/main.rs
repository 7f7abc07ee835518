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
mod unknown_outcomes;
mod watch;

use cloudflare_user_groups::{Client, ClientBuilder};
use cloudflare_user_groups_sandbox::Sandbox;

/// A client with the credential of the sandbox.
fn client(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url())
}
