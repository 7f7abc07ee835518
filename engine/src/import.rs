//! Writes a group file of groups that another program describes.

use crate::directory::AccountDirectory;
use crate::engine::Engine;
use crate::error::Error;
use crate::export::{ExportNames, pinned, write_name};
use crate::group_file::GroupFile;
use crate::outcome::Progress;
use crate::planning::groups_to_read;
use crate::resolve::required_lists;
use crate::snapshot::Snapshot;
use crate::state::{DesiredGroup, Prune};

impl Engine {
    /// Reads the names of the IDs in a group file.
    ///
    /// # Errors
    ///
    /// If the account cannot be read.
    pub async fn read_names(
        &self,
        file: &GroupFile,
        progress: &dyn Progress,
    ) -> Result<AccountDirectory, Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        let ids = groups_to_read(file, &Prune::No, &snapshot.state);
        snapshot.read_members(self, ids, progress).await?;
        let mut lists = required_lists(file, &snapshot);
        // Only the whole list shows whether a name is ambiguous.
        let policies =
            file.groups.iter().any(|it| it.policies.as_ref().is_some_and(|it| !it.is_empty()));
        lists.permission_groups |= policies;
        lists.resource_groups |= policies;
        snapshot.read_lists(self, lists).await?;
        Ok(snapshot.directory)
    }
}

/// Returns the group file of these groups, with the names that the directory has for IDs. A group
/// is pinned by its ID if its name does not say which group is meant.
pub fn group_file_of(groups: &[DesiredGroup], directory: &AccountDirectory) -> String {
    let names = ExportNames::of(directory);
    let pinned = pinned(groups.iter().map(|group| group.name.as_str()));
    let mut text = String::new();
    for group in groups {
        let id = group.id.as_ref().filter(|_| pinned(&group.name));
        write_name(&mut text, &group.name, id);
        if let Some(policies) = &group.policies {
            names.write_policies(&mut text, policies);
        }
        if let Some(members) = &group.members {
            names.write_members(&mut text, members.iter());
        }
    }
    if text.is_empty() { "[]\n".to_owned() } else { text }
}
