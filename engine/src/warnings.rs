//! Warnings of a plan: what is likely not meant, or will be refused.

use std::collections::BTreeSet;

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
        let kept = actual.groups.iter().filter(|(id, _)| !renamed.contains(id));
        let names = Suggestions::of(kept.map(|(_, group)| group.name.clone()));
        for Update { name, .. } in renames {
            let message = same_but_for_form(name, actual, &renamed);
            warnings.extend(message.map(|message| PlanWarning { group: name.clone(), message }));
        }
        for (at, creation) in self.creations.iter().enumerate() {
            let message = likely_rename(creation, actual, matched)
                .or_else(|| same_but_for_form(&creation.name, actual, &renamed))
                .or_else(|| cut_name(creation, actual))
                .or_else(|| repeated_but_for_form(creation, self.creations.iter().take(at)))
                .or_else(|| near_name(creation, &names));
            let group = || creation.name.clone();
            warnings.extend(message.map(|message| PlanWarning { group: group(), message }));
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

/// Finds a group whose name differs in its form alone. A group of exactly the name is deleted first.
fn same_but_for_form(
    name: &str,
    actual: &ActualState,
    renamed: &BTreeSet<&UserGroupId>,
) -> Option<String> {
    let folded = fold(name);
    let mut others = actual.groups.iter().filter(|(id, _)| !renamed.contains(id));
    let (id, group) =
        others.find(|(_, group)| group.name != name && fold(&group.name) == folded)?;
    Some(format!(
        "the name differs from that of {:?} ({id}) only in case, white space or Unicode form",
        group.name
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

fn repeated_but_for_form<'a>(
    creation: &Creation,
    mut others: impl Iterator<Item = &'a Creation>,
) -> Option<String> {
    let folded = fold(&creation.name);
    let other = others.find(|other| fold(&other.name) == folded)?;
    Some(format!(
        "the name differs from that of {:?}, which is created too, only in case, white space or \
         Unicode form",
        other.name
    ))
}

fn near_name(creation: &Creation, names: &Suggestions) -> Option<String> {
    let near = names.nearest(&creation.name)?;
    Some(format!("the name is close to that of {near:?}, which exists; check the spelling"))
}
