//! A test server for Cloudflare's Account User Groups API.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use cloudflare_user_groups_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::start().await?;
//! let groups = format!("{}/accounts/{}/iam/user_groups", sandbox.base_url(), sandbox.account_id());
//! // Send requests to `groups` with `sandbox.token()` as bearer token, then check the state:
//! assert!(sandbox.account().user_groups.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! It runs on its own thread in real time, so it serves blocking clients and every async runtime,
//! and a paused clock of the test does not stop it. It stops when it is dropped. It starts with the
//! state of its [`Seed`], follows a [`Contract`] and injects the faults of a [`FaultPlan`]. Made
//! ids follow from the seed and the requests alone; so do times with [`Builder::logical_clock`].
//!
//! The binary `user-groups-sandbox` serves programs in other languages. `README.md` documents its
//! flags and files, and the assumptions where no document describes the service.

mod body;
#[cfg(feature = "cli")]
pub mod cli;
mod credentials;
mod error;
pub mod fault;
mod handlers;
mod log;
mod operation;
mod page;
mod query;
mod request;
mod response;
mod routes;
mod sandbox;
mod server;
mod state;

pub use error::{FileError, StartError};
pub use fault::{Fault, FaultKind, FaultPlan};
pub use log::{Exchange, ResponseStatus};
pub use operation::{Contract, Operation, operations};
pub use sandbox::{Builder, DEFAULT_ACCOUNT_ID, DEFAULT_TOKEN, Sandbox};
/// A company of 312 members, 12 groups and 5 zones, as the text of a [`Seed`].
pub const COMPANY: &str = include_str!("../company.json");

pub use state::seed::{self, Account, AccountMember, Seed, UserGroup};
