//! Reads what the questions about access need, with as few requests as possible.

use std::collections::BTreeSet;

use cloudflare_user_groups::MemberId;

use crate::directory::{Lists, MemberLookup};
use crate::engine::Engine;
use crate::error::Error;
use crate::outcome::Progress;
use crate::place::ZONE_PREFIX;
use crate::snapshot::Snapshot;

impl Engine {
    /// Reads all groups with their members and the names in their policies; with `account_members`,
    /// also the members of the account who are in no group.
    ///
    /// # Errors
    ///
    /// If the account cannot be read.
    pub async fn read_all(
        &self,
        account_members: bool,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        let lists = |snapshot: &Snapshot| {
            let lists = snapshot.directory.missing_names();
            let members = if account_members { MemberLookup::All } else { lists.members };
            Lists { members, ..lists }
        };
        self.read_with(lists, progress).await
    }

    /// Reads the groups, their members, and all names that policies can have.
    pub(crate) async fn read_for_export(&self, progress: &dyn Progress) -> Result<Snapshot, Error> {
        let lists = |snapshot: &Snapshot| {
            let policies = snapshot.state.groups.values().any(|group| !group.policies.is_empty());
            Lists { permission_groups: policies, resource_groups: policies, ..Lists::default() }
        };
        self.read_with(lists, progress).await
    }

    /// Reads the groups, their members, these lists, and the names of zones.
    async fn read_with(
        &self,
        lists: impl FnOnce(&Snapshot) -> Lists,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        let ids = snapshot.state.groups.keys().cloned().collect();
        snapshot.read_members(self, ids, progress).await?;
        let lists = lists(&snapshot);
        snapshot.read_lists(self, lists).await?;
        snapshot.read_zone_names(self).await?;
        Ok(snapshot)
    }

    /// Reads what [`Snapshot::access_of`] needs. A member who is not known ends it before the
    /// groups are read.
    ///
    /// # Errors
    ///
    /// If the member is not known, or the account cannot be read.
    pub async fn read_for_member(
        &self,
        member: &str,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        let mut account =
            Snapshot { account: Some(self.account_id.clone()), ..Snapshot::default() };
        let members = match MemberId::new(member) {
            Ok(_) => MemberLookup::All,
            Err(_) => MemberLookup::Emails(BTreeSet::from([member.to_lowercase()])),
        };
        account.read_lists(self, Lists { members, ..Lists::default() }).await?;
        account.access_of(member)?;
        let mut snapshot = self.read_all(false, progress).await?;
        snapshot.directory.add_known_members(account.directory);
        Ok(snapshot)
    }

    /// Reads what [`Snapshot::access_to`] needs: the members of those groups alone whose policies
    /// name the permission.
    ///
    /// # Errors
    ///
    /// If the permission group or the resource group is not known, or the account cannot be read.
    pub async fn read_for_permission(
        &self,
        permission: &str,
        resource: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        let mut lists = snapshot.directory.missing_names();
        // Only the whole list shows whether a name is unknown or ambiguous.
        lists.permission_groups = true;
        lists.resource_groups |= resource.is_some();
        snapshot.read_lists(self, lists).await?;
        if let Some(text) = resource.filter(|text| snapshot.may_be_zone(text)) {
            let name = text.strip_prefix(ZONE_PREFIX).map_or(text, str::trim).to_lowercase();
            snapshot.directory.read_zones(self, &BTreeSet::from([name])).await?;
        }
        snapshot.read_zone_names(self).await?;
        let wanted = snapshot.permission(permission)?;
        snapshot.access_to(permission, resource)?;
        let groups = snapshot.state.groups.iter().filter(|(_, group)| {
            let mut named = group.policies.iter().flat_map(|it| &it.permission_groups);
            named.any(|id| Some(id) == wanted.as_ref()) || !group.incomplete_policies.is_empty()
        });
        let ids = groups.map(|(id, _)| id.clone()).collect();
        snapshot.read_members(self, ids, progress).await?;
        Ok(snapshot)
    }
}
