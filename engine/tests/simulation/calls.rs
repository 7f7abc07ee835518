//! Calls of the client, some at the same time, and some of which are cancelled.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cloudflare_user_groups::{MemberId, PermissionGroupId, Policy, ResourceGroupId, Result};
use cloudflare_user_groups::{UserGroupId, UserGroups};
use cloudflare_user_groups_sandbox::UserGroup;
use fastrand::Rng;
use futures_util::TryStreamExt;

use crate::actor::{self, Habits};
use crate::invariants::{Goal, check_changes, check_done, check_list};
use crate::network::{Network, OPERATION};
use crate::program::{Settings, account, crashing};
use crate::world::{Change, MEMBERS, PERMISSIONS, RESOURCE, World, some};

/// What a call reports: what it may have changed, and the id of the group if it made one.
struct Report {
    operation: u32,
    goals: Vec<Goal>,
    created: Option<Option<String>>,
}

pub(crate) async fn simulate(world: &Arc<World>, rng: &mut Rng) {
    let network = Network::new(world, rng.fork());
    let habits = Habits {
        every: [0, 1, 10][rng.usize(..3)],
        names: ["Foreign", "Gold", "Silver"].map(str::to_owned).to_vec(),
        spared: BTreeSet::new(),
    };
    let actor = actor::start(world, rng.fork(), habits);
    let groups = Settings::new(rng).client(&network).account(account()).user_groups();
    let workers = (0..rng.u32(1..4)).map(|number| worker(world, &groups, rng.fork(), number * 100));
    let workers: Vec<_> = workers.collect();
    let reports = futures_util::future::join_all(workers).await.into_iter().flatten();
    tokio::time::sleep(Duration::from_secs(60)).await;
    if let Some(actor) = actor {
        actor.abort();
    }
    for report in reports {
        check_changes(world, report.operation, &report.goals);
        check_creation(world, &report);
    }
}

async fn worker(world: &World, groups: &UserGroups, mut rng: Rng, first: u32) -> Vec<Report> {
    let mut reports = Vec::new();
    for operation in first..first + rng.u32(2..6) {
        let polls = if rng.u8(..4) == 0 { rng.u32(1..30) } else { u32::MAX };
        let call = call(world, groups, &mut rng, operation);
        match OPERATION.scope(operation, crashing(call, polls)).await {
            Some(report) => reports.extend(report),
            None => world.note(|| format!("operation {operation} was cancelled")),
        }
        tokio::time::sleep(Duration::from_millis(rng.u64(..3000))).await;
    }
    reports
}

/// Makes a random call and checks what it returns.
async fn call(world: &World, groups: &UserGroups, rng: &mut Rng, operation: u32) -> Option<Report> {
    let all = world.groups();
    let Some(group) = rng.choice(all.iter()).filter(|_| rng.u8(..4) > 0) else {
        return Some(create(world, groups, rng, operation).await);
    };
    let id = group.id.clone();
    let (here, start) = (UserGroupId::new(&*id).unwrap(), world.now());
    let members = groups.members(&here);
    let permissions = some(rng, &PERMISSIONS);
    let chosen: BTreeSet<String> = some(rng, &MEMBERS);
    let ids: Vec<MemberId> = chosen.iter().map(|it| MemberId::new(&**it).unwrap()).collect();
    let (goal, result) = match rng.u8(..10) {
        0 => {
            let name = format!("Renamed {operation}");
            let result = groups.update(&here).name(&name).await.map(drop);
            (Goal::Named { id, name }, result)
        }
        1 => {
            let result = groups.update(&here).policies(to_policies(&permissions)).await.map(drop);
            (Goal::Allows { id, permissions }, result)
        }
        2 => (Goal::Deleted { id }, groups.delete(&here).await),
        3 | 4 => (Goal::Has { id, members: chosen }, members.add(ids).await.map(drop)),
        5 => (Goal::HasOnly { id, members: chosen }, members.replace(ids).await.map(drop)),
        6 => {
            let member = MEMBERS[rng.usize(..MEMBERS.len())];
            let result = members.remove(MemberId::new(member).unwrap()).await;
            (Goal::HasNone { id, members: [member.to_owned()].into() }, result)
        }
        7 => {
            let list = members.list().per_page(rng.u32(1..4)).max_in_flight(rng.usize(1..4));
            let listed = list.all().await.ok()?.into_iter().map(|it| it.id.to_string());
            let members = |groups: &[UserGroup]| {
                let group = groups.iter().find(|group| group.id == id);
                group.map(|it| it.members.iter().cloned().collect()).unwrap_or_default()
            };
            check_list(world, start, &listed.collect::<Vec<_>>(), members, members);
            return None;
        }
        _ => {
            list(world, groups, rng, start).await.ok()?;
            return None;
        }
    };
    world.note(|| format!("operation {operation} {goal:?}: {result:?}"));
    Some(report(world, operation, start, goal, result))
}

fn report(
    world: &World,
    operation: u32,
    start: Duration,
    goal: Goal,
    result: Result<()>,
) -> Report {
    if result.is_ok() {
        check_done(world, start, &goal);
    }
    let certain = result.is_err_and(|error| !error.outcome_unknown());
    let goals = if certain { Vec::new() } else { vec![goal] };
    Report { operation, goals, created: None }
}

async fn create(world: &World, groups: &UserGroups, rng: &mut Rng, operation: u32) -> Report {
    let (name, permissions) = (format!("Group {operation}"), some(rng, &PERMISSIONS));
    let start = world.now();
    let result = groups.create(&name).policies(to_policies(&permissions)).await;
    let id = result.as_ref().ok().map(|group| group.id.to_string());
    world.note(|| {
        format!("operation {operation} create {name}: {:?}", result.as_ref().map(|it| &it.id))
    });
    let goal = Goal::Created { name, permissions };
    let report = report(world, operation, start, goal, result.map(drop));
    Report { created: Some(id), ..report }
}

/// A creation makes one group at most, and returns the one that it made. It may make it again
/// after another operation deleted it.
fn check_creation(world: &World, report: &Report) {
    let Some(returned) = &report.created else { return };
    let made = world.changes_by(Some(report.operation)).into_iter();
    let made = made.filter_map(|change| match change {
        Change::Created { id, .. } => Some(id),
        _ => None,
    });
    let made: Vec<String> = made.collect();
    let is_made = |group: &&UserGroup| made.contains(&group.id);
    let states = world.states_since(Duration::ZERO);
    let twice = states.iter().any(|groups| groups.iter().filter(is_made).count() > 1);
    if twice || returned.as_ref().is_some_and(|id| !made.contains(id)) {
        world.violation(format!("a creation made {made:?} and returned {returned:?}"));
    }
}

async fn list(world: &World, groups: &UserGroups, rng: &mut Rng, start: Duration) -> Result<()> {
    let filter = ["", "", "Re", "Gro"][rng.usize(..4)];
    let filter = if world.ignores_filters { "" } else { filter };
    let list = groups.list().per_page(rng.u32(1..4)).max_in_flight(rng.usize(1..4));
    let list = if filter.is_empty() { list } else { list.name_contains(filter) };
    let listed: Vec<_> =
        if rng.bool() { list.all().await? } else { list.stream().try_collect().await? };
    let ids: Vec<String> = listed.iter().map(|group| group.id.to_string()).collect();
    let matches = |group: &&UserGroup| group.name.to_lowercase().contains(&filter.to_lowercase());
    let matching = |groups: &[UserGroup]| {
        groups.iter().filter(matches).map(|group| group.id.clone()).collect()
    };
    let all = |groups: &[UserGroup]| {
        let name = |group: &UserGroup| if filter.is_empty() { "" } else { &*group.name }.to_owned();
        groups.iter().map(|group| group.id.clone() + &name(group)).collect()
    };
    check_list(world, start, &ids, matching, all);
    Ok(())
}

fn to_policies(permissions: &BTreeSet<String>) -> Vec<Policy> {
    let policy = |id: &String| {
        let permission = PermissionGroupId::new(&**id).unwrap();
        Policy::allow([permission], [ResourceGroupId::new(RESOURCE).unwrap()])
    };
    permissions.iter().map(policy).collect()
}
