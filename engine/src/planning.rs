//! Plans for group files, and plans that were saved.

use std::collections::BTreeSet;

use cloudflare_user_groups::UserGroupId;

use crate::directory::{Lists, MemberLookup};
use crate::engine::Engine;
use crate::error::Error;
use crate::group_file::GroupFile;
use crate::matching::match_groups;
use crate::outcome::Progress;
use crate::plan::Plan;
use crate::resolve::{required_lists, resolve};
use crate::snapshot::Snapshot;
use crate::stale::remaining;
use crate::state::{ActualState, Prune};

impl Engine {
    /// Plans the changes that make the account match the group file.
    ///
    /// # Errors
    ///
    /// All diagnostics of the group file, or why the account cannot be read.
    pub async fn plan(
        &self,
        file: &GroupFile,
        prune: Prune,
        progress: &dyn Progress,
    ) -> Result<Plan, Error> {
        Ok(self.read_and_plan(file, &prune, progress).await?.0)
    }

    /// Like [`plan`](Self::plan). Returns the state that the plan is for too.
    ///
    /// # Errors
    ///
    /// As for [`plan`](Self::plan).
    pub async fn read_and_plan(
        &self,
        file: &GroupFile,
        prune: &Prune,
        progress: &dyn Progress,
    ) -> Result<(Plan, Snapshot), Error> {
        let mut snapshot = self.read(file, prune, progress).await?;
        let mut plan = snapshot.plan(&resolve(file, prune, &snapshot)?)?;
        self.name_zones(&mut plan, &mut snapshot).await?;
        Ok((plan, snapshot))
    }

    /// Adds the names of the zones in a plan. Reads the zones of the account if one is not known.
    pub(crate) async fn name_zones(
        &self,
        plan: &mut Plan,
        snapshot: &mut Snapshot,
    ) -> Result<(), Error> {
        snapshot.directory.read_zones_of(self, plan.rules()).await?;
        snapshot.describe(plan);
        Ok(())
    }

    /// Reads what a plan for the group file needs.
    ///
    /// That is the list of groups, the members of the groups whose members the file lists (and of
    /// all groups to prune), and the lists of account members, permission groups and resource
    /// groups if the file names something that is not in what was read so far. Up to 3 zones are
    /// read with one request each; more, or one that does not exist, with the list of zones.
    ///
    /// # Errors
    ///
    /// The diagnostics of the file alone, before anything is read; or why something cannot be read.
    pub async fn read(
        &self,
        file: &GroupFile,
        prune: &Prune,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        file.check_account(&self.account_id)?;
        let mut snapshot = Snapshot::read_groups(self).await?;
        let ids = groups_to_read(file, prune, &snapshot.state);
        snapshot.read_members(self, ids, progress).await?;
        let lists = required_lists(file, &snapshot);
        snapshot.read_lists(self, lists).await?;
        Ok(snapshot)
    }

    /// Checks a plan that was read from a file against the account: whether it is stale, and what
    /// the ids in it are. The names in the file may be out of date, or forged. Reads only what the
    /// plan changes.
    ///
    /// # Errors
    ///
    /// If the plan is stale or for another account, or the account cannot be read.
    pub async fn refresh(
        &self,
        plan: &mut Plan,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        self.check_account(plan)?;
        let mut snapshot = self.read_base(plan, progress).await?;
        remaining(plan, &snapshot)?;
        let lists = plan.unknown_ids(&snapshot.directory);
        snapshot.read_lists(self, lists).await?;
        let mut rest = plan.unknown_ids(&snapshot.directory);
        if rest.members != MemberLookup::None {
            // An address in the file is not that of the member.
            rest = Lists { members: MemberLookup::All, ..Lists::default() };
            snapshot.read_lists(self, rest).await?;
        }
        self.name_zones(plan, &mut snapshot).await?;
        Ok(snapshot)
    }
}

/// The maximum number of groups outside of the file that are read to recognise a rename.
const FEW: usize = 4;

/// Returns the groups whose members a plan needs.
pub(crate) fn groups_to_read(
    file: &GroupFile,
    prune: &Prune,
    state: &ActualState,
) -> BTreeSet<UserGroupId> {
    let (mut named, mut wanted, mut creates) = (BTreeSet::new(), BTreeSet::new(), false);
    for (entry, found) in file.groups.iter().zip(match_groups(&file.keys(), prune, state)) {
        match found {
            Ok(Some(id)) => {
                if entry.members.is_some() {
                    wanted.insert(id.clone());
                }
                named.insert(id);
            }
            Ok(None) => {
                creates |=
                    entry.members.as_ref().is_some_and(|it| it.iter().any(|it| !it.is_empty()))
            }
            Err(_) => {}
        }
    }
    let others: Vec<_> = state.groups.iter().filter(|(id, _)| !named.contains(*id)).collect();
    let few = creates && others.len() <= FEW;
    let read = others.into_iter().filter(|(_, group)| few || prune.deletes(&group.name));
    wanted.extend(read.map(|(id, _)| id.clone()));
    wanted
}
