//! The engine, from outside.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod apply;
mod bulk_removal;
mod diagnostics;
mod diff;
mod failures;
mod files;
mod lookup;
mod observed;
mod plan;
mod removal_limit;
mod support;
mod teams;
mod warnings;
mod zones;
