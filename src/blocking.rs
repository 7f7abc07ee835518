//! The same client for programs without an async runtime (feature `blocking`).
//!
//! Everything is called as in the rest of the crate, and the last step blocks: where a request is
//! awaited there, it has a method `send` here, and a list is an iterator instead of a stream.
//!
//! ```no_run
//! use cloudflare_user_groups::{AccountId, blocking};
//!
//! # fn main() -> cloudflare_user_groups::Result<()> {
//! let client = blocking::Client::from_env()?;
//! let groups = client.account(AccountId::from_env()?).user_groups();
//! let sre = groups.create("SRE").send()?;
//! for group in groups.list().name_contains("SRE").iter() {
//!     println!("{}", group?.name);
//! }
//! groups.delete(sre.id).send()?;
//! # Ok(())
//! # }
//! ```
//!
//! A blocking call in async code returns an error, because it would block the thread of its runtime. In
//! `tokio::task::spawn_blocking` and `block_in_place` it works.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio::runtime::{Handle, Runtime};
use tokio::task::coop;

use crate::ClientBuilder;
use crate::error::{Error, Result};
use crate::id::{AccountId, MemberId, PermissionGroupId, ResourceGroupId, UserGroupId};
use crate::model::{
    AccountMemberStatus, Direction, Member, MemberDetails, Page, Policy, ResourceGroup, Scope,
    UserGroup,
};
use crate::pagination::ItemStream;
use crate::request::{Fetch, ListRequest};
use crate::transport::RetryPolicy;

/// A blocking client. Clones are cheap and share connections.
#[derive(Clone, Debug)]
pub struct Client(Blocking<crate::Client>);

impl Client {
    /// Makes a client that blocks of what an async client is made of.
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::build`], and if the system gives no thread or file to wait with.
    pub fn new(builder: ClientBuilder) -> Result<Self> {
        // A thread of its own keeps an eye on idle connections between calls.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Error::invalid("no runtime could be made").caused_by(error))?;
        Ok(Self(Blocking { inner: builder.build()?, runtime: Arc::new(Owned(Some(runtime))) }))
    }

    /// A client from the conventional environment variables; see [`crate::Client::from_env`].
    ///
    /// # Errors
    ///
    /// If there is no credential, or a variable does not have the form it needs.
    pub fn from_env() -> Result<Self> {
        Self::new(crate::Client::builder().from_env()?)
    }

    /// The account in which to work.
    pub fn account(&self, id: impl Into<AccountId>) -> Account {
        Account(self.0.map(|client| client.account(id)))
    }

    /// The rate limit of this client.
    pub fn rate_limit(&self) -> &dyn crate::RateLimiter {
        self.0.inner.rate_limit()
    }
}

/// An account of the API, as a client sees it.
#[derive(Clone, Debug)]
pub struct Account(Blocking<crate::Account>);

impl Account {
    /// The user groups of the account.
    pub fn user_groups(&self) -> UserGroups {
        UserGroups(self.0.map(crate::Account::user_groups))
    }

    /// Lists the members of the account; see [`crate::Account::list_members`].
    pub fn list_members(&self) -> Request<crate::ListAccountMembers> {
        Request(self.0.map(crate::Account::list_members))
    }

    /// Lists permission groups; see [`crate::Account::list_permission_groups`].
    pub fn list_permission_groups(&self) -> Request<crate::ListPermissionGroups> {
        Request(self.0.map(crate::Account::list_permission_groups))
    }

    /// Lists resource groups; see [`crate::Account::list_resource_groups`].
    pub fn list_resource_groups(&self) -> Request<crate::ListResourceGroups> {
        Request(self.0.map(crate::Account::list_resource_groups))
    }

    /// Creates a resource group; see [`crate::Account::create_resource_group`].
    pub fn create_resource_group(
        &self,
        name: impl Into<String>,
        scope: Scope,
    ) -> Request<crate::Request<ResourceGroup>> {
        Request(self.0.map(|account| account.create_resource_group(name, scope)))
    }

    /// Lists zones; see [`crate::Account::list_zones`].
    pub fn list_zones(&self) -> Request<crate::ListZones> {
        Request(self.0.map(crate::Account::list_zones))
    }
}

/// The user groups of an account; see [`crate::UserGroups`].
#[derive(Clone, Debug)]
pub struct UserGroups(Blocking<crate::UserGroups>);

impl UserGroups {
    /// Creates a user group; see [`crate::UserGroups::create`].
    pub fn create(&self, name: impl Into<String>) -> Request<crate::CreateUserGroup> {
        Request(self.0.map(|groups| groups.create(name)))
    }

    /// Reads one user group; see [`crate::UserGroups::get`].
    pub fn get(&self, id: impl Into<UserGroupId>) -> Request<crate::Request<UserGroup>> {
        Request(self.0.map(|groups| groups.get(id)))
    }

    /// Changes a user group; see [`crate::UserGroups::update`].
    pub fn update(&self, id: impl Into<UserGroupId>) -> Request<crate::UpdateUserGroup> {
        Request(self.0.map(|groups| groups.update(id)))
    }

    /// Removes a user group; see [`crate::UserGroups::delete`].
    pub fn delete(&self, id: impl Into<UserGroupId>) -> Request<crate::Request<()>> {
        Request(self.0.map(|groups| groups.delete(id)))
    }

    /// Lists the user groups; see [`crate::UserGroups::list`].
    pub fn list(&self) -> Request<crate::ListUserGroups> {
        Request(self.0.map(crate::UserGroups::list))
    }

    /// The members of a user group; see [`crate::UserGroups::members`].
    pub fn members(&self, id: impl Into<UserGroupId>) -> Members {
        Members(self.0.map(|groups| groups.members(id)))
    }
}

/// The members of a user group; see [`crate::Members`].
#[derive(Clone, Debug)]
pub struct Members(Blocking<crate::Members>);

impl Members {
    /// Reads one member; see [`crate::Members::get`].
    pub fn get(&self, member: impl Into<MemberId>) -> Request<crate::Request<MemberDetails>> {
        Request(self.0.map(|group| group.get(member)))
    }

    /// Adds members; see [`crate::Members::add`].
    pub fn add<M: Into<MemberId>>(
        &self,
        members: impl IntoIterator<Item = M>,
    ) -> Request<crate::Request<Vec<Member>>> {
        Request(self.0.map(|group| group.add(members)))
    }

    /// Replaces all members; see [`crate::Members::replace`].
    pub fn replace<M: Into<MemberId>>(
        &self,
        members: impl IntoIterator<Item = M>,
    ) -> Request<crate::Request<Vec<Member>>> {
        Request(self.0.map(|group| group.replace(members)))
    }

    /// Removes a member; see [`crate::Members::remove`].
    pub fn remove(&self, member: impl Into<MemberId>) -> Request<crate::Request<()>> {
        Request(self.0.map(|group| group.remove(member)))
    }

    /// Lists the members; see [`crate::Members::list`].
    pub fn list(&self) -> Request<crate::ListMembers> {
        Request(self.0.map(crate::Members::list))
    }
}

/// A request that blocks when it is sent. Its other methods are those of the request it holds.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`, or a page, all or an iterator of a list, is called"]
pub struct Request<R>(Blocking<R>);

impl<T, R: IntoFuture<Output = Result<T>>> Request<R> {
    /// Sends the request and waits for the response.
    ///
    /// # Errors
    ///
    /// As when the request is awaited; also if it is called in async code.
    pub fn send(self) -> Result<T> {
        let Blocking { inner, runtime } = self.0;
        runtime.block_on(async { inner.await })
    }
}

impl<T> Request<crate::Request<T>> {
    /// See [`crate::Request::timeout`].
    pub fn timeout(self, limit: Duration) -> Self {
        self.with(|request| request.timeout(limit))
    }

    /// See [`crate::Request::retry`].
    pub fn retry(self, policy: RetryPolicy) -> Self {
        self.with(|request| request.retry(policy))
    }
}

#[expect(private_bounds, reason = "only the queries of this crate can be sent")]
impl<Q: Fetch> Request<ListRequest<Q>> {
    /// See [`ListRequest::timeout`].
    pub fn timeout(self, limit: Duration) -> Self {
        self.with(|list| list.timeout(limit))
    }

    /// See [`ListRequest::retry`].
    pub fn retry(self, policy: RetryPolicy) -> Self {
        self.with(|list| list.retry(policy))
    }

    /// See [`ListRequest::per_page`].
    pub fn per_page(self, size: u32) -> Self {
        self.with(|list| list.per_page(size))
    }

    /// See [`ListRequest::max_in_flight`].
    pub fn max_in_flight(self, requests: usize) -> Self {
        self.with(|list| list.max_in_flight(requests))
    }

    /// Reads one page. Pages are counted from 1.
    ///
    /// # Errors
    ///
    /// See [`ListRequest::page`].
    pub fn page(self, number: u64) -> Result<Page<Q::Item>> {
        let Blocking { inner, runtime } = self.0;
        runtime.block_on(inner.page(number))
    }

    /// Reads the whole list.
    ///
    /// # Errors
    ///
    /// See [`ListRequest::all`].
    pub fn all(self) -> Result<Vec<Q::Item>> {
        let Blocking { inner, runtime } = self.0;
        runtime.block_on(inner.all())
    }

    /// Reads the list as its items are taken.
    pub fn iter(self) -> Iter<Q::Item> {
        let Blocking { inner, runtime } = self.0;
        Iter { items: inner.stream(), runtime }
    }
}

impl<R> Request<R> {
    fn with(self, step: impl FnOnce(R) -> R) -> Self {
        let Blocking { inner, runtime } = self.0;
        Self(Blocking { inner: step(inner), runtime })
    }
}

/// Gives `Request` methods of the request inside. Those of lists are the filters.
macro_rules! adjusted {
    ($($request:ident { $($method:ident($($argument:ident: $type:ty),*)),* $(,)? })*) => {
        $(impl Request<crate::$request> {
            $(
                #[doc = concat!("See [`crate::", stringify!($request), "::", stringify!($method), "`].")]
                pub fn $method(self, $($argument: $type),*) -> Self {
                    self.with(|request| request.$method($($argument),*))
                }
            )*
        })*
    };
}

adjusted! {
    CreateUserGroup {
        policy(policy: Policy),
        policies(policies: impl IntoIterator<Item = Policy>),
        timeout(limit: Duration),
        retry(policy: RetryPolicy),
    }
    UpdateUserGroup {
        name(name: impl Into<String>),
        policies(policies: impl IntoIterator<Item = Policy>),
        timeout(limit: Duration),
        retry(policy: RetryPolicy),
    }
    ListUserGroups {
        id(id: impl Into<UserGroupId>),
        name(name: impl Into<String>),
        name_contains(text: impl Into<String>),
        direction(direction: Direction),
    }
    ListMembers {
        email_contains(text: impl Into<String>),
        direction(direction: Direction),
    }
    ListAccountMembers { status(status: AccountMemberStatus), sort_by_email() }
    ListPermissionGroups {
        id(id: impl Into<PermissionGroupId>),
        name(name: impl Into<String>),
        label(label: impl Into<String>),
    }
    ListResourceGroups {
        id(id: impl Into<ResourceGroupId>),
        name(name: impl Into<String>),
    }
    ListZones { name(name: impl Into<String>) }
}

/// The items of a list, page after page; see [`ItemStream`].
#[derive(Debug)]
pub struct Iter<T> {
    items: ItemStream<T>,
    runtime: Arc<Owned>,
}

impl<T> Iterator for Iter<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.runtime.block_on(self.items.try_next()).transpose()
    }
}

/// Something async, and what waits for it.
#[derive(Clone)]
struct Blocking<T> {
    inner: T,
    runtime: Arc<Owned>,
}

impl<T> Blocking<T> {
    fn map<U>(&self, step: impl FnOnce(&T) -> U) -> Blocking<U> {
        Blocking { inner: step(&self.inner), runtime: Arc::clone(&self.runtime) }
    }
}

impl<T: fmt::Debug> fmt::Debug for Blocking<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// The runtime of a blocking client.
#[derive(Debug)]
struct Owned(Option<Runtime>);

impl Owned {
    fn block_on<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        match &self.0 {
            Some(runtime) if !is_polling() && may_block(runtime) => runtime.block_on(future),
            _ => Err(Error::invalid(
                "a blocking call in async code would block the thread of its runtime: use the async \
                 client, or tokio::task::spawn_blocking",
            )),
        }
    }
}

/// Whether this thread polls async code of tokio right now. Whether there is a runtime is not enough:
/// `spawn_blocking` and `block_in_place` may block. But only what is polled has a budget that ends.
fn is_polling() -> bool {
    const MORE_THAN_THE_BUDGET: usize = 1024;
    if Handle::try_current().is_err() {
        return false;
    }
    let mut context = Context::from_waker(Waker::noop());
    let mut taken = Vec::new();
    let ends = (0..MORE_THAN_THE_BUDGET).any(|_| match coop::poll_proceed(&mut context) {
        Poll::Ready(unit) => {
            taken.push(unit);
            false
        }
        Poll::Pending => true,
    });
    // In this order, each gives back what it took.
    while taken.pop().is_some() {}
    ends
}

/// Whether the runtime can be waited for on this thread. Polled code may have no budget
/// (`tokio::task::unconstrained`); tokio panics then, before it runs anything.
fn may_block(runtime: &Runtime) -> bool {
    Handle::try_current().is_err()
        || catch_unwind(AssertUnwindSafe(|| runtime.block_on(std::future::ready(())))).is_ok()
}

impl Drop for Owned {
    /// A runtime must not be waited for where async code runs, but may be let go.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
