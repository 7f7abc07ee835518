//! Members of accounts and of user groups.

use serde::{Deserialize, Serialize};

use super::open_enum::open_enum;
use super::timestamp::Timestamp;
use crate::id::{MemberId, UserId};

/// A member of the account, as a member of a user group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Member {
    /// Identifies the member, in every group of the account.
    pub id: MemberId,
    /// The email address, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the member has accepted the invitation to the account, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MemberStatus>,
}

impl Member {
    /// Creates a member with this id, for tests. The other fields can be set.
    pub fn new(id: impl Into<MemberId>) -> Self {
        Self { id: id.into(), email: None, status: None }
    }
}

/// A member of a user group, with its user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemberDetails {
    /// Identifies the member, in every group of the account.
    pub id: MemberId,
    /// The email address, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the member has accepted the invitation to the account, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MemberStatus>,
    /// When the member was added to the group, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The user, if the API returns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

impl MemberDetails {
    /// Creates a member with this id, for tests. The other fields can be set.
    pub fn new(id: impl Into<MemberId>) -> Self {
        Self { id: id.into(), email: None, status: None, created_at: None, user: None }
    }
}

/// A member of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountMember {
    /// Identifies the member, in every user group of the account.
    pub id: MemberId,
    /// The email address, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The state of the invitation to the account, if the API returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccountMemberStatus>,
    /// The user, if the API returns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

impl AccountMember {
    /// Creates a member with this id, for tests. The other fields can be set.
    pub fn new(id: impl Into<MemberId>) -> Self {
        Self { id: id.into(), email: None, status: None, user: None }
    }
}

/// The user of a membership. All fields may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// Identifies the user, in every account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
    /// The email address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
}

open_enum! {
    /// Whether a member has accepted the invitation to the account.
    MemberStatus {
        /// The invitation was accepted.
        Accepted = "accepted",
        /// The invitation has not been accepted yet.
        Pending = "pending",
    }
}

open_enum! {
    /// The state of the invitation to an account.
    AccountMemberStatus {
        /// It was accepted.
        Accepted = "accepted",
        /// It has not been accepted or rejected yet.
        Pending = "pending",
        /// It was rejected.
        Rejected = "rejected",
    }
}
