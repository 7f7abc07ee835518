//! User groups as Terraform resources, with `import` blocks for them.

use std::collections::BTreeSet;

use cf_groups_engine::{ActualGroup, ActualMembers, PolicyRule, Snapshot};
use cloudflare_user_groups::{AccountId, UserGroupId};
use hcl::expr::{Expression, TemplateExpr, Traversal, TraversalBuilder, Variable};
use hcl::{Block, Body, Identifier, block, expression};

/// Returns the resources of a snapshot, and what they leave out.
pub(crate) fn resources(
    snapshot: &Snapshot,
    account: &AccountId,
) -> hcl::Result<(String, Vec<String>)> {
    let (mut blocks, mut left_out, mut labels) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut groups: Vec<_> = snapshot.state.groups.iter().collect();
    groups.sort_by_key(|(id, group)| (&group.name, *id));
    for (id, group) in groups {
        if let Some(problem) = problem(group) {
            left_out.push(format!("group {:?} is left out: {problem}", group.name));
            continue;
        }
        let label = label(&group.name, &mut labels);
        let policies: Vec<Expression> = group.policies.iter().map(policy).collect();
        blocks.push(import(account, id, GROUP, &label)?);
        blocks.push(block!(resource (GROUP) (&*label) {
            account_id = (account.as_str())
            name = (string(&group.name))
            policies = (policies)
        }));
        match &group.members {
            ActualMembers::Read(members) => {
                let mut members: Vec<_> = members.iter().collect();
                // Observed (reported): the API sorts by address, and Terraform compares lists in
                // order.
                members.sort_by_key(|id| snapshot.directory.members.get(*id).map(|it| &it.email));
                blocks.push(import(account, id, MEMBERS, &label)?);
                blocks.push(block!(resource (MEMBERS) (&*label) {
                    account_id = (account.as_str())
                    user_group_id = (reference(GROUP, &label)?.attr("id").build())
                    members = (ids(members.into_iter().map(AsRef::as_ref)))
                }));
            }
            _ => left_out.push(format!("the members of group {:?} are left out", group.name)),
        }
    }
    Ok((hcl::format::to_string(&Body::from_iter(blocks))?, left_out))
}

const GROUP: &str = "cloudflare_user_group";
const MEMBERS: &str = "cloudflare_user_group_members";

/// Returns why the provider cannot express a group.
fn problem(group: &ActualGroup) -> Option<String> {
    if let Some(policy) = group.incomplete_policies.first() {
        return Some(format!("a policy has a part that is not known: {}", policy.problem));
    }
    let mut resources = group.policies.iter().flat_map(|it| &it.resource_groups);
    let by_scope = resources.find(|it| it.id.is_none())?;
    Some(format!("Terraform needs a resource group in place of the scope {by_scope}"))
}

fn import(account: &AccountId, id: &UserGroupId, kind: &str, label: &str) -> hcl::Result<Block> {
    Ok(block!(import {
        to = (reference(kind, label)?.build())
        id = (format!("{account}/{id}"))
    }))
}

fn reference(kind: &str, label: &str) -> hcl::Result<TraversalBuilder> {
    Ok(Traversal::builder(Variable::new(kind)?).attr(Identifier::new(label)?))
}

fn policy(rule: &PolicyRule) -> Expression {
    let resources = rule.resource_groups.iter().filter_map(|it| it.id.as_ref());
    expression!({
        access = (rule.access.as_str())
        permission_groups = (ids(rule.permission_groups.iter().map(AsRef::as_ref)))
        resource_groups = (ids(resources.map(AsRef::as_ref)))
    })
}

fn ids<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<Expression> {
    ids.map(|id| expression!({ id = (string(id)) })).collect()
}

/// Returns a text that Terraform reads as it is.
fn string(text: &str) -> Expression {
    if !text.contains("${") && !text.contains("%{") {
        return Expression::from(text);
    }
    // Doubled markers are ambiguous after another $ or %, and Unicode escapes are not.
    let escaped = text.chars().map(|c| match c {
        '$' | '%' | '"' | '\\' => format!("\\u{:04x}", u32::from(c)),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    TemplateExpr::QuotedString(escaped.collect()).into()
}

/// Returns a label for a group that no other has.
fn label(name: &str, labels: &mut BTreeSet<String>) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let label = words.collect::<Vec<_>>().join("_").to_lowercase();
    let begins = label.starts_with(|c: char| c.is_ascii_alphabetic());
    let label = if begins { label } else { format!("group_{label}") };
    let label = label.trim_end_matches('_');
    let numbered = (2..).map(|number| format!("{label}_{number}"));
    let mut labels_in_order = std::iter::once(label.to_owned()).chain(numbered);
    labels_in_order.find(|it| labels.insert(it.clone())).unwrap_or_default()
}
