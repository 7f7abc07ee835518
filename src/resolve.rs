//! Unknown outcomes of requests that must not simply be repeated, resolved by looking.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Result;
use crate::id::{MemberId, UserGroupId};
use crate::members::Members;
use crate::model::{Member, Policy, UserGroup};
use crate::raw::{self, Options};
use crate::user_groups::UserGroups;

/// How often a group is looked for before it is taken to be absent.
const LOOKS: u32 = 3;

/// What is left to a call that consists of several requests.
struct Rest {
    options: Options,
    deadline: Instant,
}

impl Rest {
    fn of(options: Options) -> Self {
        Self { deadline: options.deadline(), options }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn options(&self) -> Options {
        Options { timeout: self.left(), ..self.options.clone() }
    }

    /// How often the request itself may be sent. Each time may include attempts of its own, which
    /// provably were not processed.
    fn rounds(&self) -> u32 {
        self.options.retry.most_attempts()
    }

    async fn wait(&self, attempts: u32) {
        let wait = self.options.retry.backoff(attempts, fastrand::f64());
        tokio::time::sleep(wait.min(self.left())).await;
    }

    fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}

/// Creates a group; see `CreateUserGroup::exactly_once` for what is guaranteed.
pub(crate) async fn create(
    groups: &UserGroups,
    options: Options,
    name: &str,
    policies: &[Policy],
    known: Option<HashSet<UserGroupId>>,
) -> Result<UserGroup> {
    let rest = Rest::of(options);
    let before = match known {
        Some(known) => known,
        None => named(groups, &rest, name).await?.into_iter().map(|group| group.id).collect(),
    };
    let mut round = 1;
    loop {
        let call = groups.client.call(rest.options());
        let policies_sent = (!policies.is_empty()).then(|| policies.to_vec());
        let sent =
            raw::create_user_group(call, &groups.account, name.to_owned(), policies_sent).await;
        let unknown = match sent {
            Err(error) if error.outcome_unknown() => error,
            other => return other,
        };
        match find(groups, &rest, name, policies, &before).await {
            Ok(Some(group)) => return Ok(group),
            Ok(None) if round < rest.rounds() && !rest.is_over() => round += 1,
            Ok(None) => return Err(unknown.noting("the group was not found afterwards".to_owned())),
            Err(note) => return Err(unknown.noting(note)),
        }
    }
}

/// The group that was not there before, or why it cannot be told.
async fn find(
    groups: &UserGroups,
    rest: &Rest,
    name: &str,
    policies: &[Policy],
    before: &HashSet<UserGroupId>,
) -> Result<Option<UserGroup>, String> {
    for look in 1..=LOOKS {
        rest.wait(look).await;
        let now = named(groups, rest, name).await.map_err(|error| {
            format!("looking whether the group is there failed as well: {error}")
        })?;
        let mut new: Vec<UserGroup> =
            now.into_iter().filter(|group| !before.contains(&group.id)).collect();
        let fitting = new.iter().filter(|group| same_policies(&group.policies, policies)).count();
        match (new.len(), fitting) {
            (0, _) => {}
            (_, 1) => {
                new.retain(|group| same_policies(&group.policies, policies));
                return Ok(new.pop());
            }
            (many, _) => {
                return Err(format!(
                    "{many} groups of this name were created meanwhile, and which of them is this \
                     call's cannot be told"
                ));
            }
        }
    }
    Ok(None)
}

async fn named(groups: &UserGroups, rest: &Rest, name: &str) -> Result<Vec<UserGroup>> {
    groups.list().name(name).with(rest.options()).all().await
}

/// Whether each policy on either side has its like on the other.
fn same_policies(some: &[Policy], others: &[Policy]) -> bool {
    let covers = |some: &[Policy], others: &[Policy]| {
        others.iter().all(|other| some.iter().any(|policy| policy.has_same_effect(other)))
    };
    some.len() == others.len() && covers(some, others) && covers(others, some)
}

/// Adds members, and those who are missing again if an attempt ended without an answer.
pub(crate) async fn add(
    group: &Members,
    options: Options,
    wanted: Vec<MemberId>,
) -> Result<Vec<Member>> {
    let rest = Rest::of(options);
    let mut missing = wanted.clone();
    let mut round = 1;
    loop {
        let call = group.client.call(rest.options());
        let sent = raw::add_members(call, &group.account, &group.group, &missing).await;
        let unknown = match sent {
            Err(error) if error.outcome_unknown() => error,
            other => return other,
        };
        if rest.rounds() == 1 || rest.is_over() {
            return Err(unknown);
        }
        rest.wait(round).await;
        let mut there = match group.list().with(rest.options()).all().await {
            Ok(there) => there,
            Err(error) => {
                let note = format!("looking who is in the group failed as well: {error}");
                return Err(unknown.noting(note));
            }
        };
        there.retain(|member| wanted.contains(&member.id));
        missing.retain(|id| !there.iter().any(|member| member.id == *id));
        if missing.is_empty() {
            return Ok(there);
        }
        if round >= rest.rounds() {
            return Err(unknown.noting(format!("{} of them are not in the group", missing.len())));
        }
        round += 1;
    }
}
