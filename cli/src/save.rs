//! Files that are written as a whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::exit::{CommandError, Result};

/// Writes a new file, or replaces one. On Unix it is readable by its owner alone.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    write(path, content, None).map_err(|error| failed(path, &error))
}

/// Replaces a file that can be written, or the file that a link leads to. Its permissions stay.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    // A file is renamed onto it, for which it does not matter whether it can be written.
    let file = fs::OpenOptions::new().append(true).open(path);
    let permissions = file.and_then(|file| Ok(file.metadata()?.permissions()));
    let replaced = permissions.and_then(|it| write(path, content, Some(it)));
    replaced.map_err(|error| failed(path, &error))
}

fn write(path: &Path, content: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    // A link stays. A device or a pipe is written, not replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(content);
    }
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(content)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    CommandError::failed(format!("cannot write {}: {error}", path.display()))
}
