//! Resource groups for scopes: which exist, and which a plan creates.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{Policy, ResourceGroup, ResourceGroupId, Scope};

use crate::engine::Engine;
use crate::error::Error;
use crate::place::is_predefined;
use crate::plan::{NewResourceGroup, Plan};
use crate::rule::PolicyScope;
use crate::steps::GroupSteps;

impl Engine {
    /// Plans a resource group for each scope that the policies of a plan write and that no resource
    /// group has. Reads the resource groups of the account if there is such a scope.
    ///
    /// # Errors
    ///
    /// If the resource groups cannot be read.
    pub async fn plan_resource_groups(&self, plan: &mut Plan) -> Result<(), Error> {
        let created = plan.creations.iter().flat_map(|it| &it.policies);
        let changed = plan.updates.iter().filter_map(|it| it.policies.as_ref());
        let rules = created.chain(changed.flat_map(|it| it.added()));
        let resources = rules.flat_map(|it| &it.resource_groups).filter(|it| it.id.is_none());
        let scopes: BTreeSet<&PolicyScope> = resources.flat_map(|it| &it.scopes).collect();
        if scopes.is_empty() {
            return Ok(());
        }
        let known = ids_by_scope(self).await?;
        let new = scopes.into_iter().filter(|scope| !known.contains_key(scope));
        let group = |scope: &PolicyScope| {
            let text = scope.to_string();
            let name = plan.label(&text).map_or(text, |label| label.name.clone());
            NewResourceGroup { name, scope: scope.clone() }
        };
        plan.resource_groups = new.map(group).collect();
        Ok(())
    }
}

/// Reads the resource groups by their scope. Of several with the same, one that comes from the
/// service is used, because it cannot be changed (observed, reported: O13).
pub(crate) async fn ids_by_scope(
    engine: &Engine,
) -> Result<BTreeMap<PolicyScope, ResourceGroupId>, Error> {
    let groups = engine.account().list_resource_groups().all().await;
    let mut groups = groups.map_err(Error::reading("the resource groups"))?;
    let own = |it: &ResourceGroup| !it.name.as_deref().is_some_and(is_predefined);
    groups.sort_by(|a, b| (own(b), &b.id).cmp(&(own(a), &a.id)));
    let ids = groups.into_iter().filter_map(|group| match group.scopes.as_slice() {
        [scope] => Some((PolicyScope::from(scope), group.id?)),
        _ => None,
    });
    Ok(ids.collect())
}

/// Writes scopes by the resource groups that exist. Returns those that the plan creates and that
/// are still needed. Without a scope to write nothing is read.
pub(crate) async fn prepare<'p>(
    engine: &Engine,
    plan: &'p Plan,
    steps: &mut [GroupSteps],
) -> Result<Vec<&'p NewResourceGroup>, Error> {
    if steps.iter().flat_map(GroupSteps::inline_scopes).next().is_none() {
        return Ok(Vec::new());
    }
    let known = ids_by_scope(engine).await?;
    steps.iter_mut().for_each(|it| it.use_resource_groups(&known));
    let needed: BTreeSet<PolicyScope> = steps.iter().flat_map(GroupSteps::inline_scopes).collect();
    Ok(plan.resource_groups.iter().filter(|it| needed.contains(&it.scope)).collect())
}

impl GroupSteps {
    /// Returns the scopes that the policies write inline.
    pub(crate) fn inline_scopes(&self) -> impl Iterator<Item = PolicyScope> {
        let groups = self.policies.iter().flatten().flat_map(|it| &it.resource_groups);
        groups.filter(|it| it.id.is_none()).flat_map(|it| &it.scopes).map(PolicyScope::from)
    }

    /// Writes scopes by the resource group that consists of them, where there is one.
    pub(crate) fn use_resource_groups(&mut self, known: &BTreeMap<PolicyScope, ResourceGroupId>) {
        for policy in self.policies.iter_mut().flatten() {
            let Policy { resource_groups, .. } = policy;
            let inline = resource_groups.extract_if(.., |it| it.id.is_none());
            let scopes: Vec<Scope> = inline.flat_map(|it| it.scopes).collect();
            resource_groups.extend(scopes.into_iter().map(|scope| {
                match known.get(&PolicyScope::from(&scope)) {
                    Some(id) => ResourceGroup::from(id),
                    None => ResourceGroup::from(scope),
                }
            }));
        }
    }
}
