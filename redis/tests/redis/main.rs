//! The shared limit and the lock on a real `redis-server`, which the tests start. Without one on
//! `PATH` they are skipped.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

// The longest tests, which start first: tests are sorted by name.
mod across_processes;
mod limit;
mod lock;
mod outage;
mod server;
