//! The engine, from outside.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod comparing;
mod interrupted;
mod mistakes;
mod support;
