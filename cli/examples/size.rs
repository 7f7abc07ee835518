//! Creates 1,000 groups with 50,000 memberships in a sandbox, reads them back, and changes a few:
//! how many requests each step takes, and how long.
//!
//! `cargo run --release -p cloudflare-user-groups-cli --example size [LATENCY_MS]`

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use cf_groups::{Document, Engine, Guard, Pin, Prune, Silent};
use cloudflare_user_groups::{AccountId, Client, RateLimit};
use cloudflare_user_groups_sandbox::seed::{Account, AccountMember};
use cloudflare_user_groups_sandbox::{Fault, FaultPlan, Sandbox, Seed};

const GROUPS: usize = 1_000;
const MEMBERS_OF_EACH: usize = 50;
const PEOPLE: usize = 5_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let latency = std::env::args().nth(1).map_or(Ok(0), |it| it.parse())?;
    let sandbox = Sandbox::builder().seed(company()).start().await?;
    if latency > 0 {
        let late = Fault::delay(Duration::from_millis(latency));
        sandbox.set_faults(&FaultPlan::new(1).fault(late))?;
    }
    let client = Client::builder()
        .api_token(sandbox.token())
        .base_url(sandbox.base_url())
        // The real limit would be all that is measured.
        .rate_limit(RateLimit::new(1_000_000, Duration::from_secs(1)))
        .build()?;
    let engine = Engine::new(client, AccountId::new(sandbox.account_id())?)
        .concurrency(NonZeroUsize::new(16).ok_or("0")?);

    let mut meter = Meter { sandbox: &sandbox, since: Instant::now() };
    let document = Document::parse("groups.yaml", &file(0));
    let plan = engine.plan(&document, Prune::No, &Silent).await?;
    meter.tell("plan from nothing")?;
    assert!(engine.apply(&plan, &Guard::default(), &Silent).await?.is_complete());
    meter.tell("apply it")?;
    assert!(engine.plan(&document, Prune::No, &Silent).await?.is_empty());
    meter.tell("plan, nothing to do")?;
    engine.export(Pin::Namesakes, &Silent).await?;
    meter.tell("export")?;
    let document = Document::parse("groups.yaml", &file(1));
    let plan = engine.plan(&document, Prune::No, &Silent).await?;
    meter.tell("plan one member more and one less in each group")?;
    assert!(engine.apply(&plan, &Guard::default(), &Silent).await?.is_complete());
    meter.tell("apply it")?;
    Ok(())
}

fn email(person: usize) -> String {
    format!("person-{:04}@example.com", person % PEOPLE)
}

fn company() -> Seed {
    let members = (0..PEOPLE)
        .map(|person| AccountMember { email: email(person), ..AccountMember::default() })
        .collect();
    Seed { accounts: vec![Account { members, ..Account::default() }] }
}

/// Each group has people in a row; `shift` moves the row.
fn file(shift: usize) -> String {
    let mut text = String::new();
    for group in 0..GROUPS {
        let _ = writeln!(text, "- name: Group {group}\n  members:");
        for person in 0..MEMBERS_OF_EACH {
            let _ = writeln!(text, "    - {}", email(group * 7 + person + shift));
        }
    }
    text
}

struct Meter<'a> {
    sandbox: &'a Sandbox,
    since: Instant,
}

impl Meter<'_> {
    fn tell(&mut self, what: &str) -> std::io::Result<()> {
        let (requests, time) = (self.sandbox.log().len(), self.since.elapsed());
        writeln!(std::io::stdout(), "{what}: {requests} requests, {time:.2?}")?;
        self.sandbox.clear_log();
        self.since = Instant::now();
        Ok(())
    }
}
