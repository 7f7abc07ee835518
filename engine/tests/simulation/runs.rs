//! Runs of plan and apply, some of which crash, are interrupted or fail, and one after everything
//! is quiet.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cf_groups_engine::{
    Action, Engine, Error, GroupFile, NoProgress, Outcome, Plan, Progress, Prune,
};
use cf_groups_engine::{RemovalLimit, Step, StepError};
use cloudflare_user_groups_sandbox::FaultPlan;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::actor::{self, Habits};
use crate::invariants::{Goal, allowed, check_changes, check_done};
use crate::network::{Network, OPERATION};
use crate::program::{Settings, account, crashing};
use crate::world::{MEMBERS, NAMES, PERMISSIONS, RESOURCE, World, policies, some};

/// Until every request of a run has arrived and every list shows it.
const SETTLED: Duration = Duration::from_secs(15);
/// The longest window and lag, and more.
const QUIET: Duration = Duration::from_secs(700);

/// A group of the group file.
struct Entry {
    name: String,
    id: Option<String>,
    members: Option<BTreeSet<String>>,
    permissions: Option<BTreeSet<String>>,
}

struct Desired {
    entries: Vec<Entry>,
    prune: Prune,
}

pub(crate) async fn simulate(world: &Arc<World>, rng: &mut Rng) {
    let desired = Desired::new(world, rng);
    let names = desired.entries.iter().map(|it| it.name.clone());
    let spared: BTreeSet<String> = desired.entries.iter().filter_map(|it| it.id.clone()).collect();
    let network = Network::new(world, rng.fork());
    let habits = Habits {
        every: [0, 2, 20][rng.usize(..3)],
        names: names.chain(["Foreign".to_owned()]).collect(),
        spared: spared.clone(),
    };
    let actor = actor::start(world, rng.fork(), habits);
    let mut settings = Settings::new(rng);
    let mut runs = Runs { world, desired: &desired, plan: None, reports: Vec::new() };
    for number in 0..rng.u32(1..4) {
        let interrupted = if rng.u8(..4) == 0 { rng.u32(..8) } else { u32::MAX };
        let polls = if rng.bool() { rng.u32(1..60) } else { u32::MAX };
        let reuse = rng.bool();
        let run = runs.run(number, &settings, &network, rng, reuse, interrupted);
        if OPERATION.scope(number, crashing(run, polls)).await.is_none() {
            world.note(|| format!("run {number} crashed"));
        }
        let wait = if world.unique_names { rng.u64(..15_000) } else { 15_000 };
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
    if let Some(actor) = actor {
        actor.abort();
    }
    network.calm();
    world.sandbox.set_faults(&FaultPlan::default()).unwrap();
    tokio::time::sleep(SETTLED).await;
    actor::clean_up(world, &spared).await;
    tokio::time::sleep(QUIET).await;
    settings.timeout = QUIET;
    OPERATION.scope(100, runs.last(&settings, &network)).await;
    for (operation, goals) in &runs.reports {
        check_changes(world, *operation, goals);
    }
}

impl Desired {
    fn new(world: &World, rng: &mut Rng) -> Self {
        let mut entries = Vec::new();
        let mut names: Vec<String> = NAMES.iter().map(|it| (*it).to_owned()).collect();
        rng.shuffle(&mut names);
        names.truncate(3);
        let part = |rng: &mut Rng, all: &[&str]| (rng.u8(..4) > 0).then(|| some(rng, all));
        for name in names {
            let group = world.groups().iter().find(|it| it.name == name).map(|it| it.id.clone());
            let id = group.filter(|_| rng.u8(..3) == 0);
            let name = if id.is_some() { format!("New {name}") } else { name };
            let (members, permissions) = (part(rng, &MEMBERS), part(rng, &PERMISSIONS));
            entries.push(Entry { name, id, members, permissions });
        }
        let pinned: Vec<usize> =
            (0..entries.len()).filter(|at| entries[*at].id.is_some()).collect();
        if let [one, other, ..] = pinned[..]
            && rng.bool()
        {
            // They exchange their names.
            let name = |at: usize| entries[at].name["New ".len()..].to_owned();
            let (first, second) = (name(one), name(other));
            entries[one].name = second;
            entries[other].name = first;
        }
        Self { entries, prune: if rng.bool() { Prune::Yes } else { Prune::No } }
    }

    fn file(&self) -> GroupFile {
        let entry = |entry: &Entry| {
            let mut group = json!({ "name": entry.name });
            if let Some(id) = &entry.id {
                group["id"] = json!(id);
            }
            if let Some(members) = &entry.members {
                group["members"] = json!(members);
            }
            if let Some(permissions) = &entry.permissions {
                group["policies"] = policies(permissions, json!(RESOURCE));
            }
            group
        };
        let groups: Value = self.entries.iter().map(entry).collect();
        GroupFile::parse("groups.json", groups.to_string().as_bytes())
    }

    fn permissions_of(&self, name: &str) -> BTreeSet<String> {
        let entry = self.entries.iter().find(|it| it.name == name);
        entry.and_then(|it| it.permissions.clone()).unwrap_or_default()
    }

    fn goal(&self, step: &Step) -> Goal {
        let name = step.group.clone();
        let id = || step.group_id.as_ref().map(ToString::to_string).unwrap_or_default();
        let members = || step.members.iter().map(|it| it.id.to_string());
        match step.action {
            Action::Create => Goal::Created { permissions: self.permissions_of(&name), name },
            Action::Rename => Goal::Named { id: id(), name },
            Action::SetPolicies => {
                Goal::Allows { id: id(), permissions: self.permissions_of(&name) }
            }
            Action::AddMembers => Goal::Has { id: id(), members: members().collect() },
            Action::RemoveMembers => Goal::HasNone { id: id(), members: members().collect() },
            Action::Delete => Goal::Deleted { id: id() },
            Action::CreateResourceGroup => panic!("no file of the simulation has a scope"),
        }
    }
}

/// Interrupts a run after this number of checks.
struct Interrupt(AtomicU32);

impl Progress for Interrupt {
    fn is_cancelled(&self) -> bool {
        let left =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1));
        left.is_err()
    }
}

struct Runs<'a> {
    world: &'a World,
    desired: &'a Desired,
    /// The plan of the run before.
    plan: Option<Plan>,
    /// What each run may have changed by its own report.
    reports: Vec<(u32, Vec<Goal>)>,
}

impl Runs<'_> {
    async fn run(
        &mut self,
        number: u32,
        settings: &Settings,
        network: &Network,
        rng: &mut Rng,
        reuse: bool,
        interrupted: u32,
    ) {
        let concurrency = NonZeroUsize::new(rng.usize(1..4)).unwrap();
        let engine = Engine::new(settings.client(network), account()).concurrency(concurrency);
        let start = self.world.now();
        let plan = match self.plan.take().filter(|_| reuse) {
            Some(plan) => plan,
            None => match engine
                .plan(&self.desired.file(), self.desired.prune.clone(), &NoProgress)
                .await
            {
                Ok(plan) => plan,
                Err(error) => {
                    self.world.note(|| format!("no plan: {error}"));
                    return self.reports.push((number, Vec::new()));
                }
            },
        };
        self.plan = Some(plan.clone());
        let progress = Interrupt(AtomicU32::new(interrupted));
        let result = engine.apply(&plan, &RemovalLimit::lifted(), &progress).await;
        self.report(number, start, result);
    }

    fn report(&mut self, number: u32, start: Duration, result: Result<Outcome, Error>) {
        self.world.note(|| format!("run {number} reports {result:?}"));
        // Nothing was changed if there is an error.
        let Ok(outcome) = result else { return self.reports.push((number, Vec::new())) };
        let mut goals: Vec<Goal> = outcome.done.iter().map(|it| self.desired.goal(it)).collect();
        for goal in &goals {
            check_done(self.world, start, goal);
        }
        let unknown = outcome.failed.iter().filter(|it| match &it.error {
            StepError::Request(error) | StepError::NameTaken { source: error, .. } => {
                error.outcome_unknown()
            }
            _ => true,
        });
        goals.extend(unknown.map(|it| self.desired.goal(&it.step)));
        self.reports.push((number, goals));
    }

    /// Invariant 6.
    async fn last(&mut self, settings: &Settings, network: &Network) {
        let engine = Engine::new(settings.client(network), account());
        let (file, start) = (self.desired.file(), self.world.now());
        let plan = || engine.plan(&file, self.desired.prune.clone(), &NoProgress);
        let first = match plan().await {
            Ok(plan) => plan,
            Err(error) => return self.world.violation(format!("no plan after quiet: {error}")),
        };
        let result = engine.apply(&first, &RemovalLimit::lifted(), &NoProgress).await;
        if !result.as_ref().is_ok_and(Outcome::is_complete) {
            self.world.violation(format!("the run after quiet fails: {result:?}"));
        }
        tokio::time::sleep(SETTLED).await;
        match plan().await {
            Ok(plan) if plan.is_empty() => {}
            other => self.world.violation(format!("the next plan is not empty: {other:?}")),
        }
        self.report(100, start, result);
        self.check_desired();
    }

    fn check_desired(&self) {
        let groups = self.world.groups();
        for entry in &self.desired.entries {
            let named: Vec<_> = groups.iter().filter(|it| it.name == entry.name).collect();
            let as_desired = named.len() == 1
                && entry.id.as_ref().is_none_or(|id| *id == named[0].id)
                && entry.permissions.as_ref().is_none_or(|it| *it == allowed(named[0]))
                && entry.members.as_ref().is_none_or(|it| {
                    *it == named[0].members.iter().cloned().collect::<BTreeSet<_>>()
                });
            if !as_desired {
                self.world.violation(format!("{} is not as desired: {named:?}", entry.name));
            }
        }
        if self.desired.prune == Prune::Yes && groups.len() != self.desired.entries.len() {
            self.world.violation(format!("groups are left: {groups:?}"));
        }
    }
}
