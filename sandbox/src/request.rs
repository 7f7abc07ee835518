//! Requests: what an operation reads, and the state that it works on.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;

use crate::fault::{ChangePart, FaultKind};
use crate::operation::Contract;
use crate::page::{Page, ResultInfo};
use crate::query::Query;
use crate::response::{ApiError, Result, Success};
use crate::state::clock::Clock;
use crate::state::id::{Id, IdSource};
use crate::state::seed::UserGroup;
use crate::state::world::{Account, Groups};

/// How long the service takes until changes show.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lags {
    /// Until the members of a new group can be used.
    pub(crate) new_group: Duration,
    /// Until responses to GET no longer show a removed group or member.
    pub(crate) deletion: Duration,
}

/// A request with valid path and query, and the state that it works on.
pub(crate) struct Call<'a> {
    pub(crate) contract: Contract,
    pub(crate) lags: Lags,
    pub(crate) account: &'a mut Account,
    pub(crate) ids: &'a mut IdSource,
    pub(crate) clock: &'a mut Clock,
    /// The names of the path's parameters, and their ids.
    pub(crate) path: Vec<(&'a str, Id)>,
    pub(crate) query: Query,
    pub(crate) body: Value,
    /// The fault that is injected, if it changes how the request is applied.
    pub(crate) fault: Option<&'a FaultKind>,
}

impl Call<'_> {
    pub(crate) fn is_observed(&self) -> bool {
        self.contract == Contract::Observed
    }

    /// The id in the path with this name.
    pub(crate) fn path_id(&self, name: &str) -> Result<Id> {
        let id = self.path.iter().find(|(other, _)| *other == name);
        let missing = || ApiError::not_found(format!("{name}: not in the path"), name);
        id.map(|(_, id)| id.clone()).ok_or_else(missing)
    }

    /// The group in the path, to change it.
    pub(crate) fn group(&self) -> Result<UserGroup> {
        let id = self.path_id("user_group_id")?;
        let group = self.account.groups().get(id.as_str());
        group.map(|group| UserGroup::clone(group)).ok_or_else(|| self.no_group(&id))
    }

    /// The group in the path as responses to GET show it.
    pub(crate) fn shown_group(&self) -> Result<Arc<UserGroup>> {
        let id = self.path_id("user_group_id")?;
        let groups = self.shown_groups();
        groups.get(id.as_str()).cloned().ok_or_else(|| self.no_group(&id))
    }

    /// Returns an error if the members of the group in the path cannot be used yet.
    pub(crate) fn check_ready(&self) -> Result<()> {
        let id = self.path_id("user_group_id")?;
        let now = self.clock.elapsed();
        if self.account.is_new(id.as_str(), self.lags.new_group, now) {
            return Err(self.no_group(&id));
        }
        Ok(())
    }

    /// The groups as responses to GET show them.
    pub(crate) fn shown_groups(&self) -> Cow<'_, Groups> {
        let now = self.clock.elapsed();
        if let Some(FaultKind::StaleList { ms }) = self.fault {
            return Cow::Owned(self.account.groups_before(Duration::from_millis(*ms), now));
        }
        if self.lags.deletion.is_zero() {
            return Cow::Borrowed(self.account.groups());
        }
        Cow::Owned(self.account.groups_with_removed(self.lags.deletion, now))
    }

    pub(crate) fn no_group(&self, id: &Id) -> ApiError {
        if self.is_observed() {
            return ApiError::observed(StatusCode::NOT_FOUND, "User group not found");
        }
        ApiError::not_found(format!("there is no user group {id} in the account"), "user_group_id")
    }

    /// Whether the injected fault drops this part of a change.
    pub(crate) fn drops(&self, part: ChangePart) -> bool {
        self.fault == Some(&FaultKind::DropChange(part))
    }

    /// A page of a list, empty past the end. `total` is the number of items without a filter.
    pub(crate) fn list<T>(
        &self,
        page: Page,
        items: Vec<T>,
        total: usize,
        show: impl Fn(T) -> Value,
    ) -> Success {
        let last = page.last_of(items.len());
        let page = match self.fault {
            Some(FaultKind::IgnorePage) => Page { number: 1, ..page },
            Some(FaultKind::RepeatLastPage) if page.number > last.number => last,
            _ => page,
        };
        let before = (page.number - 1).saturating_mul(page.size);
        let shown: Vec<Value> = items.into_iter().skip(before).take(page.size).map(show).collect();
        let total_pages = total.div_ceil(page.size);
        let info = ResultInfo {
            count: shown.len(),
            page: page.number,
            per_page: page.size,
            total_count: total,
            total_pages: (self.contract != Contract::Documented).then_some(total_pages),
        };
        Success { result: Some(Value::Array(shown)), info: Some(info) }
    }
}
