//! The same client for programs without an async runtime (feature `blocking`).
//!
//! Everything is called as in the rest of the crate, and the last step blocks: a request has a
//! method `send` in place of being awaited, and a list is an iterator instead of a stream. The
//! types are those of the rest with the mode [`Blocking`].
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
//! A blocking call in async code returns an error, because it would block the thread of its
//! runtime. In `tokio::task::spawn_blocking` and `block_in_place` it works.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_util::TryStreamExt;
use tokio::runtime::{Handle, Runtime};
use tokio::task::coop;

use crate::client::ClientBuilder;
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::mode::Mode;
use crate::model::{Page, UserGroup};
use crate::pagination::ItemStream;
use crate::request::{Fetch, ListRequest, Request};
use crate::transport::RateLimiter;
use crate::user_groups::{CreateUserGroup, UpdateUserGroup};

/// An account; see [`crate::Account`].
pub type Account = crate::Account<Blocking>;

/// The user groups of an account; see [`crate::UserGroups`].
pub type UserGroups = crate::UserGroups<Blocking>;

/// The members of a user group; see [`crate::Members`].
pub type Members = crate::Members<Blocking>;

/// A blocking client. Clones are cheap and share connections.
#[derive(Clone, Debug)]
pub struct Client {
    client: crate::Client,
    mode: Blocking,
}

impl Client {
    /// Makes a client that blocks of what an async client is made of.
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::build`], and if the system gives no thread or file to wait with.
    pub fn new(builder: ClientBuilder) -> Result<Self> {
        // First: a runtime cannot be dropped in async code.
        let client = builder.build()?;
        // A thread of its own keeps an eye on idle connections between calls.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Error::invalid("no runtime could be made").caused_by(error))?;
        let mode = Blocking(Arc::new(Owned(Some(runtime))));
        Ok(Self { client, mode })
    }

    /// A client from the conventional environment variables; see [`crate::Client::from_env`].
    ///
    /// # Errors
    ///
    /// If there is no credential, or a variable does not have the form it needs.
    pub fn from_env() -> Result<Self> {
        Self::new(crate::Client::builder().from_env()?)
    }

    /// The account with this id.
    pub fn account(&self, id: impl Into<AccountId>) -> Account {
        let Self { client, mode } = self;
        crate::Account { client: client.clone(), id: id.into(), mode: mode.clone() }
    }

    /// The rate limit of this client.
    pub fn rate_limit(&self) -> &dyn RateLimiter {
        self.client.rate_limit()
    }
}

/// Requests are sent by a method that waits for the response, on the runtime of the client.
#[derive(Clone, Debug)]
pub struct Blocking(Arc<Owned>);

impl Mode for Blocking {}

impl<T> Request<T, Blocking> {
    /// Sends the request and waits for the response.
    ///
    /// # Errors
    ///
    /// As when the request is awaited; also if it is called in async code.
    pub fn send(self) -> Result<T> {
        let Blocking(runtime) = self.mode.clone();
        runtime.block_on(self.response())
    }
}

impl CreateUserGroup<Blocking> {
    /// Sends the request and waits for the response.
    ///
    /// # Errors
    ///
    /// As when the request is awaited; also if it is called in async code.
    pub fn send(self) -> Result<UserGroup> {
        let Blocking(runtime) = self.account.mode.clone();
        runtime.block_on(self.response())
    }
}

impl UpdateUserGroup<Blocking> {
    /// Sends the request and waits for the response.
    ///
    /// # Errors
    ///
    /// As when the request is awaited; also if it is called in async code.
    pub fn send(self) -> Result<UserGroup> {
        let Blocking(runtime) = self.account.mode.clone();
        runtime.block_on(self.response())
    }
}

#[expect(private_bounds, reason = "only the queries of this crate can be sent")]
impl<Q: Fetch> ListRequest<Q, Blocking> {
    /// Reads one page. Pages are counted from 1.
    ///
    /// # Errors
    ///
    /// As for the [async method](ListRequest::page); also if it is called in async code.
    pub fn page(self, number: u64) -> Result<Page<Q::Item>> {
        let (list, Blocking(runtime)) = self.awaited();
        runtime.block_on(list.page(number))
    }

    /// Reads the whole list.
    ///
    /// # Errors
    ///
    /// As for the [async method](ListRequest::all); also if it is called in async code.
    pub fn all(self) -> Result<Vec<Q::Item>> {
        let (list, Blocking(runtime)) = self.awaited();
        runtime.block_on(list.all())
    }

    /// Reads the list as its items are taken.
    pub fn iter(self) -> Iter<Q::Item> {
        let (list, Blocking(runtime)) = self.awaited();
        Iter { items: Some(list.stream()), runtime }
    }
}

/// The items of a list, page after page; see [`ItemStream`]. An error is the last item.
#[derive(Debug)]
pub struct Iter<T> {
    items: Option<ItemStream<T>>,
    runtime: Arc<Owned>,
}

impl<T> Iterator for Iter<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let next = self.runtime.block_on(self.items.as_mut()?.try_next()).transpose();
        if !matches!(next, Some(Ok(_))) {
            self.items = None;
        }
        next
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

/// Whether this thread polls async code of tokio right now. Whether there is a runtime is not
/// enough: `spawn_blocking` and `block_in_place` may block. But only what is polled has a budget
/// that ends.
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
