//! The account, its history, and who changed what.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cloudflare_user_groups_sandbox::{Contract, DEFAULT_TOKEN, Fault, FaultKind, FaultPlan};
use cloudflare_user_groups_sandbox::{Sandbox, Seed, UserGroup};
use fastrand::Rng;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tokio::time::Instant;

/// The members of the account, its permission groups and its resource group.
pub(crate) const MEMBERS: [&str; 4] = [
    "00000000000000000000000000000001",
    "00000000000000000000000000000002",
    "00000000000000000000000000000003",
    "00000000000000000000000000000004",
];
pub(crate) const PERMISSIONS: [&str; 2] =
    ["000000000000000000000000000000a1", "000000000000000000000000000000a2"];
pub(crate) const RESOURCE: &str = "000000000000000000000000000000b1";
/// The names of the groups at the start.
pub(crate) const NAMES: [&str; 4] = ["Blue", "Green", "Red", "Teal"];
/// The largest of the lags below, twice: a stale list may show what a deletion hides late.
pub(crate) const LAG: Duration = Duration::from_secs(6);
const LAGS: [u64; 4] = [0, 200, 1000, 3000];

/// A change of the state, as a comparison of before and after shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Created { id: String, name: String },
    Renamed { id: String, name: String },
    Policies { id: String },
    Joined { id: String, member: String },
    Left { id: String, member: String },
    Deleted { id: String },
}

/// The body of a response.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Who changes: an operation of our own program, or the second actor.
pub(crate) type By = Option<u32>;

#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) by: By,
    pub(crate) change: Change,
}

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    /// Whether the API refuses a name that is taken.
    pub(crate) unique_names: bool,
    /// Whether lists may ignore their filters.
    pub(crate) ignores_filters: bool,
    started: Instant,
    log: Mutex<Log>,
    traced: bool,
}

#[derive(Default)]
struct Log {
    /// Every state, with the time since the start at which it began.
    states: Vec<(Duration, Arc<Vec<UserGroup>>)>,
    effects: Vec<Effect>,
    /// The groups whose names the second actor has chosen.
    foreign: BTreeSet<String>,
    trace: Vec<String>,
    violations: Vec<String>,
}

impl World {
    pub(crate) fn new(rng: &mut Rng, traced: bool) -> Arc<Self> {
        let unique_names = rng.u8(0..3) > 0;
        let contract = if unique_names { Contract::Observed } else { Contract::Current };
        let started = Instant::now();
        let lag = |rng: &mut Rng| Duration::from_millis(LAGS[rng.usize(..LAGS.len())]);
        let mut plan = FaultPlan::new(rng.u64(..));
        for ms in &LAGS[1..rng.usize(1..=LAGS.len())] {
            plan = plan.fault(Fault::new(FaultKind::StaleList { ms: *ms }).probability(0.2));
        }
        let ignores_filters = rng.bool();
        if ignores_filters {
            plan = plan.fault(Fault::new(FaultKind::IgnoreFilter).probability(0.5));
        }
        let sandbox = Sandbox::builder()
            .seed(seed(rng))
            .contract(contract)
            .new_group_lag(lag(rng))
            .deletion_lag(lag(rng))
            .faults(plan)
            .keep_log(false)
            .simulated(move || started.elapsed())
            .unwrap();
        let groups = Arc::new(sandbox.account().user_groups);
        let log = Log { states: vec![(Duration::ZERO, groups)], ..Log::default() };
        Arc::new(Self {
            sandbox,
            unique_names,
            ignores_filters,
            started,
            log: Mutex::new(log),
            traced,
        })
    }

    /// The time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn groups(&self) -> Arc<Vec<UserGroup>> {
        Arc::clone(&self.log.lock().unwrap().states.last().unwrap().1)
    }

    /// Applies a request and records what it changed. `None` if there is no response.
    pub(crate) async fn apply(
        &self,
        by: By,
        request: Request<Full<Bytes>>,
    ) -> Option<Response<Body>> {
        let changes = request.method() != http::Method::GET;
        self.note(|| format!("{by:?} {} {}", request.method(), request.uri()));
        let response = self.sandbox.respond(request).await;
        if changes {
            let after = self.sandbox.account().user_groups;
            let before = self.groups();
            if after != *before {
                self.record(by, &before, after);
            }
        }
        let response = response?;
        Some(response.map(|body| body.map_err(io::Error::other).boxed_unsync()))
    }

    fn record(&self, by: By, before: &[UserGroup], after: Vec<UserGroup>) {
        for change in changes(before, &after) {
            self.note(|| format!("{by:?} changed {change:?}"));
            if let Change::Created { id, name } | Change::Renamed { id, name } = &change {
                self.check_name(by, id, name, &after);
            }
            self.log.lock().unwrap().effects.push(Effect { by, change });
        }
        let now = self.now();
        self.log.lock().unwrap().states.push((now, Arc::new(after)));
    }

    /// No group twice, unless the second actor made one of them.
    fn check_name(&self, by: By, id: &str, name: &str, after: &[UserGroup]) {
        let mut log = self.log.lock().unwrap();
        if by.is_none() {
            log.foreign.insert(id.to_owned());
            return;
        }
        log.foreign.remove(id);
        let twin = |group: &&UserGroup| group.name == name && group.id != id;
        let twin = after.iter().filter(twin).find(|group| !log.foreign.contains(&group.id));
        if let Some(twin) = twin {
            log.violations.push(format!("group {name} twice: {id} and {}", twin.id));
        }
    }

    /// The groups whose names the second actor has chosen.
    pub(crate) fn foreign(&self) -> BTreeSet<String> {
        self.log.lock().unwrap().foreign.clone()
    }

    /// What an operation of our program, or the second actor, has changed.
    pub(crate) fn changes_by(&self, by: By) -> Vec<Change> {
        let log = self.log.lock().unwrap();
        let theirs = log.effects.iter().filter(|effect| effect.by == by);
        theirs.map(|effect| effect.change.clone()).collect()
    }

    /// The states from some time on, with the one before it. A change in the same moment may not
    /// have been seen yet.
    pub(crate) fn states_since(&self, time: Duration) -> Vec<Arc<Vec<UserGroup>>> {
        let log = self.log.lock().unwrap();
        let first = log.states.partition_point(|(at, _)| *at < time).saturating_sub(1);
        log.states[first..].iter().map(|(_, groups)| Arc::clone(groups)).collect()
    }

    pub(crate) fn violation(&self, text: String) {
        self.note(|| format!("VIOLATION {text}"));
        self.log.lock().unwrap().violations.push(text);
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.log.lock().unwrap().violations.clone()
    }

    pub(crate) fn note(&self, text: impl FnOnce() -> String) {
        if !self.traced {
            return;
        }
        let line = format!("{:>9.3} {}", self.now().as_secs_f64(), text());
        self.log.lock().unwrap().trace.push(line);
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        self.log.lock().unwrap().trace.clone()
    }
}

fn changes(before: &[UserGroup], after: &[UserGroup]) -> Vec<Change> {
    let by_id = |groups: &[UserGroup]| -> BTreeMap<String, UserGroup> {
        groups.iter().map(|group| (group.id.clone(), group.clone())).collect()
    };
    let (before, after) = (by_id(before), by_id(after));
    let gone = before.keys().filter(|id| !after.contains_key(*id));
    let mut changes: Vec<Change> = gone.map(|id| Change::Deleted { id: id.clone() }).collect();
    for (id, group) in after {
        let id = || id.clone();
        let Some(old) = before.get(&group.id) else {
            changes.push(Change::Created { id: id(), name: group.name });
            continue;
        };
        if old.name != group.name {
            changes.push(Change::Renamed { id: id(), name: group.name.clone() });
        }
        if old.policies != group.policies {
            changes.push(Change::Policies { id: id() });
        }
        let joined = group.members.iter().filter(|it| !old.members.contains(it));
        changes.extend(joined.map(|it| Change::Joined { id: id(), member: it.clone() }));
        let left = old.members.iter().filter(|it| !group.members.contains(it));
        changes.extend(left.map(|it| Change::Left { id: id(), member: it.clone() }));
    }
    changes
}

/// A few of all, chosen by the seed.
pub(crate) fn some(rng: &mut Rng, all: &[&str]) -> BTreeSet<String> {
    all.iter().filter(|_| rng.bool()).map(|it| (*it).to_owned()).collect()
}

/// Policies that allow these permissions, one each, as requests and seeds write them.
pub(crate) fn policies(
    permissions: &BTreeSet<String>,
    resource: serde_json::Value,
) -> serde_json::Value {
    permissions
        .iter()
        .map(|it| {
            let permission = if resource.is_object() { json!({ "id": it }) } else { json!(it) };
            json!({ "access": "allow", "permission_groups": [permission], "resource_groups": [resource] })
        })
        .collect()
}

fn seed(rng: &mut Rng) -> Seed {
    let member = |id: &&str| json!({ "id": id, "email": format!("m{id}@example.com") });
    let named = |id: &&str| json!({ "id": id, "name": format!("n{id}") });
    let mut groups = Vec::new();
    for (number, name) in NAMES.iter().enumerate() {
        if rng.bool() {
            groups.push(json!({
                "id": format!("{:032x}", 0xc0 + number),
                "name": name,
                "members": some(rng, &MEMBERS),
                "policies": policies(&some(rng, &PERMISSIONS), json!(RESOURCE)),
            }));
        }
    }
    let seed = json!({ "accounts": [{
        "members": MEMBERS.iter().map(member).collect::<Vec<_>>(),
        "permission_groups": PERMISSIONS.iter().map(named).collect::<Vec<_>>(),
        "resource_groups": [named(&RESOURCE)],
        "user_groups": groups,
    }]});
    Seed::from_json(&seed.to_string()).unwrap()
}

/// A request of the second actor.
pub(crate) fn request(
    method: http::Method,
    path: &str,
    body: &serde_json::Value,
) -> Request<Full<Bytes>> {
    let account = cloudflare_user_groups_sandbox::DEFAULT_ACCOUNT_ID;
    let uri = format!("http://127.0.0.1/client/v4/accounts/{account}/iam/user_groups{path}");
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header("authorization", format!("Bearer {DEFAULT_TOKEN}"))
        .header("content-type", "application/json");
    request.body(Full::new(body.to_string().into())).unwrap()
}
