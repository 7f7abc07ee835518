//! A snapshot of the account: its groups, and the names behind ids, read with few requests.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{AccountId, Member, UserGroup, UserGroupId};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::api::Api;
use crate::directory::{AccountDirectory, Lists};
use crate::error::Error;
use crate::outcome::Progress;
use crate::state::{ActualGroup, ActualState, PolicyRule};

/// What was read of an account.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The account.
    pub account: AccountId,
    /// Its user groups.
    pub state: ActualState,
    /// The names behind ids.
    pub directory: AccountDirectory,
}

impl Snapshot {
    /// Reads the groups, without their members.
    pub(crate) async fn read_groups(api: &Api) -> Result<Self, Error> {
        let groups = api.groups().list().all().await.map_err(reading("the user groups"))?;
        let (mut state, mut directory) = (ActualState::default(), AccountDirectory::default());
        for UserGroup { id, name, policies, .. } in groups {
            policies.iter().for_each(|policy| directory.add_policy(policy));
            let policies: BTreeMap<_, _> =
                policies.into_iter().map(|it| (PolicyRule::from(&it), it.id)).collect();
            state.groups.insert(id, ActualGroup { name, policies, members: None });
        }
        Ok(Self { account: api.account_id.clone(), state, directory })
    }

    /// Reads the members of these groups.
    pub(crate) async fn read_members(
        &mut self,
        api: &Api,
        ids: BTreeSet<UserGroupId>,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let total = ids.len();
        progress.read(0, total);
        let groups = api.groups();
        let mut lists = stream::iter(ids)
            .map(|id| {
                let members = groups.members(&id).list().all();
                async move {
                    let members = members.await;
                    let what = || format!("the members of user group {id}");
                    let members = members.map_err(|error| reading(what())(error))?;
                    Ok::<_, Error>((id, members))
                }
            })
            .buffer_unordered(api.concurrency.get());
        let mut read = 0;
        while let Some((id, members)) = lists.try_next().await? {
            read += 1;
            progress.read(read, total);
            let ids = members.iter().map(|member: &Member| member.id.clone()).collect();
            members.into_iter().for_each(|member| self.directory.add_member(member));
            if let Some(group) = self.state.groups.get_mut(&id) {
                group.members = Some(ids);
            }
        }
        Ok(())
    }

    /// Reads these lists of the account into the directory.
    pub(crate) async fn read_lists(&mut self, api: &Api, lists: Lists) -> Result<(), Error> {
        let account = api.account();
        if lists.members {
            let members = account.members().all().await;
            self.directory.add_account_members(members.map_err(reading("the account members"))?);
        }
        if lists.permission_groups {
            let groups = account.permission_groups().all().await;
            let groups = groups.map_err(reading("the permission groups"))?;
            self.directory.add_permission_groups(groups);
        }
        if lists.resource_groups {
            let groups = account.resource_groups().await;
            let groups = groups.map_err(reading("the resource groups"))?;
            self.directory.add_resource_groups(groups);
        }
        Ok(())
    }
}

fn reading(what: impl ToString) -> impl FnOnce(cloudflare_user_groups::Error) -> Error {
    move |source| Error::Read { what: what.to_string(), source }
}
