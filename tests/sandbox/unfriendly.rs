//! Thousands of changes on a service that is slow, forgetful and shared with others: in the end the
//! state is the intended one, or an error explains the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture;
use std::time::Duration;

use cloudflare_user_groups::{
    AccountId, Client, Error, MemberId, RateLimit, Result, RetryPolicy, UserGroupId, UserGroups,
};
use cloudflare_user_groups_sandbox::fault::{
    ChangePart, Interference, Normalisation, SECOND_ACTOR,
};
use cloudflare_user_groups_sandbox::{Contract, Fault, FaultKind, FaultPlan, Sandbox};
use futures_util::{StreamExt, stream};

use crate::chaos::{CHANGES_OF_A_WORKER, CONCURRENCY, PEOPLE, Random, company, transport_faults};

const CREATE: &str = "account-user-group-create";
const UPDATE: &str = "account-user-group-update";
const ADD: &str = "account-user-group-member-create";
const REPLACE: &str = "account-user-group-members-update";

/// One request in ten is hit by a fault of the service, besides those of the transport.
fn faults(seed: u64) -> FaultPlan {
    let interfere = |action| FaultKind::Interfere { action, name: None };
    let status = |code, empty| FaultKind::SuccessStatus { code, empty };
    let everywhere = [
        FaultKind::StaleList { ms: 25 },
        FaultKind::IgnoreFilter,
        interfere(Interference::Create),
        interfere(Interference::Rename),
        interfere(Interference::Delete),
        interfere(Interference::Fill),
        FaultKind::NormaliseName(Normalisation::Cut(9)),
        status(202, false),
    ];
    let everywhere = everywhere.map(|kind| Fault::new(kind).probability(0.01));
    // A removal shows nothing that could be compared, and a list that is null is an empty one.
    let changes = [
        (CREATE, FaultKind::DropChange(ChangePart::Policies)),
        (UPDATE, FaultKind::DropChange(ChangePart::Name)),
        (ADD, FaultKind::DropChange(ChangePart::Members)),
        (REPLACE, FaultKind::DropChange(ChangePart::Members)),
        (CREATE, FaultKind::NullResult),
        (UPDATE, status(204, true)),
        (ADD, FaultKind::NullResult),
        (REPLACE, status(200, true)),
    ];
    let changes = changes.map(|(operation, kind)| Fault::new(kind).on(operation).probability(0.03));
    let plan = everywhere.into_iter().chain(changes).fold(FaultPlan::new(seed), FaultPlan::fault);
    transport_faults().into_iter().fold(plan, FaultPlan::fault)
}

/// What a worker knows of a group after the responses it got.
struct Known {
    id: UserGroupId,
    title: String,
    members: BTreeSet<MemberId>,
    /// No error has said that an outcome is unknown.
    certain: bool,
    removed: bool,
}

#[derive(Default)]
struct Knowledge {
    groups: Vec<Known>,
    /// Names of which an error said that their outcome is unknown.
    uncertain: Vec<String>,
}

/// Sends a request again while that is safe.
async fn settled<R: IntoFuture<Output = Result<T>>, T>(request: impl Fn() -> R) -> Result<T> {
    for _ in 0..20 {
        match request().await {
            Err(error) if error.is_retryable() => {}
            other => return other,
        }
    }
    request().await
}

async fn worker(groups: UserGroups, people: Vec<MemberId>, name: String, seed: u64) -> Knowledge {
    let mut random = Random(seed);
    let mut known = Knowledge::default();
    for change in 0..CHANGES_OF_A_WORKER {
        let some: BTreeSet<MemberId> =
            (0..1 + random.below(4)).map(|_| people[random.below(people.len())].clone()).collect();
        let alive: Vec<usize> =
            (0..known.groups.len()).filter(|at| !known.groups[*at].removed).collect();
        if alive.is_empty() || random.below(6) == 0 {
            let title = format!("{name} {change}");
            match settled(|| groups.create(&title)).await {
                Ok(group) => known.groups.push(Known {
                    id: group.id,
                    title: group.name,
                    members: BTreeSet::new(),
                    certain: true,
                    removed: false,
                }),
                Err(error) if error.outcome_unknown() => known.uncertain.push(title),
                Err(_) => {}
            }
            continue;
        }
        let Knowledge { groups: all, uncertain } = &mut known;
        let it = &mut all[alive[random.below(alive.len())]];
        let members = groups.members(&it.id);
        let result = match random.below(10) {
            0 => settled(|| groups.delete(&it.id)).await.map(|()| it.removed = true),
            1 => {
                let title = format!("{name} {change} again");
                let renamed = settled(|| groups.update(&it.id).name(&title)).await;
                uncertain.extend(renamed.is_err().then(|| title.clone()));
                renamed.map(|group| it.title = group.name)
            }
            2 | 3 => settled(|| members.replace(&some)).await.map(|_| it.members = some),
            4 | 5 if !it.members.is_empty() => {
                let leaver = it.members.iter().nth(random.below(it.members.len())).cloned();
                let leaver = leaver.expect("it is within the members");
                let removed = settled(|| members.remove(&leaver)).await;
                removed.map(|()| {
                    it.members.remove(&leaver);
                })
            }
            // A list that is out of date may not know the group yet, which says nothing of its end.
            6 => settled(|| Box::pin(members.list().all())).await.map(drop).or(Ok(())),
            _ => settled(|| members.add(&some)).await.map(|_| it.members.extend(some)),
        };
        if let Err(error) = result {
            note(it, &error);
        }
    }
    known
}

/// An error either leaves doubt, or says that the group is gone, or that nothing was changed.
fn note(group: &mut Known, error: &Error) {
    if error.outcome_unknown() {
        group.certain = false;
    } else if error.is_not_found() {
        group.removed = true;
    }
}

async fn run(seed: u64, changes: usize) {
    let sandbox = company(PEOPLE).contract(Contract::Observed).start().await.unwrap();
    let people: Vec<_> =
        sandbox.account().members.into_iter().map(|it| MemberId::new(it.id).unwrap()).collect();
    sandbox.set_faults(&faults(seed)).unwrap();
    let client = Client::builder()
        .api_token(sandbox.token())
        .base_url(sandbox.base_url())
        .rate_limit(RateLimit::off())
        // In proportion to the lists, which are late by 25 ms.
        .settle_times([10, 20, 40].map(Duration::from_millis))
        .new_group_timeout(Duration::from_millis(100))
        .retry(RetryPolicy::default().max_attempts(10).initial_backoff(Duration::from_millis(1)))
        .build()
        .unwrap();
    let groups = client.account(AccountId::new(sandbox.account_id()).unwrap()).user_groups();
    let known: Vec<Knowledge> = stream::iter(0..changes.div_ceil(CHANGES_OF_A_WORKER))
        .map(|number| {
            let name = format!("worker {number}");
            worker(groups.clone(), people.clone(), name, seed * 1_000_003 + number as u64)
        })
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    check(seed, &sandbox, known);
}

fn check(seed: u64, sandbox: &Sandbox, known: Vec<Knowledge>) {
    let log = sandbox.log();
    let touched: BTreeSet<&str> =
        log.iter().filter_map(|it| it.interference.as_ref()?["group"].as_str()).collect();
    let mut actual: BTreeMap<String, _> =
        sandbox.account().user_groups.into_iter().map(|it| (it.id.clone(), it)).collect();
    let names: BTreeSet<&String> = actual.values().map(|group| &group.name).collect();
    assert_eq!(names.len(), actual.len(), "seed {seed}: a name is there twice");

    let (mut certain, mut uncertain) = (0, Vec::new());
    for Knowledge { groups, uncertain: names } in known {
        uncertain.extend(names);
        for group in groups {
            let there = actual.remove(group.id.as_str());
            if !group.certain || touched.contains(group.id.as_str()) {
                uncertain.push(group.title);
                continue;
            }
            certain += 1;
            let title = &group.title;
            let requests = || -> Vec<_> {
                let about = log.iter().filter(|it| it.path.contains(group.id.as_str()));
                about.map(|it| (it.operation, it.applied, &it.fault, it.response)).collect()
            };
            let removed = group.removed;
            assert_eq!(there.is_none(), removed, "seed {seed}: {title}: {:#?}", requests());
            let Some(there) = there else { continue };
            assert_eq!(there.name, group.title, "seed {seed}");
            let members: BTreeSet<_> =
                there.members.into_iter().map(|id| MemberId::new(id).unwrap()).collect();
            assert_eq!(members, group.members, "seed {seed}: the members of {title}");
        }
    }
    // Every other group was made by the second actor, or an error said that it may be there.
    for group in actual.values() {
        let explained = group.name.starts_with(SECOND_ACTOR)
            || touched.contains(group.id.as_str())
            || uncertain.iter().any(|title| title.starts_with(&group.name));
        assert!(explained, "seed {seed}: no error reported {:?} ({})", group.name, group.id);
    }
    let hit = log.iter().filter(|exchange| exchange.fault.is_some()).count();
    println!(
        "seed {seed}: {} requests, {hit} hit; {certain} groups certain, {} in doubt or touched",
        log.len(),
        uncertain.len()
    );
    assert!(certain > uncertain.len(), "seed {seed}: most outcomes are certain");
}

#[tokio::test]
async fn changes_end_as_intended_or_in_an_error_that_says_so() {
    for seed in 1..=4 {
        run(seed, 2000).await;
    }
}
