//! A service that grants and revokes memberships from a queue, and decides by the error what to do
//! with a job that failed.
//!
//! `cargo run --example provisioning_service`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

mod support;

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::time::Duration;

use cloudflare_user_groups::{Account, Error};
use cloudflare_user_groups_sandbox::FaultPlan;

/// One response in five is lost.
const FAULTS: &str = r#"{"faults": [{"fault": "close_before_response", "probability": 0.2}]}"#;

/// What another system requests.
#[derive(Clone, Copy, Debug)]
enum Job {
    Grant { group: &'static str, email: &'static str },
    Revoke { group: &'static str, email: &'static str },
}

/// When to run a failed job again, if that can help. Both jobs are idempotent: adding a member
/// twice and removing an absent one succeed.
fn retry_after(error: &Error) -> Option<Duration> {
    let again = error.is_retryable() || error.outcome_unknown();
    again.then(|| error.retry_after().unwrap_or_default())
}

async fn run(account: &Account, job: Job) -> Result<(), Error> {
    let groups = account.user_groups();
    let (Job::Grant { group: name, email } | Job::Revoke { group: name, email }) = job;
    let people = account.list_members().all().await?;
    let person = people.into_iter().find(|it| it.email.as_deref() == Some(email));
    let found = groups.list().name(name).all().await?.into_iter().find(|it| it.name == name);
    match (job, person, found) {
        (Job::Grant { .. }, Some(person), found) => {
            let group = match found {
                Some(group) => group,
                None => groups.create(name).await?,
            };
            groups.members(&group.id).add([&person]).await?;
        }
        (Job::Revoke { .. }, Some(person), Some(group)) => {
            groups.members(&group.id).remove(&person).await?;
        }
        (Job::Revoke { .. }, _, _) => {}
        (Job::Grant { .. }, None, _) => println!("{email} is not a member of the account"),
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let sandbox = support::sandbox().await?;
    sandbox.set_faults(&FaultPlan::from_json(FAULTS)?)?;
    let account = support::account(&sandbox)?;
    let (group, email) = ("Release managers", "sre-01@meridian.example");
    let mut queue = VecDeque::from([Job::Grant { group, email }, Job::Revoke { group, email }]);
    while let Some(job) = queue.pop_front() {
        match run(&account, job).await {
            Ok(()) => println!("done: {job:?}"),
            Err(error) => match retry_after(&error) {
                Some(wait) => {
                    println!("again after {wait:?}: {job:?}: {error}");
                    tokio::time::sleep(wait).await;
                    queue.push_front(job);
                }
                None => println!("failed: {job:?}: {error}"),
            },
        }
    }
    Ok(())
}
