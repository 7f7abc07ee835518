//! `import`: a group file from a Terraform state or a CSV file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use cf_groups_engine::{AccountDirectory, GroupFile, Progress, decode_text, group_file_of};
use cloudflare_user_groups::{AccountId, MemberId};
use serde_json::Value;

use super::export;
use crate::change::documents_only;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::given;
use crate::terminal::{input, message};
use crate::terraform;

const EXAMPLES: &str = "\
Examples:
  cf-groups import terraform.tfstate > groups.yaml
  terraform state pull | cf-groups import - --out groups.yaml
  cf-groups import members.csv --out groups.yaml";

/// Write a group file from a Terraform state or a CSV file
///
/// A state gives its user groups with their policies and members. With an account and a credential,
/// IDs become names. A CSV file has the columns `group` and `address` (or `email`) and gives
/// members alone.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Terraform state (version 4) or CSV file; - for standard input
    file: PathBuf,
    /// Write to this file, which must not exist; - for standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        documents_only(context.output.format)?;
        let out = self.out.filter(|path| path != Path::new("-"));
        if out.is_some() && context.output.format.is_structured() {
            return Err(CommandError::usage("--out writes YAML; leave out --output"));
        }
        let (name, bytes) = input::read(&self.file).await?;
        let failed = |problem: String| CommandError::failed(format!("{name}: {problem}"));
        let source = decode_text(&bytes).map_err(failed)?;
        let text = if source.trim_start().starts_with('{') {
            state_file(context, &name, &source).await?
        } else {
            members_file(&source).map_err(failed)?
        };
        parsed(&name, &text)?;
        match &out {
            Some(path) => save(&text, path)?,
            None => export::print(context, &text)?,
        }
        Ok(Status::Done)
    }
}

/// Returns the group file of a state, with names where the account can be read.
async fn state_file(context: &Context, name: &str, source: &str) -> Result<String> {
    let failed = |problem| CommandError::failed(format!("{name}: {problem}"));
    let mut accounts = terraform::state::groups(source).map_err(failed)?;
    let engine = context.engine();
    let account = match &engine {
        Ok(engine) => Some(engine.account_id().clone()),
        Err(_) => accounts.keys().next().filter(|_| accounts.len() == 1).cloned(),
    };
    let groups = account.and_then(|id| accounts.remove(&id)).unwrap_or_default();
    if !accounts.is_empty() {
        let others: Vec<&str> = accounts.keys().map(AccountId::as_str).collect();
        let others = format!("{name} has groups of account {}", others.join(", "));
        if groups.is_empty() {
            return Err(CommandError::usage(format!("{others}; choose one with --account")));
        }
        message::warning(&format!("{others}: they are left out"));
    }
    let text = group_file_of(&groups, &AccountDirectory::default());
    let file = parsed(name, &text)?;
    let names = match engine {
        Ok(engine) => {
            let read = async |progress: &dyn Progress| engine.read_names(&file, progress).await;
            context.watch(read).await.map_err(CommandError::from)
        }
        Err(error) => Err(error),
    };
    Ok(match names {
        Ok(directory) => group_file_of(&groups, &directory),
        Err(error) => {
            let reason = error.message().unwrap_or_default();
            message::warning(&format!("IDs are not replaced by names: {reason}"));
            text
        }
    })
}

/// Parses and checks a group file that was made from another file.
fn parsed(name: &str, text: &str) -> Result<GroupFile> {
    let file = GroupFile::parse(format!("{name} as a group file"), text);
    file.check().map_err(cf_groups_engine::Error::from)?;
    Ok(file)
}

/// Returns the group file of a CSV file with a row for each membership.
fn members_file(text: &str) -> Result<String, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| header.iter().position(|it| it.eq_ignore_ascii_case(name));
    let columns = column("group").zip(column("address").or_else(|| column("email")));
    let (group, address) = columns.ok_or(
        "line 1: neither a Terraform state (JSON) nor CSV with the columns `group` and `address`",
    )?;
    let mut groups = BTreeMap::<String, BTreeMap<String, String>>::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = line(text, &record);
        let field = |at: usize| record.get(at).filter(|it| !it.is_empty());
        let group = field(group).ok_or_else(|| format!("line {line}: the group is missing"))?;
        let member =
            field(address).ok_or_else(|| format!("line {line}: the address is missing"))?;
        let member = given::address(member).ok().filter(|it| is_member(it)).ok_or_else(|| {
            format!("line {line}: {member:?} is neither an email address nor an ID")
        })?;
        groups.entry(group.to_owned()).or_default().insert(member.to_lowercase(), member);
    }
    if groups.is_empty() {
        return Err("it has no rows".to_owned());
    }
    // A JSON string is a YAML scalar too.
    let json = |text: &str| Value::from(text).to_string();
    Ok(groups.iter().fold(String::new(), |text, (name, members)| {
        let members: String =
            members.values().map(|member| format!("    - {}\n", json(member))).collect();
        format!("{text}- name: {}\n  members:\n{members}", json(name))
    }))
}

/// Returns the line of a record. Its position is before the empty lines that precede it.
fn line(text: &str, record: &csv::StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + empty.filter(|byte| **byte == b'\n').count() as u64
}

fn is_member(text: &str) -> bool {
    text.contains('@') || MemberId::new(text).is_ok()
}

fn save(text: &str, path: &Path) -> Result<()> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let shown = path.display();
        match error.kind() {
            ErrorKind::AlreadyExists => {
                CommandError::usage(format!("{shown} exists; pass another file to --out"))
            }
            _ => CommandError::failed(format!("cannot write {shown}: {error}")),
        }
    })
}
