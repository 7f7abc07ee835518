//! What Terraform reads and writes.

pub(crate) mod config;
pub(crate) mod state;
