#![doc = include_str!("../README.md")]

mod error;
mod limit;
mod lock;
mod permit;
mod server;
mod share;
mod shared;
mod url;

pub use error::{InvalidUrl, LockError};
pub use limit::{Builder, SharedRateLimit};
pub use lock::{Held, LEASE, Lock};
pub use url::RedisUrl;
