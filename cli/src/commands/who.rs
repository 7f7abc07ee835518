//! `who`: what a member has, and who has a permission.

use std::path::PathBuf;

use cf_groups_engine::{Access, Engine, Error, Progress, Snapshot};

use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::given;
use crate::source::snapshot;
use crate::terminal::escape::quoted;
use crate::terminal::format::{Format, Row};
use crate::terminal::message;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cf-groups who is ada@example.com
  cf-groups who is ada@example.com --file export.yaml
  cf-groups who can DNS
  cf-groups who can DNS --on example.com --output csv
  cf-groups who can DNS --on account";

const EFFECTIVE: &str = "\
A permission is effective if a group allows it and no group of the member denies it on the same
resource. A deny on another resource that contains this one is not considered. A member whose
status is pending has it once the invitation is accepted.";

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Show the groups of a member, and the permissions that they give
    #[command(after_help = EFFECTIVE)]
    Is {
        /// Email address or ID of the member
        address: String,
        #[command(flatten)]
        from: From,
    },
    /// Show the members who effectively have a permission, and through which group
    #[command(after_help = EFFECTIVE)]
    Can {
        /// Name or ID of the permission group
        permission: String,
        /// Only on `account`, this zone (name), resource group (name or ID) or scope, and on what
        /// contains it
        ///
        /// A scope is written as `cf-groups lookup resource-groups` shows it: "KEY: OBJECT,
        /// OBJECT". What a resource group of a file contains is not known.
        #[arg(long, value_name = "RESOURCES")]
        on: Option<String>,
        #[command(flatten)]
        from: From,
    },
}

#[derive(clap::Args)]
pub(crate) struct From {
    /// Read this group file, export, or directory of group files in place of the account; - for
    /// standard input (can be repeated)
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
}

impl From {
    /// Reads the files, or the account if there are none.
    async fn read(
        &self,
        context: &Context,
        read: impl AsyncFnOnce(&Engine, &dyn Progress) -> Result<Snapshot, Error>,
    ) -> Result<Snapshot> {
        if !self.file.is_empty() {
            return snapshot(&self.file).await;
        }
        let engine = context.engine()?;
        let read = context.watch(async |progress| read(&engine, progress).await);
        read.await.map_err(|error| match error {
            // An argument names nothing known.
            Error::GroupFile(diagnostics) => CommandError::failed(diagnostics),
            error => error.into(),
        })
    }
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let (snapshot, rows, none) = match self {
            Self::Is { address, from } => {
                let address = given::address(&address)?;
                let read = async |engine: &Engine, progress: &dyn Progress| {
                    engine.read_for_member(&address, progress).await
                };
                let snapshot = from.read(context, read).await?;
                let rows = snapshot.access_of(&address);
                (snapshot, rows, format!("{} is in no group.", quoted(&address)))
            }
            Self::Can { permission, on, from } => {
                let on = on.as_deref();
                let read = async |engine: &Engine, progress: &dyn Progress| {
                    engine.read_for_permission(&permission, on, progress).await
                };
                let snapshot = from.read(context, read).await?;
                let rows = snapshot.access_to(&permission, on);
                let on = on.map_or_else(String::new, |on| format!(" on {}", quoted(on)));
                (snapshot, rows, format!("No member has {}{on}.", quoted(&permission)))
            }
        };
        show(context, &snapshot, &rows.map_err(CommandError::failed)?, &none)
    }
}

/// Prints the rows, and what they cannot show.
fn show(context: &Context, snapshot: &Snapshot, rows: &[Access], none: &str) -> Result<Status> {
    for warning in snapshot.unknown_access() {
        message::warning(&warning.to_string());
    }
    if rows.is_empty() && context.output.format == Format::Table {
        message::note(none);
    } else {
        context.output.list(rows)?;
    }
    Ok(Status::Done)
}

impl Row for Access {
    const COLUMNS: &'static [&'static str] =
        &["group", "address", "status", "access", "permission", "resource", "effective"];

    fn text(&self, column: &str) -> Option<String> {
        (column == "effective").then(|| match (&self.denied_by, self.effective) {
            (Some(group), _) => format!("no, denied by {group}"),
            (None, true) => "yes".to_owned(),
            (None, false) => "no".to_owned(),
        })
    }
}
