//! Validates group files without an account.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::group_file::GroupFile;
use crate::snapshot::Snapshot;

/// The diagnostics of group files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Validation {
    /// Whether there are no errors.
    pub valid: bool,
    /// How many groups the files have.
    pub groups: usize,
    /// How many errors there are, with those that are not listed.
    pub error_count: usize,
    /// The errors, by file and place: at most 50 for each file, or for files that are read as one.
    pub diagnostics: Vec<Diagnostic>,
}

impl Validation {
    /// Checks each file alone, and its names if there is a snapshot of what is known.
    pub fn of(files: &[GroupFile], known: Option<&Snapshot>) -> Self {
        let check = |file: &GroupFile| match known {
            Some(known) => known.check_names(file),
            None => file.check(),
        };
        let errors: Vec<Diagnostics> = files.iter().filter_map(|file| check(file).err()).collect();
        let omitted: usize = errors.iter().map(Diagnostics::omitted).sum();
        let diagnostics: Vec<_> = errors.iter().flat_map(Diagnostics::iter).cloned().collect();
        Self {
            valid: errors.is_empty(),
            groups: files.iter().map(|file| file.groups.len()).sum(),
            error_count: diagnostics.len() + omitted,
            diagnostics,
        }
    }
}
