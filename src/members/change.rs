//! Adding members to a user group, and replacing them.

use std::collections::{BTreeMap, HashSet};
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
        let (mut missing, mut found) = (members.clone(), BTreeMap::new());
        take(shown, &mut missing, &mut found);
        self.look(call, &mut missing, &mut found).await?;
        if !missing.is_empty() {
            return Err(request.not_applied(not_in_group(&missing)));
        }
        Ok(members.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Reads the members of the group to find those that the response has not shown: it may show one
    /// of several, and the list may be older than the change.
    async fn look(
        &self,
        call: &Composite<'_>,
        missing: &mut Vec<MemberId>,
        found: &mut BTreeMap<MemberId, Member>,
    ) -> Result<()> {
        let settle_times = self.group.account.client.settle_times();
        for wait in std::iter::once(&Duration::ZERO).chain(settle_times) {
            if missing.is_empty() || !call.wait(*wait).await {
                break;
            }
            let there = self.group.list().with(call.options()).all().await?;
            take(there, missing, found);
        }
        Ok(())
    }
}

/// Moves the members that are shown from those that are missing to those that were found.
fn take(shown: Vec<Member>, missing: &mut Vec<MemberId>, found: &mut BTreeMap<MemberId, Member>) {
    let shown = shown.into_iter().map(|member| (member.id.clone(), member));
    let mut shown: BTreeMap<_, _> = shown.collect();
    missing.retain(|id| match shown.remove(id) {
        Some(member) => {
            found.insert(id.clone(), member);
            false
        }
        None => true,
    });
}

fn not_in_group(missing: &[MemberId]) -> String {
    format!("these members are not in the group: {}", some_of(missing.iter()))
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
        for wait in std::iter::once(&Duration::ZERO).chain(group.account.client.settle_times()) {
            if !call.wait(*wait).await {
                break;
            }
            let there = group.list().with(call.options()).all().await?;
            match self.difference(&there) {
                None => return Ok(there),
                Some(difference) => problem = difference,
            }
        }
        Err(request.not_applied(problem))
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
