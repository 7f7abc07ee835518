//! What the tests have in common.

use std::time::Duration;

use cf_groups_engine::{
    Engine, Error, GroupFile, NoProgress, Outcome, Plan, Prune, RemovalLimit, Snapshot,
};
use cloudflare_user_groups::{AccountId, Client, RateLimit};
use cloudflare_user_groups_sandbox::{COMPANY, Contract, Fault, FaultPlan, Sandbox, Seed};
use serde_json::{Value, json};

/// A company of 312 members and 12 groups.
pub(crate) async fn company() -> (Sandbox, Engine) {
    start(Seed::from_json(COMPANY).unwrap()).await
}

/// With the contract of the live service as it was observed.
pub(crate) async fn start(seed: Seed) -> (Sandbox, Engine) {
    start_with(Contract::default(), seed).await
}

pub(crate) async fn start_with(contract: Contract, seed: Seed) -> (Sandbox, Engine) {
    let sandbox = Sandbox::builder().contract(contract).seed(seed).start().await.unwrap();
    let engine = engine(&sandbox);
    (sandbox, engine)
}

pub(crate) fn engine(sandbox: &Sandbox) -> Engine {
    Engine::new(client(sandbox), AccountId::new(sandbox.account_id()).unwrap())
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    Client::builder()
        .api_token(sandbox.token())
        .base_url(sandbox.base_url())
        // As much as the tests want: the rate limit is tested elsewhere.
        .rate_limit(RateLimit::new(1_000_000, Duration::from_secs(1)))
        .build()
        .unwrap()
}

/// The seed of one account.
pub(crate) fn seed(account: &Value) -> Seed {
    Seed::from_json(&json!({"accounts": [account]}).to_string()).unwrap()
}

/// The text of a policy.
pub(crate) fn policy(access: &str, permissions: &str, resources: &str) -> String {
    format!(
        "{{access: {access}, permission_groups: [{permissions}], resource_groups: [{resources}]}}"
    )
}

/// Plans a file with the name `x`.
pub(crate) async fn plan_file(engine: &Engine, text: &str, prune: Prune) -> Result<Plan, Error> {
    engine.plan(&GroupFile::parse("x", text), prune, &NoProgress).await
}

/// Plans a file without deletions.
pub(crate) async fn planned(engine: &Engine, text: &str) -> Plan {
    plan_file(engine, text, Prune::No).await.unwrap()
}

/// Returns why a file cannot be planned.
pub(crate) async fn refused(engine: &Engine, text: &str) -> String {
    plan_file(engine, text, Prune::No).await.unwrap_err().to_string()
}

/// Plans a file without deletions. Returns what was read for it too.
pub(crate) async fn read_and_planned(engine: &Engine, text: &str) -> (Plan, Snapshot) {
    let file = GroupFile::parse("x", text);
    engine.read_and_plan(&file, &Prune::No, &NoProgress).await.unwrap()
}

/// Applies a plan, whatever it removes.
pub(crate) async fn apply(engine: &Engine, plan: &Plan) -> Outcome {
    engine.apply(plan, &RemovalLimit::lifted(), &NoProgress).await.unwrap()
}

pub(crate) fn inject(sandbox: &Sandbox, fault: Fault) {
    sandbox.set_faults(&FaultPlan::new(1).fault(fault)).unwrap();
}

/// An account of one member, permission group and resource group of each name.
pub(crate) fn small() -> Seed {
    Seed::from_json(
        r#"{"accounts": [{
            "members": [
                {"email": "ada@example.com"}, {"email": "bob@example.com"},
                {"email": "cleo@example.com"}, {"email": "dan@example.com", "status": "pending"},
                {"email": "eve@example.com", "status": "rejected"}
            ],
            "permission_groups": [
                {"name": "DNS"}, {"name": "Billing"},
                {"id": "11111111111111111111111111111111", "name": "Analytics"},
                {"id": "22222222222222222222222222222222", "name": "Analytics"}
            ],
            "resource_groups": [{"name": "Whole account"}],
            "user_groups": [
                {"id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "Red",
                 "policies": [{"access": "allow", "permission_groups": ["DNS"], "resource_groups": ["Whole account"]}],
                 "members": ["ada@example.com", "bob@example.com"]},
                {"id": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "name": "Blue", "members": ["cleo@example.com"]},
                {"id": "cccccccccccccccccccccccccccccccc", "name": "Twin"},
                {"id": "dddddddddddddddddddddddddddddddd", "name": "Twin"}
            ]
        }]}"#,
    )
    .unwrap()
}

/// Who is in the groups of this name, by email address; one list for each group.
pub(crate) fn members(sandbox: &Sandbox, name: &str) -> Vec<Vec<String>> {
    let account = sandbox.account();
    let email = |id: &String| account.members.iter().find(|it| it.id == *id).unwrap().email.clone();
    let groups = account.user_groups.iter().filter(|group| group.name == name);
    groups
        .map(|group| {
            let mut emails: Vec<String> = group.members.iter().map(email).collect();
            emails.sort();
            emails
        })
        .collect()
}

/// How many requests were sent for an operation; for all if none is named.
pub(crate) fn requests(sandbox: &Sandbox, operation: Option<&str>) -> usize {
    let log = sandbox.log();
    log.iter().filter(|it| operation.is_none() || it.operation == operation).count()
}
