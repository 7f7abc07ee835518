//! `demo`: export, edit, plan and apply, in a sandbox.

use std::io::Write;
use std::num::NonZeroUsize;

use anstyle::{AnsiColor, Style};
use cf_groups_engine::{Engine, GroupFile, NoProgress, Pin, Plan, Prune, RemovalLimit, counted};
use cloudflare_user_groups::{AccountId, Client};
use cloudflare_user_groups_sandbox::{Contract, Exchange, Sandbox};

use crate::commands::{apply, sandbox};
use crate::exit::{CommandError, Result, Status};
use crate::terminal::plan_view;

const FILE: &str = "groups.yaml";
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// The group whose entry is shown and edited. It is the last in the file.
const GROUP: &str = "- name: Support\n";
const LEAVES: &str = "    - support-4@example.com\n";
const PERMISSION: &str = "        - Cache Purge\n";
const NEW_PERMISSION: &str = "        - Analytics\n";
const NEW_GROUP: &str = "- name: On Call\n  members: [sre-2@example.com, ser-3@example.com]\n";
const SLIP: (&str, &str) = ("ser-3@", "sre-3@");

/// Export, edit, plan and apply in a sandbox; no account needed
#[derive(clap::Args)]
pub(crate) struct Args {}

impl Args {
    pub(crate) async fn run(self) -> Result<Status> {
        let start =
            Sandbox::builder().contract(Contract::Current).seed(sandbox::company()?).start().await;
        let sandbox = start.map_err(CommandError::failed)?;
        let client =
            Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
        let account = AccountId::new(sandbox.account_id()).map_err(CommandError::failed)?;
        // One request at a time, so that what is shown is always in the same order.
        let engine = Engine::new(client, account).concurrency(NonZeroUsize::MIN);
        Story { engine, sandbox, to: &mut anstream::stdout() }.tell().await
    }
}

struct Story<'a> {
    engine: Engine,
    sandbox: Sandbox,
    to: &'a mut dyn Write,
}

impl Story<'_> {
    async fn tell(&mut self) -> Result<Status> {
        writeln!(self.to, "A small company, served by a sandbox on this machine.\n")?;
        let exported = self.export().await?;
        let edited = self.edit(&exported)?;
        self.mistake(&edited).await?;
        let corrected = edited.replace(SLIP.0, SLIP.1);
        let document = GroupFile::parse(FILE, &corrected);
        let plan = self.plan(&document, "plan groups.yaml --out today.plan").await?;
        self.apply(&plan).await?;
        let rest = self.plan(&document, "plan groups.yaml").await?;
        writeln!(
            self.to,
            "With your account: set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID, and begin with\n\
             cf-groups export, which only reads."
        )?;
        Ok(if rest.is_empty() { Status::Done } else { Status::Incomplete })
    }

    async fn export(&mut self) -> Result<String> {
        self.command("export > groups.yaml")?;
        let exported = self.engine.export(Pin::Namesakes, &NoProgress).await?;
        let shown = exported.find(GROUP).map_or("", |at| &exported[at..]);
        write!(self.to, "{DIM}…\n{shown}{DIM:#}")?;
        self.requests()?;
        Ok(exported)
    }

    /// What somebody makes of the file.
    fn edit(&mut self, exported: &str) -> Result<String> {
        writeln!(
            self.to,
            "Somebody edits the file: Support may see analytics too, one of its people leaves,\n\
             a group is new.\n"
        )?;
        for (sign, style, lines) in
            [('+', ADDED, NEW_PERMISSION), ('-', REMOVED, LEAVES), ('+', ADDED, NEW_GROUP)]
        {
            for line in lines.lines() {
                writeln!(self.to, "{style}{sign}{line}{style:#}")?;
            }
        }
        writeln!(self.to)?;
        let edited = exported.replace(PERMISSION, &format!("{NEW_PERMISSION}{PERMISSION}"));
        Ok(edited.replace(LEAVES, "") + NEW_GROUP)
    }

    async fn mistake(&mut self, edited: &str) -> Result<()> {
        self.command("plan groups.yaml")?;
        let document = GroupFile::parse(FILE, edited);
        match self.engine.plan(&document, Prune::No, &NoProgress).await.map_err(CommandError::from)
        {
            Err(CommandError::Failed(told)) => writeln!(self.to, "error: {told}")?,
            Err(other) => return Err(other),
            Ok(_) => return Err(CommandError::failed("the mistake was not found")),
        }
        self.requests()?;
        Ok(writeln!(self.to, "That is corrected.\n")?)
    }

    async fn plan(&mut self, document: &GroupFile, line: &str) -> Result<Plan> {
        self.command(line)?;
        let plan = self.engine.plan(document, Prune::No, &NoProgress).await?;
        plan_view::write(self.to, &plan)?;
        self.requests()?;
        Ok(plan)
    }

    async fn apply(&mut self, plan: &Plan) -> Result<()> {
        self.command("apply today.plan --yes")?;
        writeln!(self.to, "{DIM}…{DIM:#}")?;
        let report = self.engine.apply(plan, &RemovalLimit::default(), &NoProgress).await?;
        apply::write_summary(self.to, &report)?;
        self.requests()
    }

    fn command(&mut self, line: &str) -> Result<()> {
        Ok(writeln!(self.to, "{BOLD}$ cf-groups {line}{BOLD:#}")?)
    }

    /// What went to the API since the last time: how many requests only read, and which did not.
    fn requests(&mut self) -> Result<()> {
        let log = self.sandbox.log();
        self.sandbox.clear_log();
        let changing: Vec<&Exchange> = log.iter().filter(|it| it.method != "GET").collect();
        let reading = counted(log.len() - changing.len(), "request");
        if changing.is_empty() {
            return Ok(writeln!(self.to, "{DIM}({reading}, only reading){DIM:#}\n")?);
        }
        write!(self.to, "{DIM}({reading} reading, {} changing:", changing.len())?;
        for Exchange { method, path, .. } in changing {
            let path = path.split_once("/iam/").map_or("", |(_, path)| path);
            write!(self.to, "\n  {method:6} …/{path}")?;
        }
        Ok(writeln!(self.to, "){DIM:#}\n")?)
    }
}
