//! The shared limit and the lock on a real `redis-server`, which the tests start. Without one on `PATH`
//! they are skipped.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod limit;
mod lock;
mod outage;
mod processes;
mod server;
