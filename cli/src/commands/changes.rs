//! Changes of the members of a user group: what they are, whether they may be made, and making them.

use std::collections::HashSet;

use cf_groups_engine::{RemovalLimit, counted};
use cloudflare_user_groups::{MemberId, Members};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;

use crate::commands::names::Person;
use crate::context::Context;
use crate::exit::CommandError;
use crate::terminal::format::Row;
use crate::terminal::message;

/// How many removals are under way at a time.
const AT_A_TIME: usize = 8;

/// A change of one membership.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    pub(crate) change: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    pub(crate) id: MemberId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Add,
    Remove,
}

impl Change {
    fn new(change: Kind, person: &Person) -> Self {
        Self { change, email: person.email.clone(), id: person.id.clone() }
    }
}

impl Row for Change {
    const COLUMNS: &'static [&'static str] = &["change", "email", "id"];

    fn cells(&self) -> Vec<String> {
        let change = match self.change {
            Kind::Add => "add",
            Kind::Remove => "remove",
        };
        vec![change.to_owned(), self.email.clone().unwrap_or_default(), self.id.to_string()]
    }
}

/// Who is missing among those who are there.
pub(crate) fn additions(there: &[Person], wanted: &[Person]) -> Vec<Change> {
    differences(Kind::Add, wanted, there)
}

/// Who is there and not wanted.
pub(crate) fn removals(there: &[Person], wanted: &[Person]) -> Vec<Change> {
    differences(Kind::Remove, there, wanted)
}

fn differences(kind: Kind, of: &[Person], without: &[Person]) -> Vec<Change> {
    let without: HashSet<&MemberId> = without.iter().map(|person| &person.id).collect();
    let mut seen = HashSet::new();
    let people =
        of.iter().filter(|person| !without.contains(&person.id) && seen.insert(&person.id));
    people.map(|person| Change::new(kind, person)).collect()
}

/// Refuses what an empty or partial list of names would do: a source that failed must not look like
/// everybody left. The limits are those of a plan.
pub(crate) fn guard(there: usize, wanted: usize, removed: usize) -> Result<(), CommandError> {
    let problem = if wanted == 0 && there > 0 {
        "nobody is named, so the user group would be emptied".to_owned()
    } else if !RemovalLimit::default().allows(removed, there) {
        format!("{removed} of {} would be removed", counted(there, "member"))
    } else {
        return Ok(());
    };
    Err(CommandError::failed(format!(
        "nothing was changed: {problem}; look at it with --dry-run, and give --allow-removals if it \
         is meant"
    )))
}

/// Adds in one request. That is safe while others change the group as well.
pub(crate) async fn add(members: &Members, changes: &[Change]) -> Result<(), CommandError> {
    members.add(changes.iter().map(|change| change.id.clone())).await?;
    Ok(())
}

/// Removes one by one, as the API has it, past those that cannot be removed. Returns what was done.
pub(crate) async fn remove(
    context: &Context,
    members: &Members,
    changes: Vec<Change>,
) -> Vec<Change> {
    let removals = changes.into_iter().map(async |change| {
        let problem = members.remove(&change.id).await.err();
        // Who is gone already was removed by somebody else.
        (change, problem.filter(|error| !error.is_not_found()))
    });
    let outcomes = stream::iter(removals).buffered(AT_A_TIME).collect::<Vec<_>>();
    let mut done = Vec::new();
    for (change, problem) in context.wait(outcomes).await {
        match problem {
            None => done.push(change),
            Some(error) => message::error(&format!(
                "{} was not removed: {error}",
                change.email.as_deref().unwrap_or(change.id.as_str())
            )),
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_can_be_removed_and_always_three() {
        assert!(guard(4, 1, 3).is_ok());
        assert!(guard(15, 11, 4).is_err());
        assert!(guard(16, 12, 4).is_ok());
        assert!(guard(0, 0, 0).is_ok());
    }

    #[test]
    fn a_list_of_nobody_is_not_believed() {
        assert!(guard(1, 0, 1).is_err());
    }
}
