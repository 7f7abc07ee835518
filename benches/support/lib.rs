//! What the benches have in common: answers, a server that gives them, and the clients compared.

pub mod answers;
pub mod clients;
pub mod rounds;
pub mod secure;
pub mod server;
pub mod wire;

/// What goes wrong ends the bench.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
