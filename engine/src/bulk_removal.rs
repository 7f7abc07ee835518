//! Removes many members of a group with one request, which replaces the whole set.

use std::collections::BTreeSet;

use cloudflare_user_groups::{MemberId, Members};

use crate::outcome::StepError;

/// Removals from one group.
pub(crate) struct BulkRemoval<'a> {
    pub(crate) members: Members,
    pub(crate) remove: BTreeSet<MemberId>,
    /// Members that the plan added. A list may not show them yet.
    pub(crate) added: &'a BTreeSet<MemberId>,
    /// Whether the plan leaves no members in the group.
    pub(crate) empties: bool,
}

/// What came of a bulk removal that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replaced {
    /// The members are removed.
    Done,
    /// The API refuses the other members of the group as a set. Nothing was changed.
    Refused,
}

impl BulkRemoval<'_> {
    /// Reads the members of the group again and replaces them by those that stay, including those
    /// that others added.
    pub(crate) async fn send(self) -> Result<Replaced, StepError> {
        let present: BTreeSet<MemberId> = match self.members.list().all().await {
            Ok(members) => members.into_iter().map(|member| member.id).collect(),
            Err(error) if error.is_not_found() => return Ok(Replaced::Done),
            Err(error) => return Err(error.into()),
        };
        if present.is_disjoint(&self.remove) {
            return Ok(Replaced::Done);
        }
        let stay = &(&present | self.added) - &self.remove;
        if stay.is_empty() && !self.empties {
            return Err(StepError::WouldEmpty);
        }
        match self.members.replace(stay).await {
            Ok(_) => Ok(Replaced::Done),
            Err(error) if error.is_not_found() => Ok(Replaced::Done),
            Err(error) if error.status().is_some_and(|status| status.as_u16() == 400) => {
                Ok(Replaced::Refused)
            }
            Err(error) => Err(error.into()),
        }
    }
}
