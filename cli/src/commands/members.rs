//! `members`: the members of a user group.

use cf_groups_engine::{Engine, MembersPlan, Progress, SetChange, Suggestions};
use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use cloudflare_user_groups::{Member, MemberId};

use crate::change::{Ask, Consent};
use crate::complete;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status};
use crate::given;
use crate::terminal::message;

const READ: &str = "\
Examples:
  cf-groups members list Support
  cf-groups members list Support --output csv > support.csv
  cf-groups members get Support ada@example.com";

pub(crate) const EXAMPLES: &str = "\
Examples:
  cf-groups members add Support ada@example.com grace@example.com
  cf-groups members remove Support ada@example.com --ignore-missing
  cf-groups members sync Support < addresses.txt
  cf-groups members list Support --output csv | cf-groups members sync 'On Call' -";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the members
    #[command(visible_alias = "ls", after_help = READ)]
    List {
        /// Name or ID of the user group
        #[arg(add = ArgValueCompleter::new(complete::groups))]
        group: String,
        /// Only members whose email address contains this text
        #[arg(long, value_name = "TEXT")]
        contains: Option<String>,
    },
    /// Show a member and its user
    #[command(after_help = READ)]
    Get {
        /// Name or ID of the user group
        #[arg(add = ArgValueCompleter::new(complete::groups))]
        group: String,
        /// Email address or ID
        #[arg(add = ArgValueCompleter::new(complete::members))]
        member: String,
    },
    /// Add members (existing members are left unchanged)
    #[command(after_help = EXAMPLES)]
    Add(Change),
    /// Remove members
    #[command(after_help = EXAMPLES)]
    Remove {
        #[command(flatten)]
        change: Change,
        /// Ignore addresses and IDs that the account does not have
        #[arg(long)]
        ignore_missing: bool,
    },
    /// Replace all members in one request
    ///
    /// Overwrites concurrent additions; use `sync` to avoid that.
    #[command(after_help = EXAMPLES)]
    Replace(Change),
    /// Make the membership match the given list: add missing members, then remove extra ones
    #[command(after_help = EXAMPLES)]
    Sync(Change),
}

#[derive(clap::Args)]
pub(crate) struct Change {
    /// Name or ID of the user group
    #[arg(add = ArgValueCompleter::new(complete::groups))]
    group: String,
    /// Email addresses or IDs; none, or -, to read one per line, or CSV, from standard input
    #[arg(value_name = "MEMBER", add = ArgValueCompleter::new(complete::members))]
    members: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        match self {
            Self::List { group, contains } => list(context, &group, contains).await,
            Self::Get { group, member } => get(context, &group, &member).await,
            Self::Add(change) => change.run(context, SetChange::Add, false, Ask::Never).await,
            Self::Remove { change, ignore_missing } => {
                change.run(context, SetChange::Remove, ignore_missing, Ask::Never).await
            }
            Self::Replace(change) => change.replace(context).await,
            Self::Sync(change) => {
                change.run(context, SetChange::Replace, false, Ask::IfRemoving).await
            }
        }
    }
}

impl Change {
    async fn run(
        self,
        context: &Context,
        change: SetChange,
        ignore_missing: bool,
        ask: Ask,
    ) -> Result<Status> {
        let engine = self.consent.engine(context).await?;
        let MembersPlan { plan, .. } = self.plan(context, &engine, change, ignore_missing).await?;
        self.consent.apply(context, &engine, &plan, ask).await
    }

    async fn replace(self, context: &Context) -> Result<Status> {
        let engine = self.consent.engine(context).await?;
        let plan = self.plan(context, &engine, SetChange::Replace, false).await?;
        let replace = async |progress: &dyn Progress| {
            progress.begin(1);
            engine.replace_members(&plan).await
        };
        let apply = async |_: &_, _| Ok(context.watch(replace).await?);
        self.consent.apply_with(context, &plan.plan, Ask::IfRemoving, apply).await
    }

    async fn plan(
        &self,
        context: &Context,
        engine: &Engine,
        change: SetChange,
        ignore_missing: bool,
    ) -> Result<MembersPlan> {
        let members = given::members(&self.members).await?;
        let plan = async |progress: &dyn Progress| {
            engine.plan_members(&self.group, change, &members, ignore_missing, progress).await
        };
        let plan = context.watch(plan).await?;
        plan.unchanged.iter().for_each(|note| message::note(note));
        Ok(plan)
    }
}

async fn list(context: &Context, group: &str, contains: Option<String>) -> Result<Status> {
    let group = context.wait(context.engine()?.group(group)).await?;
    let mut list = context.account()?.user_groups().members(group.id).list();
    if let Some(text) = contains {
        list = list.email_contains(text);
    }
    context.output.list(&context.wait(list.all()).await?)?;
    Ok(Status::Done)
}

async fn get(context: &Context, group: &str, member: &str) -> Result<Status> {
    let member = given::address(member)?;
    let group = context.wait(context.engine()?.group(group)).await?;
    let members = context.account()?.user_groups().members(group.id);
    let absent = |hint: String| {
        CommandError::failed(format!("{member} is not a member of {:?}{hint}", group.name))
    };
    let id = match MemberId::new(&member) {
        Ok(id) => id,
        Err(_) => {
            let all = context.wait(members.list().all()).await?;
            let wanted = Some(member.to_lowercase());
            let email = |it: &Member| it.email.as_ref().map(|email| email.to_lowercase());
            let Some(found) = all.iter().find(|it| email(it) == wanted) else {
                let emails = all.iter().filter_map(|it| it.email.as_deref());
                let hint = Suggestions::of(emails).did_you_mean(&member);
                return Err(absent(hint.map(|hint| format!("; {hint}")).unwrap_or_default()));
            };
            found.id.clone()
        }
    };
    let found = context.wait(async {
        match members.get(id).await {
            Err(error) if error.is_not_found() => Ok(None),
            other => other.map(Some),
        }
    });
    context.output.one(&found.await?.ok_or_else(|| absent(String::new()))?)?;
    Ok(Status::Done)
}
