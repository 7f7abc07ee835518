//! Findings of an audit: what should not stay as it is unnoticed.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{MemberId, UserGroupId};
use serde::Serialize;

use crate::access::{Access, Grant};
use crate::group_file::GroupFile;
use crate::matching::match_groups;
use crate::powerful::PowerfulPermissions;
use crate::snapshot::Snapshot;
use crate::state::{ActualGroup, ActualMembers, Prune};
use crate::text::counted;

/// A finding of an audit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// The kind.
    pub finding: FindingKind,
    /// The name of the group, if the finding is about one.
    pub group: Option<String>,
    /// The email address or id of the member, if the finding is about one.
    pub member: Option<String>,
    /// What was found.
    pub detail: String,
}

/// The kind of a [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A group has a powerful permission.
    PowerfulPermission,
    /// A group is not in the group file.
    UnmanagedGroup,
    /// Members or policies of a group are not known, so that the audit is incomplete.
    Unknown,
    /// A group has no members.
    GroupWithoutMembers,
    /// A group has no policies.
    GroupWithoutPolicies,
    /// A member of the account is in no group.
    MemberWithoutGroup,
    /// A member has not accepted the invitation to the account.
    PendingMember,
    /// A member has rejected the invitation to the account.
    RejectedMember,
}

/// An audit: the findings, and all access.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Audit {
    /// The findings, ordered by kind.
    pub findings: Vec<Finding>,
    /// What all groups give to their members.
    pub access: Vec<Access>,
}

impl Audit {
    /// Audits a snapshot. With a group file, groups that it does not name are findings.
    pub fn of(
        snapshot: &Snapshot,
        file: Option<&GroupFile>,
        powerful: &PowerfulPermissions,
    ) -> Self {
        let mut findings = Vec::new();
        let managed = file.map(|file| managed(snapshot, file));
        for (id, group) in &snapshot.state.groups {
            let mut add = |finding, detail| findings.push(of_group(finding, &group.name, detail));
            if group.members.get().is_some_and(BTreeSet::is_empty) {
                add(FindingKind::GroupWithoutMembers, format!("group {id}"));
            }
            if group.policies.is_empty() && group.incomplete_policies.is_empty() {
                add(FindingKind::GroupWithoutPolicies, format!("group {id}"));
            }
            if managed.as_ref().is_some_and(|managed| !managed.contains(id)) {
                add(FindingKind::UnmanagedGroup, format!("group {id} is not in the file"));
            }
            let held = match &group.members {
                ActualMembers::Read(members) => counted(members.len(), "member"),
                _ => "unknown members".to_owned(),
            };
            for (permission, resource) in powerful_grants(snapshot, group, powerful) {
                let detail = format!("{permission} on {resource}, held by {held}");
                add(FindingKind::PowerfulPermission, detail);
            }
        }
        let unknown = snapshot.unknown_access().into_iter();
        findings.extend(unknown.map(|it| of_group(FindingKind::Unknown, &it.group, it.message)));
        findings.extend(members(snapshot));
        findings.sort();
        Self { findings, access: snapshot.access() }
    }
}

fn of_group(finding: FindingKind, group: &str, detail: String) -> Finding {
    Finding { finding, group: Some(group.to_owned()), member: None, detail }
}

/// Returns the groups that a file names.
fn managed(snapshot: &Snapshot, file: &GroupFile) -> BTreeSet<UserGroupId> {
    let found = match_groups(&file.keys(), &Prune::No, &snapshot.state);
    found.into_iter().filter_map(Result::ok).flatten().collect()
}

/// Returns the powerful permissions that a group allows, each with its resource.
fn powerful_grants<'a>(
    snapshot: &'a Snapshot,
    group: &'a ActualGroup,
    powerful: &PowerfulPermissions,
) -> BTreeSet<(&'a str, String)> {
    let directory = &snapshot.directory;
    let grants = group.policies.iter().flat_map(Grant::all_of).filter(|grant| !grant.denied);
    grants
        .map(|it| (directory.permission_name(it.permission), directory.resource_name(it.resource)))
        .filter(|(permission, _)| powerful.contains(permission))
        .collect()
}

fn members(snapshot: &Snapshot) -> Vec<Finding> {
    let mut groups: BTreeMap<&MemberId, Vec<&str>> = BTreeMap::new();
    for group in snapshot.state.groups.values() {
        group.members.iter().for_each(|id| groups.entry(id).or_default().push(&group.name));
    }
    // A member that is only in groups that cannot be read would seem to be in none.
    let complete =
        snapshot.state.groups.values().all(|it| matches!(it.members, ActualMembers::Read(_)));
    let mut findings = Vec::new();
    for (id, info) in &snapshot.directory.members {
        let member = Some(info.email.clone().unwrap_or_else(|| id.to_string()));
        let of = groups.get(id).map_or(&[][..], Vec::as_slice);
        let detail = match of {
            [] => "in no group".to_owned(),
            [group] => format!("in group {group:?}"),
            groups => format!("in {}", counted(groups.len(), "group")),
        };
        let status = match info.status.as_deref() {
            Some("pending") => Some(FindingKind::PendingMember),
            Some("rejected") => Some(FindingKind::RejectedMember),
            _ => None,
        };
        let without = (of.is_empty() && complete).then_some(FindingKind::MemberWithoutGroup);
        findings.extend([status, without].into_iter().flatten().map(|finding| Finding {
            finding,
            group: None,
            member: member.clone(),
            detail: detail.clone(),
        }));
    }
    if !complete {
        let detail =
            "members in no group are not reported: they may be in one with unknown members";
        findings.push(Finding {
            finding: FindingKind::Unknown,
            group: None,
            member: None,
            detail: detail.to_owned(),
        });
    }
    findings
}
