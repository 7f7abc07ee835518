//! Warnings of a plan: what is likely not meant, or will be refused.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{PolicyAccess, UserGroupId};

use crate::group_name::{fold, is_cut};
use crate::plan::{Creation, Plan, PlanWarning, PolicyChange, Update};
use crate::rule::same_rules;
use crate::state::{ActualGroup, ActualState};
use crate::suggest::Suggestions;

// Observed (reported).
const DENY: &str =
    "the live service refuses deny policies (reported: 400 \"Policy validation failed\")";

impl Plan {
    /// Adds the warnings. `matched` are the groups that the group file names.
    pub(crate) fn add_warnings(&mut self, actual: &ActualState, matched: &BTreeSet<UserGroupId>) {
        let mut warnings = self.deny_warnings();
        let renames = self.updates.iter().filter(|it| it.old_name.is_some());
        let renamed: BTreeSet<&UserGroupId> = renames.clone().map(|it| &it.id).collect();
        let kept = || actual.groups.iter().filter(|(id, _)| !renamed.contains(id));
        let names = Suggestions::of(kept().map(|(_, group)| group.name.clone()));
        let mut forms: Forms<'_> = BTreeMap::new();
        for (id, group) in kept() {
            forms.entry(fold(&group.name)).or_default().push((&group.name, Some(id)));
        }
        for Update { name, .. } in renames {
            let message = same_but_for_form(name, &forms);
            warnings.extend(message.map(|message| PlanWarning { group: name.clone(), message }));
        }
        for creation in &self.creations {
            let Creation { name, .. } = creation;
            let message = likely_rename(creation, actual, matched)
                .or_else(|| same_but_for_form(name, &forms))
                .or_else(|| cut_name(creation, actual))
                .or_else(|| near_name(creation, &names));
            warnings.extend(message.map(|message| PlanWarning { group: name.clone(), message }));
            forms.entry(fold(name)).or_default().push((name, None));
        }
        self.warnings.extend(warnings);
        self.warnings.sort();
    }

    fn deny_warnings(&self) -> Vec<PlanWarning> {
        let created = self.creations.iter();
        let created = created.flat_map(|it| it.policies.iter().map(|rule| (&it.name, rule)));
        let updated = self.updates.iter().flat_map(|it| {
            it.policies.iter().flat_map(PolicyChange::added).map(|rule| (&it.name, rule))
        });
        let denied = created.chain(updated).filter(|(_, rule)| rule.access == PolicyAccess::Deny);
        let names: BTreeSet<&String> = denied.map(|(name, _)| name).collect();
        let warning =
            |group: &String| PlanWarning { group: group.clone(), message: DENY.to_owned() };
        names.into_iter().map(warning).collect()
    }
}

/// Finds a group that the file does not name and that has the same members or policies.
fn likely_rename(
    creation: &Creation,
    actual: &ActualState,
    matched: &BTreeSet<UserGroupId>,
) -> Option<String> {
    let mut others = actual.groups.iter().filter(|(id, _)| !matched.contains(*id));
    let (id, group) = others.find(|(_, group)| has_content_of(group, creation))?;
    Some(format!(
        "looks like a rename of {:?}; to rename that group instead of creating one, add `id: {id}`",
        group.name
    ))
}

fn has_content_of(group: &ActualGroup, creation: &Creation) -> bool {
    let members = !creation.members.is_empty() && group.members.get() == Some(&creation.members);
    let policies = !creation.policies.is_empty() && same_rules(&group.policies, &creation.policies);
    members || policies
}

/// Names by what they have in common without their form, each with the id of its group; without one
/// it is created too.
type Forms<'a> = BTreeMap<String, Vec<(&'a str, Option<&'a UserGroupId>)>>;

/// Finds a group whose name differs in its form alone. A group of exactly the name is deleted
/// first.
fn same_but_for_form(name: &str, forms: &Forms<'_>) -> Option<String> {
    let (other, id) = forms.get(&fold(name))?.iter().find(|(other, _)| *other != name)?;
    let which = id.map_or(", which is created too,".to_owned(), |id| format!(" ({id})"));
    Some(format!(
        "the name differs from that of {other:?}{which} only in case, white space or Unicode form"
    ))
}

/// Finds a group whose name is a long beginning of the name.
fn cut_name(creation: &Creation, actual: &ActualState) -> Option<String> {
    let (id, group) = actual.groups.iter().find(|(_, it)| is_cut(&creation.name, &it.name))?;
    Some(format!(
        "the name begins with that of {:?} ({id}); if the API has cut it, write that name",
        group.name
    ))
}

fn near_name(creation: &Creation, names: &Suggestions) -> Option<String> {
    let near = names.nearest(&creation.name)?;
    Some(format!("the name is close to that of {near:?}, which exists; check the spelling"))
}
