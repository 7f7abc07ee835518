//! `lookup`: the lists of the account that turn names into ids.

use crate::Result;
use crate::arguments::Lookup;
use crate::failure::Status;
use crate::output::{self, Row};
use crate::run::Context;

pub(crate) async fn run(
    context: &Context,
    list: Lookup,
    contains: Option<String>,
) -> Result<Status> {
    let account = context.account()?;
    match list {
        Lookup::Members => {
            show(context, context.wait(account.members().all()).await?, contains, |member| {
                [member.email.as_deref(), None]
            })
        }
        Lookup::PermissionGroups => {
            let groups = context.wait(account.permission_groups().all()).await?;
            show(context, groups, contains, |group| {
                [group.name.as_deref(), group.meta.get("label")]
            })
        }
        Lookup::ResourceGroups => {
            let groups = account.resource_groups().await?;
            show(context, groups, contains, |group| [group.name.as_deref(), None])
        }
    }
}

fn show<R: Row>(
    context: &Context,
    mut rows: Vec<R>,
    contains: Option<String>,
    texts: impl Fn(&R) -> [Option<&str>; 2],
) -> Result<Status> {
    if let Some(wanted) = contains.map(|text| text.to_lowercase()) {
        rows.retain(|row| {
            texts(row).into_iter().flatten().any(|text| text.to_lowercase().contains(&wanted))
        });
    }
    output::list(&mut anstream::stdout(), context.format, &rows)?;
    Ok(Status::Done)
}
