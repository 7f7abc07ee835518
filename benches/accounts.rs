//! 200 accounts with 100 groups each: the requests of a plan for all, the minutes that they take under
//! the rate limit of the API, and the memory.
//!
//! Sent without a limit: the minutes are those that the quota allows.
//!
//! `cargo bench -p cloudflare-user-groups-benches --bench accounts`

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;

use cf_groups_engine::{Engine, GroupFile, NoProgress, Plan, Prune};
use cloudflare_user_groups::{AccountId, Client, RateLimit};
use cloudflare_user_groups_sandbox::{Sandbox, Seed};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ACCOUNTS: usize = 200;
const GROUPS: usize = 100;
const MEMBERS: usize = 20;
/// As in cf-groups.
const AT_ONCE: usize = 8;

fn id(account: usize) -> String {
    format!("{account:032x}")
}

fn email(member: usize) -> String {
    format!("member-{member}@example.com")
}

fn seed() -> Result<Seed> {
    let members: Vec<_> = (0..MEMBERS).map(|it| json!({ "email": email(it) })).collect();
    let emails: Vec<_> = (0..MEMBERS).map(email).collect();
    let group = |it: usize| json!({ "name": format!("Group {it}"), "members": emails });
    let groups: Vec<_> = (0..GROUPS).map(group).collect();
    let account = |it: usize| json!({ "id": id(it), "members": members, "user_groups": groups });
    let accounts: Vec<_> = (1..=ACCOUNTS).map(account).collect();
    Ok(Seed::from_json(&json!({ "accounts": accounts }).to_string())?)
}

/// One member of each group is new, and one goes, in every tenth account.
fn file(account: usize) -> String {
    let first = usize::from(account.is_multiple_of(10));
    let members = (first..MEMBERS).map(email).collect::<Vec<_>>().join(", ");
    (0..GROUPS).fold(format!("account: {}\ngroups:\n", id(account)), |mut text, group| {
        let _ = writeln!(text, "- name: Group {group}\n  members: [{members}]");
        text
    })
}

/// The most memory that this process has used, in MB.
fn peak() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1000)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let sandbox = Sandbox::builder().account_id(id(1)).seed(seed()?).every_account();
    let sandbox = sandbox.start().await?;
    let client = Client::builder()
        .api_token(sandbox.token())
        .base_url(sandbox.base_url())
        .rate_limit(RateLimit::off())
        .build()?;
    let before = peak()?;
    let plan = async |account: usize| -> Result<Plan> {
        let engine = Engine::new(client.clone(), AccountId::new(id(account))?);
        let file = GroupFile::parse("groups.yaml", &file(account));
        Ok(engine.plan(&file, Prune::No, &NoProgress).await?)
    };
    let plans: Vec<Plan> =
        stream::iter(1..=ACCOUNTS).map(plan).buffered(AT_ONCE).try_collect().await?;
    let changed = plans.iter().filter(|plan| !plan.is_empty()).count();
    let (after, requests) = (peak()?, sandbox.log().len());
    let minutes = (requests - 1) / 1200 * 5;
    writeln!(
        std::io::stdout(),
        "plan of {ACCOUNTS} accounts, {changed} with changes: {requests} requests, {minutes} minutes; \
         memory {before} MB with the sandbox before, {after} MB after"
    )?;
    Ok(())
}
