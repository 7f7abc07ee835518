//! What requests have in common: limits of their own, and the ways in which they are sent.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::hash::Hash;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::sync::Arc;

use crate::account::Account;
use crate::composite::Composite;
use crate::error::Result;
use crate::id::AccountId;
use crate::mode::{Async, Mode};
use crate::model::Page;
use crate::pagination::{self, ItemStream, List, Paging, SMALL_PAGE_SIZES};
use crate::raw::{self, ListCall, Listed};
use crate::transport::{Options, PagePermit};

/// The methods that set the limits of one call, for builders with `options`.
macro_rules! call_options {
    ($(#[$more_about_timeout:meta])*) => {
        /// Sets the time that this call may take, with all requests, retries and waits.
        $(#[$more_about_timeout])*
        pub fn timeout(mut self, limit: std::time::Duration) -> Self {
            self.options.timeout = limit;
            self
        }

        /// Sets when and how often requests of this call are retried.
        pub fn retry(mut self, policy: crate::RetryPolicy) -> Self {
            self.options.retry = policy;
            self
        }
    };
}
pub(crate) use call_options;

/// The methods that set filters of a list: each the field of the query that has its name.
macro_rules! filters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        $($(#[$doc])*
        pub fn $name(mut self, $name: impl Into<$type>) -> Self {
            self.query.$name = Some($name.into());
            self
        })*
    };
}
pub(crate) use filters;

/// The future of a request that is being sent.
pub type ResponseFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// A request that is sent when it is awaited.
#[must_use = "nothing is sent until it is awaited, or `send` is called"]
pub struct Request<T, M = Async> {
    pub(crate) mode: M,
    options: Options,
    send: Arc<dyn Fn(Options) -> ResponseFuture<T> + Send + Sync>,
}

impl<T, M: Mode> Request<T, M> {
    pub(crate) fn new<I, F>(
        operation: &'static str,
        account: &Account<M>,
        input: I,
        send: fn(I, Options) -> F,
    ) -> Self
    where
        I: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let send = move |options| -> ResponseFuture<T> {
            let sent = send(input.clone(), options);
            Box::pin(async move {
                sent.await.map_err(|error| error.of_operation(raw::operation(operation)))
            })
        };
        let (mode, options) = (account.mode.clone(), account.client.options());
        Self { mode, options, send: Arc::new(send) }
    }

    call_options!();

    pub(crate) fn response(self) -> ResponseFuture<T> {
        (self.send)(self.options)
    }
}

impl<T> IntoFuture for Request<T> {
    type Output = Result<T>;
    type IntoFuture = ResponseFuture<T>;

    fn into_future(self) -> ResponseFuture<T> {
        self.response()
    }
}

impl<T, M: Mode> Clone for Request<T, M> {
    fn clone(&self) -> Self {
        let Self { mode, options, send } = self;
        Self { mode: mode.clone(), options: options.clone(), send: Arc::clone(send) }
    }
}

impl<T, M> fmt::Debug for Request<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("options", &self.options).finish_non_exhaustive()
    }
}

/// A list, read as a page, as a whole, or as a stream.
///
/// Its filters are in the documentation of the types that are named after what they list, for
/// example [`ListUserGroups`](crate::ListUserGroups).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until a page, all, a stream or an iterator is requested"]
pub struct ListRequest<Q, M = Async> {
    account: Account<M>,
    options: Options,
    pub(crate) query: Q,
    paging: Paging,
}

#[expect(private_bounds, reason = "only the queries of this crate can be sent")]
impl<Q: Fetch, M: Mode> ListRequest<Q, M> {
    pub(crate) fn new(account: &Account<M>, query: Q) -> Self {
        let options = account.client.options();
        Self { account: account.clone(), options, query, paging: Q::paging() }
    }

    #[cfg(feature = "blocking")]
    /// The same list to be awaited, and the mode of this one.
    pub(crate) fn awaited(self) -> (ListRequest<Q>, M) {
        let Self { account, options, query, paging } = self;
        (ListRequest { account: account.awaited(), options, query, paging }, account.mode)
    }

    call_options! {
        ///
        /// [`all`](Self::all) has one deadline for the whole list. A [`stream`](Self::stream) has
        /// one for each page.
    }

    /// Sets the maximum number of items on a page. The API may return fewer.
    ///
    /// User groups and their members allow 1 to 500, the other lists 5 to 50. The default is the
    /// maximum; for resource groups it is up to the server.
    pub fn per_page(mut self, size: u32) -> Self {
        self.paging.per_page = Some(size);
        self
    }

    /// Sets how many pages are requested at once (default 8, at least 1, at most 64).
    ///
    /// The first page is requested alone. If the response reports the total, and the list has no
    /// filter that makes the total meaningless, the other pages are requested without waiting for
    /// each other, within the [`RateLimit`](crate::RateLimit) of the client.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.paging.max_in_flight = requests;
        self
    }
}

#[expect(private_bounds, reason = "only the queries of this crate can be sent")]
impl<Q: Fetch> ListRequest<Q> {
    pub(crate) fn with(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Reads one page. Pages are counted from 1; one past the end is empty.
    ///
    /// # Errors
    ///
    /// [`Error::is_invalid_input`](crate::Error::is_invalid_input) if the number is 0 or the size
    /// of the page is not allowed. An error if the request fails, or the response has the number of
    /// another page.
    pub async fn page(mut self, number: u64) -> Result<Page<Q::Item>> {
        let client = self.account.client.clone();
        let call = Composite::new(&client, Q::OPERATION, self.options);
        self.options = call.options();
        pagination::page(&self, number).await.map_err(|error| call.fail(error))
    }

    /// Reads the whole list, each item once.
    ///
    /// The API has no snapshots. If the responses show that the list changed between two pages, it
    /// is read again from the start, up to three times in all. They show it if the total
    /// (`total_count`) changes, or if items come again and others do not come.
    ///
    /// The result contains every item that existed during the whole call, with these exceptions,
    /// which the responses do not show:
    ///
    /// * Between two responses one item is deleted and another is created, so that the total is
    ///   the same.
    /// * The responses have no total. Permission groups are reported to have none.
    /// * The total is too low, and the last page that it announces is full.
    /// * The list has a filter, which the total ignores, and items move to other pages because they
    ///   are renamed.
    ///
    /// A total that is too high, because it is out of date or counts items that are not shown, is
    /// overruled if two readings in a row return the same items and every page that it announces.
    /// Without any report about the list, a server that returns the same page again has ended the
    /// list, unless the page is full. A list that is `null` counts as empty if a second read
    /// agrees; for members of a user group the first is enough (observed, reported).
    ///
    /// # Errors
    ///
    /// An error if a request fails, and one that is [retryable](crate::Error::is_retryable) if the
    /// last reading is inconsistent too. Part of a list is never returned as the whole.
    pub async fn all(mut self) -> Result<Vec<Q::Item>> {
        let client = self.account.client.clone();
        let call = Composite::new(&client, Q::OPERATION, self.options);
        self.options = call.options();
        pagination::all(Arc::new(self)).await.map_err(|error| call.fail(error))
    }

    /// Reads the list as its items are taken.
    pub fn stream(mut self) -> ItemStream<Q::Item> {
        let trace = Arc::clone(self.options.trace.get_or_insert_default());
        let operation = raw::operation(Q::OPERATION);
        pagination::stream(Arc::new(self), move |error| {
            error.of_call(operation, trace.requests(), false)
        })
    }
}

/// What a [`ListRequest`] lists, and its filters. The queries of this crate implement it.
pub trait Query {
    /// What the list contains.
    type Item: Hash + Send + 'static;
}

/// How the pages of a list are requested.
pub(crate) trait Fetch: Query + Send + Sync + 'static {
    const OPERATION: &'static str;
    const NULL_IS_EMPTY: bool = false;

    fn paging() -> Paging {
        Paging::largest(&SMALL_PAGE_SIZES)
    }

    /// Whether the list contains less than the totals count.
    fn is_filtered(&self) -> bool;

    /// Whether the filters allow an item, as far as it shows that. Servers have ignored filters.
    fn allows(&self, _account: &AccountId, _item: &Self::Item) -> bool {
        true
    }

    fn id(item: &Self::Item) -> Option<&str>;

    fn fetch(&self, list: ListCall<'_>) -> impl Future<Output = Result<Listed<Self::Item>>> + Send;
}

/// Whether a filter allows what an item shows. What it does not show is allowed.
pub(crate) fn is_allowed<T: PartialEq>(filter: Option<&T>, shown: Option<&T>) -> bool {
    filter.is_none() || shown.is_none() || filter == shown
}

impl<Q: Fetch> List for ListRequest<Q> {
    type Item = Q::Item;
    const OPERATION: &'static str = Q::OPERATION;
    const NULL_IS_EMPTY: bool = Q::NULL_IS_EMPTY;

    fn is_filtered(&self) -> bool {
        self.query.is_filtered()
    }

    fn allows(&self, item: &Q::Item) -> bool {
        self.query.allows(&self.account.id, item)
    }

    fn id(item: &Q::Item) -> Option<&str> {
        Q::id(item)
    }

    fn paging(&self) -> Paging {
        self.paging
    }

    async fn fetch(
        &self,
        page: NonZeroU64,
        per_page: Option<NonZeroU64>,
        permit: Option<PagePermit>,
    ) -> Result<Listed<Q::Item>> {
        let Account { client, id, .. } = &self.account;
        let call = client.call(self.options.clone()).with_permit(permit);
        self.query.fetch(ListCall { call, account: id, page, per_page }).await
    }
}
