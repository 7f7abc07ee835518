//! The engine: plan, apply and export in one account.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use cloudflare_user_groups::{AccountId, Client, UserGroupId};

use crate::api::Api;
use crate::apply;
use crate::directory::{Lists, MemberLookup};
use crate::error::Error;
use crate::export::{self, Pin};
use crate::group_file::GroupFile;
use crate::lookup;
use crate::matching::match_groups;
use crate::outcome::{Outcome, Progress};
use crate::plan::Plan;
use crate::removal_limit::RemovalLimit;
use crate::resolve::{required_lists, resolve};
use crate::snapshot::Snapshot;
use crate::stale;
use crate::state::{ActualState, Prune};

/// Reads and changes the user groups of an account.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) api: Api,
}

impl Engine {
    /// Returns an engine that works in this account.
    ///
    /// A large plan takes more requests than the rate limit allows at once. Give the client a
    /// [timeout](cloudflare_user_groups::ClientBuilder::timeout) of more than five minutes, so that it
    /// can wait for the limit to be renewed.
    pub fn new(client: Client, account: AccountId) -> Self {
        Self { api: Api::new(client, account) }
    }

    /// Sets how many requests are sent concurrently (default 8).
    #[must_use]
    pub fn concurrency(mut self, requests: NonZeroUsize) -> Self {
        self.api.concurrency = requests;
        self
    }

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
        let mut snapshot = self.read(file, &prune, progress).await?;
        let desired = resolve(file, &prune, &snapshot)?;
        let mut plan = snapshot.plan(&desired)?;
        self.name_zones(&mut plan, &mut snapshot).await?;
        Ok(plan)
    }

    /// Adds the names of the zones in a plan. Reads the zones of the account if one is not known.
    ///
    /// # Errors
    ///
    /// If the zones cannot be read for another reason than a missing permission.
    pub async fn name_zones(&self, plan: &mut Plan, snapshot: &mut Snapshot) -> Result<(), Error> {
        snapshot.directory.read_zones_of(&self.api, plan.rules()).await?;
        snapshot.describe(plan);
        Ok(())
    }

    /// Reads what a plan for the group file needs.
    ///
    /// That is the list of groups, the members of the groups whose members the file lists (and of all
    /// groups to prune), and the lists of account members, permission groups and resource groups if
    /// the file names something that is not in what was read so far. Up to 3 zones are read with one
    /// request each; more, or one that does not exist, with the list of zones.
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
        file.check_account(&self.api.account_id)?;
        let mut snapshot = Snapshot::read_groups(&self.api).await?;
        let ids = groups_to_read(file, prune, &snapshot.state);
        snapshot.read_members(&self.api, ids, progress).await?;
        let lists = required_lists(file, &snapshot);
        snapshot.read_lists(&self.api, lists).await?;
        Ok(snapshot)
    }

    /// Returns email addresses of account members that begin with this text. Reads a few pages of the
    /// list of members that is sorted by address, so some can be missing if there are many.
    ///
    /// # Errors
    ///
    /// If the account cannot be read.
    pub async fn addresses(&self, beginning: &str) -> Result<Vec<String>, Error> {
        let found = lookup::addresses(&self.api.account(), &beginning.to_lowercase()).await;
        found.map_err(|source| Error::Read { what: "the account members".to_owned(), source })
    }

    /// Applies a plan as far as possible and returns the outcome of each step.
    ///
    /// First the actual state is read again. Steps that are done already are not repeated, so an
    /// interrupted plan is finished by applying it once more; any other change in a group of the plan
    /// makes it stale. A failure in one group does not stop the others.
    ///
    /// The future can be dropped at any time. Requests that were sent by then may still be applied, so
    /// wait a few seconds before the next run.
    ///
    /// # Errors
    ///
    /// If nothing was changed: the plan exceeds the removal limit, it is for another account, or the
    /// account cannot be read or has changed.
    pub async fn apply(
        &self,
        plan: &Plan,
        limit: &RemovalLimit,
        progress: &dyn Progress,
    ) -> Result<Outcome, Error> {
        apply::apply(&self.api, plan, limit, progress).await
    }

    /// Like [`apply`](Self::apply), without reading the actual state again: for a plan whose snapshot
    /// was read right before.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Self::apply).
    pub async fn apply_to(
        &self,
        snapshot: &Snapshot,
        plan: &Plan,
        limit: &RemovalLimit,
        progress: &dyn Progress,
    ) -> Result<Outcome, Error> {
        apply::apply_to(&self.api, plan, snapshot, limit, progress).await
    }

    /// Checks a plan that was read from a file against the account: whether it is stale, and what the
    /// ids in it are. The names in the file may be out of date, or forged. Reads only what the plan
    /// changes.
    ///
    /// # Errors
    ///
    /// If the plan is stale or for another account, or the account cannot be read.
    pub async fn refresh(
        &self,
        plan: &mut Plan,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        self.api.check_account(plan)?;
        let mut snapshot = stale::read_base(&self.api, plan, progress).await?;
        stale::remaining(plan, &snapshot)?;
        let lists = plan.unknown_ids(&snapshot.directory);
        snapshot.read_lists(&self.api, lists).await?;
        let mut rest = plan.unknown_ids(&snapshot.directory);
        if rest.members != MemberLookup::None {
            // An address in the file is not that of the member.
            rest = Lists { members: MemberLookup::All, ..Lists::default() };
            snapshot.read_lists(&self.api, rest).await?;
        }
        self.name_zones(plan, &mut snapshot).await?;
        Ok(snapshot)
    }

    /// Returns the group file of the account. A plan for it is empty.
    ///
    /// # Errors
    ///
    /// If the account cannot be read.
    pub async fn export(&self, pin: Pin, progress: &dyn Progress) -> Result<String, Error> {
        Ok(export::group_file(&self.read_for_export(progress).await?, pin))
    }

    /// Reads the groups, their members, and the names in their policies.
    pub(crate) async fn read_for_export(&self, progress: &dyn Progress) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::read_groups(&self.api).await?;
        let ids = snapshot.state.groups.keys().cloned().collect();
        snapshot.read_members(&self.api, ids, progress).await?;
        let policies = snapshot.state.groups.values().any(|group| !group.policies.is_empty());
        let lists =
            Lists { permission_groups: policies, resource_groups: policies, ..Lists::default() };
        snapshot.read_lists(&self.api, lists).await?;
        snapshot.read_zone_names(&self.api).await?;
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
