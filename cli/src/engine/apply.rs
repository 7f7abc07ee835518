//! Carrying out a plan, in three rounds: all that gives, then removals, then deletions.

use std::future::IntoFuture;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cloudflare_user_groups::{MemberId, UserGroupId, UserGroups};
use futures_util::stream::{self, StreamExt};

use super::Engine;
use super::changes::Plan;
use super::error::Error;
use super::guard::Guard;
use super::report::{Failure, HeldBack, Ledger, Progress, Report};
use super::steps::{Action, Start, Step, Work, remaining};

/// How many members are added with one request.
// Assumption: no limit is documented. This is the largest page of a list.
const MOST_ADDED: usize = 500;

impl Engine {
    /// Carries out a plan, as far as it can, and tells what was done.
    ///
    /// First what the plan is based on is read again. What was done already is not done again, so a
    /// plan that was interrupted can be finished by applying it once more; any other change in a
    /// group of the plan makes it stale. A failure in one group does not stop the others.
    ///
    /// The future can be dropped at any time. Requests that are under way then may still be carried out,
    /// so wait a few seconds before the next run: the API has no way to tell that two requests to
    /// create a group are the same.
    ///
    /// # Errors
    ///
    /// If nothing was changed: since the guard refuses the plan, it is for another account, or the
    /// account cannot be read or has changed.
    pub async fn apply(
        &self,
        plan: &Plan,
        guard: &Guard,
        progress: &dyn Progress,
    ) -> Result<Report, Error> {
        if plan.account.as_ref() != Some(&self.account) {
            let planned = plan.account.clone();
            return Err(Error::OtherAccount { planned, here: self.account.clone() });
        }
        guard.check(plan)?;
        let work = remaining(plan, &self.read_base(plan, progress).await?)?;
        progress.begin(work.iter().map(steps).sum());
        let run = Run { groups: self.groups(), progress, ledger: Mutex::default() };
        let work = || work.iter().enumerate();
        let most = self.concurrency.get();
        stream::iter(work()).for_each_concurrent(most, |(at, work)| run.give(at, work)).await;
        // Collected: a lazy iterator of references would keep the future from being sent to a task.
        let removals: Vec<(usize, &Work, &MemberId)> = work()
            .flat_map(|(at, work)| work.remove.iter().map(move |it| (at, work, it)))
            .collect();
        stream::iter(removals)
            .for_each_concurrent(most, |(at, work, member)| run.remove(at, work, member))
            .await;
        stream::iter(work()).for_each_concurrent(most, |(at, work)| run.delete(at, work)).await;
        Ok(run.ledger.into_inner().unwrap_or_else(PoisonError::into_inner).report)
    }
}

/// How many steps the work takes.
fn steps(work: &Work) -> usize {
    let create = matches!(work.start, Start::Absent { .. });
    let update = !create && (work.rename || work.policies.is_some());
    usize::from(create)
        + usize::from(update)
        + work.add.len().div_ceil(MOST_ADDED)
        + work.remove.len()
        + usize::from(work.delete.is_some())
}

/// A plan that is being carried out.
struct Run<'a> {
    groups: UserGroups,
    progress: &'a dyn Progress,
    ledger: Mutex<Ledger>,
}

impl Run<'_> {
    /// Creates or changes the group, and adds its new members.
    async fn give(&self, at: usize, work: &Work) {
        let id = match &work.start {
            Start::Absent { others } => self.create(at, work, others).await,
            Start::There(id) => {
                self.update(at, work, id).await;
                Some(id.clone())
            }
        };
        let add: Vec<&MemberId> = work.add.iter().collect();
        for some in add.chunks(MOST_ADDED) {
            let members: Vec<MemberId> = some.iter().map(|&id| id.clone()).collect();
            let step = work.step(Action::Add(members.clone()));
            match &id {
                Some(id) => {
                    let request = self.groups.members(id).add(members);
                    self.take(at, step, request).await;
                }
                None => self.hold_back(step, EARLIER),
            }
        }
    }

    async fn create(&self, at: usize, work: &Work, others: &[UserGroupId]) -> Option<UserGroupId> {
        let policies = work.policies.iter().flatten().cloned();
        let request = self.groups.create(&work.name).policies(policies);
        // All groups were listed just before.
        let request = request.exactly_once_beside(others);
        self.take(at, work.step(Action::Create), request).await.map(|group| group.id)
    }

    async fn update(&self, at: usize, work: &Work, id: &UserGroupId) {
        let (rename, policies) = (work.rename, work.policies.is_some());
        if !rename && !policies {
            return;
        }
        let mut request = self.groups.update(id);
        if rename {
            request = request.name(&work.name);
        }
        if let Some(policies) = &work.policies {
            request = request.policies(policies.iter().cloned());
        }
        self.take(at, work.step(Action::Update { rename, policies }), request).await;
    }

    async fn remove(&self, at: usize, work: &Work, member: &MemberId) {
        let Start::There(id) = &work.start else {
            return;
        };
        let request = self.groups.members(id).remove(member);
        self.take(at, work.step(Action::Remove(member.clone())), or_gone(request)).await;
    }

    async fn delete(&self, at: usize, work: &Work) {
        let (Start::There(id), Some(members)) = (&work.start, &work.delete) else {
            return;
        };
        let step = work.step(Action::Delete);
        if members.is_disjoint(&self.ledger().left_out) {
            self.take(at, step, or_gone(self.groups.delete(id))).await;
        } else {
            self.hold_back(step, MOVING);
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
            self.hold_back(step, because);
            return None;
        }
        match request.await {
            Ok(answer) => {
                self.progress.done(&step);
                self.ledger().report.done.push(step);
                Some(answer)
            }
            Err(error) => {
                self.fail(at, Failure { step, error });
                None
            }
        }
    }

    fn obstacle(&self, at: usize, step: &Step) -> Option<&'static str> {
        let ledger = self.ledger();
        match &step.action {
            _ if ledger.locked_out => Some(LOCKED_OUT),
            _ if ledger.broken.contains(&at) => Some(EARLIER),
            Action::Remove(member) if ledger.left_out.contains(member) => Some(MOVING),
            _ => None,
        }
    }

    fn fail(&self, at: usize, failure: Failure) {
        self.progress.failed(&failure);
        let mut ledger = self.ledger();
        ledger.locked_out |= failure.error.is_unauthorized();
        match &failure.step.action {
            // Nothing builds on a removal.
            Action::Remove(_) | Action::Delete => {}
            Action::Add(members) => {
                ledger.left_out.extend(members.iter().cloned());
                ledger.broken.insert(at);
            }
            Action::Create | Action::Update { .. } => {
                ledger.broken.insert(at);
            }
        }
        ledger.report.failed.push(failure);
    }

    fn hold_back(&self, step: Step, because: &'static str) {
        let held_back = HeldBack { step, because };
        self.progress.held_back(&held_back);
        let mut ledger = self.ledger();
        if let Action::Add(members) = &held_back.step.action {
            ledger.left_out.extend(members.iter().cloned());
        }
        ledger.report.held_back.push(held_back);
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const EARLIER: &str = "an earlier step for this group failed";
const MOVING: &str = "a member of it could not be added to another group";
const LOCKED_OUT: &str = "the API does not accept the credential";

impl Work {
    fn step(&self, action: Action) -> Step {
        Step { group: self.name.clone(), action }
    }
}

/// What is gone already need not be removed.
async fn or_gone(
    request: impl IntoFuture<Output = cloudflare_user_groups::Result<()>>,
) -> cloudflare_user_groups::Result<()> {
    match request.await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}
