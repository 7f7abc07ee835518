//! Applies a plan: renames; creations, policies and additions; removals; deletions; and the renames
//! that wait for a deletion.

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cloudflare_user_groups::{MemberId, UserGroup, UserGroupId, UserGroups};
use futures_util::stream::{self, StreamExt};

use crate::additions::{Additions, Refused};
use crate::bulk_removal::{BulkRemoval, Replaced};
use crate::engine::Engine;
use crate::error::Error;
use crate::group_name::{fold, is_cut};
use crate::outcome::{
    FailedStep, INTERRUPTED, MOVING, Outcome, OutcomeRecorder, Progress, Skipped, StepError,
};
use crate::plan::{NewResourceGroup, Plan};
use crate::removal_limit::RemovalLimit;
use crate::renames::RenameOrder;
use crate::resource_groups;
use crate::snapshot::Snapshot;
use crate::stale::remaining;
use crate::steps::{ADDED_AT_ONCE, Action, GroupSteps, Step, StepFactory};

impl Engine {
    /// Applies a plan as far as possible and returns the outcome of each step.
    ///
    /// First the actual state is read again. Steps that are done already are not repeated, so an
    /// interrupted plan is finished by applying it once more; any other change in a group of the
    /// plan makes it stale. A failure in one group does not stop the others.
    ///
    /// The future can be dropped at any time. Requests that were sent by then may still be applied,
    /// so wait a few seconds before the next run.
    ///
    /// # Errors
    ///
    /// If nothing was changed: the plan exceeds the removal limit, it is for another account, or
    /// the account cannot be read or has changed.
    pub async fn apply(
        &self,
        plan: &Plan,
        limit: &RemovalLimit,
        progress: &dyn Progress,
    ) -> Result<Outcome, Error> {
        self.check(plan, limit)?;
        let now = self.read_base(plan, progress).await?;
        self.apply_to(&now, plan, limit, progress).await
    }

    /// Like [`apply`](Self::apply), without reading the actual state again: for a plan whose
    /// snapshot was read right before.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Self::apply).
    pub async fn apply_to(
        &self,
        snapshot: &Snapshot,
        plan: &Plan,
        limit: &RemovalLimit,
        progress: &dyn Progress,
    ) -> Result<Outcome, Error> {
        self.check(plan, limit)?;
        let mut steps = remaining(plan, snapshot)?;
        let new_resource_groups = resource_groups::prepare(self, plan, &mut steps).await?;
        let renames = RenameOrder::new(&steps);
        let count: usize = steps.iter().map(GroupSteps::count).sum();
        progress.begin(new_resource_groups.len() + renames.count() + count);
        let factory = StepFactory { labels: &plan.labels };
        let run = Run { groups: self.groups(), factory, progress, recorder: Mutex::default() };
        run.create_resource_groups(self, &mut steps, new_resource_groups).await;
        let concurrency = self.concurrency.get();
        run.rename_all(&steps, renames.early).await;
        let each = || steps.iter().enumerate();
        stream::iter(each()).for_each_concurrent(concurrency, |(at, it)| run.give(at, it)).await;
        // Collected: a lazy iterator of references would keep the future from being sent to a task.
        let removals: Vec<(usize, &GroupSteps, Vec<MemberId>)> = each()
            .flat_map(|(at, steps)| steps.removals().into_iter().map(move |it| (at, steps, it)))
            .collect();
        stream::iter(removals)
            .for_each_concurrent(concurrency, |(at, steps, members)| run.remove(at, steps, members))
            .await;
        stream::iter(each()).for_each_concurrent(concurrency, |(at, it)| run.delete(at, it)).await;
        run.rename_all(&steps, renames.late).await;
        run.check_names().await;
        Ok(run.recorder.into_inner().unwrap_or_else(PoisonError::into_inner).outcome)
    }

    fn check(&self, plan: &Plan, limit: &RemovalLimit) -> Result<(), Error> {
        self.check_account(plan)?;
        Ok(limit.check(plan)?)
    }
}

/// A plan that is being applied.
struct Run<'a> {
    groups: UserGroups,
    factory: StepFactory<'a>,
    progress: &'a dyn Progress,
    recorder: Mutex<OutcomeRecorder>,
}

impl Run<'_> {
    /// Creates resource groups, and writes the scopes by them. Without one, the groups whose
    /// policies need it stay as they are.
    async fn create_resource_groups(
        &self,
        engine: &Engine,
        steps: &mut [GroupSteps],
        new: Vec<&NewResourceGroup>,
    ) {
        let mut created = BTreeMap::new();
        for (index, NewResourceGroup { name, scope }) in new.into_iter().enumerate() {
            let needs_it = |it: &GroupSteps| it.inline_scopes().any(|it| it == *scope);
            let of = (0..steps.len()).filter(|at| steps.get(*at).is_some_and(needs_it));
            let step = Step {
                group: name.clone(),
                group_id: None,
                action: Action::CreateResourceGroup,
                members: Vec::new(),
            };
            let request = engine.account().create_resource_group(name, scope.to_scope());
            match self.take(steps.len() + index, step, request).await.and_then(|group| group.id) {
                Some(id) => drop(created.insert(scope.clone(), id)),
                None => self.recorder().break_off(of),
            }
        }
        steps.iter_mut().for_each(|it| it.use_resource_groups(&created));
    }

    /// Renames groups one after the other. Each name is free by then.
    async fn rename_all(&self, steps: &[GroupSteps], order: Vec<(usize, String)>) {
        for (at, name) in order {
            let Some((steps, id)) = steps.get(at).and_then(|it| Some((it, it.existing()?))) else {
                continue;
            };
            let request = self.groups.update(id).name(&name);
            let step = Step { group: name, ..self.factory.step(steps, Action::Rename) };
            if self.take(at, step, request).await.is_none() {
                self.recorder().keep_name(steps.rename_from.as_deref().unwrap_or_default());
            }
        }
    }

    /// Creates the group or changes its policies, and adds its new members.
    async fn give(&self, at: usize, steps: &GroupSteps) {
        let id = match steps.existing() {
            None => self.create(at, steps).await,
            Some(id) => {
                self.set_policies(at, steps, id).await;
                Some(id.clone())
            }
        };
        let add: Vec<MemberId> = steps.add.iter().cloned().collect();
        for members in add.chunks(ADDED_AT_ONCE) {
            let mut step = self.factory.with_members(steps, Action::AddMembers, members);
            step.group_id.clone_from(&id);
            match &id {
                Some(id) => self.add(at, step, id, steps.existing().is_none()).await,
                None => self.skip(step, "the group could not be created"),
            }
        }
    }

    async fn create(&self, at: usize, steps: &GroupSteps) -> Option<UserGroupId> {
        let mut step = self.begin(at, self.factory.step(steps, Action::Create))?;
        let policies = steps.policies.iter().flatten().cloned();
        match self.groups.create(&steps.name).policies(policies).await {
            Ok(group) => {
                step.group_id = Some(group.id.clone());
                self.done(step);
                Some(group.id)
            }
            Err(error) => {
                self.fail(at, FailedStep { step, error: policies_refused(steps, error) });
                None
            }
        }
    }

    async fn set_policies(&self, at: usize, steps: &GroupSteps, id: &UserGroupId) {
        if let Some(policies) = &steps.policies {
            let step = self.factory.step(steps, Action::SetPolicies);
            let request = self.groups.update(id).policies(policies.iter().cloned());
            let refused = |error| policies_refused(steps, error);
            self.take_or(at, step, request, refused).await;
        }
    }

    /// Adds members, past those that the API refuses.
    async fn add(&self, at: usize, step: Step, id: &UserGroupId, is_new: bool) {
        let Some(step) = self.begin(at, step) else { return };
        let additions = Additions { members: self.groups.members(id), is_new };
        let ids = step.members.iter().map(|member| member.id.clone()).collect();
        let Refused { refused, not_tried } = additions.add(ids).await;
        let left: Vec<&MemberId> =
            refused.iter().flat_map(|(ids, _)| ids).chain(&not_tried).collect();
        let part = |of: &dyn Fn(&MemberId) -> bool| Step {
            members: step.members.iter().filter(|member| of(&member.id)).cloned().collect(),
            ..step.clone()
        };
        let added = part(&|id| !left.contains(&id));
        let refused = refused.into_iter().map(|(ids, error)| FailedStep {
            step: part(&|id| ids.contains(id)),
            error: error.into(),
        });
        let skipped = part(&|id| not_tried.contains(id));
        self.record_addition(at, added, refused.collect(), skipped);
    }

    /// Records what came of one addition, which counts as one step.
    fn record_addition(&self, at: usize, added: Step, refused: Vec<FailedStep>, skipped: Step) {
        match refused.first() {
            Some(failure) => self.progress.ended(&failure.step, Some(&failure.error)),
            None => self.progress.ended(&added, None),
        }
        let mut recorder = self.recorder();
        if !added.members.is_empty() {
            recorder.outcome.done.push(added);
        }
        refused.into_iter().for_each(|failure| recorder.fail(at, failure));
        if !skipped.members.is_empty() {
            let because = "the API refused every member that was tried";
            recorder.skip(Skipped { step: skipped, because });
        }
    }

    /// Removes one member, or many at once.
    async fn remove(&self, at: usize, steps: &GroupSteps, members: Vec<MemberId>) {
        let Some(id) = steps.existing() else {
            return;
        };
        if let [member] = members.as_slice() {
            let request = self.groups.members(id).remove(member);
            let step = self.factory.with_members(steps, Action::RemoveMembers, &members);
            self.take(at, step, or_gone(request)).await;
            return;
        }
        let (moving, remove): (Vec<MemberId>, Vec<MemberId>) =
            members.into_iter().partition(|id| self.recorder().is_left_out(id));
        if !moving.is_empty() {
            self.skip(self.factory.with_members(steps, Action::RemoveMembers, &moving), MOVING);
        }
        if !remove.is_empty() {
            self.remove_many(at, steps, id, remove, moving.is_empty()).await;
        }
    }

    /// Removes members with one request, or one by one if the API refuses that request.
    async fn remove_many(
        &self,
        at: usize,
        steps: &GroupSteps,
        id: &UserGroupId,
        remove: Vec<MemberId>,
        all: bool,
    ) {
        let step = self.factory.with_members(steps, Action::RemoveMembers, &remove);
        let Some(step) = self.begin(at, step) else { return };
        let removal = BulkRemoval {
            members: self.groups.members(id),
            remove: remove.iter().cloned().collect(),
            added: &steps.add,
            empties: steps.empties && all,
        };
        match removal.send().await {
            Ok(Replaced::Done) => self.done(step),
            Ok(Replaced::Refused) => {
                for member in remove {
                    Box::pin(self.remove(at, steps, vec![member])).await;
                }
            }
            Err(error) => self.fail(at, FailedStep { step, error }),
        }
    }

    async fn delete(&self, at: usize, steps: &GroupSteps) {
        let (Some(id), Some(members)) = (steps.existing(), &steps.delete) else {
            return;
        };
        let step = self.factory.step(steps, Action::Delete);
        let obstacle = self.recorder().deletion_obstacle(members);
        let deleted = match obstacle {
            None => self.take(at, step, or_gone(self.groups.delete(id))).await,
            Some(because) => {
                self.skip(step, because);
                None
            }
        };
        if deleted.is_none() {
            self.recorder().keep_name(&steps.name);
        }
    }

    /// Returns the step, unless there is an obstacle. Then it is skipped.
    fn begin(&self, at: usize, step: Step) -> Option<Step> {
        let obstacle = match self.progress.is_cancelled() {
            true => Some(INTERRUPTED),
            false => self.recorder().obstacle(at, &step),
        };
        let Some(because) = obstacle else { return Some(step) };
        self.skip(step, because);
        None
    }

    /// Takes a step, unless there is an obstacle.
    async fn take<T>(
        &self,
        at: usize,
        step: Step,
        request: impl IntoFuture<Output = cloudflare_user_groups::Result<T>>,
    ) -> Option<T> {
        self.take_or(at, step, request, StepError::from).await
    }

    /// Like [`take`](Self::take), with another error for a request that failed.
    async fn take_or<T>(
        &self,
        at: usize,
        step: Step,
        request: impl IntoFuture<Output = cloudflare_user_groups::Result<T>>,
        failed: impl FnOnce(cloudflare_user_groups::Error) -> StepError,
    ) -> Option<T> {
        let step = self.begin(at, step)?;
        match request.await {
            Ok(response) => {
                self.done(step);
                Some(response)
            }
            Err(error) => {
                self.fail(at, FailedStep { step, error: failed(error) });
                None
            }
        }
    }

    fn done(&self, step: Step) {
        self.progress.ended(&step, None);
        self.recorder().outcome.done.push(step);
    }

    fn fail(&self, at: usize, failure: FailedStep) {
        self.progress.ended(&failure.step, Some(&failure.error));
        self.recorder().fail(at, failure);
    }

    fn skip(&self, step: Step, because: &'static str) {
        self.progress.ended(&step, Some(&because));
        self.recorder().skip(Skipped { step, because });
    }

    /// Lists the groups again if one was created, and reports each name that is not unique: another
    /// run may have created a group at the same time.
    async fn check_names(&self) {
        let created = |step: &&Step| step.action == Action::Create;
        let steps: Vec<Step> =
            self.recorder().outcome.done.iter().filter(created).cloned().collect();
        let taken = self.recorder().outcome.failed.iter().any(|it| is_name_taken(&it.error));
        if steps.is_empty() && !taken {
            return;
        }
        let groups = self.groups.list().all().await;
        let mut recorder = self.recorder();
        let failed = &mut recorder.outcome.failed;
        match groups {
            Ok(groups) => {
                *failed = mem::take(failed).into_iter().map(|it| name_taken(it, &groups)).collect();
                failed.extend(steps.into_iter().filter_map(|step| not_unique(step, &groups)));
            }
            Err(error) => {
                failed.extend(steps.into_iter().map(|step| FailedStep {
                    step,
                    error: StepError::NotChecked(error.to_string()),
                }))
            }
        }
    }

    fn recorder(&self) -> MutexGuard<'_, OutcomeRecorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the policies may be refused because of a scope that they write inline.
fn policies_refused(steps: &GroupSteps, error: cloudflare_user_groups::Error) -> StepError {
    let refused = error.status().is_some_and(|status| matches!(status.as_u16(), 400 | 422));
    if refused && !error.is_name_taken() && steps.inline_scopes().next().is_some() {
        return StepError::InlineScope(error);
    }
    error.into()
}

fn is_name_taken(error: &StepError) -> bool {
    matches!(error, StepError::Request(error) if error.is_name_taken())
}

/// Says that a group of the name exists, and since when, unless the list shows that the API takes
/// another name for the same.
fn name_taken(failed: FailedStep, groups: &[UserGroup]) -> FailedStep {
    let FailedStep { step, error } = failed;
    let same = groups.iter().find(|group| group.name == step.group);
    let in_other_form =
        |it: &UserGroup| is_cut(&step.group, &it.name) || fold(&step.group) == fold(&it.name);
    let error = match error {
        StepError::Request(source)
            if source.is_name_taken() && (same.is_some() || !groups.iter().any(in_other_form)) =>
        {
            let since = same.and_then(|group| group.created_on.as_ref()).map(ToString::to_string);
            StepError::NameTaken { since, source }
        }
        error => error,
    };
    FailedStep { step, error }
}

fn not_unique(step: Step, groups: &[UserGroup]) -> Option<FailedStep> {
    let same = groups.iter().filter(|group| group.name == step.group);
    let ids: Vec<UserGroupId> = same.map(|group| group.id.clone()).collect();
    (ids.len() > 1).then_some(FailedStep { step, error: StepError::NameNotUnique { ids } })
}

/// Returns success for the removal of what does not exist any more.
async fn or_gone(
    request: impl IntoFuture<Output = cloudflare_user_groups::Result<()>>,
) -> cloudflare_user_groups::Result<()> {
    match request.await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}
