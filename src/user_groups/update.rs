//! Changing the name and the policies of a user group.

use std::future::IntoFuture;

use super::{named, verify};
use crate::account::Account;
use crate::composite::Composite;
use crate::error::{Error, Result};
use crate::id::UserGroupId;
use crate::mode::{Async, Mode};
use crate::model::{Policy, UserGroup};
use crate::raw::{self, Options};
use crate::request::{ResponseFuture, call_options};

/// Changes a user group when awaited. Made by [`UserGroups::update`](crate::UserGroups::update).
///
/// A name or policies that are not given stay as they are. Without both, awaiting it is an error.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited, or `send` is called"]
pub struct UpdateUserGroup<M = Async> {
    pub(crate) account: Account<M>,
    pub(super) options: Options,
    pub(super) id: UserGroupId,
    pub(super) name: Option<String>,
    pub(super) policies: Option<Vec<Policy>>,
}

impl<M: Mode> UpdateUserGroup<M> {
    /// The new name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// All policies of the group, in place of those it has. An empty list removes them.
    ///
    /// Policy ids are not sent. Observed (reported): the API refuses ids of existing policies and
    /// gives out fresh ones with every update.
    pub fn policies(mut self, policies: impl IntoIterator<Item = Policy>) -> Self {
        self.policies = Some(policies.into_iter().collect());
        self
    }

    call_options!();

    pub(crate) fn response(self) -> ResponseFuture<UserGroup> {
        Box::pin(self.run())
    }

    async fn run(self) -> Result<UserGroup> {
        let client = &self.account.client;
        let mut call = Composite::new(client, "account-user-group-update", self.options.clone());
        self.update(&mut call).await.map_err(|error| call.fail(error))
    }

    async fn update(&self, call: &mut Composite<'_>) -> Result<UserGroup> {
        let Self { account, options: _, id, name, policies } = self;
        let account = &account.id;
        let name = name.as_deref().map(named).transpose()?;
        if name.is_none() && policies.is_none() {
            return Err(Error::invalid("neither a name nor policies are given to update"));
        }
        let (to, request) = (name.map(str::to_owned), call.request());
        let sent =
            raw::update_user_group(request.clone(), account, id, to, policies.clone()).await?;
        call.doubt();
        let shown = match sent {
            Some(group) => group,
            None => raw::user_group(call.request(), account, id).await?,
        };
        verify(call, &request, account, shown, name, policies.as_deref()).await
    }
}

impl IntoFuture for UpdateUserGroup {
    type Output = Result<UserGroup>;
    type IntoFuture = ResponseFuture<UserGroup>;

    fn into_future(self) -> ResponseFuture<UserGroup> {
        self.response()
    }
}
