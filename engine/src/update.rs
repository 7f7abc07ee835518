//! Updates a group file with the state of the account: only what differs is written again.

mod round;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::diagnostic::{DiagnosticCollector, Diagnostics, Position};
use crate::encoding::decode_text;
use crate::engine::Engine;
use crate::error::Error;
use crate::export::Pin;
use crate::group_file::GroupFile;
use crate::layout::{Layout, Shape};
use crate::outcome::Progress;
use crate::plan::Plan;
use crate::resolve::{required_lists, resolve};
use crate::snapshot::Snapshot;
use crate::state::Prune;
pub use round::FileUpdate;
use round::{Round, groups_of};

/// The edits of an anchor can end what aliases of it stand for: then they are edited too.
const MOST_ROUNDS: usize = 8;

impl Engine {
    /// Updates a group file with the state of the account. A plan of the result is empty.
    ///
    /// Comments, the order of keys, quotes, `description`, `owner` and `people` stay. What an entry
    /// leaves out stays left out. A set of `people` and an alias stay if they still hold, and
    /// become members or lists otherwise. New groups are added at the end. Entries of groups that
    /// the account does not have are removed with `prune`, and are errors without it.
    ///
    /// # Errors
    ///
    /// All diagnostics of the file, or why the account cannot be read.
    pub async fn export_into(
        &self,
        file: &str,
        content: &[u8],
        pin: Pin,
        prune: bool,
        progress: &dyn Progress,
    ) -> Result<FileUpdate, Error> {
        let groups = GroupFile::parse(file, content);
        groups.check_account(self.account_id())?;
        let mut snapshot = self.read_for_export(progress).await?;
        snapshot.read_lists(self, required_lists(&groups, &snapshot)).await?;
        Ok(update(file, content, &snapshot, pin, prune)?)
    }
}

/// Updates a group file with a snapshot.
fn update(
    file: &str,
    content: &[u8],
    snapshot: &Snapshot,
    pin: Pin,
    prune: bool,
) -> Result<FileUpdate, Diagnostics> {
    let mut text = Cow::from(editable(file, content)?);
    let mut update = FileUpdate::default();
    for number in 0..MOST_ROUNDS {
        let groups = GroupFile::parse(file, &*text);
        if number > 0 && groups.check().is_err() {
            break;
        }
        let mut round = Round::of(&text, snapshot);
        let found = round.file(&groups, pin, prune)?;
        if number == 0 {
            update = found;
        } else {
            // Groups with aliases of what was edited.
            update.changed.extend(found.changed);
            update.changed.sort();
            update.changed.dedup();
        }
        match round.finish() {
            Some(edited) => text = edited.into(),
            None => break,
        }
    }
    check(file, &text, snapshot)?;
    let mark: &[u8] = if content.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK } else { &[] };
    update.content = [mark, text.as_bytes()].concat();
    Ok(update)
}

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Returns the text of a file without its byte order mark, if lists in it can be edited.
fn editable<'a>(file: &str, content: &'a [u8]) -> Result<&'a str, Diagnostics> {
    let Ok(Cow::Borrowed(text)) = decode_text(content) else {
        return Err(refused(file, "the file is not UTF-8", "save it as UTF-8"));
    };
    let layout = Layout::parse(text);
    let list = layout.as_ref().and_then(groups_of).map(|(_, list)| &list.shape);
    if matches!(list, Some(Shape::List { flow: true, items }) if !items.is_empty()) {
        let problem = "the file is JSON, or its groups are in flow style, and cannot be updated";
        let help =
            "write another file with `export`, or make each group an item that begins with -";
        return Err(refused(file, problem, help));
    }
    Ok(text)
}

fn refused(file: &str, problem: &str, help: &str) -> Diagnostics {
    let mut diagnostics = DiagnosticCollector::new(file);
    diagnostics.add(Position::new(1, 1), problem, Some(help.to_owned()));
    diagnostics.into()
}

/// Checks that a plan of the text is empty.
fn check(file: &str, text: &str, snapshot: &Snapshot) -> Result<(), Diagnostics> {
    let desired = resolve(&GroupFile::parse(file, text), &Prune::No, snapshot);
    let plan = desired.ok().and_then(|it| Plan::diff(&snapshot.state, &it).ok());
    if plan.is_some_and(|plan| plan.is_empty() && plan.unmanaged.is_empty()) {
        return Ok(());
    }
    let problem = "the file cannot be updated to match the account";
    let help = "write lists in flow style that have comments with dashes, and aliases of an entry \
                that is removed as lists, or another file with `export`";
    Err(refused(file, problem, help))
}
