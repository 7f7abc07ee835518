//! The only way to the network: attempts, deadlines, rate limit, retries.

mod body;
mod call;
mod cold_start;
mod connections;
mod failure;
mod rate_limit;
pub(crate) mod rate_limit_headers;
mod rate_limiter;
mod request;
mod response;
pub(crate) mod retry;
mod retry_budget;
pub(crate) mod schedule;
mod service;
mod trace;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use tracing::Instrument;
use url::Url;

use self::body::Reading;
use self::call::Record;
use self::failure::failure;
use self::rate_limit_headers::{date, retry_after};
use self::response::{ReadError, Response};
use self::retry::Situation;
use crate::credential::{Credential, Source};
use crate::error::{Error, Kind, Outcome};
use crate::new_groups::NewGroups;

pub use self::body::{RequestBody, ResponseBody};
pub(crate) use self::call::{Call, Options, PagePermit};
pub(crate) use self::cold_start::ColdStart;
pub(crate) use self::connections::Connections;
pub use self::rate_limit::RateLimit;
pub use self::rate_limit_headers::{ReportedLimits, ServerLimit};
pub use self::rate_limiter::{AcquireFuture, Permit, RateLimiter, RetryAfter};
pub(crate) use self::request::Request;
pub use self::retry::RetryPolicy;
pub use self::retry_budget::RetryBudget;
use self::retry_budget::Withdrawal;
pub use self::service::HttpService;
pub(crate) use self::trace::Trace;

/// What all clones of a client share.
pub(crate) struct Transport {
    pub(crate) connections: Arc<Connections>,
    /// A service of the caller, in place of the connections.
    pub(crate) service: Option<HttpService>,
    pub(crate) base_url: Url,
    pub(crate) credential: Source,
    pub(crate) rate_limit: Arc<dyn RateLimiter>,
    pub(crate) new_groups: NewGroups,
    pub(crate) retry_budget: RetryBudget,
    pub(crate) cold_start: ColdStart,
}

/// The permit for an attempt. It goes back to the rate limit if nothing was sent.
struct SendPermit {
    permit: Option<Permit>,
    reading: Arc<Reading>,
}

impl Drop for SendPermit {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take()
            && self.reading.withdraw()
        {
            permit.release();
        }
    }
}

/// What the attempts of a call have led to so far.
#[derive(Default)]
struct Progress {
    /// The result of the last attempt, which is returned if no other can be sent in time.
    last: Option<Result<Received, Error>>,
    /// The cost of the next attempt.
    cost: Option<Withdrawal>,
    /// The credential that the API has rejected.
    rejected: Option<Credential>,
    /// How often the API did not know the new group.
    unknown_group: u32,
}

/// What follows an attempt.
enum Next {
    Return,
    SendNow,
    WaitForGroup(Duration),
    Retry(Duration),
}

/// A response whose body has been read.
struct Received {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Transport {
    /// Sends the request, with retries if needed, and reads the whole response, which the call
    /// records. Returns the status of the response.
    pub(crate) async fn send(call: &Call, request: &Request) -> Result<StatusCode, Error> {
        let transport = &*call.state().transport;
        let operation = request.operation;
        let permit = call.record().begin(operation);
        let span = tracing::info_span!(
            "call",
            otel.name = operation.id,
            otel.kind = "client",
            server.address = request.url.host_str(),
            server.port = request.url.port(),
            http.request.method = %request.method(),
            url.template = operation.path,
            http.response.status_code = tracing::field::Empty,
            http.request.resend_count = tracing::field::Empty,
            cloudflare.ray_id = tracing::field::Empty,
            error.r#type = tracing::field::Empty,
        );
        let result = transport.attempts(call, request).instrument(span.clone()).await;
        if permit.is_some() {
            drop(permit);
            // The next request is sent before this response is decoded.
            tokio::task::yield_now().await;
        }
        if !span.is_disabled() {
            record_result(call, &result, &span);
        }
        let Received { status, headers, body } = result.map_err(|error| call.complete(error))?;
        call.record().response = Some((status, headers, body));
        Ok(status)
    }

    async fn attempts(&self, call: &Call, request: &Request) -> Result<Received, Error> {
        check_runtime()?;
        let deadline = call.state().options.deadline();
        let mut progress = Progress::default();
        loop {
            // Before the attempt: the time until another request has a connection is not its own.
            let Ok(first) = self.cold_start.wait(deadline).await else {
                return progress.last.unwrap_or_else(|| Err(timed_out(call)));
            };
            let credential = self.credential(call, progress.rejected.as_ref(), deadline).await?;
            // Last: requests that wait after it could all be sent in one moment.
            let permit = match self.permit(call, deadline).await {
                Ok(permit) => permit,
                Err(error) => return progress.last.unwrap_or(Err(error)),
            };
            if let Some(cost) = progress.cost.take() {
                cost.spend();
            }
            call.record().attempts += 1;
            if let Some(trace) = &call.state().options.trace {
                trace.sent();
            }
            let result = self.attempt(call, request, &credential, &permit.reading, deadline).await;
            drop((first, permit));
            match self.next(call, request, &credential, &result, deadline, &mut progress) {
                Next::Return => return result,
                Next::SendNow => {}
                Next::WaitForGroup(wait) => tokio::time::sleep(wait).await,
                Next::Retry(wait) => {
                    progress.last = Some(result);
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    async fn permit(&self, call: &Call, deadline: Instant) -> Result<SendPermit, Error> {
        let max_wait = deadline.saturating_duration_since(Instant::now());
        // The limiter may wait for something else, for example a server.
        match tokio::time::timeout_at(deadline, self.rate_limit.acquire(max_wait)).await {
            Ok(Ok(permit)) => Ok(SendPermit { permit: Some(permit), reading: Arc::default() }),
            Ok(Err(RetryAfter(wait))) => Err(Error::new(Kind::Throttled).with_retry_after(wait)),
            Err(_) => Err(timed_out(call)),
        }
    }

    /// The credential for the next attempt, from its provider if it has one.
    async fn credential(
        &self,
        call: &Call,
        rejected: Option<&Credential>,
        deadline: Instant,
    ) -> Result<Cow<'_, Credential>, Error> {
        let provided = match &self.credential {
            Source::Fixed(fixed) => return Ok(Cow::Borrowed(fixed)),
            Source::Provider(provider) => provider.credential(rejected),
        };
        let Ok(provided) = tokio::time::timeout_at(deadline, provided).await else {
            return Err(timed_out(call));
        };
        let provided = provided.map_err(|error| Error::new(Kind::NoCredential).caused_by(error))?;
        call.uses(&provided);
        Ok(Cow::Owned(provided))
    }

    /// Decides what follows an attempt.
    fn next(
        &self,
        call: &Call,
        request: &Request,
        credential: &Credential,
        result: &Result<Received, Error>,
        deadline: Instant,
        progress: &mut Progress,
    ) -> Next {
        let status = result.as_ref().ok().map(|received| received.status);
        if status.is_some_and(|status| status.is_success()) {
            self.retry_budget.succeeded(call.record().attempts);
            return Next::Return;
        }
        let wait = wait_before_retry(call, request, result, deadline);
        if status == Some(StatusCode::UNAUTHORIZED)
            && self.credential.fixed().is_none()
            && progress.rejected.is_none()
        {
            tracing::debug!("requests another credential");
            progress.rejected = Some(credential.clone());
            return Next::SendNow;
        }
        if let Some(wait) = wait_for_new_group(call, result, deadline, progress.unknown_group) {
            progress.unknown_group += 1;
            tracing::debug!(wait_ms = wait.as_millis() as u64, "waits until the group is known");
            return Next::WaitForGroup(wait);
        }
        if let Some(wait) = wait
            && let Some(cost) = self.withdraw(result)
        {
            progress.cost = Some(cost);
            tracing::debug!(wait_ms = wait.as_millis() as u64, "waits before the retry");
            return Next::Retry(wait);
        }
        Next::Return
    }

    /// The cost of retrying after this result, if the budget has it.
    fn withdraw(&self, result: &Result<Received, Error>) -> Option<Withdrawal> {
        let is_requested = result.as_ref().is_ok_and(|Received { status, headers, .. }| {
            [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(status)
                && retry_after(headers).is_some()
        });
        if is_requested {
            return Some(Withdrawal::free());
        }
        let withdrawn = self.retry_budget.withdraw();
        if withdrawn.is_none() {
            tracing::debug!("no retry: the retry budget is empty");
        }
        withdrawn
    }

    /// One attempt, with the whole response read.
    async fn attempt(
        &self,
        call: &Call,
        request: &Request,
        credential: &Credential,
        reading: &Arc<Reading>,
        deadline: Instant,
    ) -> Result<Received, Error> {
        let Options { attempt_timeout, timeout, .. } = call.state().options;
        let started = Instant::now();
        let (until, limit) = match started.checked_add(attempt_timeout) {
            Some(until) if until < deadline => (until, attempt_timeout),
            _ => (deadline, timeout),
        };
        let generation = self.connections.generation();
        let result =
            match tokio::time::timeout_at(until, self.exchange(call, request, credential, reading))
                .await
            {
                Ok(result) => result,
                Err(_) => {
                    self.connections.timed_out(generation);
                    let error = Error::new(Kind::TimedOut(limit));
                    Err(if reading.withdraw() { error.not_sent() } else { error })
                }
            };
        let response = result.as_ref().ok();
        if let Some(response) = response {
            self.connections.responded(generation);
            if response.status == StatusCode::MISDIRECTED_REQUEST {
                self.connections.renew(generation);
            }
        }
        tracing::debug!(
            http.request.resend_count = call.record().attempts.saturating_sub(1),
            http.response.status_code = response.map(|it| it.status.as_u16()),
            cloudflare.ray_id = response.and_then(|it| call.ray_id(&it.headers)),
            error.r#type = error_type(&result),
            duration_ms = started.elapsed().as_millis() as u64,
            "attempt"
        );
        result
    }

    async fn exchange(
        &self,
        call: &Call,
        request: &Request,
        credential: &Credential,
        reading: &Arc<Reading>,
    ) -> Result<Received, Error> {
        let Options { body_limit, trace, .. } = &call.state().options;
        let (method, url) = (request.method(), &request.url);
        let headers = request.headers(credential);
        let body = RequestBody::new(&request.body, reading);
        let response = match &self.service {
            None => self.connections.send(method, url, headers, body).await.map(Response::Own),
            Some(service) => {
                service.send_parts(method, url, headers, body).await.map(Response::OfService)
            }
        };
        let mut response = response.map_err(|error| failure(error, !reading.withdraw()))?;
        // A response to a request that was not read as a whole.
        reading.read();
        let (status, headers) = (response.status(), response.take_headers());
        // Before the body, which may not come.
        self.rate_limit.update(status, &headers);
        if let Some((trace, date)) = trace.as_ref().zip(date(&headers)) {
            trace.received(date);
        }
        self.cold_start.connected();
        match response.read(*body_limit).await {
            Ok(body) => Ok(Received { status, headers, body }),
            Err(problem) => {
                let error = match problem {
                    ReadError::TooLarge => Error::new(Kind::TooLarge(*body_limit)),
                    ReadError::Broken(error) => Error::new(Kind::ConnectionLost).caused_by(error),
                };
                Err(error.with_response(status, &headers, |text| call.redact(text)))
            }
        }
    }
}

/// Decides whether the request is retried, and records whether it may have been applied.
fn wait_before_retry(
    call: &Call,
    request: &Request,
    result: &Result<Received, Error>,
    deadline: Instant,
) -> Option<Duration> {
    let outcome = match result {
        Ok(received) => Outcome::Response(received.status),
        Err(error) => error.outcome(),
    };
    let mut record = call.record();
    let wait = retry::wait_before_retry(
        &call.state().options.retry,
        &Situation {
            method: request.method(),
            outcome,
            attempts: record.attempts,
            remaining: deadline.saturating_duration_since(Instant::now()),
            retry_after: result.as_ref().ok().and_then(|received| retry_after(&received.headers)),
            random: fastrand::f64(),
        },
    );
    record.in_doubt |= wait.is_some() && outcome.may_have_been_applied();
    wait
}

fn record_result(call: &Call, result: &Result<Received, Error>, span: &tracing::Span) {
    span.record("http.request.resend_count", call.record().attempts.saturating_sub(1));
    if let Ok(received) = result {
        span.record("http.response.status_code", received.status.as_u16());
        span.record("cloudflare.ray_id", call.ray_id(&received.headers));
    }
    span.record("error.type", error_type(result));
}

/// The error if the time of a call ends before an attempt.
fn timed_out(call: &Call) -> Error {
    Error::new(Kind::TimedOut(call.state().options.timeout)).not_sent()
}

/// Whether there is a runtime that can run a call.
fn check_runtime() -> Result<(), Error> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(Error::invalid(
            "there is no tokio runtime: run the async client in one, or use the blocking client",
        ));
    }
    // No function of tokio reports whether the runtime has a timer.
    let timer = std::panic::catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO)));
    timer.map_err(|_| Error::invalid("the tokio runtime has no timer: build it with `enable_all`"))
}

/// OpenTelemetry's `error.type`: the status of a failure, or the kind of the error.
fn error_type(result: &Result<Received, Error>) -> Option<&str> {
    match result {
        Ok(Received { status, .. }) => (!status.is_success()).then(|| status.as_str()),
        Err(error) => Some(error.kind().as_str()),
    }
}

/// How long to wait before a request about the members of a new group is retried.
///
/// Observed (reported), O4: for a while the API returns 404 "User group not found". Reading or
/// removing one member also returns 404 if the member is not in the group.
fn wait_for_new_group(
    call: &Call,
    result: &Result<Received, Error>,
    deadline: Instant,
    before: u32,
) -> Option<Duration> {
    let received = result.as_ref().ok()?;
    let Record { new_until, operation, .. } = &*call.record();
    let about_one = operation.is_some_and(|it| it.path.ends_with("{member_id}"));
    let says_group = || {
        let body = String::from_utf8_lossy(&received.body).to_lowercase();
        body.contains("user group not found")
    };
    if received.status != StatusCode::NOT_FOUND || (about_one && !says_group()) {
        return None;
    }
    let wait = Duration::from_millis(500) * (1 << before.min(3));
    let until = (*new_until)?.min(deadline);
    (Instant::now() + wait < until).then_some(wait)
}
