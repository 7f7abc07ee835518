//! Plans for single changes that are given by arguments instead of a group file.

use std::collections::BTreeSet;
use std::fmt;

use cloudflare_user_groups::{MemberId, UserGroup, UserGroupId};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::error::Error;
use crate::group_file::GroupFile;
use crate::group_name::GroupNameError;
use crate::matching::check_changeable;
use crate::outcome::{Outcome, Progress};
use crate::place::ZONE_PREFIX;
use crate::plan::{Plan, PlanWarning};
use crate::resolve::{required_lists, resolve};
use crate::rule::{PolicyRule, PolicyScope};
use crate::snapshot::Snapshot;
use crate::state::{DesiredGroup, DesiredState, Prune};
use crate::steps::{Action, GroupSteps, StepFactory, Target};
use crate::suggest::Suggestions;

/// How a given set changes an actual set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetChange {
    /// Adds the given items.
    Add,
    /// Removes the given items.
    Remove,
    /// Makes the given items the whole set.
    Replace,
}

/// A policy, with names or IDs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyText {
    /// `allow` or `deny`.
    pub access: &'static str,
    /// Permission groups.
    pub permission_groups: Vec<String>,
    /// Resources: `account`, `zone:` and the name of a zone, a resource group, or a scope.
    #[serde(serialize_with = "resources")]
    pub resource_groups: Vec<String>,
}

impl fmt::Display for PolicyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { access, permission_groups, resource_groups } = self;
        write!(f, "{access} {} on {}", permission_groups.join(", "), resource_groups.join(", "))
    }
}

/// Writes resources as a group file has them.
fn resources<S: Serializer>(texts: &[String], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(texts.iter().map(|text| {
        if let Some(zone) = text.strip_prefix(ZONE_PREFIX) {
            return json!({ "zone": zone.trim() });
        }
        let Some(PolicyScope { key, objects }) = PolicyScope::of_argument(text) else {
            return json!(text);
        };
        let objects: Vec<Value> = objects.iter().map(|key| json!({ "key": key })).collect();
        json!({ "scope": { "key": key, "objects": objects } })
    }))
}

/// A plan for the members of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MembersPlan {
    /// The plan.
    pub plan: Plan,
    /// The group.
    pub group: UserGroupId,
    /// The members that it will have.
    pub members: BTreeSet<MemberId>,
    /// The given members for whom there is nothing to change.
    pub unchanged: Vec<String>,
}

impl Engine {
    /// Returns the user group with this name or ID. 32 hexadecimal digits are always an ID.
    ///
    /// # Errors
    ///
    /// If there is none, or several groups have the name.
    pub async fn group(&self, text: &str) -> Result<UserGroup, Error> {
        let groups = self.groups();
        let reading = || Error::reading(format!("user group {text:?}"));
        if let Ok(id) = UserGroupId::new(text) {
            return match groups.get(&id).await {
                Err(error) if error.is_not_found() => Err(GroupNameError::UnknownId { id }.into()),
                result => result.map_err(reading()),
            };
        }
        let mut found = groups.list().name(text).all().await.map_err(reading())?;
        found.retain(|group| group.name == text);
        match (found.len(), found.pop()) {
            (1, Some(group)) => Ok(group),
            _ => {
                let snapshot = Snapshot::read_groups(self).await?;
                let id = find(&snapshot, text)?;
                groups.get(id).await.map_err(reading())
            }
        }
    }

    /// Plans the creation of a group.
    ///
    /// # Errors
    ///
    /// If the name is taken or a policy cannot be resolved.
    pub async fn plan_creation(&self, name: &str, policies: &[PolicyText]) -> Result<Plan, Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        check_free(&snapshot, name, None)?;
        let entry = json!({ "name": name, "policies": policies });
        let desired = self.desired(&mut snapshot, entry).await?;
        direct(&snapshot, vec![desired])
    }

    /// Plans another name and other policies for a group.
    ///
    /// # Errors
    ///
    /// If the group is not found, the name is taken or a policy cannot be resolved.
    pub async fn plan_update(
        &self,
        group: &str,
        name: Option<&str>,
        policies: Option<(SetChange, &[PolicyText])>,
    ) -> Result<Plan, Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        let id = find(&snapshot, group)?;
        if let Some(name) = name {
            check_free(&snapshot, name, Some(&id))?;
        }
        let new_name = name.unwrap_or(name_of(&snapshot, &id));
        let mut entry = json!({ "name": new_name, "id": id });
        if let Some((_, policies)) = policies {
            entry["policies"] = json!(policies);
        }
        let mut desired = self.desired(&mut snapshot, entry).await?;
        let mut warnings = Vec::new();
        if let (Some((change, texts)), Some(given)) = (policies, &mut desired.policies)
            && let Some(actual) = snapshot.state.groups.get(&id)
        {
            if change == SetChange::Remove {
                let has = |rule: &PolicyRule| actual.policies.iter().any(|it| it.is_same(rule));
                let is_missing = |text: &&PolicyText| {
                    given.iter().any(|rule| rule.access.as_str() == text.access && !has(rule))
                };
                let message = |text| format!("it has no policy that is exactly {text}");
                let warning =
                    |text| PlanWarning { group: actual.name.clone(), message: message(text) };
                warnings.extend(texts.iter().filter(is_missing).map(warning));
            }
            *given = change_policies(&actual.policies, given, change);
        }
        let mut plan = direct(&snapshot, vec![desired])?;
        plan.warnings.extend(warnings);
        self.name_zones(&mut plan, &mut snapshot).await?;
        Ok(plan)
    }

    /// Plans other members for a group.
    ///
    /// With `ignore_missing`, texts that name no member of the account are reported as unchanged.
    ///
    /// # Errors
    ///
    /// If the group is not found, its members cannot be read, or a member cannot be resolved.
    pub async fn plan_members(
        &self,
        group: &str,
        change: SetChange,
        members: &[String],
        ignore_missing: bool,
        progress: &dyn Progress,
    ) -> Result<MembersPlan, Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        let id = find(&snapshot, group)?;
        snapshot.read_members(self, [id.clone()].into(), progress).await?;
        let mut seen = BTreeSet::new();
        let mut texts: Vec<&String> =
            members.iter().filter(|text| seen.insert(text.to_lowercase())).collect();
        let mut unchanged = Vec::new();
        let name = name_of(&snapshot, &id).to_owned();
        let mut entry = json!({ "name": name, "id": id, "members": texts });
        if ignore_missing {
            self.read_lists(&mut snapshot, &entry).await?;
            let missing = texts.extract_if(.., |text| !snapshot.directory.has_member(text));
            unchanged.extend(missing.map(|text| format!("{text} is not a member of the account")));
            entry["members"] = json!(texts);
        }
        let mut desired = self.desired(&mut snapshot, entry).await?;
        let mut wanted = BTreeSet::new();
        if let Some(given) = &mut desired.members
            && let Some(actual) = snapshot.state.groups.get(&id).and_then(|it| it.members.get())
        {
            let (idle, state): (BTreeSet<_>, _) = match change {
                SetChange::Add => (&*given & actual, "already a member"),
                SetChange::Remove => (&*given - actual, "not a member"),
                SetChange::Replace => (BTreeSet::new(), ""),
            };
            let texts = idle.iter().map(|id| snapshot.directory.email_or_id(id));
            unchanged.extend(texts.map(|text| format!("{text} is {state} of {name:?}")));
            *given = match change {
                SetChange::Add => actual | given,
                SetChange::Remove => actual - given,
                SetChange::Replace => given.clone(),
            };
            wanted.clone_from(given);
        }
        let plan = direct(&snapshot, vec![desired])?;
        Ok(MembersPlan { plan, group: id, members: wanted, unchanged })
    }

    /// Applies a plan for the members of a group with one request, which replaces them all.
    ///
    /// # Errors
    ///
    /// If the request fails.
    pub async fn replace_members(
        &self,
        plan: &MembersPlan,
    ) -> cloudflare_user_groups::Result<Outcome> {
        let MembersPlan { plan, group, members, .. } = plan;
        self.groups().members(group).replace(members.iter().cloned()).await?;
        let factory = StepFactory { labels: &plan.labels };
        let mut outcome = Outcome::default();
        for update in &plan.updates {
            let steps = GroupSteps::on(&update.name, Target::Existing(group.clone()));
            let changes =
                [(Action::AddMembers, &update.add), (Action::RemoveMembers, &update.remove)];
            for (action, ids) in changes.into_iter().filter(|(_, ids)| !ids.is_empty()) {
                let ids: Vec<MemberId> = ids.iter().cloned().collect();
                outcome.done.push(factory.with_members(&steps, action, &ids));
            }
        }
        Ok(outcome)
    }

    /// Plans the deletion of groups.
    ///
    /// # Errors
    ///
    /// If a group is not found or its members cannot be read.
    pub async fn plan_deletion(
        &self,
        groups: &[String],
        progress: &dyn Progress,
    ) -> Result<Plan, Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        let ids = groups.iter().map(|text| find(&snapshot, text));
        let ids = ids.collect::<Result<BTreeSet<_>, _>>()?;
        snapshot.read_members(self, ids.clone(), progress).await?;
        let mut groups = ids.iter().filter_map(|id| snapshot.state.groups.get(id));
        groups.try_for_each(|group| check_changeable(group, false, true))?;
        let mut plan = snapshot.plan_deletion(&ids);
        self.name_zones(&mut plan, &mut snapshot).await?;
        Ok(plan)
    }

    /// Resolves one entry of a group file.
    async fn desired(&self, snapshot: &mut Snapshot, entry: Value) -> Result<DesiredGroup, Error> {
        self.read_lists(snapshot, &entry).await?;
        let desired = resolve(&entry_file(&entry), &Prune::No, snapshot)?;
        Ok(desired.groups.into_iter().next().unwrap_or_default())
    }

    /// Reads the lists that an entry of a group file needs.
    pub(crate) async fn read_lists(
        &self,
        snapshot: &mut Snapshot,
        entry: &Value,
    ) -> Result<(), Error> {
        let file = entry_file(entry);
        file.check()?;
        snapshot.read_lists(self, required_lists(&file, snapshot)).await
    }
}

/// Plans the changes of these groups. The others are not unmanaged, they are not meant.
pub(crate) fn direct(snapshot: &Snapshot, groups: Vec<DesiredGroup>) -> Result<Plan, Error> {
    let mut plan = snapshot.plan(&DesiredState { groups, prune: Prune::No })?;
    plan.unmanaged.clear();
    Ok(plan)
}

/// A group file of one entry. Its diagnostics have no place.
pub(crate) fn entry_file(entry: &Value) -> GroupFile {
    GroupFile::parse("", &json!([entry]).to_string())
}

fn find(snapshot: &Snapshot, text: &str) -> Result<UserGroupId, GroupNameError> {
    if let Ok(id) = UserGroupId::new(text.to_lowercase()) {
        let known = snapshot.state.groups.contains_key(&id);
        return if known { Ok(id) } else { Err(GroupNameError::UnknownId { id }) };
    }
    match snapshot.named(text).as_slice() {
        [id] => Ok(id.clone()),
        [] => {
            let names = snapshot.state.groups.values().map(|group| &*group.name);
            let suggestion = Suggestions::of(names).did_you_mean(text);
            Err(GroupNameError::Unknown { name: text.to_owned(), suggestion })
        }
        ids => Err(GroupNameError::Ambiguous { name: text.to_owned(), ids: ids.to_vec() }),
    }
}

fn check_free(
    snapshot: &Snapshot,
    name: &str,
    except: Option<&UserGroupId>,
) -> Result<(), GroupNameError> {
    let mut ids = snapshot.named(name);
    ids.retain(|id| Some(id) != except);
    if ids.is_empty() { Ok(()) } else { Err(GroupNameError::Taken { name: name.to_owned(), ids }) }
}

fn name_of<'a>(snapshot: &'a Snapshot, id: &UserGroupId) -> &'a str {
    snapshot.state.groups.get(id).map_or("", |group| &group.name)
}

fn change_policies(
    actual: &BTreeSet<PolicyRule>,
    given: &BTreeSet<PolicyRule>,
    change: SetChange,
) -> BTreeSet<PolicyRule> {
    let is_given = |rule: &&PolicyRule| given.iter().any(|it| it.is_same(rule));
    let others = actual.iter().filter(|rule| !is_given(rule)).cloned();
    match change {
        SetChange::Add => others.chain(given.iter().cloned()).collect(),
        SetChange::Remove => others.collect(),
        SetChange::Replace => given.clone(),
    }
}
