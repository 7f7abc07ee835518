//! Findings of an audit: what should not stay as it is unnoticed.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::MemberId;
use serde::Serialize;

use crate::access::Access;
use crate::group_file::GroupFile;
use crate::matching::match_groups;
use crate::powerful::PowerfulPermissions;
use crate::snapshot::Snapshot;
use crate::state::{ActualMembers, Prune};
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
        let mut findings: Vec<_> = group_findings(snapshot).chain(members(snapshot)).collect();
        findings.extend(powerful_permissions(snapshot, powerful));
        findings.extend(file.into_iter().flat_map(|file| unmanaged(snapshot, file)));
        findings.sort();
        Self { findings, access: snapshot.access() }
    }
}

fn of_group(finding: FindingKind, group: &str, detail: impl Into<String>) -> Finding {
    Finding { finding, group: Some(group.to_owned()), member: None, detail: detail.into() }
}

fn group_findings(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let groups = snapshot.state.groups.iter();
    let empty = groups.flat_map(|(id, group)| {
        let policies = group.policies.is_empty() && group.incomplete_policies.is_empty();
        let members = group.members.get().is_some_and(BTreeSet::is_empty);
        let found = |kind| of_group(kind, &group.name, format!("group {id}"));
        let members = members.then(|| found(FindingKind::GroupWithoutMembers));
        members.into_iter().chain(policies.then(|| found(FindingKind::GroupWithoutPolicies)))
    });
    let unknown = snapshot.unknown_access().into_iter();
    empty.chain(unknown.map(|it| of_group(FindingKind::Unknown, &it.group, it.message)))
}

fn members(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let mut groups: BTreeMap<&MemberId, Vec<&str>> = BTreeMap::new();
    for group in snapshot.state.groups.values() {
        group.members.iter().for_each(|id| groups.entry(id).or_default().push(&group.name));
    }
    // A member that is only in groups that cannot be read would seem to be in none.
    let complete =
        snapshot.state.groups.values().all(|it| matches!(it.members, ActualMembers::Read(_)));
    let unknown = (!complete).then(|| Finding {
        finding: FindingKind::Unknown,
        group: None,
        member: None,
        detail: "members in no group are not reported: they may be in one with unknown members"
            .to_owned(),
    });
    let of_members = snapshot.directory.members.iter().flat_map(move |(id, info)| {
        let of = groups.get(id).map_or(&[][..], Vec::as_slice);
        let found = |finding| Finding {
            finding,
            group: None,
            member: Some(info.email.clone().unwrap_or_else(|| id.to_string())),
            detail: match of {
                [] => "in no group".to_owned(),
                [group] => format!("in group {group:?}"),
                groups => format!("in {}", counted(groups.len(), "group")),
            },
        };
        let status = match info.status.as_deref() {
            Some("pending") => Some(FindingKind::PendingMember),
            Some("rejected") => Some(FindingKind::RejectedMember),
            _ => None,
        };
        let without = (of.is_empty() && complete).then_some(FindingKind::MemberWithoutGroup);
        status.map(found).into_iter().chain(without.map(found)).collect::<Vec<_>>()
    });
    of_members.chain(unknown)
}

fn powerful_permissions(
    snapshot: &Snapshot,
    powerful: &PowerfulPermissions,
) -> impl Iterator<Item = Finding> {
    let directory = &snapshot.directory;
    snapshot.state.groups.values().flat_map(move |group| {
        let rules = group.policies.iter().filter(|it| it.access.as_str() == "allow");
        let grants = rules.flat_map(|rule| {
            let names = rule.permission_groups.iter().map(|id| directory.permission_name(id));
            names.flat_map(|name| {
                rule.resource_groups.iter().map(move |it| (name, directory.resource_name(it)))
            })
        });
        let grants: BTreeSet<_> = grants.filter(|(name, _)| powerful.contains(name)).collect();
        let held = match &group.members {
            ActualMembers::Read(members) => counted(members.len(), "member"),
            _ => "unknown members".to_owned(),
        };
        grants.into_iter().map(move |(permission, resource)| {
            let detail = format!("{permission} on {resource}, held by {held}");
            of_group(FindingKind::PowerfulPermission, &group.name, detail)
        })
    })
}

fn unmanaged(snapshot: &Snapshot, file: &GroupFile) -> Vec<Finding> {
    let found = match_groups(&file.keys(), &Prune::No, &snapshot.state);
    let managed: BTreeSet<_> = found.into_iter().filter_map(Result::ok).flatten().collect();
    let groups = snapshot.state.groups.iter().filter(|(id, _)| !managed.contains(*id));
    let finding = |(id, group): (_, &crate::state::ActualGroup)| {
        of_group(FindingKind::UnmanagedGroup, &group.name, format!("group {id} is not in the file"))
    };
    groups.map(finding).collect()
}
