//! The state of a sandbox: its seed, and what requests make of it.

pub(crate) mod clock;
pub(crate) mod id;
pub(crate) mod load;
pub mod seed;
pub(crate) mod world;
