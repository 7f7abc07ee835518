//! Removes members from all groups.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{Member, MemberId, Members, Page, UserGroupId};
use serde_json::json;

use crate::diagnostic::Diagnostics;
use crate::direct::{direct, entry_file};
use crate::engine::Engine;
use crate::error::Error;
use crate::group_file::GroupFile;
use crate::outcome::Progress;
use crate::plan::{Plan, PlanWarning};
use crate::resolve::AccountNames;
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualMembers, DesiredGroup};

/// The largest page of the list of members.
const PAGE: u64 = 500;

impl Engine {
    /// Plans the removal of these members, given by email address or ID, from all groups. The
    /// warnings of the plan name the groups whose members cannot be read. Returns the state that
    /// the plan is for too: of most groups, only the members to remove.
    ///
    /// Reads the list of groups, looks the members up, and reads one filtered list of members for
    /// each group. The list of a group is read without the filter if its response has other
    /// addresses, if it does not show that others stay in the group, and if several members are
    /// given.
    ///
    /// # Errors
    ///
    /// If a member cannot be resolved, or the account cannot be read.
    pub async fn plan_offboarding(
        &self,
        members: &[String],
        progress: &dyn Progress,
    ) -> Result<(Plan, Snapshot), Error> {
        let mut snapshot = Snapshot::read_groups(self).await?;
        let entry = json!({ "name": "all", "members": members });
        self.read_lists(&mut snapshot, &entry).await?;
        let leaving = leaving(&entry_file(&entry), &snapshot)?;
        let sizes = self.search_groups(&mut snapshot, &leaving, progress).await?;

        let groups = snapshot.state.groups.iter().filter_map(|(id, group)| {
            let members = group.members.get().filter(|members| !members.is_disjoint(&leaving))?;
            let (id, members) = (Some(id.clone()), Some(members - &leaving));
            Some(DesiredGroup { id, name: group.name.clone(), policies: None, members })
        });
        let mut plan = direct(&snapshot, groups.collect())?;
        for update in &mut plan.updates {
            update.members_before = *sizes.get(&update.id).unwrap_or(&update.members_before);
        }
        let read = |(id, group): (_, &ActualGroup)| {
            sizes.get(id).copied().unwrap_or_else(|| group.members.iter().count())
        };
        plan.before.memberships = snapshot.state.groups.iter().map(read).sum();
        for group in snapshot.state.groups.values() {
            if let ActualMembers::Unreadable(problem) = &group.members {
                let message = format!("its members cannot be read: {problem}");
                plan.warnings.push(PlanWarning { group: group.name.clone(), message });
            }
        }
        plan.warnings.sort();
        Ok((plan, snapshot))
    }

    /// Reads in which groups these members are. Returns the sizes of the groups that were searched
    /// with a filter.
    async fn search_groups(
        &self,
        snapshot: &mut Snapshot,
        leaving: &BTreeSet<MemberId>,
        progress: &dyn Progress,
    ) -> Result<BTreeMap<UserGroupId, usize>, Error> {
        let ids: BTreeSet<UserGroupId> = snapshot.state.groups.keys().cloned().collect();
        let (mut whole, mut sizes) = (BTreeSet::new(), BTreeMap::new());
        let email = match leaving.iter().collect::<Vec<_>>().as_slice() {
            [id] => snapshot.directory.members.get(*id).and_then(|info| info.email.clone()),
            // A list of 500 members takes one request; with filters, one for each address.
            _ => None,
        };
        let Some(email) = email else {
            snapshot.read_members(self, ids, progress).await?;
            return Ok(sizes);
        };
        let read = |members: Members| members.list().email_contains(&email).page(1);
        let keep = |_: &mut Snapshot, id: &UserGroupId, page| match found(page, leaving, &email) {
            Some((members, size)) => {
                sizes.insert(id.clone(), size);
                ActualMembers::Read(members)
            }
            None => {
                whole.insert(id.clone());
                ActualMembers::NotRead
            }
        };
        snapshot.read_members_with(self, ids, progress, read, keep).await?;
        snapshot.read_members(self, whole, progress).await?;
        Ok(sizes)
    }
}

/// Returns the members that the file names, whatever their status.
fn leaving(file: &GroupFile, snapshot: &Snapshot) -> Result<BTreeSet<MemberId>, Diagnostics> {
    let mut diagnostics = file.diagnostics();
    let texts = file.groups.iter().flat_map(|it| it.members.iter().flatten());
    let texts = texts.flat_map(|it| it.iter());
    let members = AccountNames::of(snapshot).members.resolve_all(texts, |_| None, &mut diagnostics);
    diagnostics.check().map(|()| members)
}

/// Returns who of these members a filtered page shows, and the size of the group. `None` if that
/// cannot be trusted: the server ignored the filter or cut the page, or the group may have no other
/// members.
fn found(
    page: Page<Member>,
    leaving: &BTreeSet<MemberId>,
    email: &str,
) -> Option<(BTreeSet<MemberId>, usize)> {
    let email = email.to_lowercase();
    let matches = |member: &Member| {
        member.email.as_ref().is_some_and(|it| it.to_lowercase().contains(&email))
    };
    let count = page.items.len() as u64;
    let cut = count >= page.info.per_page.unwrap_or(PAGE);
    let size = page.info.total_count.unwrap_or(count);
    let trusted = page.items.iter().all(matches) && !cut && (count == 0 || size > count);
    let found = page.items.into_iter().map(|member| member.id).filter(|id| leaving.contains(id));
    trusted.then(|| (found.collect(), usize::try_from(size).unwrap_or(usize::MAX)))
}
