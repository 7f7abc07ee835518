//! Sources of snapshots: an account, or a file.

use std::path::PathBuf;

use cf_groups_engine::{Engine, GroupFile, Snapshot};

use crate::context::Context;
use crate::exit::Result;
use crate::terminal::input;

/// How a source is written.
pub(crate) const NOTATION: &str = "\
A source is a group file or an export (- for standard input), a directory of group files of one \
account, `account`, `account:ID` (another account with the same credential), or `profile:NAME` (the \
account of a profile). A file whose name has this form is written with a path: ./account";

/// An account or a file, opened. Nothing was sent.
pub(crate) enum Source {
    Account(Box<Engine>),
    File(Box<Snapshot>),
}

impl Source {
    /// Opens the account, or reads and checks the file.
    pub(crate) async fn open(context: &Context, text: &str) -> Result<Self> {
        let engine = match text.split_once(':') {
            None if text == "account" => context.engine()?,
            Some(("account", id)) => context.engine_of(&context.connection.with_account(id))?,
            Some(("profile", name)) => context.engine_of(&context.connection.with_profile(name))?,
            _ => return Ok(Self::File(Box::new(snapshot(&[PathBuf::from(text)]).await?))),
        };
        Ok(Self::Account(Box::new(engine)))
    }

    /// Reads all groups; of an account, with `account_members`, also the members in no group.
    pub(crate) async fn read(self, context: &Context, account_members: bool) -> Result<Snapshot> {
        match self {
            Self::Account(engine) => {
                let read = context
                    .watch(async |progress| engine.read_all(account_members, progress).await);
                Ok(read.await?)
            }
            Self::File(snapshot) => Ok(*snapshot),
        }
    }
}

/// Parses group files of an account, or exports, as one.
pub(crate) async fn group_file(paths: &[PathBuf]) -> Result<GroupFile> {
    Ok(GroupFile::parse_all(&input::read_all(paths).await?))
}

/// Returns what group files of an account, or exports, show.
pub(crate) async fn snapshot(paths: &[PathBuf]) -> Result<Snapshot> {
    let snapshot = Snapshot::of_file(&group_file(paths).await?);
    Ok(snapshot.map_err(cf_groups_engine::Error::from)?)
}
