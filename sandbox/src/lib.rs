//! A server that keeps the contract of Cloudflare's Account User Groups API, for tests.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use cloudflare_user_groups_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::start().await?;
//! let groups = format!("{}/accounts/{}/iam/user_groups", sandbox.base_url(), sandbox.account_id());
//! // Ask for `groups` with `sandbox.token()` as bearer token; then look at what has become of it:
//! assert!(sandbox.account().user_groups.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! It runs on a thread of its own, so it serves blocking clients and every kind of runtime alike,
//! and stops when it is dropped. What it starts with is its [`Seed`]. Made ids follow
//! from the seed and the requests alone; so do times with [`Builder::logical_clock`].
//!
//! The binary `user-groups-sandbox` is the same for programs in other languages; `README.md` tells
//! of its flags and files, and lists what the sandbox assumes where the documents are silent.

mod credentials;
pub mod fault;
mod handlers;
mod log;
mod operation;
mod request;
mod response;
mod routes;
mod sandbox;
mod server;
mod state;

pub use fault::{Fault, FaultError, FaultKind, FaultPlan};
pub use log::{Exchange, ResponseStatus};
pub use operation::{Contract, Operation, operations};
pub use sandbox::{Builder, DEFAULT_ACCOUNT_ID, DEFAULT_TOKEN, Sandbox, StartError};
pub use state::seed::{self, Account, AccountMember, Seed, SeedError, UserGroup};
