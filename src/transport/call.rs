//! A call: its options, and the record from which its error is made.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::rate_limit_headers::retry_after;
use super::trace::Trace;
use super::{Request, RetryPolicy, Transport};
use crate::credential::Credential;
use crate::error::{Error, Kind, Result};
use crate::id::UserGroupId;
use crate::operation::Operation;

/// The limits of a call.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// How long the call may take, with all its attempts and the waits between them.
    pub(crate) timeout: Duration,
    /// How long one attempt may take, with reading the response.
    pub(crate) attempt_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    /// When the call must have ended, if it is part of another one.
    pub(crate) deadline: Option<Instant>,
    /// Where its requests are counted, if it is part of another one.
    pub(crate) trace: Option<Arc<Trace>>,
    /// How many bytes the body of a response may have, decompressed.
    pub(crate) body_limit: usize,
}

impl Options {
    /// When a call that begins now must have ended. A timeout beyond all moments is years away.
    pub(crate) fn deadline(&self) -> Instant {
        const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        self.deadline.unwrap_or_else(|| Instant::now() + self.timeout.min(YEARS))
    }
}

/// A call of one operation, which sends its request through the transport. It records what came of
/// it, so that an error is complete even if the response cannot be decoded.
#[derive(Clone)]
pub(crate) struct Call(Arc<State>);

pub(super) struct State {
    pub(super) transport: Arc<Transport>,
    pub(super) options: Options,
    record: Mutex<Record>,
    /// The credentials of a provider that the call used.
    provided: Mutex<Vec<Credential>>,
}

#[derive(Default)]
pub(super) struct Record {
    pub(super) operation: Option<&'static Operation>,
    pub(super) attempts: u32,
    /// Whether an attempt before the last may have been applied.
    pub(super) in_doubt: bool,
    pub(super) response: Option<(StatusCode, HeaderMap, Bytes)>,
    pub(super) permit: Option<PagePermit>,
    /// Until when the API may not know the members of the group, which this client has just
    /// created.
    pub(super) new_until: Option<Instant>,
}

impl Record {
    /// Begins to record another request of the call, and gives the permit for it.
    pub(super) fn begin(&mut self, operation: &'static Operation) -> Option<PagePermit> {
        let Self { permit, new_until, .. } = std::mem::take(self);
        *self = Self { operation: Some(operation), new_until, ..Self::default() };
        permit
    }
}

/// The permit to have a request for a page in flight, released when the response has been read.
pub(crate) type PagePermit = tokio::sync::OwnedSemaphorePermit;

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

impl Call {
    pub(crate) fn new(transport: Arc<Transport>, options: Options) -> Self {
        let (record, provided) = (Mutex::default(), Mutex::default());
        Self(Arc::new(State { transport, options, record, provided }))
    }

    /// The same call, which holds this permit until its response has been read.
    pub(crate) fn with_permit(self, permit: Option<PagePermit>) -> Self {
        self.record().permit = permit;
        self
    }

    /// The same call, about the members of this group.
    pub(crate) fn of_group(self, group: &UserGroupId) -> Self {
        self.record().new_until = self.0.transport.new_groups.new_until(group);
        self
    }

    /// A request of this operation, with a path below the base URL.
    pub(crate) fn request(&self, operation: &'static Operation, path: &str) -> Result<Request> {
        Request::new(operation, &self.0.transport.base_url, path)
    }

    /// Whether an attempt before the last one may have been applied.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.record().in_doubt
    }

    /// Whether the call is about the members of a group that this client has just created.
    pub(crate) fn is_of_new_group(&self) -> bool {
        self.record().new_until.is_some()
    }

    /// The body of the recorded response.
    pub(crate) fn body(&self) -> Bytes {
        let body = self.record().response.as_ref().map(|(_, _, body)| body.clone());
        body.unwrap_or_default()
    }

    pub(super) fn state(&self) -> &State {
        &self.0
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a credential of a provider that the call uses.
    pub(super) fn uses(&self, credential: &Credential) {
        let mut used = self.provided();
        if !used.iter().any(|known| known.is(credential)) {
            used.push(credential.clone());
        }
    }

    /// The ray id of a response, unless it contains a credential.
    pub(super) fn ray_id<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let ray = headers.get("cf-ray")?.to_str().ok()?;
        (!self.credentials().iter().any(|credential| credential.is_in(ray))).then_some(ray)
    }

    /// The text without the credentials of the call.
    pub(crate) fn redact(&self, text: &str) -> String {
        let used = self.credentials();
        used.iter().fold(text.to_owned(), |text, credential| credential.redact(&text))
    }

    /// The credentials that the call used, which its error must not show.
    fn credentials(&self) -> Vec<Credential> {
        let fixed = self.0.transport.credential.fixed();
        fixed.into_iter().chain(&*self.provided()).cloned().collect()
    }

    fn provided(&self) -> MutexGuard<'_, Vec<Credential>> {
        self.0.provided.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error for a response that reports a failure.
    pub(crate) fn refused(&self) -> Error {
        self.response_error(None)
    }

    /// The error for a success that is not the documented one.
    pub(crate) fn unexpected(&self, problem: &str) -> Error {
        self.response_error(Some(problem))
    }

    /// The error for a success that shows something else than was sent.
    pub(crate) fn not_applied(&self, problem: String) -> Error {
        let error = Error::not_applied(&self.redact(&problem));
        let error = match &self.record().response {
            Some((status, headers, _)) => {
                error.with_response(*status, headers, |text| self.redact(text))
            }
            None => error,
        };
        self.complete(error)
    }

    fn response_error(&self, problem: Option<&str>) -> Error {
        let response = self.record().response.take();
        let error = match response {
            Some((status, headers, body)) => {
                let redact = |text: &str| self.redact(text);
                let error = Error::from_response(status, &headers, &body, problem, redact);
                match retry_after(&headers) {
                    Some(wait) => error.with_retry_after(wait),
                    None => error,
                }
            }
            None => Error::new(Kind::ConnectionLost),
        };
        self.complete(error)
    }

    /// The error with what the call did.
    pub(super) fn complete(&self, error: Error) -> Error {
        let Record { operation, attempts, in_doubt, .. } = *self.record();
        error.during(operation, attempts, in_doubt)
    }
}
