//! Plans at size: the requests that they take, and the minutes under the rate limit of the API.
//!
//! First 200 accounts with 100 groups each, with the memory that a plan of all takes. Its requests
//! are sent without a limit: the minutes are those that the quota allows. Then 1,000 groups with
//! 50,000 memberships in one account, planned and applied under the limit. Its windows are shorter
//! than those of the API by a factor, so that this ends soon; the times are multiplied by it.
//!
//! `cargo bench -p cloudflare-user-groups-benches --bench size [-- FACTOR]`

#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::time::{Duration, Instant};

use cf_groups_engine::{Engine, GroupFile, NoProgress, Plan, Prune, RemovalLimit, Snapshot};
use cloudflare_user_groups::{AccountId, Client, RateLimit};
use cloudflare_user_groups_benches::{Result, peak};
use cloudflare_user_groups_sandbox::fault;
use cloudflare_user_groups_sandbox::{FaultPlan, ResponseStatus, Sandbox, Seed};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

/// The documented rate limit.
const REQUESTS: u32 = 1_200;
const WINDOW: Duration = Duration::from_secs(300);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let factor = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(10);
    many_accounts().await?;
    many_groups(factor).await
}

/// The name of a group, and the email addresses of its members.
type Group = (String, Vec<String>);

fn email(number: usize) -> String {
    format!("member-{number:04}@example.com")
}

/// The seed of an account with a number of members.
fn account(id: &str, members: usize, groups: Vec<Group>) -> Value {
    let members: Vec<_> = (0..members).map(|it| json!({ "email": email(it) })).collect();
    let group = |(name, members): Group| json!({ "name": name, "members": members });
    let groups: Vec<_> = groups.into_iter().map(group).collect();
    json!({ "id": id, "members": members, "user_groups": groups })
}

fn seed(accounts: &[Value]) -> Result<Seed> {
    Ok(Seed::from_json(&json!({ "accounts": accounts }).to_string())?)
}

fn file(account: &str, groups: Vec<Group>) -> String {
    let group =
        |(name, members): Group| format!("- name: {name}\n  members: [{}]\n", members.join(", "));
    let groups: String = groups.into_iter().map(group).collect();
    format!("account: {account}\ngroups:\n{groups}")
}

/// A plan of 200 accounts, in every tenth of which a member leaves all groups.
async fn many_accounts() -> Result<()> {
    const ACCOUNTS: usize = 200;
    /// As in cf-groups.
    const AT_ONCE: usize = 8;
    let id = |account: usize| format!("{account:032x}");
    let groups = |first: usize| -> Vec<Group> {
        let members: Vec<_> = (first..20).map(email).collect();
        (0..100).map(|it| (format!("Group {it}"), members.clone())).collect()
    };
    let accounts: Vec<_> = (1..=ACCOUNTS).map(|it| account(&id(it), 20, groups(0))).collect();
    let sandbox = Sandbox::builder().account_id(id(1)).seed(seed(&accounts)?).every_account();
    let sandbox = sandbox.start().await?;
    let client = Client::builder()
        .api_token(sandbox.token())
        .base_url(sandbox.base_url())
        .rate_limit(RateLimit::off())
        .build()?;
    let before = peak()?;
    let plan = async |account: usize| -> Result<Plan> {
        let engine = Engine::new(client.clone(), AccountId::new(id(account))?);
        let groups = groups(usize::from(account.is_multiple_of(10)));
        let file = GroupFile::parse("groups.yaml", &file(&id(account), groups));
        Ok(engine.plan(&file, Prune::No, &NoProgress).await?)
    };
    let plans: Vec<Plan> =
        stream::iter(1..=ACCOUNTS).map(plan).buffered(AT_ONCE).try_collect().await?;
    let changed = plans.iter().filter(|plan| !plan.is_empty()).count();
    let (after, requests) = (peak()?, sandbox.log().len());
    let minutes = (requests - 1) / REQUESTS as usize * WINDOW.as_secs() as usize / 60;
    println!(
        "plan of {ACCOUNTS} accounts, {changed} with changes: {requests} requests, {minutes} minutes; \
         memory {} MB with the sandbox before, {} MB after",
        before / 1000,
        after / 1000
    );
    Ok(())
}

const GROUPS: usize = 1_000;
const MEMBERS_OF_EACH: usize = 50;
const ACCOUNT_MEMBERS: usize = 5_000;
const ACCOUNT: &str = cloudflare_user_groups_sandbox::DEFAULT_ACCOUNT_ID;

/// The groups of the account, with a number of members for each: a range of the account members
/// that begins at another place for each group.
fn groups(members_of: impl Fn(usize) -> usize) -> Vec<Group> {
    let member = |number: usize| email(number % ACCOUNT_MEMBERS);
    let members = |group: usize| (0..members_of(group)).map(|it| member(group * 7 + it)).collect();
    (0..GROUPS).map(|group| (format!("Group {group}"), members(group))).collect()
}

async fn many_groups(factor: u32) -> Result<()> {
    let nothing = file(ACCOUNT, groups(|_| MEMBERS_OF_EACH));
    // 10 groups are created with a member each, 10 gain a member, and 10 lose one.
    let mut changed = groups(|group| match group {
        0..10 => MEMBERS_OF_EACH + 1,
        10..20 => MEMBERS_OF_EACH - 1,
        _ => MEMBERS_OF_EACH,
    });
    changed.extend((0..10).map(|group| (format!("Extra {group}"), vec![email(group)])));
    let forty = file(ACCOUNT, changed);
    // 30 groups lose 15 members each.
    let removals = groups(|group| MEMBERS_OF_EACH - if group < 30 { 15 } else { 0 });
    let removals = file(ACCOUNT, removals);

    let mut run = Run::start(factor).await?;
    assert!(run.plan(&nothing).await?.is_empty());
    run.report("plan, nothing to do");
    for (text, what) in [(&forty, "40 steps"), (&removals, "450 removals")] {
        let mut run = Run::start(factor).await?;
        run.apply_file(text).await?;
        run.report(&format!("apply FILE --yes, {what}"));
        let mut run = Run::start(factor).await?;
        let saved = run.plan(text).await?.to_json();
        run.report(&format!("plan --out PLAN, {what}"));
        run.apply_saved(&saved).await?;
        run.report("right after it, apply PLAN --yes");
    }
    Ok(())
}

/// An account of its own, with an unused window of the rate limit.
struct Run {
    sandbox: Sandbox,
    engine: Engine,
    factor: u32,
    since: Instant,
}

impl Run {
    async fn start(factor: u32) -> Result<Self> {
        let limit = fault::RateLimit {
            requests: REQUESTS.into(),
            window_seconds: (WINDOW / factor).as_secs(),
            enforced: true,
        };
        let faults = FaultPlan::new(1).rate_limit(limit);
        let seed = seed(&[account(ACCOUNT, ACCOUNT_MEMBERS, groups(|_| MEMBERS_OF_EACH))])?;
        let sandbox = Sandbox::builder().seed(seed).faults(faults).start().await?;
        let client = Client::builder()
            .api_token(sandbox.token())
            .base_url(sandbox.base_url())
            .timeout(2 * WINDOW)
            .rate_limit(RateLimit::new(REQUESTS, WINDOW / factor))
            .build()?;
        let engine = Engine::new(client, AccountId::new(sandbox.account_id())?);
        Ok(Self { sandbox, engine, factor, since: Instant::now() })
    }

    async fn plan(&self, text: &str) -> Result<Plan> {
        let file = GroupFile::parse("groups.yaml", text);
        Ok(self.engine.plan(&file, Prune::No, &NoProgress).await?)
    }

    async fn apply_file(&self, text: &str) -> Result<()> {
        let file = GroupFile::parse("groups.yaml", text);
        let (plan, snapshot) = self.engine.read_and_plan(&file, &Prune::No, &NoProgress).await?;
        self.apply(&snapshot, &plan).await
    }

    async fn apply_saved(&self, saved: &str) -> Result<()> {
        let mut plan = Plan::from_json(saved)?;
        let snapshot = self.engine.refresh(&mut plan, &NoProgress).await?;
        self.apply(&snapshot, &plan).await
    }

    async fn apply(&self, snapshot: &Snapshot, plan: &Plan) -> Result<()> {
        let limit = RemovalLimit::default();
        let outcome = self.engine.apply_to(snapshot, plan, &limit, &NoProgress).await?;
        assert!(outcome.is_complete(), "{outcome:?}");
        Ok(())
    }

    /// Reports the requests and minutes since the last report.
    fn report(&mut self, what: &str) {
        let seconds = self.since.elapsed().as_secs_f64() * f64::from(self.factor);
        let log = self.sandbox.log();
        self.sandbox.clear_log();
        let refused = log.iter().filter(|it| it.response == ResponseStatus::Status(429)).count();
        let (requests, minutes) = (log.len(), seconds / 60.0);
        println!("{what}: {requests} requests, {minutes:.1} minutes, {refused} refused");
        self.since = Instant::now();
    }
}
