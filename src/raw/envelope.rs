//! The envelopes of responses, and what they contain.

use super::convert::IntoModel;
use super::{AddedMembers, types};
use crate::model::{Page, PageInfo};

/// The envelope of every response.
///
/// Here and in `convert`, types are destructured without `..`: when the spec gains a field, the
/// compiler stops where a decision is due.
pub(super) trait Envelope {
    type Result;

    fn open(self) -> (bool, Option<Self::Result>);
}

macro_rules! envelope {
    ($($response:ident => $result:ty,)*) => {
        $(impl Envelope for types::$response {
            type Result = $result;

            fn open(self) -> (bool, Option<$result>) {
                let Self { success, errors, messages, result } = self;
                // Failures are explained from the body, and warnings have no documented meaning.
                let _: (Option<types::ApiErrors>, Option<types::ApiErrors>) = (errors, messages);
                (success, result)
            }
        })*
    };
    (list $($response:ident => $item:ty,)*) => {
        $(impl Envelope for types::$response {
            type Result = Listed<$item>;

            fn open(self) -> (bool, Option<Listed<$item>>) {
                let Self { success, errors, messages, result, result_info } = self;
                let _: (Option<types::ApiErrors>, Option<types::ApiErrors>) = (errors, messages);
                let info = result_info.map(types::ResultInfo::into_model).unwrap_or_default();
                let is_null = result.is_none();
                (success, Some(Listed { items: result.unwrap_or_default(), is_null, info }))
            }
        })*
    };
}

envelope! {
    UserGroupResponse => types::UserGroup,
    RemovedUserGroupResponse => types::RemovedUserGroup,
    MemberResponse => types::Member,
    MemberDetailsResponse => types::MemberDetails,
    AddedMembersResponse => AddedMembers,
    ResourceGroupResponse => types::ResourceGroup,
}

envelope! { list
    UserGroupListResponse => types::UserGroup,
    MemberListResponse => types::Member,
    AccountMemberListResponse => types::AccountMember,
    PermissionGroupListResponse => types::PermissionGroup,
    ResourceGroupListResponse => types::ResourceGroup,
    ZoneListResponse => types::Zone,
}

/// A page of a list as a response shows it.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    /// Whether `result` is null or missing. There are no items then.
    pub(crate) is_null: bool,
    pub(crate) info: PageInfo,
}

impl<T> Listed<T> {
    pub(crate) fn into_page(self) -> Page<T> {
        let Self { items, is_null: _, info } = self;
        Page { items, info }
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), is_null: true, info: PageInfo::default() }
    }
}
