//! `plan`: the changes needed to match a group file.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use cf_groups_engine::{
    Engine, GroupFile, Plan, Progress, Prune, RemovalLimit, Snapshot, counted, decode_text,
};

use crate::change::{self, Removals};
use crate::commands::accounts::{Accounts, Show};
use crate::context::Context;
use crate::exit::{CommandError, Result, Status, unless_closed};
use crate::save::write_private;
use crate::terminal::escape::quoted;
use crate::terminal::format::{Format, print_text};
use crate::terminal::markdown::code;
use crate::terminal::plan_markdown::Review;
use crate::terminal::{github, input, message, plan_view};

const EXAMPLES: &str = "\
Examples:
  cf-groups plan groups.yaml
  cf-groups plan groups.yaml --prune --out today.plan
  cf-groups plan groups.yaml --only Platform
  cf-groups plan groups.yaml --create-resource-groups
  cf-groups plan groups.d
  cf-groups plan groups.yaml -o markdown | gh pr comment --body-file -
  cat groups/*.yaml | cf-groups plan -";

/// Show the changes needed to match a group file
///
/// Only reads. Groups that are not in the file are left alone, and so are policies or members that
/// an entry leaves out. `cf-groups schema` describes the file, `cf-groups export` writes one.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Save the plan to this file, for apply; - for standard output
    #[arg(long, value_name = "PLAN")]
    out: Option<PathBuf>,
    /// Exit with 2 if there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    removals: Removals,
    #[command(flatten)]
    powerful: Powerful,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        let Self { source, out, detailed_exitcode, removals, powerful } = self;
        if context.output.format != Format::Markdown {
            change::documents_only(context.output.format)?;
        }
        out.as_deref().map_or(Ok(()), check_replaceable)?;
        let limit = removals.limit(context)?;
        let powerful = context.powerful(&powerful.powerful)?;
        if let Some(accounts) = source.accounts().await? {
            if out.is_some() {
                return Err(CommandError::usage(
                    "--out saves the plan of one account; plan each file of the directory by itself, \
                     with --account and --out",
                ));
            }
            let show = Show { limit: &limit, powerful: &powerful };
            return accounts.plan(context, show, detailed_exitcode).await;
        }
        let (mut plan, _) = source.plan(context, &context.engine()?, &limit).await?;
        // Consent is recorded in the saved plan.
        plan.allow_removals |= removals.allow_removals;
        let review = Review::of(&plan, &limit, &powerful);
        unless_closed(if out.as_deref() == Some(Path::new("-")) {
            show_as_text(context, &source, &review, &mut anstream::stderr())?;
            print_text(&(plan.to_json() + "\n")).map_err(CommandError::from)
        } else {
            show(context, &source, &review)
        })?;
        if let Some(path) = out.filter(|path| path != Path::new("-")) {
            save(&plan, &path)?;
        }
        Ok(match review.refusal {
            Some(_) => Status::Refused,
            None if detailed_exitcode && !plan.is_empty() => Status::ChangesPending,
            None => Status::Done,
        })
    }
}

/// The permissions of which a reviewer is reminded.
#[derive(clap::Args)]
pub(crate) struct Powerful {
    /// Permission groups that count as powerful, such as '*Admin', in place of the default list
    /// (can be repeated)
    #[arg(long, value_name = "PATTERN")]
    pub(crate) powerful: Vec<String>,
}

/// Prints a plan with its risks.
fn show(context: &Context, source: &Source, review: &Review<'_>) -> Result<()> {
    let Review { plan, refusal, .. } = review;
    match context.output.format {
        Format::Table => show_as_text(context, source, review, &mut anstream::stdout())?,
        Format::Markdown => {
            print_text(&review.text(&source.no_changes(&code(&source.name())))?)?;
        }
        Format::Github => {
            print_text(&github::plan("", plan, refusal.as_ref()))?;
            write!(anstream::stdout(), "{}", github::changes(plan)?)?;
        }
        _ => context.output.document(&review.document())?,
    }
    Ok(())
}

fn show_as_text(
    context: &Context,
    source: &Source,
    review: &Review<'_>,
    to: &mut dyn Write,
) -> Result<()> {
    plan_view::write(to, review.plan)?;
    source.write_rest(to, review.plan, context.verbose)?;
    change::warn_of_refusal(review.refusal.as_ref());
    Ok(())
}

/// A group file or a saved plan.
#[derive(clap::Args)]
pub(crate) struct Source {
    /// Group file (YAML or JSON) or saved plan; - for standard input; several group files of one
    /// account, which are read as one; or a directory with one group file for each account, or with
    /// several of one account that name no account
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Delete the groups that are not in the file
    #[arg(long)]
    prune: bool,
    /// With --prune, keep groups whose name matches, such as 'SCIM *' (can be repeated)
    #[arg(long, value_name = "PATTERN", requires = "prune")]
    ignore: Vec<String>,
    /// Create a resource group for each scope of a policy that no resource group has
    ///
    /// Needed if the API refuses policies that write a scope inline. Existing resource groups are
    /// used, and never changed or deleted.
    #[arg(long)]
    create_resource_groups: bool,
    /// Plan only this group of the file, given by name or by its `id:` (can be repeated)
    ///
    /// The other groups stay as they are, so it cannot be used with --prune.
    #[arg(long, value_name = "GROUP")]
    only: Vec<String>,
}

impl Source {
    /// Plans a group file, or reads a saved plan. Returns the state that the plan is for too.
    pub(crate) async fn plan(
        &self,
        context: &Context,
        engine: &Engine,
        limit: &RemovalLimit,
    ) -> Result<(Plan, Snapshot)> {
        if self.prune && !self.only.is_empty() {
            return Err(CommandError::usage(
                "--only cannot be used with --prune: --prune deletes groups outside of the file, and \
                 --only leaves the other groups as they are",
            ));
        }
        let files = input::read_all(&self.files).await?;
        let mut plans = files.iter().filter_map(|(name, bytes)| Some((name, plan_text(bytes)?)));
        if let Some((name, text)) = plans.next() {
            if files.len() > 1 {
                return Err(CommandError::usage(format!(
                    "{name} is a saved plan, which cannot be used with other files"
                )));
            }
            let given = [
                ("--prune", self.prune),
                ("--only", !self.only.is_empty()),
                ("--create-resource-groups", self.create_resource_groups),
            ];
            if let Some((option, _)) = given.iter().find(|(_, given)| *given) {
                return Err(CommandError::usage(format!(
                    "{option} cannot be used with a saved plan; pass it to `cf-groups plan`"
                )));
            }
            let mut plan = Plan::from_json(&text)
                .map_err(|problem| CommandError::failed(format!("{name}: {problem}")))?;
            let refresh = async |progress: &dyn Progress| engine.refresh(&mut plan, progress).await;
            let snapshot = context.watch(refresh).await?;
            change::warn_of_unknown(&mut plan, limit);
            return Ok((plan, snapshot));
        }
        let prune = self.prune();
        let mut file = GroupFile::parse_all(&files);
        drop(files);
        if !self.only.is_empty() {
            file = file.only(&self.only).map_err(cf_groups_engine::Error::from)?;
        }
        let plan =
            async |progress: &dyn Progress| engine.read_and_plan(&file, &prune, progress).await;
        let (mut plan, snapshot) = context.watch(plan).await?;
        if self.create_resource_groups {
            context.wait(engine.plan_resource_groups(&mut plan)).await?;
        }
        if !self.only.is_empty() {
            // The other groups of the file are not unmanaged.
            plan.unmanaged.clear();
        }
        change::warn_of_unknown(&mut plan, limit);
        Ok((plan, snapshot))
    }

    /// Reads the group files, if the source is a directory of several accounts.
    pub(crate) async fn accounts(&self) -> Result<Option<Accounts>> {
        let Some(directory) = self.files.iter().find(|it| it.is_dir()) else { return Ok(None) };
        if self.files.len() > 1 {
            let problem = "a directory cannot be used with other files; pass its files instead";
            return Err(CommandError::usage(problem));
        }
        let accounts = Accounts::read(directory, self.prune(), self.create_resource_groups).await?;
        if accounts.is_some() && !self.only.is_empty() {
            let problem = "--only cannot be used with a directory of several accounts";
            return Err(CommandError::usage(problem));
        }
        Ok(accounts)
    }

    fn prune(&self) -> Prune {
        match (self.prune, self.ignore.as_slice()) {
            (false, _) => Prune::No,
            (true, []) => Prune::Yes,
            (true, patterns) => Prune::Except(patterns.to_vec()),
        }
    }

    /// Writes whether the account needs no changes, and which groups the file does not manage.
    pub(crate) fn write_rest(&self, to: &mut dyn Write, plan: &Plan, all: bool) -> Result<()> {
        const SHOWN: usize = 5;
        if plan.is_empty() {
            writeln!(to, "{}", self.no_changes(&self.name()))?;
        }
        let names: Vec<String> = plan.unmanaged.iter().map(|it| quoted(&it.name)).collect();
        let shown = if all { names.len() } else { names.len().min(SHOWN) };
        let (shown, more) = names.split_at(shown);
        let more = match more.len() {
            0 => String::new(),
            more => format!(" and {more} more (--verbose names all)"),
        };
        let shown = shown.join(", ");
        match names.len() {
            0 => {}
            1 => writeln!(to, "1 group is not in the file and stays as it is: {shown}.")?,
            count => {
                writeln!(
                    to,
                    "{count} groups are not in the file and stay as they are: {shown}{more}."
                )?;
            }
        }
        Ok(())
    }

    fn name(&self) -> String {
        match self.files.as_slice() {
            [file] => input::name(file),
            files => counted(files.len(), "file"),
        }
    }

    fn no_changes(&self, file: &str) -> String {
        let matches =
            if self.only.is_empty() { "The account matches" } else { "The groups of --only match" };
        format!("No changes. {matches} {file}.")
    }
}

/// Returns the text of a plan, or of the beginning of one: an object with these keys. Other
/// programs have files with a version too.
fn plan_text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = decode_text(bytes).ok()?;
    let is_plan = text.trim_start().starts_with('{')
        && ["\"version\"", "\"creations\""].iter().all(|key| text.contains(key));
    is_plan.then_some(text)
}

/// Checks that a file is an older plan or does not exist.
fn check_replaceable(path: &Path) -> Result<()> {
    let is_other = |bytes: Vec<u8>| !bytes.is_empty() && plan_text(&bytes).is_none();
    if path.is_file() && std::fs::read(path).is_ok_and(is_other) {
        return Err(CommandError::usage(format!(
            "{} exists and is not a saved plan; pass another file to --out",
            path.display()
        )));
    }
    Ok(())
}

/// Saves a plan, readable by its owner alone.
fn save(plan: &Plan, path: &Path) -> Result<()> {
    let shown = path.display();
    write_private(path, (plan.to_json() + "\n").as_bytes())?;
    message::note(&format!("Saved the plan to {shown}. To apply it, run: cf-groups apply {shown}"));
    Ok(())
}
