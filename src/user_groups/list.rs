//! The list of user groups.

use crate::error::Result;
use crate::id::{AccountId, UserGroupId};
use crate::mode::Async;
use crate::model::{Direction, UserGroup, UserGroupQuery};
use crate::pagination::{PAGE_SIZES, Paging};
use crate::raw::{self, ListCall, Listed};
use crate::request::{Fetch, ListRequest, Query, filters, is_allowed};

/// A list of user groups. Made by [`UserGroups::list`](crate::UserGroups::list).
pub type ListUserGroups<M = Async> = ListRequest<UserGroupQuery, M>;

impl<M> ListRequest<UserGroupQuery, M> {
    filters! {
        /// Keeps only the group with this id.
        id: UserGroupId,
        /// Keeps only the groups with exactly this name.
        name: String,
        /// Keeps only the groups whose name contains this text (`fuzzyName`).
        name_contains: String,
    }

    /// Sorts by name in this direction. The API's default is ascending.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.query.direction = Some(direction);
        self
    }
}

impl Query for UserGroupQuery {
    type Item = UserGroup;
}

impl Fetch for UserGroupQuery {
    const OPERATION: &'static str = "account-user-group-list";

    fn paging() -> Paging {
        Paging::largest(&PAGE_SIZES)
    }

    fn is_filtered(&self) -> bool {
        let Self { id, name, name_contains, direction: _ } = self;
        id.is_some() || name.is_some() || name_contains.is_some()
    }

    fn allows(&self, _: &AccountId, group: &UserGroup) -> bool {
        is_allowed(self.id.as_ref(), Some(&group.id))
            && is_allowed(self.name.as_ref(), Some(&group.name))
    }

    fn id(item: &UserGroup) -> Option<&str> {
        Some(item.id.as_str())
    }

    async fn fetch(&self, list: ListCall<'_>) -> Result<Listed<UserGroup>> {
        raw::list_user_groups(list, self).await
    }
}
