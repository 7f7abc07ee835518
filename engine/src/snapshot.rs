//! A snapshot of the account: its groups, and the names behind ids, read with few requests.

use std::collections::BTreeSet;
use std::mem;

use cloudflare_user_groups::{AccountId, Member, Members, UserGroup, UserGroupId};
use futures_util::stream::{self, StreamExt};

use crate::directory::{AccountDirectory, Lists, MemberLookup};
use crate::engine::Engine;
use crate::error::Error;
use crate::lookup::find_members;
use crate::matching::DiffError;
use crate::outcome::Progress;
use crate::plan::Plan;
use crate::rule::PolicyRule;
use crate::state::{ActualGroup, ActualMembers, ActualState, DesiredState};

/// What was read of an account.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The account; `None` for files.
    pub account: Option<AccountId>,
    /// Its user groups.
    pub state: ActualState,
    /// The names behind ids.
    pub directory: AccountDirectory,
}

impl Snapshot {
    /// Reads the groups, without their members.
    pub(crate) async fn read_groups(engine: &Engine) -> Result<Self, Error> {
        let groups =
            engine.groups().list().all().await.map_err(Error::reading("the user groups"))?;
        let mut state = ActualState::default();
        let mut directory = AccountDirectory::of(&engine.account_id);
        for UserGroup { id, name, policies, modified_on, .. } in groups {
            let modified_on = modified_on.map(|moment| moment.to_string());
            let mut group = ActualGroup { name, modified_on, ..ActualGroup::default() };
            for policy in &policies {
                directory.add_policy(policy);
                match PolicyRule::from_policy(policy) {
                    Ok(rule) => group.policies.extend([rule]),
                    Err(incomplete) => group.incomplete_policies.push(incomplete),
                }
            }
            state.groups.insert(id, group);
        }
        Ok(Self { account: Some(engine.account_id.clone()), state, directory })
    }

    /// Plans the changes that lead to the desired state.
    ///
    /// # Errors
    ///
    /// If a desired group matches no group clearly.
    pub fn plan(&self, desired: &DesiredState) -> Result<Plan, DiffError> {
        Ok(self.complete(Plan::diff(&self.state, desired)?))
    }

    /// Plans the deletion of these groups.
    pub(crate) fn plan_deletion(&self, ids: &BTreeSet<UserGroupId>) -> Plan {
        self.complete(Plan::deletion_of(&self.state, ids))
    }

    fn complete(&self, mut plan: Plan) -> Plan {
        plan.account = self.account.clone();
        self.describe(&mut plan);
        plan
    }

    /// Adds the names that the snapshot has for the plan.
    pub(crate) fn describe(&self, plan: &mut Plan) {
        plan.add_labels(&self.directory);
        plan.account_groups = self.state.groups.values().map(|it| it.name.clone()).collect();
    }

    /// Returns the groups of this name.
    pub(crate) fn named(&self, name: &str) -> Vec<UserGroupId> {
        let groups = self.state.groups.iter().filter(|(_, group)| group.name == name);
        groups.map(|(id, _)| id.clone()).collect()
    }

    /// Reads the members of these groups.
    pub(crate) async fn read_members(
        &mut self,
        engine: &Engine,
        ids: BTreeSet<UserGroupId>,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let keep = |snapshot: &mut Self, _: &UserGroupId, members: Vec<Member>| {
            let ids = members.into_iter().map(|member| snapshot.directory.add_member(member));
            ActualMembers::Read(ids.collect())
        };
        self.read_members_with(engine, ids, progress, |members| members.list().all(), keep).await
    }

    /// Like [`read_members`](Self::read_members), with another request for each group, and what its
    /// response shows of the members.
    pub(crate) async fn read_members_with<T, F>(
        &mut self,
        engine: &Engine,
        ids: BTreeSet<UserGroupId>,
        progress: &dyn Progress,
        read: impl Fn(Members) -> F,
        mut keep: impl FnMut(&mut Self, &UserGroupId, T) -> ActualMembers,
    ) -> Result<(), Error>
    where
        F: Future<Output = cloudflare_user_groups::Result<T>>,
    {
        if ids.is_empty() {
            return Ok(());
        }
        let total = ids.len();
        progress.read(0, total);
        let groups = engine.groups();
        let mut responses = stream::iter(ids)
            .map(|id| {
                let response = read(groups.members(&id));
                async move { (response.await, id) }
            })
            .buffer_unordered(engine.concurrency.get());
        let mut read = 0;
        while let Some((response, id)) = responses.next().await {
            read += 1;
            progress.read(read, total);
            let members = match response {
                Ok(response) => keep(self, &id, response),
                Err(error) if refuses_group(&error) => ActualMembers::Unreadable(message(&error)),
                Err(error) => {
                    return Err(Error::reading(format!("the members of user group {id}"))(error));
                }
            };
            if let Some(group) = self.state.groups.get_mut(&id) {
                group.members = members;
            }
        }
        Ok(())
    }

    /// Reads these lists of the account into the directory.
    pub(crate) async fn read_lists(&mut self, engine: &Engine, lists: Lists) -> Result<(), Error> {
        let account = engine.account();
        let found = match &lists.members {
            MemberLookup::None => Some(Vec::new()),
            MemberLookup::Emails(emails) => find_members(&account, emails)
                .await
                .map_err(Error::reading("the account members"))?,
            MemberLookup::All => None,
        };
        let members = match found {
            Some(members) => members,
            None => {
                account.list_members().all().await.map_err(Error::reading("the account members"))?
            }
        };
        self.directory.add_account_members(members);
        if lists.permission_groups {
            let groups = account.list_permission_groups().all().await;
            let groups = groups.map_err(Error::reading("the permission groups"))?;
            self.directory.add_permission_groups(&groups);
        }
        if lists.resource_groups {
            let groups = account.list_resource_groups().all().await;
            let groups = groups.map_err(Error::reading("the resource groups"))?;
            self.directory.add_resource_groups(&groups);
            self.add_scopes();
        }
        self.directory.read_zones(engine, &lists.zones).await
    }

    /// Reads the names of the zones in the policies of all groups.
    pub(crate) async fn read_zone_names(&mut self, engine: &Engine) -> Result<(), Error> {
        let rules = self.state.groups.values().flat_map(|group| &group.policies);
        self.directory.read_zones_of(engine, rules).await
    }

    /// Adds the scopes of resource groups to the policies that show their ids alone.
    fn add_scopes(&mut self) {
        for group in self.state.groups.values_mut() {
            let with_scopes = |mut rule: PolicyRule| {
                let resources = rule.resource_groups.iter();
                rule.resource_groups = resources.map(|it| self.directory.with_scopes(it)).collect();
                rule
            };
            group.policies = mem::take(&mut group.policies).into_iter().map(with_scopes).collect();
        }
    }
}

/// Returns whether this error of the list of a group's members concerns the group alone: the API
/// refuses it (observed, reported: 400 "Policy validation failed"), or the group was deleted after
/// the groups were listed. Other groups can be read.
pub fn refuses_group(error: &cloudflare_user_groups::Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(400 | 404))
}

/// Returns the messages of the API, or the whole error if there are none.
fn message(error: &cloudflare_user_groups::Error) -> String {
    let messages: Vec<&str> = error.errors().iter().map(|it| it.message()).collect();
    if messages.is_empty() { error.to_string() } else { messages.join(", ") }
}
