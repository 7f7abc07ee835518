//! What the benches have in common: responses, a server that gives them, and the clients compared.

pub mod clients;
pub mod responses;
pub mod rounds;
pub mod secure;
pub mod server;
pub mod wire;

/// What goes wrong ends the bench.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
