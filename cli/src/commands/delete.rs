//! `delete`: removes user groups.

use cloudflare_user_groups::{UserGroup, UserGroups};

use crate::commands::names;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::escape::visible;
use crate::terminal::{message, prompt};

/// Delete user groups; their members stay members of the account
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Names or IDs
    #[arg(required = true, value_name = "GROUP")]
    groups: Vec<String>,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    yes: bool,
}

impl Args {
    /// Continues after a group that cannot be deleted; all names are resolved before the first is.
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let groups = context.account()?.user_groups();
        let mut found: Vec<UserGroup> = Vec::new();
        for text in &self.groups {
            let group = context.wait(names::group(&groups, text)).await?;
            if found.iter().all(|other| other.id != group.id) {
                found.push(group);
            }
        }
        for group in &found {
            let name = visible(&group.name);
            message::note(&format!("user group {name:?} ({}) will be deleted", group.id));
        }
        if !prompt::confirm("Delete?", self.yes)? {
            return Err(CommandError::failed("cancelled; no changes made"));
        }
        delete_each(&groups, &found).await
    }
}

async fn delete_each(groups: &UserGroups, found: &[UserGroup]) -> Result<Status> {
    let mut status = Status::Done;
    for group in found {
        let name = visible(&group.name);
        match groups.delete(&group.id).await {
            Ok(_) => message::note(&format!("user group {name:?} deleted")),
            Err(error) => {
                message::error(&format!("failed to delete user group {name:?}: {error}"));
                status = Status::Incomplete;
            }
        }
    }
    Ok(status)
}
