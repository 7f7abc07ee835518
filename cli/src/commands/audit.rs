//! `audit`: findings about groups and members, and all access for auditors.

use std::io::Write;
use std::path::PathBuf;

use cf_groups_engine::{Audit, Finding, Snapshot, counted};

use super::plan::Powerful;
use crate::context::Context;
use crate::exit::{Result, Status, unless_closed};
use crate::source::{NOTATION, Source, group_file};
use crate::terminal::format::{Format, Row};

const EXAMPLES: &str = "\
Examples:
  cf-groups audit
  cf-groups audit --file groups.yaml --powerful '*Admin' --detailed-exitcode
  cf-groups audit --output csv > access.csv
  cf-groups audit last-month.yaml --output markdown

CSV has one row per group, address, access, permission and resource.

Exit codes: 0 audited, whatever was found; 2 there are findings, only with --detailed-exitcode.";

/// Report powerful permissions, members without group, empty groups and pending members
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Account, group file or export
    #[arg(default_value = "account", long_help = NOTATION)]
    source: String,
    /// Report groups that are not in this group file, or directory of group files (can be repeated)
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
    #[command(flatten)]
    powerful: Powerful,
    /// Exit with 2 if there are findings
    #[arg(long)]
    detailed_exitcode: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let powerful = context.powerful(&self.powerful.powerful)?;
        let file = match self.file.as_slice() {
            [] => None,
            paths => Some(group_file(paths).await?),
        };
        if let Some(file) = &file {
            file.check().map_err(cf_groups_engine::Error::from)?;
        }
        let source = Source::open(context, &self.source).await?;
        let snapshot = source.read(context, true).await?;
        let audit = Audit::of(&snapshot, file.as_ref(), &powerful);
        unless_closed(show(context, &audit, &snapshot))?;
        Ok(match audit.findings.is_empty() || !self.detailed_exitcode {
            true => Status::Done,
            false => Status::ChangesPending,
        })
    }
}

fn show(context: &Context, audit: &Audit, snapshot: &Snapshot) -> Result<()> {
    match context.output.format {
        Format::Csv => context.output.list(&audit.access)?,
        Format::Markdown => context.output.list(&audit.findings)?,
        Format::Table => {
            if !audit.findings.is_empty() {
                context.output.list(&audit.findings)?;
                writeln!(anstream::stdout())?;
            }
            let findings = counted(audit.findings.len(), "finding");
            let groups = counted(snapshot.state.groups.len(), "group");
            let members = counted(snapshot.directory.members.len(), "member");
            writeln!(anstream::stdout(), "{findings} in {groups} and {members}.")?;
        }
        _ => context.output.document(audit)?,
    }
    Ok(())
}

impl Row for Finding {
    const COLUMNS: &'static [&'static str] = &["finding", "group", "member", "detail"];
}
