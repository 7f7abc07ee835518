//! 1,000 groups with 50,000 memberships under the rate limit of the API: the requests and minutes of
//! plans and of applying them.
//!
//! The windows of the limit are shorter than those of the API by a factor, so that this ends soon; the
//! times are multiplied by it.
//!
//! `cargo bench -p cloudflare-user-groups-benches --bench size [-- FACTOR]`

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use cf_groups_engine::{Engine, GroupFile, NoProgress, Plan, Prune, RemovalLimit, resolve};
use cloudflare_user_groups::{AccountId, Client, RateLimit};
use cloudflare_user_groups_sandbox::fault;
use cloudflare_user_groups_sandbox::{FaultPlan, ResponseStatus, Sandbox, Seed};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const GROUPS: usize = 1_000;
const MEMBERS_OF_EACH: usize = 50;
const ACCOUNT_MEMBERS: usize = 5_000;
/// The documented rate limit.
const REQUESTS: u32 = 1_200;
const WINDOW: Duration = Duration::from_secs(300);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let factor = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(10);
    let nothing = file(|_| 0..MEMBERS_OF_EACH, 0);
    // 10 groups are created with a member each, 10 gain a member, and 10 lose one.
    let forty = file(
        |group| match group {
            0..10 => 0..MEMBERS_OF_EACH + 1,
            10..20 => 0..MEMBERS_OF_EACH - 1,
            _ => 0..MEMBERS_OF_EACH,
        },
        10,
    );
    // 30 groups lose 15 members each.
    let removals = file(|group| 0..MEMBERS_OF_EACH - if group < 30 { 15 } else { 0 }, 0);

    let mut run = Run::start(factor).await?;
    assert!(run.plan(&nothing).await?.is_empty());
    run.report("plan, nothing to do")?;
    for (text, what) in [(&forty, "40 steps"), (&removals, "450 removals")] {
        let mut run = Run::start(factor).await?;
        run.apply_file(text).await?;
        run.report(&format!("apply FILE --yes, {what}"))?;
        let mut run = Run::start(factor).await?;
        let saved = run.plan(text).await?.to_json();
        run.report(&format!("plan --out PLAN, {what}"))?;
        run.apply_saved(&saved).await?;
        run.report("right after it, apply PLAN --yes")?;
    }
    Ok(())
}

fn email(number: usize) -> String {
    format!("member-{:04}@example.com", number % ACCOUNT_MEMBERS)
}

/// Members of a group: a range of the account members that begins at another place for each group.
fn members(group: usize, range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|member| email(group * 7 + member)).collect()
}

fn file(members_of: impl Fn(usize) -> std::ops::Range<usize>, new_groups: usize) -> String {
    let mut text = String::new();
    for group in 0..GROUPS {
        let members = members(group, members_of(group)).join(", ");
        let _ = writeln!(text, "- name: Group {group}\n  members: [{members}]");
    }
    for group in 0..new_groups {
        let _ = writeln!(text, "- name: Extra {group}\n  members: [{}]", email(group));
    }
    text
}

fn seed() -> Result<Seed> {
    let members_of = |group| members(group, 0..MEMBERS_OF_EACH);
    let groups: Vec<_> = (0..GROUPS)
        .map(|it| serde_json::json!({ "name": format!("Group {it}"), "members": members_of(it) }))
        .collect();
    let members: Vec<_> =
        (0..ACCOUNT_MEMBERS).map(|it| serde_json::json!({ "email": email(it) })).collect();
    let seed = serde_json::json!({ "accounts": [{ "members": members, "user_groups": groups }] });
    Ok(Seed::from_json(&seed.to_string())?)
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
        let sandbox = Sandbox::builder().seed(seed()?).faults(faults).start().await?;
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
        let snapshot = self.engine.read(&file, &Prune::No, &NoProgress).await?;
        let plan = snapshot.plan(&resolve(&file, &Prune::No, &snapshot)?)?;
        let limit = RemovalLimit::default();
        let outcome = self.engine.apply_to(&snapshot, &plan, &limit, &NoProgress).await?;
        assert!(outcome.is_complete(), "{outcome:?}");
        Ok(())
    }

    async fn apply_saved(&self, saved: &str) -> Result<()> {
        let mut plan = Plan::from_json(saved)?;
        let snapshot = self.engine.refresh(&mut plan, &NoProgress).await?;
        let limit = RemovalLimit::default();
        let outcome = self.engine.apply_to(&snapshot, &plan, &limit, &NoProgress).await?;
        assert!(outcome.is_complete(), "{outcome:?}");
        Ok(())
    }

    /// Reports the requests and minutes since the last report.
    fn report(&mut self, what: &str) -> Result<()> {
        let seconds = self.since.elapsed().as_secs_f64() * f64::from(self.factor);
        let log = self.sandbox.log();
        self.sandbox.clear_log();
        let refused = log.iter().filter(|it| it.response == ResponseStatus::Status(429)).count();
        let (requests, minutes) = (log.len(), seconds / 60.0);
        writeln!(
            std::io::stdout(),
            "{what}: {requests} requests, {minutes:.1} minutes, {refused} refused"
        )?;
        self.since = Instant::now();
        Ok(())
    }
}
