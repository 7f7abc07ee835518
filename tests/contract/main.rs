//! The client against servers that play one part each, and the spec against itself.

#[path = "../support/spec.rs"]
mod judge;
mod spec;
