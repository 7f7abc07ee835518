//! Account, credential and base URL, from flags, profiles and the environment.

mod connection;
mod profile;
#[cfg(feature = "redis")]
mod shared;

pub(crate) use connection::Connection;
