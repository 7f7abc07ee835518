//! `list`, `get`, `create`, `update` and `delete`.

use cloudflare_user_groups::{Account, Policy, UserGroup, UserGroups};

use crate::Result;
use crate::arguments::Policies;
use crate::failure::{Failure, Status, complain, note};
use crate::names;
use crate::output;
use crate::run::Context;
use crate::screen::confirm;
use crate::text::plain;

pub(crate) async fn list(context: &Context, contains: Option<String>) -> Result<Status> {
    let groups = context.account()?.user_groups();
    let mut list = groups.list();
    if let Some(text) = contains {
        list = list.name_contains(text);
    }
    output::list(&mut anstream::stdout(), context.format, &context.wait(list.all()).await?)?;
    Ok(Status::Done)
}

pub(crate) async fn get(context: &Context, group: &str) -> Result<Status> {
    let groups = context.account()?.user_groups();
    let group = context.wait(names::group(&groups, group)).await?;
    show(context, &group)
}

fn show(context: &Context, group: &UserGroup) -> Result<Status> {
    output::one(&mut anstream::stdout(), context.format, group)?;
    Ok(Status::Done)
}

pub(crate) async fn create(
    context: &Context,
    name: &str,
    policies: &Policies,
    allow_duplicate: bool,
) -> Result<Status> {
    let account = context.account()?;
    let groups = account.user_groups();
    if !allow_duplicate
        && let [first, ..] = context.wait(names::groups_named(&groups, name)).await?.as_slice()
    {
        return Err(Failure::failed(format!(
            "there is a user group named {:?} already, {}: update it, or give --allow-duplicate",
            plain(name),
            first.id
        )));
    }
    let policies = context.wait(new_policies(&account, policies)).await?;
    let group = groups.create(name).policies(policies).exactly_once().await?;
    show(context, &group)
}

pub(crate) async fn update(
    context: &Context,
    group: &str,
    name: Option<String>,
    policies: &Policies,
    no_policies: bool,
) -> Result<Status> {
    let replaces = no_policies || !policies.allow.is_empty() || !policies.deny.is_empty();
    if name.is_none() && !replaces {
        return Err(Failure::usage(
            "nothing to update: give --name, --allow or --deny with --on, or --no-policies",
        ));
    }
    let account = context.account()?;
    let groups = account.user_groups();
    let id = context.wait(names::group_id(&groups, group)).await?;
    let mut request = groups.update(id);
    if let Some(name) = name {
        request = request.name(name);
    }
    if replaces {
        request = request.policies(context.wait(new_policies(&account, policies)).await?);
    }
    show(context, &request.await?)
}

/// One policy that allows and one that denies, as far as they were asked for.
async fn new_policies(account: &Account, wanted: &Policies) -> Result<Vec<Policy>> {
    let Policies { allow, deny, on } = wanted;
    if allow.is_empty() && deny.is_empty() {
        if on.is_empty() {
            return Ok(Vec::new());
        }
        return Err(Failure::usage("--on says where, but not what: give --allow or --deny"));
    }
    let both: Vec<String> = allow.iter().chain(deny).cloned().collect();
    let mut allowed = names::permission_groups(account, &both).await?;
    let denied = allowed.split_off(allow.len());
    let resources = names::resource_groups(account, on).await?;
    let mut policies = Vec::new();
    if !allowed.is_empty() {
        policies.push(Policy::allow(allowed, resources.clone()));
    }
    if !denied.is_empty() {
        policies.push(Policy::deny(denied, resources));
    }
    Ok(policies)
}

/// Goes on past groups that cannot be deleted; all names are checked before the first is.
pub(crate) async fn delete(context: &Context, wanted: &[String], yes: bool) -> Result<Status> {
    let groups = context.account()?.user_groups();
    let mut doomed: Vec<UserGroup> = Vec::new();
    for text in wanted {
        let group = context.wait(names::group(&groups, text)).await?;
        if doomed.iter().all(|other| other.id != group.id) {
            doomed.push(group);
        }
    }
    for group in &doomed {
        note(&format!("user group {:?} ({}) will be deleted", plain(&group.name), group.id));
    }
    if !confirm("Delete?", yes)? {
        return Err(Failure::failed("nothing was deleted"));
    }
    delete_each(&groups, &doomed).await
}

async fn delete_each(groups: &UserGroups, doomed: &[UserGroup]) -> Result<Status> {
    let mut status = Status::Done;
    for group in doomed {
        let name = plain(&group.name);
        match groups.delete(&group.id).await {
            Ok(_) => note(&format!("user group {name:?} was deleted")),
            Err(error) => {
                complain(&format!("user group {name:?} was not deleted: {error}"));
                status = Status::NotAllDone;
            }
        }
    }
    Ok(status)
}
