//! The outcome of applying a plan.

use std::io::{self, Write};

use cf_groups_engine::{Action, FailedStep, Outcome, Skipped, Step, counted};
use serde_json::{Value, json};

use super::escape::quoted;
use super::message;

/// Writes how much was done, and the IDs of new groups.
pub(crate) fn write(to: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let created = outcome.done.iter().filter(|step| step.action == Action::Create);
    for Step { group, group_id, .. } in created {
        if let Some(id) = group_id {
            writeln!(to, "Created {} ({id}).", quoted(group))?;
        }
    }
    match (outcome.done.len(), outcome.is_complete()) {
        (0, true) => writeln!(to, "Already applied; nothing to do."),
        (done, true) => writeln!(to, "Apply complete: {}.", counted(done, "change")),
        (done, false) => {
            let rest = outcome.failed.len() + outcome.skipped.len();
            writeln!(to, "Apply incomplete: {} made, {rest} not made.", counted(done, "change"))
        }
    }
}

/// Reports the steps that failed or were skipped.
pub(crate) fn report_rest(outcome: &Outcome) {
    for FailedStep { step, error, .. } in &outcome.failed {
        message::error(&format!("failed to {step}: {error:#}"));
    }
    for Skipped { step, because, .. } in &outcome.skipped {
        message::error(&format!("skipped: {step} ({because})"));
    }
    if outcome.can_be_repeated() {
        message::note("Re-run the command to retry; completed steps are skipped.");
    }
}

/// The outcome, for programs.
pub(crate) fn document(outcome: &Outcome) -> Value {
    let failed = outcome.failed.iter().map(|it| {
        let FailedStep { step, error, .. } = it;
        json!({ "step": step, "error": format!("{error:#}") })
    });
    let skipped =
        outcome.skipped.iter().map(|it| json!({ "step": it.step, "because": it.because }));
    json!({
        "done": outcome.done,
        "failed": failed.collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
    })
}
