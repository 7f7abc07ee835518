//! Shows a plan, asks for confirmation and applies it, for all commands that change something.

use std::io::{self, IsTerminal, Write};

use cf_groups_engine::{
    Engine, Outcome, Plan, Progress, RemovalLimit, RemovalLimitExceeded, Snapshot,
};
use clap_complete::ArgValueCompleter;

use crate::complete;
use crate::context::{Context, LOST_LOCK};
use crate::exit::{CommandError, Result, Status, unless_closed};
use crate::terminal::format::Format;
use crate::terminal::{message, outcome_view, plan_view, prompt};

/// How much may be removed.
#[derive(clap::Args)]
pub(crate) struct Removals {
    /// Allow all removals
    #[arg(long)]
    pub(crate) allow_removals: bool,
    /// Allow removing this number or share of the memberships, groups and policies [default: 25%]
    #[arg(long, value_name = "N|N%", conflicts_with = "allow_removals")]
    max_removals: Option<RemovalLimit>,
    /// Never remove this member from a group, or anything from this group (can be repeated)
    #[arg(
        long,
        value_name = "EMAIL|GROUP",
        add = ArgValueCompleter::new(complete::groups_and_members)
    )]
    protect: Vec<String>,
}

impl Removals {
    pub(crate) fn limit(&self, context: &Context) -> Result<RemovalLimit> {
        let limit = match &self.max_removals {
            _ if self.allow_removals => RemovalLimit::lifted(),
            Some(limit) => limit.clone(),
            None => RemovalLimit::default(),
        };
        Ok(limit.protect(&self.protect).protect(context.protected()?))
    }
}

/// The consent to changes.
#[derive(clap::Args)]
pub(crate) struct Consent {
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show the changes without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) removals: Removals,
}

/// Whether to ask for confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Always,
    /// Only if the plan removes members, policies or groups.
    IfRemoving,
    Never,
}

impl Consent {
    /// Opens the engine for the changes.
    pub(crate) async fn engine(&self, context: &Context) -> Result<Engine> {
        documents_only(context.output.format)?;
        match self.dry_run {
            true => context.engine(),
            false => context.changing_engine_of(&context.connection).await,
        }
    }

    /// Shows the plan, asks for confirmation and applies it.
    pub(crate) async fn apply(
        &self,
        context: &Context,
        engine: &Engine,
        plan: &Plan,
        ask: Ask,
    ) -> Result<Status> {
        let apply = async |limit: &RemovalLimit, _| {
            let apply = async |progress: &dyn Progress| engine.apply(plan, limit, progress).await;
            Ok(context.watch(apply).await?)
        };
        self.apply_with(context, plan, ask, apply).await
    }

    /// Shows the plan for a snapshot, asks for confirmation and applies it. The account is read
    /// again only after the question, which can stay open for long.
    pub(crate) async fn apply_to(
        &self,
        context: &Context,
        engine: &Engine,
        snapshot: &Snapshot,
        plan: &Plan,
    ) -> Result<Status> {
        let apply = async |limit: &RemovalLimit, confirmed: bool| {
            let apply = async |progress: &dyn Progress| match confirmed {
                true => engine.apply(plan, limit, progress).await,
                false => engine.apply_to(snapshot, plan, limit, progress).await,
            };
            Ok(context.watch(apply).await?)
        };
        self.apply_with(context, plan, Ask::Always, apply).await
    }

    /// Like [`apply`](Self::apply), with another way to apply the plan, which gets whether there
    /// was a prompt.
    pub(crate) async fn apply_with(
        &self,
        context: &Context,
        plan: &Plan,
        ask: Ask,
        apply: impl AsyncFnOnce(&RemovalLimit, bool) -> Result<Outcome>,
    ) -> Result<Status> {
        let limit = self.removals.limit(context)?;
        let mut plan = plan.clone();
        warn_of_unknown(&mut plan, &limit);
        let plan = &plan;
        if plan.is_empty() && context.output.format == Format::Table {
            plan_view::write(&mut anstream::stdout(), plan)?;
            writeln!(anstream::stdout(), "No changes.")?;
            return Ok(Status::Done);
        }
        if self.dry_run {
            let refusal = limit.check(plan).err();
            unless_closed(show(context, plan, refusal.as_ref()))?;
            return Ok(if refusal.is_some() { Status::Refused } else { Status::Done });
        }
        let asks = !self.yes
            && match ask {
                Ask::Always => !plan.is_empty(),
                Ask::IfRemoving => removes(plan),
                Ask::Never => false,
            };
        unless_closed(plan_view::write(&mut *shown_to(context.output.format, asks), plan))?;
        limit.check(plan).map_err(cf_groups_engine::Error::from)?;
        if asks {
            prompt::confirm("Apply these changes?").await?;
        }
        let outcome =
            if plan.is_empty() { Outcome::default() } else { apply(&limit, asks).await? };
        let written = match context.output.format {
            Format::Table => outcome_view::write(&mut anstream::stdout(), &outcome),
            _ => context.output.document(&outcome_view::document(&outcome)),
        };
        outcome_view::report_rest(&outcome);
        unless_closed(written)?;
        if context.has_lost_lock() {
            return Err(CommandError::failed(LOST_LOCK));
        }
        Ok(match context.interrupt.status() {
            Some(interrupted) => interrupted,
            None if outcome.is_complete() => Status::Done,
            None => Status::Incomplete,
        })
    }
}

/// Returns where a plan is shown that is applied then.
pub(crate) fn shown_to(format: Format, asks: bool) -> Box<dyn Write> {
    // The question is about a plan that can be seen, also if standard output is a pipe.
    let unseen = asks && io::stderr().is_terminal() && !io::stdout().is_terminal();
    // Programs read the outcome alone.
    let readable = format == Format::Table;
    if readable && !unseen { Box::new(anstream::stdout()) } else { Box::new(anstream::stderr()) }
}

fn removes(plan: &Plan) -> bool {
    let update = |it: &cf_groups_engine::Update| {
        let policies = it.policies.as_ref().is_some_and(|it| it.removed().next().is_some());
        policies || !it.remove.is_empty()
    };
    !plan.deletions.is_empty() || plan.updates.iter().any(update)
}

/// Prints a plan, and why `apply` would refuse it.
fn show(context: &Context, plan: &Plan, refusal: Option<&RemovalLimitExceeded>) -> Result<()> {
    let written = match context.output.format {
        Format::Table => plan_view::write(&mut anstream::stdout(), plan),
        _ => context.output.document(&plan_view::document(plan, refusal)),
    };
    warn_of_refusal(refusal);
    Ok(written?)
}

pub(crate) fn warn_of_refusal(refusal: Option<&RemovalLimitExceeded>) {
    if let Some(refusal) = refusal {
        message::warning(&format!("apply will refuse this plan: {refusal}"));
    }
}

/// Adds warnings about protected groups that do not exist.
pub(crate) fn warn_of_unknown(plan: &mut Plan, limit: &RemovalLimit) {
    let unknown = limit.unknown_groups([&*plan]);
    // A saved plan can have them already.
    plan.warnings
        .extend(unknown.into_iter().filter(|it| !plan.warnings.contains(it)).collect::<Vec<_>>());
}

/// Plans, outcomes and group files are not tables.
pub(crate) fn documents_only(format: Format) -> Result<()> {
    let name = match format {
        Format::Csv => "csv",
        Format::Markdown => "markdown",
        _ => return Ok(()),
    };
    Err(CommandError::usage(format!(
        "{name} output is not supported here; use json, jsonl or yaml"
    )))
}
