//! A plan: the changes of an account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cloudflare_user_groups::{AccountId, MemberId, PermissionGroupId, UserGroupId};
use serde::{Deserialize, Serialize};

use crate::directory::{AccountDirectory, Lists, MemberLookup};
use crate::fingerprint::{Fingerprint, GroupBase};
use crate::rule::{PolicyRule, PolicyScope};
use crate::state::{ActualGroup, ActualState};

/// The form of plan files. Another number means another form.
const VERSION: u32 = 3;

/// The form of a plan file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub(crate) struct Version(u32);

impl Default for Version {
    fn default() -> Self {
        Self(VERSION)
    }
}

/// The changes of an account, and the state from which they were computed.
///
/// A plan is data: it can be shown, written to a file, and read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub(crate) version: Version,
    /// The account that the plan is for; `None` until it is known.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub account: Option<AccountId>,
    /// What the account had, as far as it was read.
    pub before: AccountTotals,
    /// Whether a reviewer has consented to all removals of the plan.
    #[serde(default)]
    pub allow_removals: bool,
    /// The resource groups to create, for scopes of policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_groups: Vec<NewResourceGroup>,
    /// The groups to create.
    pub creations: Vec<Creation>,
    /// The groups to change.
    pub updates: Vec<Update>,
    /// The groups to delete.
    pub deletions: Vec<Deletion>,
    /// What a reviewer should know before the plan is applied.
    #[serde(default)]
    pub warnings: Vec<PlanWarning>,
    /// The groups that the group file does not name and that stay as they are.
    #[serde(default)]
    pub unmanaged: Vec<UnmanagedGroup>,
    /// The names of the ids in the plan, as far as they are known.
    pub labels: BTreeMap<String, Label>,
    /// The names of all groups that the account has.
    #[serde(skip)]
    pub(crate) account_groups: BTreeSet<String>,
}

/// What an account has, as far as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountTotals {
    /// All groups.
    pub groups: usize,
    /// The memberships in the groups whose members were read.
    pub memberships: usize,
    /// The policies of all groups.
    pub policies: usize,
}

impl AccountTotals {
    pub(crate) fn of(state: &ActualState) -> Self {
        let groups = state.groups.values();
        Self {
            groups: state.groups.len(),
            memberships: groups.clone().map(|it| it.members.iter().count()).sum(),
            policies: groups.map(|it| it.policies.len() + it.incomplete_policies.len()).sum(),
        }
    }
}

/// What a reviewer should know about a group before the plan is applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanWarning {
    /// The name of the group.
    pub group: String,
    /// The warning.
    pub message: String,
}

impl fmt::Display for PlanWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "group {:?}: {}", self.group, self.message)
    }
}

/// A group that the group file does not name and that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnmanagedGroup {
    /// Its name.
    pub name: String,
    /// The group.
    #[cfg_attr(test, schemars(with = "String"))]
    pub id: UserGroupId,
}

/// What an id in a plan means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// A name or an email address.
    pub name: String,
    /// The status of a member, if the API returns it: `accepted` or `pending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// A resource group to create: the user agreed to that, because the service may refuse scopes that
/// are written inline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewResourceGroup {
    /// The name.
    pub name: String,
    /// The resources in it.
    pub scope: PolicyScope,
}

/// A group to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Creation {
    /// The name, which no group has.
    pub name: String,
    /// What its policies will do.
    pub policies: BTreeSet<PolicyRule>,
    /// Its members.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub members: BTreeSet<MemberId>,
}

/// A group to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The group.
    #[cfg_attr(test, schemars(with = "String"))]
    pub id: UserGroupId,
    /// The name that it will have.
    pub name: String,
    /// The name that it had, if that is another.
    pub old_name: Option<String>,
    /// The change of its policies, if there is one.
    pub policies: Option<PolicyChange>,
    /// The members to add.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub add: BTreeSet<MemberId>,
    /// The members to remove.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub remove: BTreeSet<MemberId>,
    /// The permissions that members of the group have, if members are added.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub permissions: BTreeSet<PermissionGroupId>,
    /// How many members the group had. 0 if they are not changed.
    pub members_before: usize,
    /// The groups that have the new name and keep it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub(crate) namesakes: BTreeSet<UserGroupId>,
    pub(crate) base: GroupBase,
}

impl Update {
    pub(crate) fn changes_members(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    /// Returns whether the change leaves no members.
    pub(crate) fn removes_all_members(&self) -> bool {
        self.members_before > 0 && self.remove.len() == self.members_before && self.add.is_empty()
    }

    /// Returns all that the change leaves as it is. So a group that is partly changed has the same
    /// base as one that is not, and the change can be finished.
    pub(crate) fn base_in(&self, group: &ActualGroup) -> GroupBase {
        let unchanged = |id: &&MemberId| !self.add.contains(*id) && !self.remove.contains(*id);
        GroupBase {
            name: self.old_name.is_none().then(|| Fingerprint::of([group.name.as_str()])),
            policies: self.policies.is_none().then(|| Fingerprint::of_policies(group)),
            members: self
                .changes_members()
                .then(|| group.members.iter().filter(unchanged).cloned().collect()),
        }
    }
}

/// Other policies for a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// What the policies do now.
    pub from: BTreeSet<PolicyRule>,
    /// What they will do.
    pub to: BTreeSet<PolicyRule>,
}

impl PolicyChange {
    /// Returns the rules that are new.
    pub fn added(&self) -> impl Iterator<Item = &PolicyRule> {
        self.to.iter().filter(|rule| !self.from.iter().any(|it| it.is_same(rule)))
    }

    /// Returns the rules that go and of which a part is in none of the rules that stay or come.
    pub fn lost(&self) -> impl Iterator<Item = &PolicyRule> {
        self.removed().filter(|rule| !self.to.iter().any(|it| it.covers(rule)))
    }

    /// Returns the rules that go.
    pub fn removed(&self) -> impl Iterator<Item = &PolicyRule> {
        self.from.iter().filter(|rule| !self.to.iter().any(|it| it.is_same(rule)))
    }
}

/// A group to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The group.
    #[cfg_attr(test, schemars(with = "String"))]
    pub id: UserGroupId,
    /// Its name.
    pub name: String,
    /// Its members.
    #[cfg_attr(test, schemars(with = "BTreeSet<String>"))]
    pub members: BTreeSet<MemberId>,
    /// What its policies do.
    pub policies: BTreeSet<PolicyRule>,
    /// How many further policies it has, with a part that is missing or unknown.
    #[serde(default)]
    pub incomplete_policies: usize,
    pub(crate) base: GroupBase,
}

impl Deletion {
    pub(crate) fn policy_count(&self) -> usize {
        self.policies.len() + self.incomplete_policies
    }
}

/// A text that is not a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanFileError {
    /// It is not JSON, or not of the form of a plan.
    #[error("invalid plan file: {0}")]
    Form(#[from] serde_json::Error),
    /// It was written by another version.
    #[error(
        "unsupported plan file version {found} (this version reads {VERSION}); run `cf-groups plan` again"
    )]
    Version {
        /// The form that it has.
        found: u32,
    },
}

impl Plan {
    /// The text to save.
    pub fn to_json(&self) -> String {
        // A plan holds text, numbers and sets of them: there is nothing that JSON cannot write.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// If the text is not a plan, or one of another version.
    pub fn from_json(text: &str) -> Result<Self, PlanFileError> {
        #[derive(Deserialize)]
        struct Form {
            version: u32,
        }
        let Form { version: found } = serde_json::from_str(text)?;
        if found != VERSION {
            return Err(PlanFileError::Version { found });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.creations.is_empty() && self.updates.is_empty() && self.deletions.is_empty()
    }

    /// Returns the ids of the groups that the plan changes or deletes.
    pub(crate) fn planned_ids(&self) -> impl Iterator<Item = &UserGroupId> {
        self.updates.iter().map(|it| &it.id).chain(self.deletions.iter().map(|it| &it.id))
    }

    /// Returns all members that the plan adds or removes.
    fn members(&self) -> impl Iterator<Item = &MemberId> {
        let created = self.creations.iter().flat_map(|it| &it.members);
        let changed = self.updates.iter().flat_map(|it| it.add.iter().chain(&it.remove));
        created.chain(changed).chain(self.deletions.iter().flat_map(|it| &it.members))
    }

    /// Returns all policies that the plan adds or removes.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &PolicyRule> {
        let created = self.creations.iter().flat_map(|it| &it.policies);
        let changed = self.updates.iter().filter_map(|it| it.policies.as_ref());
        let changed = changed.flat_map(|it| it.from.iter().chain(&it.to));
        created.chain(changed).chain(self.deletions.iter().flat_map(|it| &it.policies))
    }

    /// Returns the lists that have the names which the directory does not have. Members are looked
    /// up by the addresses that the plan has for them.
    pub(crate) fn unknown_ids(&self, directory: &AccountDirectory) -> Lists {
        let mut permissions = self.rules().flat_map(|rule| &rule.permission_groups);
        let resources = self.rules().flat_map(|rule| &rule.resource_groups);
        let unknown: Vec<&MemberId> =
            self.members().filter(|id| !directory.members.contains_key(*id)).collect();
        let email = |id: &&MemberId| Some(self.label(id)?.name.to_lowercase());
        Lists {
            members: match unknown.iter().map(email).collect() {
                _ if unknown.is_empty() => MemberLookup::None,
                Some(emails) => MemberLookup::Emails(emails),
                None => MemberLookup::All,
            },
            permission_groups: permissions.any(|id| !directory.permission_groups.contains_key(id)),
            resource_groups: resources
                .filter_map(|it| it.id.as_ref())
                .any(|id| !directory.resource_groups.contains_key(id)),
            zones: BTreeSet::new(),
        }
    }

    /// Adds the names of all ids in the plan, in place of those that it has.
    pub(crate) fn add_labels(&mut self, directory: &AccountDirectory) {
        let mut labels = BTreeMap::new();
        for id in self.members() {
            let info = directory.members.get(id);
            if let Some((name, info)) = info.and_then(|it| Some((it.email.clone()?, it))) {
                let status = info.status.clone();
                labels.insert(id.as_str().to_owned(), Label { name, status });
            }
        }
        let label = |name: &String| Label { name: name.clone(), status: None };
        let permissions = self.rules().flat_map(|rule| &rule.permission_groups);
        for id in permissions.chain(self.updates.iter().flat_map(|it| &it.permissions)) {
            let name = directory.permission_groups.get(id).and_then(Option::as_ref);
            labels.extend(name.map(|name| (id.as_str().to_owned(), label(name))));
        }
        for rule in self.rules() {
            for resource in &rule.resource_groups {
                let (text, name) = (resource.to_string(), directory.resource_name(resource));
                labels.extend((name != text).then(|| (text, label(&name))));
            }
        }
        self.labels = labels;
    }

    /// Returns the name of an id, where it is known.
    pub fn label(&self, id: impl AsRef<str>) -> Option<&Label> {
        self.labels.get(id.as_ref())
    }

    /// The plan in numbers.
    pub fn summary(&self) -> Summary {
        let updates = &self.updates;
        let created: usize = self.creations.iter().map(|it| it.members.len()).sum();
        let deleted: usize = self.deletions.iter().map(|it| it.members.len()).sum();
        Summary {
            create: self.creations.len(),
            change: updates.len(),
            delete: self.deletions.len(),
            add_members: created + updates.iter().map(|it| it.add.len()).sum::<usize>(),
            remove_members: updates.iter().map(|it| it.remove.len()).sum::<usize>() + deleted,
        }
    }
}

/// A plan in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Groups to create.
    pub create: usize,
    /// Groups to change.
    pub change: usize,
    /// Groups to delete.
    pub delete: usize,
    /// Memberships to add, also in new groups.
    pub add_members: usize,
    /// Memberships to remove, including those of groups to delete.
    pub remove_members: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Plan: {} to create, {} to change, {} to delete; members: {} to add, {} to remove.",
            self.create, self.change, self.delete, self.add_members, self.remove_members
        )
    }
}
