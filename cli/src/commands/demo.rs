//! `demo`: export, edit, plan and apply, in a sandbox.

use std::io::Write;
use std::num::NonZeroUsize;

use anstyle::{AnsiColor, Style};
use cf_groups_engine::{Engine, GroupFile, NoProgress, Pin, Plan, Prune, RemovalLimit, counted};
use cloudflare_user_groups::{AccountId, Client};
use cloudflare_user_groups_sandbox::{Exchange, Sandbox};

use crate::commands::sandbox;
use crate::exit::{CommandError, Result, Status};
use crate::terminal::{outcome_view, plan_view};

const FILE: &str = "groups.yaml";
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// The group whose entry is shown and edited. It is the first in the file.
const REMOVED_MEMBER: &str = "    - auditor-08@meridian.example\n";
const PERMISSION: &str = "        - Audit Logs Viewer\n";
const NEW_PERMISSION: &str = "        - Billing\n";
const NEW_GROUP: &str = "\
- name: On Call
  policies:
    - access: allow
      permission_groups: [Cache Purge]
      resource_groups: [zone: status.meridian.example]
  members: [sre-02@meridian.example, ser-03@meridian.example]
";
const TYPO: (&str, &str) = ("ser-03@", "sre-03@");

const EXAMPLES: &str = "\
Examples:
  cf-groups demo";

/// Export, edit, plan and apply in a sandbox; no account needed
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {}

impl Args {
    pub(crate) async fn run(self) -> Result<Status> {
        let start = Sandbox::builder().seed(sandbox::company()?).start().await;
        let sandbox = start.map_err(CommandError::failed)?;
        let client =
            Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
        let account = AccountId::new(sandbox.account_id()).map_err(CommandError::failed)?;
        // One request at a time keeps the order of the requests the same.
        let engine = Engine::new(client, account).concurrency(NonZeroUsize::MIN);
        Demo { engine, sandbox, to: &mut anstream::stdout() }.run().await
    }
}

struct Demo<'a> {
    engine: Engine,
    sandbox: Sandbox,
    to: &'a mut dyn Write,
}

impl Demo<'_> {
    async fn run(&mut self) -> Result<Status> {
        writeln!(
            self.to,
            "A company of 312 members and 12 groups, served by a sandbox on this machine.\n"
        )?;
        let exported = self.export().await?;
        let edited = self.edit(&exported)?;
        self.diagnostic(&edited).await?;
        let corrected = edited.replace(TYPO.0, TYPO.1);
        let file = GroupFile::parse(FILE, &corrected);
        let plan = self.plan(&file, "plan groups.yaml --out today.plan").await?;
        self.apply(&plan).await?;
        let rest = self.plan(&file, "plan groups.yaml").await?;
        writeln!(
            self.to,
            "With your account: set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID, and start with\n\
             cf-groups export, which only reads."
        )?;
        Ok(if rest.is_empty() { Status::Done } else { Status::Incomplete })
    }

    async fn export(&mut self) -> Result<String> {
        self.command("export > groups.yaml")?;
        let exported = self.engine.export(Pin::Namesakes, &NoProgress).await?;
        let shown = exported.find("\n- ").map_or("", |end| &exported[..=end]);
        write!(self.to, "{DIM}{shown}…\n{DIM:#}")?;
        self.requests()?;
        Ok(exported)
    }

    /// Edits the file.
    fn edit(&mut self, exported: &str) -> Result<String> {
        writeln!(
            self.to,
            "An edit of the file: Auditors gets another permission and loses a member, and a\n\
             group with a policy on a zone is new.\n"
        )?;
        for (sign, style, lines) in
            [('+', ADDED, NEW_PERMISSION), ('-', REMOVED, REMOVED_MEMBER), ('+', ADDED, NEW_GROUP)]
        {
            for line in lines.lines() {
                writeln!(self.to, "{style}{sign}{line}{style:#}")?;
            }
        }
        writeln!(self.to)?;
        let edited = exported.replacen(PERMISSION, &format!("{PERMISSION}{NEW_PERMISSION}"), 1);
        Ok(edited.replace(REMOVED_MEMBER, "") + NEW_GROUP)
    }

    async fn diagnostic(&mut self, edited: &str) -> Result<()> {
        self.command("plan groups.yaml")?;
        let file = GroupFile::parse(FILE, edited);
        match self.engine.plan(&file, Prune::No, &NoProgress).await.map_err(CommandError::from) {
            Err(error) => writeln!(self.to, "error: {}", error.message().unwrap_or_default())?,
            Ok(_) => return Err(CommandError::failed("the typo was not found")),
        }
        self.requests()?;
        Ok(writeln!(self.to, "The typo is corrected.\n")?)
    }

    async fn plan(&mut self, file: &GroupFile, line: &str) -> Result<Plan> {
        self.command(line)?;
        let plan = self.engine.plan(file, Prune::No, &NoProgress).await?;
        plan_view::write(self.to, &plan)?;
        if plan.is_empty() {
            writeln!(self.to, "No changes. The account matches {FILE}.")?;
        }
        self.requests()?;
        Ok(plan)
    }

    async fn apply(&mut self, plan: &Plan) -> Result<()> {
        self.command("apply today.plan --yes")?;
        writeln!(self.to, "{DIM}…{DIM:#}")?;
        let report = self.engine.apply(plan, &RemovalLimit::default(), &NoProgress).await?;
        outcome_view::write(self.to, &report)?;
        self.requests()
    }

    fn command(&mut self, line: &str) -> Result<()> {
        Ok(writeln!(self.to, "{BOLD}$ cf-groups {line}{BOLD:#}")?)
    }

    /// Shows the requests since the last call: the number of those that read, and the others.
    fn requests(&mut self) -> Result<()> {
        let log = self.sandbox.log();
        self.sandbox.clear_log();
        let changing: Vec<&Exchange> = log.iter().filter(|it| it.method != "GET").collect();
        let reading = counted(log.len() - changing.len(), "request");
        if changing.is_empty() {
            return Ok(writeln!(self.to, "{DIM}({reading}){DIM:#}\n")?);
        }
        write!(self.to, "{DIM}({reading} to read, {} to change:", changing.len())?;
        for Exchange { method, path, .. } in changing {
            let path = path.split_once("/iam/").map_or("", |(_, path)| path);
            write!(self.to, "\n  {method:6} …/{path}")?;
        }
        Ok(writeln!(self.to, "){DIM:#}\n")?)
    }
}
