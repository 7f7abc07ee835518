//! Adding members to a user group, and replacing them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::Members;
use crate::composite::Composite;
use crate::error::Result;
use crate::id::MemberId;
use crate::model::Member;
use crate::raw::{self, Options};

#[derive(Clone)]
pub(super) struct AddMembers {
    pub(super) group: Members,
    pub(super) members: Vec<MemberId>,
}

impl AddMembers {
    pub(super) async fn send(self, options: Options) -> Result<Vec<Member>> {
        if self.members.is_empty() {
            return Ok(Vec::new());
        }
        let client = &self.group.account.client;
        let operation = "account-user-group-member-create";
        let mut call = Composite::new(client, operation, options);
        self.add(&mut call).await.map_err(|error| call.fail(error))
    }

    async fn add(&self, call: &mut Composite<'_>) -> Result<Vec<Member>> {
        let Self { group, members } = self;
        let settle_times = group.account.client.settle_times();
        let first_wait = settle_times.first().copied().unwrap_or_default();
        let mut round = 1;
        let (request, shown) = loop {
            let request = call.request().of_group(&group.group);
            let sent = raw::add_members(request.clone(), &group.account.id, &group.group, members);
            match sent.await {
                Ok(shown) => break (request, shown.unwrap_or_default()),
                // Adding is idempotent (observed, reported: O7). The list is no evidence: it may
                // still show members who were removed before this call (O5).
                Err(error) if error.outcome_unknown() && round < call.max_rounds() => {
                    call.doubt();
                    round += 1;
                    if !call.wait(first_wait).await {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        };
        call.doubt();
        let mut found = HashMap::new();
        let mut missing_in = |shown: Vec<Member>| -> Vec<&MemberId> {
            found.extend(shown.into_iter().map(|member| (member.id.clone(), member)));
            members.iter().filter(|id| !found.contains_key(*id)).collect()
        };
        // The response may show one of several.
        let mut missing = missing_in(shown);
        if !missing.is_empty() {
            let accept = |there| {
                missing = missing_in(there);
                missing.is_empty()
            };
            look(group, call, accept).await?;
        }
        if !missing.is_empty() {
            let ids = some_of(missing.into_iter());
            return Err(request.not_applied(format!("these members are not in the group: {ids}")));
        }
        Ok(members.iter().filter_map(|id| found.remove(id)).collect())
    }
}

/// Reads the members of the group until they are accepted or no time is left: the list may be older
/// than a change.
async fn look(
    group: &Members,
    call: &Composite<'_>,
    mut accept: impl FnMut(Vec<Member>) -> bool + Send,
) -> Result<()> {
    for wait in std::iter::once(&Duration::ZERO).chain(group.account.client.settle_times()) {
        if !call.wait(*wait).await || accept(group.list().with(call.options()).all().await?) {
            break;
        }
    }
    Ok(())
}

/// Up to five ids, and how many more there are.
fn some_of<'a>(ids: impl ExactSizeIterator<Item = &'a MemberId>) -> String {
    const SHOWN: usize = 5;
    let more = ids.len().saturating_sub(SHOWN);
    let shown: Vec<&str> = ids.take(SHOWN).map(MemberId::as_str).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[derive(Clone)]
pub(super) struct ReplaceMembers {
    pub(super) group: Members,
    pub(super) members: Vec<MemberId>,
}

impl ReplaceMembers {
    pub(super) async fn send(self, options: Options) -> Result<Vec<Member>> {
        let client = &self.group.account.client;
        let operation = "account-user-group-members-update";
        let mut call = Composite::new(client, operation, options);
        self.replace(&mut call).await.map_err(|error| call.fail(error))
    }

    async fn replace(&self, call: &mut Composite<'_>) -> Result<Vec<Member>> {
        let Self { group, members } = self;
        let request = call.request().of_group(&group.group);
        let sent = raw::replace_members(request.clone(), &group.account.id, &group.group, members);
        let sent = sent.await?;
        call.doubt();
        if let Some(shown) = sent.filter(|shown| self.difference(shown).is_none()) {
            return Ok(shown);
        }
        // The response shows no members or others. The list decides, which may be older.
        let mut problem = "there was no time left to read the members".to_owned();
        let mut accepted = None;
        let accept = |there: Vec<Member>| {
            match self.difference(&there) {
                None => accepted = Some(there),
                Some(difference) => problem = difference,
            }
            accepted.is_some()
        };
        look(group, call, accept).await?;
        accepted.ok_or_else(|| request.not_applied(problem))
    }

    fn difference(&self, shown: &[Member]) -> Option<String> {
        let wanted: HashSet<&MemberId> = self.members.iter().collect();
        let shown: HashSet<&MemberId> = shown.iter().map(|member| &member.id).collect();
        let missing: Vec<&MemberId> = wanted.difference(&shown).copied().collect();
        let extra: Vec<&MemberId> = shown.difference(&wanted).copied().collect();
        let part = |what: &str, ids: &[&MemberId]| {
            (!ids.is_empty()).then(|| format!("{what}: {}", some_of(ids.iter().copied())))
        };
        let parts = [
            part("these members are not in the group", &missing),
            part("these are still in it", &extra),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
