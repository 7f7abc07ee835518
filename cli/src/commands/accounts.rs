//! `plan` and `apply` for a directory with one group file for each account.

use std::io::{self, Write};
use std::path::PathBuf;

use cf_groups_engine::{
    Engine, GroupFile, NoProgress, Outcome, Plan, PowerfulPermissions, Progress, Prune,
    RemovalLimit, counted,
};
use cloudflare_user_groups::AccountId;
use serde_json::{Value, json};

use crate::change::{Consent, shown_to};
use crate::context::Context;
use crate::exit::{CommandError, Result, Status, unless_closed};
use crate::terminal::format::{Format, print_text};
use crate::terminal::markdown::code;
use crate::terminal::plan_markdown::{ROOM, Review};
use crate::terminal::{github, input, message, outcome_view, plan_view, prompt};

/// The group files of a directory, one for each account, and how they are planned.
pub(crate) struct Accounts {
    files: Vec<AccountFile>,
    prune: Prune,
    create_resource_groups: bool,
}

/// What plans are compared with.
#[derive(Clone, Copy)]
pub(crate) struct Show<'a> {
    pub(crate) limit: &'a RemovalLimit,
    pub(crate) powerful: &'a PowerfulPermissions,
}

struct AccountFile {
    name: String,
    account: AccountId,
    groups: GroupFile,
}

impl Accounts {
    /// Reads all group files of a directory. `None` if they name no account.
    pub(crate) async fn read(
        directory: &PathBuf,
        prune: Prune,
        create_resource_groups: bool,
    ) -> Result<Option<Self>> {
        let contents = input::read_all(std::slice::from_ref(directory)).await?;
        let files = GroupFile::parse_directory(&contents);
        let errors: Vec<_> = files.iter().filter_map(|file| file.check().err()).collect();
        if !errors.is_empty() {
            return Err(CommandError::in_group_files(&errors));
        }
        let files = contents.into_iter().zip(files).map(|((name, _), groups)| {
            Some(AccountFile { name, account: groups.account()?, groups })
        });
        let files: Option<Vec<_>> = files.collect();
        Ok(files.map(|files| Self { files, prune, create_resource_groups }))
    }

    /// Plans all accounts, and shows the plans.
    pub(crate) async fn plan(
        &self,
        context: &Context,
        show: Show<'_>,
        detailed_exitcode: bool,
    ) -> Result<Status> {
        let plans = self.plans(context, show.limit).await?;
        unless_closed(self.show(context, &plans, show))?;
        let plans: Vec<&Plan> = plans.iter().flatten().collect();
        Ok(if plans.len() < self.files.len() {
            Status::Incomplete
        } else if plans.iter().any(|plan| show.limit.check(plan).is_err()) {
            Status::Refused
        } else if detailed_exitcode && plans.iter().any(|plan| !plan.is_empty()) {
            Status::ChangesPending
        } else {
            Status::Done
        })
    }

    /// Plans all accounts, asks for confirmation and applies the plans. A failure in one account
    /// does not stop the others.
    pub(crate) async fn apply(&self, context: &Context, consent: &Consent) -> Result<Status> {
        let limit = consent.removals.limit(context)?;
        let powerful = context.powerful(&[])?;
        let show = Show { limit: &limit, powerful: &powerful };
        if consent.dry_run {
            return self.plan(context, show, false).await;
        }
        let plans = self.plans(context, &limit).await?;
        let changes = plans.iter().flatten().filter(|plan| !plan.is_empty()).count();
        let asks = changes > 0 && !consent.yes;
        let to = &mut *shown_to(context.output.format, asks);
        unless_closed(self.write(to, &plans, &limit))?;
        if asks {
            let accounts = counted(changes, "account");
            prompt::confirm(&format!("Apply these changes to {accounts}?")).await?;
        }
        let work = self.files.iter().zip(plans);
        let apply = async |(file, plan): (&AccountFile, _)| file.apply(context, plan, &limit).await;
        let outcomes: Vec<Result<Outcome>> = context.for_accounts("applied", work, apply).await;
        unless_closed(self.report(context, &outcomes))?;
        let complete = |it: &Result<Outcome>| it.as_ref().is_ok_and(Outcome::is_complete);
        Ok(match context.interrupt.status() {
            Some(interrupted) => interrupted,
            None if outcomes.iter().all(complete) => Status::Done,
            None => Status::Incomplete,
        })
    }

    async fn plans(&self, context: &Context, limit: &RemovalLimit) -> Result<Vec<Result<Plan>>> {
        let Some(first) = self.files.first() else { return Ok(Vec::new()) };
        if context.connection.has_account() {
            let problem = "--account cannot be used with a directory of several accounts; pass one of its files";
            return Err(CommandError::usage(problem));
        }
        // One client for all: a client is more than an account.
        let client = context.client_of(&first.account)?;
        let plan = async |file: &AccountFile| {
            let engine = Engine::new(client.clone(), file.account.clone());
            let mut plan = engine.plan(&file.groups, self.prune.clone(), &NoProgress).await?;
            if self.create_resource_groups {
                engine.plan_resource_groups(&mut plan).await?;
            }
            Ok(plan)
        };
        let plans = context.for_accounts("planned", self.files.iter(), plan).await;
        // A group of an account that was not read is not unknown.
        if plans.iter().all(Result::is_ok) {
            let unknown = limit.unknown_groups(plans.iter().flatten());
            unknown.iter().for_each(|it| message::warning(&it.to_string()));
        }
        Ok(plans)
    }

    fn show(&self, context: &Context, plans: &[Result<Plan>], show: Show<'_>) -> Result<()> {
        let Show { limit, powerful } = show;
        match context.output.format {
            Format::Table => {
                for (file, plan) in self.files.iter().zip(plans) {
                    plan.as_ref().err().into_iter().for_each(|error| file.error(error));
                }
                self.write(&mut anstream::stdout(), plans, limit)
            }
            Format::Markdown => Ok(print_text(&self.markdown(plans, show)?)?),
            Format::Github => {
                for (file, plan) in self.files.iter().zip(plans) {
                    match plan {
                        Err(error) => print_text(&error.to_annotations())?,
                        Ok(plan) => {
                            let refusal = limit.check(plan).err();
                            let of = format!("account {}: ", file.account);
                            print_text(&github::plan(&of, plan, refusal.as_ref()))?;
                        }
                    }
                }
                Ok(writeln!(anstream::stdout(), "{}.", summary(plans))?)
            }
            _ => self
                .print(context, "plan", plans, |plan| Review::of(plan, limit, powerful).document()),
        }
    }

    /// Writes the plans that have changes.
    fn write(
        &self,
        to: &mut dyn Write,
        plans: &[Result<Plan>],
        limit: &RemovalLimit,
    ) -> Result<()> {
        for (file, plan) in self.files.iter().zip(plans) {
            match plan {
                Err(_) => {}
                Ok(plan) if plan.is_empty() => {}
                Ok(plan) => {
                    writeln!(to, "Account {} ({}):", file.account, file.name)?;
                    plan_view::write(to, plan)?;
                    if let Err(refusal) = limit.check(plan) {
                        let account = &file.account;
                        message::warning(&format!(
                            "account {account}: apply will refuse this plan: {refusal}"
                        ));
                    }
                }
            }
        }
        Ok(writeln!(to, "{}.", summary(plans))?)
    }

    /// Returns the comment of a pull request: a section for each account that fails or has changes.
    fn markdown(&self, plans: &[Result<Plan>], show: Show<'_>) -> io::Result<String> {
        let mut text = format!("## {}\n", summary(plans));
        let (mut left_out, files) = (0, self.files.iter().zip(plans));
        for (AccountFile { name, account, .. }, plan) in files {
            let room = ROOM.saturating_sub(text.len());
            let body = match plan {
                Err(error) => {
                    let lines = error.message().unwrap_or_default().lines();
                    lines.map(|line| format!("🛑 {}\n\n", code(line))).collect()
                }
                Ok(plan) if plan.is_empty() && plan.warnings.is_empty() => continue,
                Ok(plan) => {
                    Review::of(plan, show.limit, show.powerful).text_within("No changes.", room)?
                }
            };
            let section =
                format!("\n## Account {} ({})\n\n{body}", code(account.as_str()), code(name));
            if section.len() > room {
                left_out += 1;
            } else {
                text.push_str(&section);
            }
        }
        if left_out > 0 {
            let left_out = counted(left_out, "account");
            text.push_str(&format!("\n… {left_out} left out to fit into a comment.\n"));
        }
        Ok(text)
    }

    fn report(&self, context: &Context, outcomes: &[Result<Outcome>]) -> Result<()> {
        if context.output.format != Format::Table {
            return self.print(context, "outcome", outcomes, outcome_view::document);
        }
        let to = &mut anstream::stdout();
        let mut changes = 0;
        for (file, outcome) in self.files.iter().zip(outcomes) {
            match outcome {
                Err(error) => file.error(error),
                Ok(outcome) if outcome.done.is_empty() && outcome.is_complete() => {}
                Ok(outcome) => {
                    changes += outcome.done.len();
                    writeln!(to, "Account {} ({}):", file.account, file.name)?;
                    outcome_view::write(to, outcome)?;
                    outcome_view::report_rest(outcome);
                }
            }
        }
        let incomplete = |it: &&Result<Outcome>| !it.as_ref().is_ok_and(Outcome::is_complete);
        let failed = outcomes.iter().filter(incomplete).count();
        let (accounts, changes) = (counted(outcomes.len(), "account"), counted(changes, "change"));
        Ok(writeln!(to, "{accounts}: {changes}, {failed} failed or incomplete.")?)
    }

    /// Prints the result of each account for programs.
    fn print<T>(
        &self,
        context: &Context,
        what: &str,
        results: &[Result<T>],
        document: impl Fn(&T) -> Value,
    ) -> Result<()> {
        let one = |(file, result): (&AccountFile, &Result<T>)| {
            let error = result.as_ref().err().map(CommandError::message);
            let result = result.as_ref().ok().map(&document);
            json!({ "account": file.account, "file": file.name, what: result, "error": error })
        };
        let all: Vec<Value> = self.files.iter().zip(results).map(one).collect();
        match context.output.format {
            Format::Jsonl => all.iter().try_for_each(|it| context.output.document(it))?,
            _ => context.output.document(&all)?,
        }
        Ok(())
    }
}

fn summary(plans: &[Result<Plan>]) -> String {
    let changes = plans.iter().flatten().filter(|plan| !plan.is_empty()).count();
    let failed = plans.iter().filter(|plan| plan.is_err()).count();
    let (accounts, same) = (counted(plans.len(), "account"), plans.len() - changes - failed);
    format!("{accounts}: {changes} with changes, {same} without, {failed} failed")
}

impl AccountFile {
    async fn apply(
        &self,
        context: &Context,
        plan: Result<Plan>,
        limit: &RemovalLimit,
    ) -> Result<Outcome> {
        let plan = plan?;
        if plan.is_empty() {
            return Ok(Outcome::default());
        }
        limit.check(&plan).map_err(cf_groups_engine::Error::from)?;
        let interruption = context.interruption();
        if interruption.is_cancelled() {
            return Err(CommandError::failed("interrupted (no changes made)"));
        }
        let connection = context.connection.with_account(self.account.as_str());
        let engine = context.changing_engine_of(&connection).await?;
        let outcome = engine.apply(&plan, limit, &interruption).await;
        context.end_account(&self.account).await?;
        Ok(outcome?)
    }

    fn error(&self, error: &CommandError) {
        let Self { name, account, .. } = self;
        let problem = error.message().unwrap_or_default();
        message::error(&format!("account {account} ({name}): {problem}"));
    }
}
