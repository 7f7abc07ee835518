//! `validate`: the diagnostics of group files that need no account.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use cf_groups_engine::{Diagnostic, GroupFile, Snapshot, Validation, counted};

use crate::context::Context;
use crate::exit::{Result, Status};
use crate::terminal::escape::visible_lines;
use crate::terminal::format::{Format, Row, print_text};
use crate::terminal::{github, input};

const EXAMPLES: &str = "\
Examples:
  cf-groups validate groups.yaml
  cf-groups validate groups.d accounts --output github
  cf-groups export > export.yaml
  cf-groups lookup members --output json > members.json
  cf-groups validate groups.yaml --snapshot export.yaml --snapshot members.json

Exit codes: 0 all files are valid, 1 there are errors.";

/// Check group files without an account or credential
///
/// Reports all errors with line and column. No request is sent. Several files are checked together,
/// as `plan` reads them; each alone if they name different accounts. So are the files of a
/// directory.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Group files (YAML or JSON), or directories of them; - for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Also check the names against this export, or list of `cf-groups lookup -o json` (can be
    /// repeated)
    ///
    /// An export has the names that groups use. Add lists of `cf-groups lookup` for the others.
    #[arg(long, value_name = "EXPORT")]
    snapshot: Vec<PathBuf>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let mut known = Snapshot::default();
        for path in &self.snapshot {
            let (name, bytes) = input::read(path).await?;
            known.add_saved(&name, &bytes).map_err(cf_groups_engine::Error::from)?;
        }
        let (directories, others): (Vec<PathBuf>, Vec<PathBuf>) =
            self.files.into_iter().partition(|path| path.is_dir());
        let contents = input::read_all(&others).await?;
        let (mut files, mut count) = (parse(&contents), contents.len());
        for directory in directories {
            let contents = input::read_all(&[directory]).await?;
            count += contents.len();
            files.extend(GroupFile::parse_directory(&contents));
        }
        let known = Some(&known).filter(|_| !self.snapshot.is_empty());
        let validation = Validation::of(&files, known);
        let Validation { valid, groups, error_count, diagnostics, .. } = &validation;
        let (files, errors) = (counted(count, "file"), counted(*error_count, "error"));
        match context.output.format {
            Format::Json | Format::Yaml => context.output.document(&validation)?,
            Format::Jsonl | Format::Csv | Format::Markdown => context.output.list(diagnostics)?,
            Format::Github => {
                print_text(&diagnostics.iter().map(github::diagnostic).collect::<String>())?;
            }
            Format::Table | Format::Hcl => {
                let mut stdout = anstream::stdout();
                for diagnostic in diagnostics {
                    writeln!(stdout, "{}", visible_lines(&diagnostic.to_string()))?;
                }
                match valid {
                    true => writeln!(stdout, "Valid: {files}, {}.", counted(*groups, "group"))?,
                    false => writeln!(stdout, "Not valid: {errors} in {files}.")?,
                }
            }
        }
        Ok(if *valid { Status::Done } else { Status::Incomplete })
    }
}

/// Parses files as one, or each alone if they name different accounts.
fn parse(contents: &[(String, Vec<u8>)]) -> Vec<GroupFile> {
    let files: Vec<_> =
        contents.iter().map(|(name, bytes)| GroupFile::parse(&**name, bytes)).collect();
    let accounts: BTreeSet<_> = files.iter().filter_map(GroupFile::account).collect();
    match (contents, accounts.len()) {
        ([], _) => Vec::new(),
        (_, 0 | 1) => vec![GroupFile::parse_all(contents)],
        _ => files,
    }
}

impl Row for Diagnostic {
    const COLUMNS: &'static [&'static str] = &["file", "line", "column", "message", "hint"];
}
