//! Account, credential and base URL, from flags, profiles and the environment.

mod connection;
mod profile;

pub(crate) use connection::Connection;
