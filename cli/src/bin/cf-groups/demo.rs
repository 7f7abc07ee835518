//! `demo`: export, edit, plan and apply, in a sandbox.

use std::io::Write;

use anstyle::Style;
use cf_groups::{Document, Engine, Guard, Pin, Prune, Silent, counted};
use cloudflare_user_groups::{AccountId, Client};
use cloudflare_user_groups_sandbox::Sandbox;

use crate::Result;
use crate::apply;
use crate::failure::{Failure, Status};
use crate::sandbox::company;
use crate::show;

const FILE: &str = "groups.yaml";
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// What is changed in the file: the lines that are replaced, and the lines in their place.
const EDITS: [(&str, &str); 3] = [
    (
        "- name: Contractors\n",
        "- name: On Call\n  members: [alan@example.com, grace@example.com]\n- name: Contractors\n",
    ),
    ("        - Cache Purge\n", "        - Analytics\n        - Cache Purge\n"),
    ("    - konrad@example.com\n", ""),
];

pub(crate) async fn run() -> Result<Status> {
    let start = Sandbox::builder().seed(company()?).start().await;
    let sandbox = start.map_err(Failure::failed)?;
    let client =
        Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    let account = AccountId::new(sandbox.account_id()).map_err(Failure::failed)?;
    let story = Story { engine: Engine::new(client, account), sandbox };
    story.tell(&mut anstream::stdout()).await
}

struct Story {
    engine: Engine,
    sandbox: Sandbox,
}

impl Story {
    async fn tell(&self, to: &mut dyn Write) -> Result<Status> {
        writeln!(to, "A sandbox with a small company is running: no account is needed.\n")?;
        command(to, "export > groups.yaml")?;
        let exported = self.engine.export(Pin::Namesakes, &Silent).await?;
        let beginning = exported.lines().take(12).collect::<Vec<_>>().join("\n");
        writeln!(to, "{DIM}{beginning}\n…{DIM:#}")?;
        self.count_requests(to)?;

        writeln!(
            to,
            "Somebody edits the file: a group is new, Support sees analytics, Konrad leaves.\n"
        )?;
        let edited = EDITS.iter().fold(exported, |text, (old, new)| text.replacen(old, new, 1));
        let document = Document::parse(FILE, &edited);

        command(to, "plan groups.yaml")?;
        let plan = self.engine.plan(&document, Prune::No, &Silent).await?;
        show::plan(to, &plan)?;
        self.count_requests(to)?;

        command(to, "apply groups.yaml --yes")?;
        let report = self.engine.apply(&plan, &Guard::default(), &Silent).await?;
        apply::tell(to, &report)?;
        self.count_requests(to)?;

        command(to, "plan groups.yaml")?;
        let rest = self.engine.plan(&document, Prune::No, &Silent).await?;
        show::plan(to, &rest)?;
        self.count_requests(to)?;
        writeln!(to, "With your account: set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID, and")?;
        writeln!(to, "begin with cf-groups export, which only reads.")?;
        Ok(if rest.is_empty() { Status::Done } else { Status::NotAllDone })
    }

    fn count_requests(&self, to: &mut dyn Write) -> Result<()> {
        let count = counted(self.sandbox.log().len(), "request");
        self.sandbox.clear_log();
        Ok(writeln!(to, "{DIM}({count}){DIM:#}\n")?)
    }
}

fn command(to: &mut dyn Write, line: &str) -> Result<()> {
    Ok(writeln!(to, "{BOLD}$ cf-groups {line}{BOLD:#}")?)
}
