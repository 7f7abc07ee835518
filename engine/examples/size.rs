//! Creates 1,000 groups with 50,000 memberships in a sandbox, reads them back, and changes a few:
//! how many requests each step takes, how long, and how much memory the engine needs at most.
//!
//! `cargo run --release -p cf-groups-engine --example size [LATENCY_MS]`

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use cf_groups_engine::{Engine, GroupFile, NoProgress, Pin, Prune, RemovalLimit};
use cloudflare_user_groups::{AccountId, Client, RateLimit};
use cloudflare_user_groups_sandbox::seed::{Account, AccountMember};
use cloudflare_user_groups_sandbox::{Fault, FaultPlan, Sandbox, Seed};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const GROUPS: usize = 1_000;
const MEMBERS_OF_EACH: usize = 50;
const PEOPLE: usize = 5_000;

// The fewest requests in which a step can be done without taking away what others add meanwhile. The
// largest pages are 500 groups, 500 members of a group and 50 members of the account. A group is
// created without members, so that takes two requests; members are added with one request for a group,
// and removed with one each. Not in it: that a plan is checked against the account before it is
// applied, and the look before each creation, by which a lost answer creates nothing twice.
const ALL_PEOPLE: usize = PEOPLE.div_ceil(50);
const ALL_GROUPS: usize = GROUPS.div_ceil(500) + GROUPS * MEMBERS_OF_EACH.div_ceil(500);

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", latency] => serve(latency.parse()?).await,
        [latency] => measure(latency).await,
        _ => measure("0").await,
    }
}

async fn measure(latency: &str) -> Result<()> {
    let (mut meter, engine) = start(latency)?;
    let document = GroupFile::parse("groups.yaml", &file(0));
    let plan = engine.plan(&document, Prune::No, &NoProgress).await?;
    meter.tell("plan from nothing", 1 + ALL_PEOPLE)?;
    assert!(engine.apply(&plan, &RemovalLimit::default(), &NoProgress).await?.is_complete());
    meter.tell("apply it", 2 * GROUPS)?;
    assert!(engine.plan(&document, Prune::No, &NoProgress).await?.is_empty());
    meter.tell("plan, nothing to do", ALL_GROUPS)?;
    engine.export(Pin::Namesakes, &NoProgress).await?;
    meter.tell("export", ALL_GROUPS)?;
    let document = GroupFile::parse("groups.yaml", &file(1));
    let plan = engine.plan(&document, Prune::No, &NoProgress).await?;
    meter.tell("plan one member more and one less in each group", ALL_GROUPS)?;
    assert!(engine.apply(&plan, &RemovalLimit::default(), &NoProgress).await?.is_complete());
    meter.tell("apply it", 2 * GROUPS)?;
    writeln!(std::io::stdout(), "peak memory, without the sandbox: {}", peak_memory())?;
    Ok(())
}

fn email(person: usize) -> String {
    format!("person-{:04}@example.com", person % PEOPLE)
}

/// Each group has people in a row; `shift` moves the row.
fn file(shift: usize) -> String {
    let mut text = String::new();
    for group in 0..GROUPS {
        let _ = writeln!(text, "- name: ActualGroup {group}\n  members:");
        for person in 0..MEMBERS_OF_EACH {
            let _ = writeln!(text, "    - {}", email(group * 7 + person + shift));
        }
    }
    text
}

/// The sandbox, for a process of its own. It answers each line with how many requests came since the
/// last one.
async fn serve(latency: u64) -> Result<()> {
    let members = (0..PEOPLE)
        .map(|person| AccountMember { email: email(person), ..AccountMember::default() })
        .collect();
    let seed = Seed { accounts: vec![Account { members, ..Account::default() }] };
    let sandbox = Sandbox::builder().seed(seed).start().await?;
    if latency > 0 {
        let late = Fault::delay(Duration::from_millis(latency));
        sandbox.set_faults(&FaultPlan::new(1).fault(late))?;
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}\n{}\n{}", sandbox.base_url(), sandbox.account_id(), sandbox.token())?;
    for line in std::io::stdin().lines() {
        line?;
        let requests = sandbox.log().len();
        sandbox.clear_log();
        writeln!(stdout, "{requests}")?;
    }
    Ok(())
}

/// Starts the sandbox beside this process, so that its memory is not counted.
fn start(latency: &str) -> Result<(Meter, Engine)> {
    let mut sandbox = Command::new(std::env::current_exe()?)
        .args(["serve", latency])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let ask = sandbox.stdin.take().ok_or("no stdin")?;
    let answers = BufReader::new(sandbox.stdout.take().ok_or("no stdout")?);
    let mut meter = Meter { sandbox, ask, answers, since: Instant::now() };
    let (base_url, account, token) = (meter.line()?, meter.line()?, meter.line()?);
    let client = Client::builder()
        .api_token(token)
        .base_url(base_url)
        // The real limit would be all that is measured.
        .rate_limit(RateLimit::new(1_000_000, Duration::from_secs(1)))
        .build()?;
    let engine = Engine::new(client, AccountId::new(account)?);
    meter.since = Instant::now();
    Ok((meter, engine.concurrency(NonZeroUsize::new(16).ok_or("0")?)))
}

struct Meter {
    sandbox: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    since: Instant,
}

impl Meter {
    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn tell(&mut self, what: &str, fewest: usize) -> Result<()> {
        let time = self.since.elapsed();
        writeln!(self.ask)?;
        let requests = self.line()?;
        writeln!(std::io::stdout(), "{what}: {requests} requests (at least {fewest}), {time:.2?}")?;
        self.since = Instant::now();
        Ok(())
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        // It ends by itself too, when its input does.
        self.sandbox.kill().and_then(|()| self.sandbox.wait()).ok();
    }
}

/// The most memory that this process had, where the system tells it as Linux does.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.map_or_else(|| "unknown here".to_owned(), |it| format!("{} MB", it / 1024))
}
