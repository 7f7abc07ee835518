//! The user groups in a Terraform state.

use std::collections::{BTreeMap, BTreeSet};

use cf_groups_engine::{DesiredGroup, PolicyResource, PolicyRule};
use cloudflare_user_groups::{
    AccountId, MemberId, PermissionGroupId, PolicyAccess, ResourceGroupId, UserGroupId,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The version of the states that Terraform 0.12 and later, and OpenTofu, write.
const VERSION: u64 = 4;

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Value,
    /// Set for an old object that Terraform has replaced.
    deposed: Option<String>,
    #[serde(default)]
    attributes: Value,
}

#[derive(Deserialize)]
struct Group {
    account_id: AccountId,
    id: UserGroupId,
    name: String,
    policies: Option<Vec<Policy>>,
}

#[derive(Deserialize)]
struct Policy {
    access: PolicyAccess,
    permission_groups: Vec<Item<PermissionGroupId>>,
    resource_groups: Vec<Item<ResourceGroupId>>,
}

#[derive(Deserialize)]
struct Members {
    user_group_id: UserGroupId,
    members: Option<Vec<Item<MemberId>>>,
}

#[derive(Deserialize)]
struct Item<I> {
    id: I,
}

/// Returns the groups of each account in a state, sorted by name.
pub(crate) fn groups(text: &str) -> Result<BTreeMap<AccountId, Vec<DesiredGroup>>, String> {
    let version = |it: Value| it.get("version").and_then(Value::as_u64);
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match version(json) {
        Some(VERSION) => {}
        Some(other) => return Err(format!("version {other} of Terraform states is not supported")),
        None => return Err("no Terraform state: it has no `version`".to_owned()),
    }
    let state: State = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let (mut groups, mut members) = (BTreeMap::new(), Vec::new());
    for resource in state.resources.iter().filter(|it| it.mode == "managed") {
        for instance in resource.instances.iter().filter(|it| it.deposed.is_none()) {
            match resource.kind.as_str() {
                "cloudflare_user_group" => {
                    let group: Group = resource.attributes(instance)?;
                    groups.insert(group.id.clone(), group);
                }
                "cloudflare_user_group_members" => {
                    let of: Members = resource.attributes(instance)?;
                    members.push((resource.address(instance), of));
                }
                _ => {}
            }
        }
    }
    if groups.is_empty() {
        return Err("it has no user groups".to_owned());
    }
    with_members(groups, members)
}

fn with_members(
    groups: BTreeMap<UserGroupId, Group>,
    members: Vec<(String, Members)>,
) -> Result<BTreeMap<AccountId, Vec<DesiredGroup>>, String> {
    let mut lists: BTreeMap<UserGroupId, BTreeSet<MemberId>> = BTreeMap::new();
    for (address, Members { user_group_id: id, members }) in members {
        if !groups.contains_key(&id) {
            return Err(format!("{address}: the state has no cloudflare_user_group {id}"));
        }
        if let Some(members) = members {
            lists.entry(id).or_default().extend(members.into_iter().map(|it| it.id));
        }
    }
    let mut accounts = BTreeMap::<_, Vec<_>>::new();
    for (id, Group { account_id, name, policies, .. }) in groups {
        let policies = policies.map(|all| all.into_iter().map(rule).collect());
        let members = lists.remove(&id);
        let group = DesiredGroup { id: Some(id), name, policies, members };
        accounts.entry(account_id).or_default().push(group);
    }
    for groups in accounts.values_mut() {
        groups.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(accounts)
}

fn rule(policy: Policy) -> PolicyRule {
    let permissions = policy.permission_groups.into_iter().map(|it| it.id);
    let resources = policy.resource_groups.into_iter().map(|it| PolicyResource::from(it.id));
    PolicyRule::new(policy.access, permissions, resources)
}

impl Resource {
    /// Returns the address of an instance, as Terraform writes it.
    fn address(&self, instance: &Instance) -> String {
        let module = self.module.iter().map(|module| format!("{module}.")).collect::<String>();
        let index = match &instance.index_key {
            Value::Null => String::new(),
            key => format!("[{key}]"),
        };
        format!("{module}{}.{}{index}", self.kind, self.name)
    }

    fn attributes<T: DeserializeOwned>(&self, instance: &Instance) -> Result<T, String> {
        serde_json::from_value(instance.attributes.clone())
            .map_err(|error| format!("{}: {error}", self.address(instance)))
    }
}
