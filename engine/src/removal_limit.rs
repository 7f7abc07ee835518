//! The removal limit: a plan that removes too much needs consent.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use cloudflare_user_groups::UserGroupId;

use crate::people::is_address;
use crate::plan::{Deletion, Plan, PlanWarning, Update};
use crate::suggest::Suggestions;
use crate::text::counted;

/// The share of memberships, groups and policies that can be removed without consent.
const PERCENT: u8 = 25;
/// The number of memberships that can be removed from an account of any size.
const FEW_MEMBERSHIPS: usize = 3;
/// The number of groups, or policies, that can be removed from an account of any size.
const FEW_GROUPS: usize = 1;

/// How much of an account a plan can remove without consent.
///
/// All that a plan removes counts together: memberships by steps and by the deletion of groups,
/// against all memberships that were read; groups; and policies, also those that lose a permission
/// or a resource. The default limit is a quarter of each; up to 3 memberships, 1 group and 1 policy
/// are always within the limit. Some removals need consent however few they are: all members of a
/// group, the last group, the last policy of a group, and several policies replaced by fewer.
///
/// So a group file that was cut off, or was made from an incomplete list, cannot empty an account
/// unnoticed.
///
/// ```
/// use cf_groups_engine::{Plan, RemovalLimit};
///
/// // A share; a number such as "20" is a count.
/// let limit: RemovalLimit = "10%".parse()?;
/// let limit = limit.protect(["ada@example.com", "On-call"]);
/// assert!(limit.check(&Plan::default()).is_ok());
/// # Ok::<(), cf_groups_engine::InvalidRemovalLimit>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovalLimit {
    most: Most,
    protected: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Most {
    Percent(u8),
    Count(usize),
    Unlimited,
}

impl Default for RemovalLimit {
    fn default() -> Self {
        Self::of(Most::Percent(PERCENT))
    }
}

impl RemovalLimit {
    const fn of(most: Most) -> Self {
        Self { most, protected: Vec::new() }
    }

    /// Consents to all removals, except those that are [protected](Self::protect).
    pub const fn lifted() -> Self {
        Self::of(Most::Unlimited)
    }

    /// Protects members and groups, each by email address, name or id. A protected member keeps all
    /// groups; a protected group is not deleted and keeps its members, policies and name. Consent
    /// to removals does not change that.
    #[must_use]
    pub fn protect<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.protected.extend(names.into_iter().map(Into::into));
        self
    }

    /// Checks a plan.
    ///
    /// # Errors
    ///
    /// All reasons why the plan needs consent. Consent that is recorded in the plan counts.
    pub fn check(&self, plan: &Plan) -> Result<(), RemovalLimitExceeded> {
        let mut reasons = self.protected(plan);
        if !plan.allow_removals && self.most != Most::Unlimited {
            let Removals { memberships, groups, policies, notable } = Removals::of(plan);
            let reason: fn(Share) -> RemovalReason = RemovalReason::Memberships;
            let shares = [
                (memberships, FEW_MEMBERSHIPS, reason),
                (groups, FEW_GROUPS, RemovalReason::Groups),
                (policies, FEW_GROUPS, RemovalReason::Policies),
            ];
            let exceeded = shares.into_iter().filter(|(share, few, _)| !self.allows(*share, *few));
            reasons.extend(exceeded.map(|(share, _, reason)| reason(share)).chain(notable));
        }
        if reasons.is_empty() { Ok(()) } else { Err(RemovalLimitExceeded { reasons }) }
    }

    /// Returns a warning for each protected name that no group has, neither in the accounts of the
    /// plans nor among the groups that they create or rename. Email addresses and ids are left out:
    /// not all members are read.
    pub fn unknown_groups<'a>(
        &self,
        plans: impl IntoIterator<Item = &'a Plan>,
    ) -> Vec<PlanWarning> {
        let names = plans.into_iter().flat_map(|plan| {
            let creations = plan.creations.iter().map(|it| &it.name);
            let updates = plan.updates.iter().map(|it| &it.name);
            plan.account_groups.iter().chain(creations).chain(updates).map(String::as_str)
        });
        let names: BTreeSet<&str> = names.collect();
        let is_id = |text: &str| UserGroupId::new(text).is_ok();
        let known = |text: &str| names.iter().any(|name| is_same_name(name, text));
        let unknown =
            self.protected.iter().filter(|it| !is_address(it) && !is_id(it) && !known(it));
        let unknown: BTreeSet<&String> = unknown.collect();
        let near = Suggestions::of(names.iter().copied());
        let warning = |group: &String| {
            let help = near.did_you_mean(group).map_or(String::new(), |help| format!("; {help}"));
            let message = format!("it is protected, but there is no group of this name{help}");
            PlanWarning { group: group.clone(), message }
        };
        unknown.into_iter().map(warning).collect()
    }

    fn allows(&self, Share { removed, total }: Share, few: usize) -> bool {
        match self.most {
            Most::Unlimited => true,
            Most::Count(count) => removed <= count,
            Most::Percent(percent) => {
                removed <= few
                    || removed.saturating_mul(100) <= total.saturating_mul(usize::from(percent))
            }
        }
    }

    /// Returns what the plan takes from protected members and groups.
    pub(crate) fn protected(&self, plan: &Plan) -> Vec<RemovalReason> {
        let is_protected = |name: &str| self.protected.iter().any(|it| is_same_name(it, name));
        let mut reasons = Vec::new();
        let updates = plan
            .updates
            .iter()
            .map(|it| (&it.name, it.id.as_str(), it.old_name.as_deref(), &it.remove, takes(it)));
        let deletions =
            plan.deletions.iter().map(|it| (&it.name, it.id.as_str(), None, &it.members, true));
        for (name, id, old_name, removed, takes) in updates.chain(deletions) {
            if takes && [name, id, old_name.unwrap_or(name)].iter().any(|it| is_protected(it)) {
                reasons.push(RemovalReason::ProtectedGroup { group: name.clone() });
            }
            for member in removed {
                let email = plan.label(member).map(|label| label.name.as_str());
                if is_protected(member.as_str()) || email.is_some_and(is_protected) {
                    let member = email.unwrap_or(member.as_str()).to_owned();
                    reasons.push(RemovalReason::ProtectedMember { member, group: name.clone() });
                }
            }
        }
        reasons
    }
}

/// Returns whether two names, email addresses or ids differ in case at most.
fn is_same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Returns whether an update takes members, policies or the name from a group.
fn takes(update: &Update) -> bool {
    let policies = update.policies.as_ref().is_some_and(|it| it.removed().next().is_some());
    !update.remove.is_empty() || policies || update.old_name.is_some()
}

/// A text that is not a removal limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number such as 20, or a share such as 25%")]
pub struct InvalidRemovalLimit;

impl FromStr for RemovalLimit {
    type Err = InvalidRemovalLimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let most = match text.strip_suffix('%') {
            // Not even the few that are always within a share.
            Some("0") => Some(Most::Count(0)),
            Some(percent) => percent.parse().ok().filter(|it| *it <= 100).map(Most::Percent),
            None => text.parse().ok().map(Most::Count),
        };
        most.map(Self::of).ok_or(InvalidRemovalLimit)
    }
}

/// What a plan removes from an account, and of how much.
pub(crate) struct Removals {
    /// Memberships, of all that were read.
    memberships: Share,
    groups: Share,
    policies: Share,
    /// Removals that need consent however few they are.
    pub(crate) notable: Vec<RemovalReason>,
}

/// A number of removals, and the number before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many are removed.
    pub removed: usize,
    /// How many there were.
    pub total: usize,
}

impl Removals {
    pub(crate) fn of(plan: &Plan) -> Self {
        let updates = &plan.updates;
        let removed: usize = updates.iter().map(|it| it.remove.len()).sum();
        let deleted: usize = plan.deletions.iter().map(|it| it.members.len()).sum();
        let lost = updates.iter().filter_map(|it| it.policies.as_ref());
        let lost: usize = lost.map(|change| change.lost().count()).sum();
        let policies: usize = plan.deletions.iter().map(Deletion::policy_count).sum();
        let mut notable: Vec<RemovalReason> = updates.iter().flat_map(notable_in).collect();
        if plan.before.groups > 0 && plan.deletions.len() == plan.before.groups {
            notable.push(RemovalReason::LastGroup);
        }
        Self {
            memberships: Share { removed: removed + deleted, total: plan.before.memberships },
            groups: Share { removed: plan.deletions.len(), total: plan.before.groups },
            policies: Share { removed: policies + lost, total: plan.before.policies },
            notable,
        }
    }
}

fn notable_in(update: &Update) -> Vec<RemovalReason> {
    let group = || update.name.clone();
    let mut reasons = Vec::new();
    if update.removes_all_members() {
        let members = update.members_before;
        reasons.push(RemovalReason::AllMembers { group: group(), members });
    }
    if let Some(change) = &update.policies {
        match (change.from.len(), change.to.len()) {
            (1.., 0) => reasons.push(RemovalReason::LastPolicy { group: group() }),
            (from, to) if to < from => {
                reasons.push(RemovalReason::FewerPolicies { group: group(), from, to });
            }
            _ => {}
        }
    }
    reasons
}

/// Why removals need consent, or are not possible at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemovalReason {
    /// Too many memberships.
    Memberships(Share),
    /// Too many groups.
    Groups(Share),
    /// Too many policies.
    Policies(Share),
    /// All members of a group.
    AllMembers {
        /// The name of the group.
        group: String,
        /// How many members it has.
        members: usize,
    },
    /// All groups of the account.
    LastGroup,
    /// The last policy of a group.
    LastPolicy {
        /// The name of the group.
        group: String,
    },
    /// Several policies of a group, replaced by fewer.
    FewerPolicies {
        /// The name of the group.
        group: String,
        /// How many policies it has.
        from: usize,
        /// How many it would have.
        to: usize,
    },
    /// A protected group would lose something.
    ProtectedGroup {
        /// The name of the group.
        group: String,
    },
    /// A protected member would lose a group.
    ProtectedMember {
        /// The email address or id of the member.
        member: String,
        /// The name of the group.
        group: String,
    },
}

impl fmt::Display for RemovalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share =
            |share: &Share, one| format!("{} of {}", share.removed, counted(share.total, one));
        match self {
            Self::Memberships(it) => write!(f, "remove {}", share(it, "membership")),
            Self::Groups(it) => write!(f, "delete {}", share(it, "group")),
            Self::Policies(it) => {
                let of = if it.total == 1 { "policy" } else { "policies" };
                write!(f, "remove {} of {} {of}", it.removed, it.total)
            }
            Self::AllMembers { group, members } => match members {
                1 => write!(f, "remove the only member of {group:?}"),
                members => write!(f, "remove all {members} members of {group:?}"),
            },
            Self::LastGroup => f.write_str("delete the last group"),
            Self::LastPolicy { group } => write!(f, "remove the last policy of {group:?}"),
            Self::FewerPolicies { group, from, to } => {
                write!(f, "replace {from} policies of {group:?} by {to}")
            }
            Self::ProtectedGroup { group } => write!(f, "change the protected group {group:?}"),
            Self::ProtectedMember { member, group } => {
                write!(f, "remove the protected member {member} from {group:?}")
            }
        }
    }
}

/// How many reasons the text names. A comment of a review has room for it.
const MOST_REASONS: usize = 10;

/// Why the [`RemovalLimit`] refuses removals.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemovalLimitExceeded {
    /// The reasons. There is at least one.
    pub reasons: Vec<RemovalReason>,
}

impl RemovalLimitExceeded {
    /// Returns whether consent to removals is enough: not if something is protected.
    pub fn can_be_allowed(&self) -> bool {
        !self.reasons.iter().any(|reason| {
            use RemovalReason::{ProtectedGroup, ProtectedMember};
            matches!(reason, ProtectedGroup { .. } | ProtectedMember { .. })
        })
    }
}

impl fmt::Display for RemovalLimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the removal limit does not allow to ")?;
        for (index, reason) in self.reasons.iter().take(MOST_REASONS).enumerate() {
            let by = if index == 0 { "" } else { ", to " };
            write!(f, "{by}{reason}")?;
        }
        if let Some(more @ 1..) = self.reasons.len().checked_sub(MOST_REASONS) {
            write!(f, ", and {more} more")?;
        }
        f.write_str("; no changes made")
    }
}

impl std::error::Error for RemovalLimitExceeded {}
