//! Standard input.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::{CommandError, Result};

/// Runs blocking I/O on a thread, so that a signal can end the command meanwhile.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // After a signal, the result is not received.
        sender.send(work()).ok();
    });
    receiver.await.map_err(io::Error::other)?
}

/// Reads a file, or standard input for `-`. Returns its name too.
pub(crate) async fn read(path: &Path) -> Result<(String, Vec<u8>)> {
    let name = name(path);
    let path = path.to_owned();
    let bytes = match path == Path::new("-") {
        true => read_stdin().await,
        // It can be a pipe.
        false => on_thread(move || std::fs::read(path)).await,
    };
    match bytes {
        Ok(bytes) => Ok((name, bytes)),
        Err(error) => Err(CommandError::failed(format!("cannot read {name}: {error}"))),
    }
}

/// Reads several files, and the group files of directories, each with its name.
pub(crate) async fn read_all(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            for path in group_files(path)? {
                files.push(read(&path).await?);
            }
        } else {
            files.push(read(path).await?);
        }
    }
    Ok(files)
}

/// Returns the group files of a directory, sorted by name.
fn group_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(directory)
        .and_then(|entries| entries.map(|it| it.map(|it| it.path())).collect::<io::Result<_>>());
    let mut paths: Vec<PathBuf> = entries.map_err(|error| {
        CommandError::failed(format!("cannot read {}: {error}", directory.display()))
    })?;
    paths.retain(|path| is_group_file(path));
    if paths.is_empty() {
        let shown = directory.display();
        return Err(CommandError::usage(format!("{shown} holds no group files")));
    }
    paths.sort();
    let mut names = BTreeMap::new();
    for path in &paths {
        if let Some(other) = names.insert(path.to_string_lossy().to_lowercase(), path) {
            return Err(CommandError::usage(format!(
                "{} and {} differ in case only, so macOS and Windows have only one of them; rename one",
                other.display(),
                path.display()
            )));
        }
    }
    Ok(paths)
}

/// Returns whether a file of a directory is a group file by its name. Hidden files are no group
/// files: macOS and editors write some beside those that they are for.
fn is_group_file(path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|it| it.as_encoded_bytes().starts_with(b"."));
    let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    !is_hidden && ["yaml", "yml", "json"].iter().any(|it| extension.eq_ignore_ascii_case(it))
}

/// Returns the name of a file, or of standard input for `-`.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Reads all of standard input, which can be done once.
pub(crate) async fn read_stdin() -> io::Result<Vec<u8>> {
    static READ: AtomicBool = AtomicBool::new(false);
    if READ.swap(true, Ordering::Relaxed) {
        return Err(io::Error::other("it is given twice"));
    }
    on_thread(|| {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    })
    .await
}
