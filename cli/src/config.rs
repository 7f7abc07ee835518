//! Account, credential and base URL, from flags, profiles and the environment.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use cf_groups_engine::decode_text;

mod connection;
mod profile;
#[cfg(feature = "redis")]
mod shared;

pub(crate) use connection::Connection;

/// Reads a text file, in any encoding that editors and shells write.
fn read_text(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    decode_text(&bytes).map(Cow::into_owned)
}
