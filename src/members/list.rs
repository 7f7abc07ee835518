//! The list of the members of a user group.

use crate::error::Result;
use crate::mode::Async;
use crate::model::{Direction, Member, MemberQuery};
use crate::pagination::{PAGE_SIZES, Paging};
use crate::raw::{self, ListCall, Listed};
use crate::request::{Fetch, ListRequest, Query, filters};

/// A list of the members of a user group. Made by [`Members::list`](crate::Members::list).
pub type ListMembers<M = Async> = ListRequest<MemberQuery, M>;

impl<M> ListRequest<MemberQuery, M> {
    filters! {
        /// Keeps only the members whose email address contains this text (`fuzzyEmail`).
        email_contains: String,
    }

    /// Sorts by email address in this direction. The API's default is ascending.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.query.direction = Some(direction);
        self
    }
}

impl Query for MemberQuery {
    type Item = Member;
}

impl Fetch for MemberQuery {
    const OPERATION: &'static str = "account-user-group-member-list";
    /// Observed (reported): the list of a group without members is null, O6.
    const NULL_IS_EMPTY: bool = true;

    fn paging() -> Paging {
        Paging::largest(&PAGE_SIZES)
    }

    fn is_filtered(&self) -> bool {
        let Self { group: _, email_contains, direction: _ } = self;
        email_contains.is_some()
    }

    fn id(item: &Member) -> Option<&str> {
        Some(item.id.as_str())
    }

    async fn fetch(&self, list: ListCall<'_>) -> Result<Listed<Member>> {
        let call = list.call.of_group(&self.group);
        raw::list_members(ListCall { call, ..list }, self).await
    }
}
