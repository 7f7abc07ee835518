//! Thousands of changes at once, with faults of the network and of the service: in the end the
//! state is the intended one, or an error explains the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture;
use std::time::Duration;

use cloudflare_user_groups::{
    ClientBuilder, Error, MemberId, RateLimit, Result, RetryPolicy, UserGroupId, UserGroups,
};
use cloudflare_user_groups_sandbox::fault::{
    ChangePart, FaultBody, Interference, Normalisation, SECOND_ACTOR,
};
use cloudflare_user_groups_sandbox::{
    AccountMember, Builder, Contract, Fault, FaultKind, FaultPlan, Sandbox, Seed, seed,
};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::observed::{ADD, CREATE};

const CONCURRENCY: usize = 32;
const WORKERS: usize = 80;
/// How many changes a worker makes to groups of its own, one after the other.
const CHANGES: usize = 25;
const UPDATE: &str = "account-user-group-update";
const REPLACE: &str = "account-user-group-members-update";

/// What can go wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Faults {
    /// A fifth of the requests fail on their way or at the edge. A repeat finds the truth.
    Network,
    /// Besides, the service is slow and forgetful, and is shared with others.
    Service,
}

impl Faults {
    fn plan(self, seed: u64) -> FaultPlan {
        let html = FaultBody::Html("<html>502</html>".to_owned());
        let network = [
            Fault::new(FaultKind::CloseBeforeRead),
            Fault::new(FaultKind::CloseBeforeResponse),
            Fault::new(FaultKind::CutBody),
            Fault::new(FaultKind::TruncatedJson),
            Fault::status_with(502, html),
            Fault::status(503).applied(true),
            Fault::status(429).retry_after("0"),
            Fault::status(500).applied(true),
        ];
        let network = network.map(|fault| fault.probability(0.2 / 8.0));
        let service = if self == Self::Service { service_faults() } else { Vec::new() };
        service.into_iter().chain(network).fold(FaultPlan::new(seed), FaultPlan::fault)
    }
}

fn service_faults() -> Vec<Fault> {
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
    let everywhere = everywhere.map(|kind| Fault::new(kind).probability(0.01));
    let changes = changes.map(|(operation, kind)| Fault::new(kind).on(operation).probability(0.03));
    everywhere.into_iter().chain(changes).collect()
}

/// An account of this many members.
fn company(people: usize) -> Builder {
    let member = |number| AccountMember {
        email: format!("user{number}@example.com"),
        ..AccountMember::default()
    };
    let members = (0..people).map(member).collect();
    let account = seed::Account { members, ..seed::Account::default() };
    Sandbox::builder().seed(Seed { accounts: vec![account] })
}

fn groups(sandbox: &Sandbox, adjust: impl FnOnce(ClientBuilder) -> ClientBuilder) -> UserGroups {
    crate::server::groups(adjust(crate::client(sandbox).rate_limit(RateLimit::off())))
}

fn patient(builder: ClientBuilder) -> ClientBuilder {
    let retry = RetryPolicy::default().max_attempts(10).initial_backoff(Duration::from_millis(1));
    // In proportion to the lists, which are late by 25 ms.
    let builder = builder.settle_times([10, 20, 40].map(Duration::from_millis));
    builder.new_group_timeout(Duration::from_millis(100)).retry(retry)
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

struct Worker {
    groups: UserGroups,
    people: Vec<MemberId>,
    faults: Faults,
    name: String,
    random: fastrand::Rng,
}

impl Worker {
    /// Creates groups, renames, fills, empties and deletes them.
    async fn run(mut self) -> Knowledge {
        let mut known = Knowledge::default();
        for change in 0..CHANGES {
            let alive: Vec<usize> =
                (0..known.groups.len()).filter(|at| !known.groups[*at].removed).collect();
            if alive.is_empty() || self.random.u8(..6) == 0 {
                self.create(change, &mut known).await;
            } else {
                let it = &mut known.groups[alive[self.random.usize(..alive.len())]];
                known.uncertain.extend(self.change(change, it).await);
            }
        }
        known
    }

    /// Sends a request again while that is safe, and if only the network fails, until it is
    /// certain.
    async fn settled<R: IntoFuture<Output = Result<T>>, T>(
        &self,
        request: impl Fn() -> R,
    ) -> Result<T> {
        let certain = |error: &Error| {
            let unreadable = error.status().is_some_and(|status| status.is_success());
            error.operation() == Some(CREATE) || !(error.outcome_unknown() || unreadable)
        };
        for _ in 0..20 {
            match request().await {
                Err(error) if error.is_retryable() => {}
                Err(error) if self.faults == Faults::Network && !certain(&error) => {}
                other => return other,
            }
        }
        request().await
    }

    async fn create(&self, change: usize, known: &mut Knowledge) {
        let title = format!("{} {change}", self.name);
        let created = match self.settled(|| self.groups.create(&title)).await {
            Err(error) if error.outcome_unknown() && self.faults == Faults::Network => {
                // Looking failed too. The name is this worker's alone, so that it can look again.
                let list = || Box::pin(self.groups.list().name(&title).all());
                Ok(self.settled(list).await.unwrap().pop())
            }
            created => created.map(Some),
        };
        match created {
            Ok(group) => known.groups.extend(group.map(|group| Known {
                id: group.id,
                title: group.name,
                members: BTreeSet::new(),
                certain: true,
                removed: false,
            })),
            Err(error) if error.outcome_unknown() => known.uncertain.push(title),
            Err(_) => {}
        }
    }

    /// Makes a random change. Returns the name that the group has if its outcome is not known.
    async fn change(&mut self, change: usize, it: &mut Known) -> Option<String> {
        let count = self.random.usize(1..5);
        let some: BTreeSet<MemberId> = (0..count)
            .map(|_| self.people[self.random.usize(..self.people.len())].clone())
            .collect();
        let (action, leaver) = (self.random.u8(..10), self.random.choice(&it.members).cloned());
        let members = self.groups.members(&it.id);
        let mut title = None;
        let result = match (action, leaver) {
            (0, _) => self.settled(|| self.groups.delete(&it.id)).await.map(|()| it.removed = true),
            (1, _) => {
                let new = format!("{} {change} again", self.name);
                let renamed = self.settled(|| self.groups.update(&it.id).name(&new)).await;
                title = renamed.is_err().then_some(new);
                renamed.map(|group| it.title = group.name)
            }
            (2 | 3, _) => self.settled(|| members.replace(&some)).await.map(|_| it.members = some),
            (4 | 5, Some(leaver)) => {
                let removed = self.settled(|| members.remove(&leaver)).await;
                // Here the group is there: the 404 is about the member, whom a lost request
                // removed.
                let gone = |error: &Error| error.is_not_found() && self.faults == Faults::Network;
                removed.or_else(|error| if gone(&error) { Ok(()) } else { Err(error) }).map(|()| {
                    it.members.remove(&leaver);
                })
            }
            (6, _) => {
                let listed = self.settled(|| Box::pin(members.list().all())).await;
                if self.faults == Faults::Network {
                    let listed = listed.unwrap().into_iter().map(Into::into);
                    assert_eq!(listed.collect::<BTreeSet<_>>(), it.members);
                }
                // A list that is out of date may not know the group yet, which says nothing of its
                // end.
                Ok(())
            }
            _ => self.settled(|| members.add(&some)).await.map(|_| it.members.extend(some)),
        };
        if let Err(error) = result {
            note(it, &error);
        }
        title
    }
}

/// An error either leaves doubt, or says that the group is gone, or that nothing was changed.
fn note(group: &mut Known, error: &Error) {
    if error.outcome_unknown() {
        group.certain = false;
    } else if error.is_not_found() {
        group.removed = true;
    }
}

async fn run(seed: u64, faults: Faults) {
    let sandbox = company(40).start().await.unwrap();
    let members = sandbox.account().members.into_iter();
    let people: Vec<_> = members.map(|it| MemberId::new(it.id).unwrap()).collect();
    sandbox.set_faults(&faults.plan(seed)).unwrap();
    let groups = groups(&sandbox, patient);
    let worker = |number| Worker {
        groups: groups.clone(),
        people: people.clone(),
        faults,
        name: format!("worker {number}"),
        random: fastrand::Rng::with_seed(seed * 1_000_003 + number),
    };
    let known: Vec<Knowledge> = stream::iter(0..WORKERS as u64)
        .map(|number| worker(number).run())
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    check(seed, &sandbox, known, faults);
}

fn check(seed: u64, sandbox: &Sandbox, known: Vec<Knowledge>, faults: Faults) {
    let log = sandbox.log();
    let touched: BTreeSet<&str> =
        log.iter().filter_map(|it| it.interference.as_ref()?["group"].as_str()).collect();
    let mut actual: BTreeMap<String, _> =
        sandbox.account().user_groups.into_iter().map(|it| (it.id.clone(), it)).collect();

    let (mut certain, mut uncertain) = (0, Vec::new());
    for Knowledge { groups, uncertain: names } in known {
        uncertain.extend(names);
        for group in groups {
            let there = actual.remove(group.id.as_str());
            assert!(group.certain || faults == Faults::Service, "seed {seed}: {}", group.title);
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
    let (all, doubt) = (log.len(), uncertain.len());
    println!("seed {seed}: {all} requests, {hit} hit; {certain} groups certain, {doubt} in doubt");
    assert!(hit * 100 > all * 15, "{hit} of {all} requests were hit");
    let allowed = if faults == Faults::Network { 0 } else { certain };
    assert!(doubt <= allowed, "seed {seed}: {doubt} outcomes in doubt");
}

#[tokio::test]
async fn changes_end_as_intended_if_the_network_fails() {
    for seed in 1..=4 {
        run(seed, Faults::Network).await;
    }
}

#[tokio::test]
async fn changes_end_as_intended_or_in_an_error_that_says_so_if_the_service_fails() {
    for seed in 1..=4 {
        run(seed, Faults::Service).await;
    }
}

/// Names are not unique there, so a repeated creation would show.
#[tokio::test]
async fn two_hundred_creations_with_lost_responses_are_two_hundred_groups() {
    let sandbox = company(1).contract(Contract::Current).start().await.unwrap();
    let lost = Fault::new(FaultKind::CloseBeforeResponse).on(CREATE).probability(0.2);
    sandbox.set_faults(&FaultPlan::new(3).fault(lost)).unwrap();
    let groups = groups(&sandbox, patient);
    let created: Vec<_> = stream::iter(0..200)
        .map(|number| groups.create(format!("group {number}")).into_future())
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await
        .unwrap();
    assert_eq!((created.len(), sandbox.account().user_groups.len()), (200, 200));
    let log = sandbox.log();
    assert_eq!(log.iter().filter(|it| it.operation == Some(CREATE) && it.applied).count(), 200);
    assert!(log.iter().any(|it| it.fault.is_some() && it.applied));
}

/// Dropping a call at any point leaves the client as usable as before.
#[tokio::test]
async fn call_can_be_dropped_at_any_point() {
    let sandbox = company(3).start().await.unwrap();
    let delay = Fault::delay(Duration::from_millis(1)).probability(0.5);
    sandbox.set_faults(&FaultPlan::new(1).fault(delay)).unwrap();
    let limit = RateLimit::new(100_000, Duration::from_secs(1));
    let groups = groups(&sandbox, |builder| builder.rate_limit(limit));
    for polls in 0..200 {
        let mut call = Box::pin(groups.list().all());
        for _ in 0..polls % 20 {
            if (&mut call).now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    // No call has kept a permit, so that others can be sent.
    let all: Vec<_> = stream::iter(0..64)
        .map(|_| groups.list().all())
        .buffer_unordered(64)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(all.len(), 64);
}
