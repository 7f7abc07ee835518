//! Applies a plan in three rounds: creations, updates and additions; removals; deletions.

use std::future::IntoFuture;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cloudflare_user_groups::{MemberId, UserGroupId, UserGroups};
use futures_util::stream::{self, StreamExt};

use crate::api::Api;
use crate::error::Error;
use crate::outcome::{FailedStep, Outcome, OutcomeRecorder, Progress, Skipped};
use crate::plan::Plan;
use crate::removal_limit::RemovalLimit;
use crate::stale::{read_base, remaining};
use crate::steps::{Action, GroupSteps, Step, Target};

/// How many members one request adds.
// Assumption: no limit is documented. This is the largest page of a list.
const ADDED_AT_ONCE: usize = 500;

/// Applies a plan. See [`Engine::apply`](crate::Engine::apply).
pub(crate) async fn apply(
    api: &Api,
    plan: &Plan,
    limit: &RemovalLimit,
    progress: &dyn Progress,
) -> Result<Outcome, Error> {
    if plan.account.as_ref() != Some(&api.account_id) {
        let planned = plan.account.clone();
        return Err(Error::OtherAccount { planned, here: api.account_id.clone() });
    }
    limit.check(plan)?;
    let steps = remaining(plan, &read_base(api, plan, progress).await?)?;
    progress.begin(steps.iter().map(count).sum());
    let run = Run { groups: api.groups(), progress, recorder: Mutex::default() };
    let steps = || steps.iter().enumerate();
    let concurrency = api.concurrency.get();
    stream::iter(steps()).for_each_concurrent(concurrency, |(at, it)| run.give(at, it)).await;
    // Collected: a lazy iterator of references would keep the future from being sent to a task.
    let removals: Vec<(usize, &GroupSteps, &MemberId)> = steps()
        .flat_map(|(at, steps)| steps.remove.iter().map(move |it| (at, steps, it)))
        .collect();
    stream::iter(removals)
        .for_each_concurrent(concurrency, |(at, steps, member)| run.remove(at, steps, member))
        .await;
    stream::iter(steps()).for_each_concurrent(concurrency, |(at, it)| run.delete(at, it)).await;
    Ok(run.recorder.into_inner().unwrap_or_else(PoisonError::into_inner).outcome)
}

/// Returns the number of steps.
fn count(steps: &GroupSteps) -> usize {
    let create = matches!(steps.target, Target::New);
    let update = !create && (steps.rename || steps.policies.is_some());
    usize::from(create)
        + usize::from(update)
        + steps.add.len().div_ceil(ADDED_AT_ONCE)
        + steps.remove.len()
        + usize::from(steps.delete.is_some())
}

/// A plan that is being applied.
struct Run<'a> {
    groups: UserGroups,
    progress: &'a dyn Progress,
    recorder: Mutex<OutcomeRecorder>,
}

impl Run<'_> {
    /// Creates or changes the group, and adds its new members.
    async fn give(&self, at: usize, steps: &GroupSteps) {
        let id = match &steps.target {
            Target::New => self.create(at, steps).await,
            Target::Existing(id) => {
                self.update(at, steps, id).await;
                Some(id.clone())
            }
        };
        let add: Vec<&MemberId> = steps.add.iter().collect();
        for some in add.chunks(ADDED_AT_ONCE) {
            let members: Vec<MemberId> = some.iter().map(|&id| id.clone()).collect();
            let step = steps.step(Action::Add(members.clone()));
            match &id {
                Some(id) => {
                    let request = self.groups.members(id).add(members);
                    self.take(at, step, request).await;
                }
                None => self.skip(step, EARLIER),
            }
        }
    }

    async fn create(&self, at: usize, steps: &GroupSteps) -> Option<UserGroupId> {
        let policies = steps.policies.iter().flatten().cloned();
        let request = self.groups.create(&steps.name).policies(policies);
        self.take(at, steps.step(Action::Create), request).await.map(|group| group.id)
    }

    async fn update(&self, at: usize, steps: &GroupSteps, id: &UserGroupId) {
        let (rename, policies) = (steps.rename, steps.policies.is_some());
        if !rename && !policies {
            return;
        }
        let mut request = self.groups.update(id);
        if rename {
            request = request.name(&steps.name);
        }
        if let Some(policies) = &steps.policies {
            request = request.policies(policies.iter().cloned());
        }
        self.take(at, steps.step(Action::Update { rename, policies }), request).await;
    }

    async fn remove(&self, at: usize, steps: &GroupSteps, member: &MemberId) {
        let Target::Existing(id) = &steps.target else {
            return;
        };
        let request = self.groups.members(id).remove(member);
        self.take(at, steps.step(Action::Remove(member.clone())), or_gone(request)).await;
    }

    async fn delete(&self, at: usize, steps: &GroupSteps) {
        let (Target::Existing(id), Some(members)) = (&steps.target, &steps.delete) else {
            return;
        };
        let step = steps.step(Action::Delete);
        if members.is_disjoint(&self.recorder().left_out) {
            self.take(at, step, or_gone(self.groups.delete(id))).await;
        } else {
            self.skip(step, MOVING);
        }
    }

    /// Takes a step, unless something speaks against it.
    async fn take<T>(
        &self,
        at: usize,
        step: Step,
        request: impl IntoFuture<Output = cloudflare_user_groups::Result<T>>,
    ) -> Option<T> {
        let obstacle = self.obstacle(at, &step);
        if let Some(because) = obstacle {
            self.skip(step, because);
            return None;
        }
        match request.await {
            Ok(answer) => {
                self.progress.done(&step);
                self.recorder().outcome.done.push(step);
                Some(answer)
            }
            Err(error) => {
                self.fail(at, FailedStep { step, error });
                None
            }
        }
    }

    fn obstacle(&self, at: usize, step: &Step) -> Option<&'static str> {
        let recorder = self.recorder();
        match &step.action {
            _ if recorder.unauthorized => Some(UNAUTHORIZED),
            _ if recorder.broken.contains(&at) => Some(EARLIER),
            Action::Remove(member) if recorder.left_out.contains(member) => Some(MOVING),
            _ => None,
        }
    }

    fn fail(&self, at: usize, failure: FailedStep) {
        self.progress.failed(&failure);
        let mut recorder = self.recorder();
        recorder.unauthorized |= failure.error.is_unauthorized();
        match &failure.step.action {
            // Nothing builds on a removal.
            Action::Remove(_) | Action::Delete => {}
            Action::Add(members) => {
                recorder.left_out.extend(members.iter().cloned());
                recorder.broken.insert(at);
            }
            Action::Create | Action::Update { .. } => {
                recorder.broken.insert(at);
            }
        }
        recorder.outcome.failed.push(failure);
    }

    fn skip(&self, step: Step, because: &'static str) {
        let skipped = Skipped { step, because };
        self.progress.skipped(&skipped);
        let mut recorder = self.recorder();
        if let Action::Add(members) = &skipped.step.action {
            recorder.left_out.extend(members.iter().cloned());
        }
        recorder.outcome.skipped.push(skipped);
    }

    fn recorder(&self) -> MutexGuard<'_, OutcomeRecorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const EARLIER: &str = "an earlier step for this group failed";
const MOVING: &str = "a member of it could not be added to another group";
const UNAUTHORIZED: &str = "the API does not accept the credential";

/// What is gone already need not be removed.
async fn or_gone(
    request: impl IntoFuture<Output = cloudflare_user_groups::Result<()>>,
) -> cloudflare_user_groups::Result<()> {
    match request.await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}
