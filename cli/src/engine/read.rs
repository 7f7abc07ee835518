//! Reading an account, with no more requests than are needed.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{Account, Member, UserGroup, UserGroupId, UserGroups};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::Engine;
use super::changes::{Label, Plan};
use super::compare::plan;
use super::directory::Directory;
use super::document::Document;
use super::error::Error;
use super::matching::match_groups;
use super::report::Progress;
use super::resolve::{Needs, needs, resolve};
use super::state::{Group, Prune, Rule, Snapshot, State};
use super::steps::ByName;

impl Engine {
    /// Plans what makes the account as the document says.
    ///
    /// # Errors
    ///
    /// If the document holds mistakes, of whatever kind: all of them are told. If the account cannot
    /// be read.
    pub async fn plan(
        &self,
        document: &Document,
        prune: Prune,
        progress: &dyn Progress,
    ) -> Result<Plan, Error> {
        let snapshot = self.read(document, prune, progress).await?;
        let desired = resolve(document, prune, &snapshot)?;
        let mut plan = plan(&snapshot.state, &desired)?;
        plan.account = Some(snapshot.account);
        plan.labels = labels(&plan, &snapshot.directory);
        Ok(plan)
    }

    /// Reads what a plan for the document needs.
    ///
    /// That is the list of groups, the members of those groups whose members the document names (of all
    /// groups to prune, too), and the lists of account members, permission groups and resource
    /// groups if the document names something that is not in what was read so far.
    ///
    /// # Errors
    ///
    /// If something cannot be read. If there is nothing in the document but mistakes, they are told
    /// without reading.
    pub async fn read(
        &self,
        document: &Document,
        prune: Prune,
        progress: &dyn Progress,
    ) -> Result<Snapshot, Error> {
        if document.groups.is_empty() {
            document.check()?;
        }
        let mut snapshot = self.read_groups().await?;
        let wanted = groups_to_read(document, prune, &snapshot.state);
        self.read_members(&mut snapshot, wanted, progress).await?;
        let needs = needs(document, &snapshot.directory);
        self.read_lists(&mut snapshot.directory, needs).await?;
        Ok(snapshot)
    }

    /// Reads what a plan is based on.
    pub(crate) async fn read_base(
        &self,
        plan: &Plan,
        progress: &dyn Progress,
    ) -> Result<State, Error> {
        let mut snapshot = self.read_groups().await?;
        let there = |id: &&UserGroupId| snapshot.state.groups.contains_key(*id);
        let updated = plan.updates.iter().filter(|it| it.changes_members()).map(|it| &it.id);
        let deleted = plan.deletions.iter().map(|it| &it.id);
        let by_name = ByName::new(plan, &snapshot.state);
        let begun = plan.creations.iter().flat_map(|it| by_name.namesakes(&it.name));
        let wanted: BTreeSet<UserGroupId> =
            updated.chain(deleted).filter(there).chain(begun.map(|(id, _)| id)).cloned().collect();
        self.read_members(&mut snapshot, wanted, progress).await?;
        Ok(snapshot.state)
    }

    /// Reads the groups, without their members.
    pub(crate) async fn read_groups(&self) -> Result<Snapshot, Error> {
        let groups = self.groups().list().all().await.map_err(reading("the user groups"))?;
        let (mut state, mut directory) = (State::default(), Directory::default());
        for UserGroup { id, name, policies, .. } in groups {
            policies.iter().for_each(|policy| directory.learn_policy(policy));
            let policies: BTreeMap<_, _> =
                policies.into_iter().map(|it| (Rule::from(&it), it.id)).collect();
            state.groups.insert(id, Group { name, policies, members: None });
        }
        Ok(Snapshot { account: self.account.clone(), state, directory })
    }

    /// Reads the members of these groups.
    pub(crate) async fn read_members(
        &self,
        snapshot: &mut Snapshot,
        ids: BTreeSet<UserGroupId>,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let all = ids.len();
        progress.read(0, all);
        let groups = self.groups();
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
            .buffer_unordered(self.concurrency.get());
        let mut read = 0;
        while let Some((id, members)) = lists.try_next().await? {
            read += 1;
            progress.read(read, all);
            let ids = members.iter().map(|member: &Member| member.id.clone()).collect();
            members.into_iter().for_each(|member| snapshot.directory.learn_member(member));
            if let Some(group) = snapshot.state.groups.get_mut(&id) {
                group.members = Some(ids);
            }
        }
        Ok(())
    }

    pub(crate) async fn read_lists(
        &self,
        directory: &mut Directory,
        needs: Needs,
    ) -> Result<(), Error> {
        let account: Account = self.client.account(&self.account);
        if needs.members {
            let members = account.members().all().await;
            directory.learn_all_members(members.map_err(reading("the members of the account"))?);
        }
        if needs.permission_groups {
            let groups = account.permission_groups().all().await;
            let groups = groups.map_err(reading("the permission groups"))?;
            directory.learn_all_permission_groups(groups);
        }
        if needs.resource_groups {
            let groups = account.resource_groups().await;
            let groups = groups.map_err(reading("the resource groups"))?;
            directory.learn_all_resource_groups(groups);
        }
        Ok(())
    }

    pub(crate) fn groups(&self) -> UserGroups {
        self.client.account(&self.account).user_groups()
    }
}

/// The groups whose members a plan must know.
fn groups_to_read(document: &Document, prune: Prune, state: &State) -> BTreeSet<UserGroupId> {
    let (mut named, mut wanted) = (BTreeSet::new(), BTreeSet::new());
    for (entry, found) in document.groups.iter().zip(match_groups(&document.keys(), prune, state)) {
        if let Ok(Some(id)) = found {
            if entry.members.is_some() {
                wanted.insert(id.clone());
            }
            named.insert(id);
        }
    }
    if prune == Prune::Yes {
        wanted.extend(state.groups.keys().filter(|id| !named.contains(*id)).cloned());
    }
    wanted
}

fn reading(what: impl ToString) -> impl FnOnce(cloudflare_user_groups::Error) -> Error {
    move |source| Error::Read { what: what.to_string(), source }
}

/// What the ids in the plan mean.
fn labels(plan: &Plan, directory: &Directory) -> BTreeMap<String, Label> {
    let mut labels = BTreeMap::new();
    let created = plan.creations.iter().flat_map(|it| &it.members);
    let changed = plan.updates.iter().flat_map(|it| it.add.iter().chain(&it.remove));
    let deleted = plan.deletions.iter().flat_map(|it| &it.members);
    for id in created.chain(changed).chain(deleted) {
        let person = directory.members.get(id);
        if let Some((name, person)) = person.and_then(|it| Some((it.email.clone()?, it))) {
            let status = person.status.clone();
            labels.insert(id.as_str().to_owned(), Label { name, status });
        }
    }
    let created = plan.creations.iter().flat_map(|it| &it.policies);
    let changed = plan.updates.iter().filter_map(|it| it.policies.as_ref());
    for rule in created.chain(changed.flat_map(|it| it.from.iter().chain(&it.to))) {
        let label = |name: &String| Label { name: name.clone(), status: None };
        for id in &rule.permission_groups {
            let name = directory.permission_groups.get(id).and_then(Option::as_ref);
            labels.extend(name.map(|name| (id.as_str().to_owned(), label(name))));
        }
        for id in &rule.resource_groups {
            let name = directory.resource_groups.get(id).and_then(Option::as_ref);
            labels.extend(name.map(|name| (id.as_str().to_owned(), label(name))));
        }
    }
    labels
}
