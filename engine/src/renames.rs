//! The order of renames. Observed (reported): names are unique, so a name must be free first.

use std::collections::{BTreeMap, BTreeSet};

use crate::steps::GroupSteps;

/// Renames in order: the index of a group, and the name that it gets.
pub(crate) struct RenameOrder {
    /// Renames that do not wait for a deletion, and those to temporary names.
    pub(crate) early: Vec<(usize, String)>,
    /// Renames to the name of a group that is deleted first, and those that wait for them.
    pub(crate) late: Vec<(usize, String)>,
}

/// Returns the name of a group that gives up its name before it can get this one.
pub(crate) fn temporary_name(name: &str) -> String {
    format!("{name} (being renamed)")
}

impl RenameOrder {
    pub(crate) fn count(&self) -> usize {
        self.early.len() + self.late.len()
    }

    pub(crate) fn new(steps: &[GroupSteps]) -> Self {
        let deleted = steps.iter().filter(|it| it.delete.is_some()).map(|it| it.name.as_str());
        let mut late_names: BTreeSet<&str> = deleted.collect();
        let from = |at: &usize| steps.get(*at).and_then(|it| it.rename_from.as_deref());
        let mut early: Vec<usize> = (0..steps.len()).filter(|at| from(at).is_some()).collect();
        let mut late = Vec::new();
        loop {
            let waits = |at: &usize| late_names.contains(steps[*at].name.as_str());
            let (waiting, others): (Vec<usize>, Vec<usize>) =
                early.iter().partition(|at| waits(at));
            if waiting.is_empty() {
                break;
            }
            late_names.extend(waiting.iter().filter_map(from));
            late.extend(waiting);
            early = others;
        }
        let mut early = in_order(steps, early);
        // The group that a rename waits for can wait for members of a new group, which needs the
        // name.
        let created = steps.iter().filter(|it| it.existing().is_none());
        let created: BTreeSet<&str> = created.map(|it| it.name.as_str()).collect();
        let freed = late.iter().filter(|at| from(at).is_some_and(|name| created.contains(name)));
        early.extend(freed.map(|at| (*at, temporary_name(&steps[*at].name))));
        Self { early, late: in_order(steps, late) }
    }
}

/// Orders renames so that each name is free by then. If groups exchange their names, one of them
/// gets a temporary name first.
fn in_order(steps: &[GroupSteps], mut waiting: Vec<usize>) -> Vec<(usize, String)> {
    let mut order = Vec::new();
    let mut temporary = BTreeSet::new();
    while !waiting.is_empty() {
        let held: BTreeMap<&str, usize> = waiting
            .iter()
            .filter(|at| !temporary.contains(*at))
            .filter_map(|at| Some((steps[*at].rename_from.as_deref()?, *at)))
            .collect();
        let is_free = |at: &usize| held.get(steps[*at].name.as_str()).is_none_or(|it| it == at);
        let (free, blocked): (Vec<usize>, Vec<usize>) = waiting.iter().partition(|at| is_free(at));
        if free.is_empty() {
            let first = blocked[0];
            temporary.insert(first);
            order.push((first, temporary_name(&steps[first].name)));
        }
        order.extend(free.into_iter().map(|at| (at, steps[at].name.clone())));
        waiting = blocked;
    }
    order
}
