//! The invariants.
//!
//! 1. No group twice, unless the second actor made one of them (`World::check_name`).
//! 2. Nothing is reported as done that is not: there was a moment at which it was.
//! 3. Nothing is done that is reported as certainly not done.
//! 4. A list contains everything that existed during the whole call and nothing that never did,
//!    except what `ListRequest::all` documents: while something appears and something else
//!    disappears, the responses do not show that the list changed.
//! 5. No more requests than the limits allow, in any window; nothing before a `Retry-After` has
//!    passed.
//! 6. After enough quiet, another run reaches the desired state, and the next plan is empty
//!    (`runs`).

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use cloudflare_user_groups_sandbox::UserGroup;
use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;

use crate::world::{Change, LAG, World};

/// The effect that an operation must have.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    Created { name: String, permissions: BTreeSet<String> },
    Named { id: String, name: String },
    Allows { id: String, permissions: BTreeSet<String> },
    Deleted { id: String },
    Has { id: String, members: BTreeSet<String> },
    HasOnly { id: String, members: BTreeSet<String> },
    HasNone { id: String, members: BTreeSet<String> },
}

impl Goal {
    pub(crate) fn holds(&self, groups: &[UserGroup]) -> bool {
        let group = |id: &str| groups.iter().find(|group| group.id == id);
        let members = |id: &str| group(id).map(|it| BTreeSet::from_iter(it.members.clone()));
        match self {
            Self::Created { name, permissions } => {
                groups.iter().any(|it| it.name == *name && allowed(it) == *permissions)
            }
            Self::Named { id, name } => group(id).is_some_and(|it| it.name == *name),
            Self::Allows { id, permissions } => {
                group(id).is_some_and(|it| allowed(it) == *permissions)
            }
            Self::Deleted { id } => group(id).is_none(),
            Self::Has { id, members: wanted } => {
                members(id).is_some_and(|members| wanted.is_subset(&members))
            }
            Self::HasOnly { id, members: wanted } => members(id).as_ref() == Some(wanted),
            Self::HasNone { id, members: unwanted } => {
                members(id).is_none_or(|members| unwanted.is_disjoint(&members))
            }
        }
    }

    /// Whether a change is part of what it brings about.
    pub(crate) fn explains(&self, change: &Change) -> bool {
        match (self, change) {
            (Self::Created { name, .. }, Change::Created { name: new, .. }) => name == new,
            (Self::Named { id, name }, Change::Renamed { id: of, name: new }) => {
                id == of && name == new
            }
            (Self::Allows { id, .. }, Change::Policies { id: of }) => id == of,
            (Self::Deleted { id }, Change::Deleted { id: of }) => id == of,
            (
                Self::Has { id, members } | Self::HasOnly { id, members },
                Change::Joined { id: of, member },
            ) => id == of && members.contains(member),
            (Self::HasOnly { id, members }, Change::Left { id: of, member }) => {
                id == of && !members.contains(member)
            }
            (Self::HasNone { id, members }, Change::Left { id: of, member }) => {
                id == of && members.contains(member)
            }
            _ => false,
        }
    }
}

/// The permission groups of a group's policies.
pub(crate) fn allowed(group: &UserGroup) -> BTreeSet<String> {
    group.policies.iter().flat_map(|policy| policy.permission_groups.clone()).collect()
}

/// Invariant 2: the goal was reached at some moment since `start`, or before as a late list shows
/// it.
pub(crate) fn check_done(world: &World, start: Duration, goal: &Goal) {
    let states = world.states_since(start.saturating_sub(LAG));
    if !states.iter().any(|groups| goal.holds(groups)) {
        world.violation(format!("reported as done and is not: {goal:?}"));
    }
}

/// Invariant 3: an operation has changed nothing but what these goals explain.
pub(crate) fn check_changes(world: &World, operation: u32, goals: &[Goal]) {
    for change in world.changes_by(Some(operation)) {
        // Groups that exchange their names get another one for a moment.
        let temporary =
            matches!(&change, Change::Renamed { name, .. } if name.ends_with(" (being renamed)"));
        if !temporary && !goals.iter().any(|goal| goal.explains(&change)) {
            world.violation(format!("operation {operation} did and did not report {change:?}"));
        }
    }
}

/// Invariant 4, of what `of` takes from each state. `counted` is what the totals count, and what
/// can move between pages.
pub(crate) fn check_list(
    world: &World,
    start: Duration,
    listed: &[String],
    of: impl Fn(&[UserGroup]) -> BTreeSet<String>,
    counted: impl Fn(&[UserGroup]) -> BTreeSet<String>,
) {
    let states = world.states_since(start.saturating_sub(LAG));
    let totals: Vec<BTreeSet<String>> = states.iter().map(|groups| counted(groups)).collect();
    let states: Vec<BTreeSet<String>> = states.iter().map(|groups| of(groups)).collect();
    let shown: BTreeSet<String> = listed.iter().cloned().collect();
    if shown.len() != listed.len() {
        world.violation(format!("a list contains something twice: {listed:?}"));
    }
    if let Some(never) = shown.iter().find(|id| !states.iter().any(|it| it.contains(*id))) {
        world.violation(format!("a list contains what never was: {never}"));
    }
    let appeared = totals.windows(2).any(|it| !it[1].is_subset(&it[0]));
    let disappeared = totals.windows(2).any(|it| !it[0].is_subset(&it[1]));
    if appeared && disappeared {
        return;
    }
    let missing = |id: &&String| states.iter().all(|it| it.contains(*id)) && !shown.contains(*id);
    if let Some(missing) = states.first().and_then(|first| first.iter().find(missing)) {
        world.violation(format!("a list lacks what was there all the time: {missing}"));
    }
}

/// Invariant 5, for one run of the program.
pub(crate) struct LimitWatch {
    /// How many requests the limiter allows, and in which time.
    limit: (usize, Duration),
    /// How much closer together requests can arrive than they were sent.
    jitter: Duration,
    times: Mutex<Times>,
}

#[derive(Default)]
struct Times {
    sent: VecDeque<Instant>,
    arrived: VecDeque<Instant>,
    /// When a `Retry-After` came, and when it will have passed.
    paused: Option<(Instant, Instant)>,
}

impl LimitWatch {
    pub(crate) fn new(limit: (usize, Duration), jitter: Duration) -> Self {
        Self { limit, jitter, times: Mutex::default() }
    }

    pub(crate) fn sent(&self, world: &World) {
        let mut times = self.times.lock().unwrap();
        let now = Instant::now();
        if times.paused.is_some_and(|(from, until)| from < now && now < until) {
            world.violation("sent before a Retry-After has passed".to_owned());
        }
        self.check(world, "sent", &mut times.sent, Duration::ZERO);
    }

    pub(crate) fn arrived(&self, world: &World) {
        self.check(world, "arrived", &mut self.times.lock().unwrap().arrived, self.jitter);
    }

    fn check(&self, world: &World, what: &str, times: &mut VecDeque<Instant>, jitter: Duration) {
        let (requests, per) = self.limit;
        let now = Instant::now();
        times.push_back(now);
        let first = times.len().checked_sub(requests + 1).map(|index| times[index]);
        if first.is_some_and(|first| now - first + jitter < per) {
            world.violation(format!("more than {requests} requests {what} in {per:?}"));
        }
    }

    /// A response has arrived.
    pub(crate) fn received(&self, status: StatusCode, headers: &HeaderMap) {
        let seconds =
            headers.get(header::RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse().ok());
        if status == StatusCode::TOO_MANY_REQUESTS
            && let Some(seconds) = seconds
        {
            let now = Instant::now();
            let until = now + Duration::from_secs(seconds);
            let mut times = self.times.lock().unwrap();
            if times.paused.is_none_or(|(_, before)| before < until) {
                times.paused = Some((now, until));
            }
        }
    }
}
