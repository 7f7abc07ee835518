//! `diff`: the changes between two points in time, or two accounts.

use std::io::Write;

use cf_groups_engine::{Plan, RemovalLimit};

use crate::change;
use crate::context::Context;
use crate::exit::{CommandError, Result, Status, unless_closed};
use crate::source::{NOTATION, Source};
use crate::terminal::format::{Format, print_text};
use crate::terminal::plan_markdown::Review;
use crate::terminal::plan_view::{self, Tense};

const EXAMPLES: &str = "\
Examples:
  cf-groups diff last-month.yaml account
  cf-groups diff last-month.yaml today.yaml --output markdown
  cf-groups diff profile:staging profile:production --detailed-exitcode
  cf-groups diff groups.yaml account:023e105f4ecef8ad9ca31a8372d0c353

Groups, members and permissions are the same by ID, or else by name or email address.

Exit codes: 0 compared; 2 there are differences, only with --detailed-exitcode.";

/// Show the differences between two accounts, exports or group files
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Source to compare
    #[arg(value_name = "A", long_help = NOTATION)]
    from: String,
    /// Source to compare it with
    #[arg(value_name = "B")]
    to: String,
    /// Exit with 2 if there are differences
    #[arg(long)]
    detailed_exitcode: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> Result<Status> {
        if context.output.format != Format::Markdown {
            change::documents_only(context.output.format)?;
        }
        let powerful = context.powerful(&[])?;
        let from = Source::open(context, &self.from).await?;
        let to = Source::open(context, &self.to).await?;
        let from = from.read(context, false).await?;
        let plan = Plan::between(&from, &to.read(context, false).await?);
        let plan = plan.map_err(CommandError::failed)?;
        let risks = plan.risks(&RemovalLimit::default(), &powerful);
        let review = Review { plan: &plan, tense: Tense::Past, risks, refusal: None };
        unless_closed(show(context, &review))?;
        Ok(match self.detailed_exitcode && !plan.is_empty() {
            true => Status::ChangesPending,
            false => Status::Done,
        })
    }
}

fn show(context: &Context, review: &Review<'_>) -> Result<()> {
    const NONE: &str = "No differences.";
    match context.output.format {
        Format::Table => {
            plan_view::write_as(&mut anstream::stdout(), review.plan, review.tense)?;
            if review.plan.is_empty() {
                writeln!(anstream::stdout(), "{NONE}")?;
            }
        }
        Format::Markdown => print_text(&review.text(NONE)?)?,
        _ => context.output.document(&review.document())?,
    }
    Ok(())
}
