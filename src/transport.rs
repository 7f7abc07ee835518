//! The only way to the network: attempts, deadlines, rate limit, retries.

mod body;
mod call;
mod cold_start;
pub(crate) mod rate_limit;
pub(crate) mod rate_limit_headers;
pub(crate) mod retry;
mod retry_budget;
mod trace;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;
use tracing::Instrument;

use self::call::{Record, State};
use self::cold_start::ColdStart;
use self::retry::Situation;
use self::retry_budget::RetryBudget;
use crate::credential::Credential;
use crate::error::{Error, Kind, Outcome};
use crate::new_groups::NewGroups;
use crate::operation::Operation;

pub(crate) use self::call::{Call, Options, PagePermit};
pub use self::rate_limit::RateLimit;
pub use self::retry::RetryPolicy;
pub(crate) use self::trace::Trace;

/// What all clones of a client share.
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: String,
    pub(crate) credential: Credential,
    pub(crate) rate_limit: RateLimit,
    pub(crate) new_groups: NewGroups,
    retry_budget: RetryBudget,
    cold_start: ColdStart,
}

/// A response whose body has been read.
struct Received {
    response: reqwest::Response,
    body: Bytes,
}

impl Transport {
    pub(crate) fn new(
        http: reqwest::Client,
        base_url: String,
        credential: Credential,
        rate_limit: RateLimit,
        new_groups: NewGroups,
    ) -> Self {
        Self {
            http,
            base_url,
            credential,
            rate_limit,
            new_groups,
            retry_budget: RetryBudget::new(),
            cold_start: ColdStart::default(),
        }
    }

    /// The ray id of a response, unless it contains a credential.
    fn ray_id<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let ray = headers.get("cf-ray")?.to_str().ok()?;
        (!self.credential.is_in(ray)).then_some(ray)
    }

    /// Sends the request, with retries if needed, and reads the whole response. The call records the
    /// result. The generated code gets a response without a body: it decodes a success through the
    /// call, and does not know the status of any failure.
    pub(crate) async fn send(
        call: &Call,
        http: &reqwest::Client,
        request: reqwest::Request,
        operation: Option<&'static Operation>,
    ) -> reqwest::Response {
        let transport = &*call.state().transport;
        let (permit, new_until) = {
            let mut record = call.record();
            (record.permit.take(), record.new_until)
        };
        *call.record() = Record { operation, new_until, ..Record::default() };
        let span = tracing::info_span!(
            "call",
            otel.kind = "client",
            http.request.method = %request.method(),
            url.template = operation.map(|operation| operation.path),
            http.response.status_code = tracing::field::Empty,
            http.request.resend_count = tracing::field::Empty,
            cloudflare.ray_id = tracing::field::Empty,
            error.r#type = tracing::field::Empty,
        );
        let result = transport.attempts(call, http, request).instrument(span.clone()).await;
        if permit.is_some() {
            drop(permit);
            // The next request is sent before this response is decoded.
            tokio::task::yield_now().await;
        }
        let resent = call.record().attempts.saturating_sub(1);
        span.record("http.request.resend_count", resent);
        match result {
            Ok(Received { mut response, body }) => {
                span.record("http.response.status_code", response.status().as_u16());
                span.record("cloudflare.ray_id", transport.ray_id(response.headers()));
                let headers = std::mem::take(response.headers_mut());
                call.record().response = Some((response.status(), headers, body));
                if response.status().is_success() {
                    // The only one that generated code knows.
                    without_body(StatusCode::OK, HeaderMap::new())
                } else {
                    response
                }
            }
            Err(failure) => {
                span.record("error.type", failure.type_name());
                call.record().failure = Some(failure);
                without_body(StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new())
            }
        }
    }

    async fn attempts(
        &self,
        call: &Call,
        http: &reqwest::Client,
        request: reqwest::Request,
    ) -> Result<Received, Error> {
        let State { options, .. } = call.state();
        #[cfg(any(test, fuzzing))]
        if let Some(stand_in) = &call.state().stand_in {
            call.record().attempts = 1;
            let (status, headers, body) = stand_in(&request);
            return Ok(Received { response: without_body(status, headers), body });
        }
        let deadline = options.deadline();
        let mut last = None;
        let mut unknown_group = 0;
        loop {
            if let Err(wait) = self.rate_limit.acquire(deadline).await {
                return last
                    .unwrap_or_else(|| Err(Error::new(Kind::Throttled).with_retry_after(wait)));
            }
            call.record().attempts += 1;
            if let Some(trace) = &options.trace {
                trace.sent();
            }
            let result = self.attempt(call, http, &request, deadline).await;
            let wait = self.wait_before_retry(call, &request, &result, deadline);
            if let Some(wait) = wait_for_new_group(call, &result, deadline, unknown_group) {
                unknown_group += 1;
                tracing::debug!(
                    wait_ms = wait.as_millis() as u64,
                    "waits until the group is known"
                );
                tokio::time::sleep(wait).await;
                continue;
            }
            let Some(wait) = wait.filter(|_| self.retry_budget.spend()) else {
                if result.as_ref().is_ok_and(|received| received.response.status().is_success()) {
                    self.retry_budget.refund(call.record().attempts);
                }
                return result;
            };
            last = Some(result);
            tracing::debug!(wait_ms = wait.as_millis() as u64, "waits before the retry");
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt, with the whole response read.
    async fn attempt(
        &self,
        call: &Call,
        http: &reqwest::Client,
        request: &reqwest::Request,
        deadline: Instant,
    ) -> Result<Received, Error> {
        let Options { attempt_timeout, timeout, .. } = call.state().options;
        let started = Instant::now();
        let (until, limit) = match started.checked_add(attempt_timeout) {
            Some(until) if until < deadline => (until, attempt_timeout),
            _ => (deadline, timeout),
        };
        let request = request
            .try_clone()
            .ok_or_else(|| Error::invalid("the body of the request cannot be sent again"))?;
        let result = tokio::time::timeout_at(until, self.exchange(call, http, request))
            .await
            .unwrap_or_else(|_| Err(Error::new(Kind::TimedOut(limit))));
        let response = result.as_ref().ok().map(|received| &received.response);
        tracing::debug!(
            http.request.resend_count = call.record().attempts.saturating_sub(1),
            http.response.status_code = response.map(|it| it.status().as_u16()),
            cloudflare.ray_id = response.and_then(|it| self.ray_id(it.headers())),
            error.r#type = result.as_ref().err().map(Error::type_name),
            duration_ms = started.elapsed().as_millis() as u64,
            "attempt"
        );
        result
    }

    async fn exchange(
        &self,
        call: &Call,
        http: &reqwest::Client,
        request: reqwest::Request,
    ) -> Result<Received, Error> {
        let Options { body_limit, trace, .. } = &call.state().options;
        let first = self.cold_start.wait().await;
        let mut response = http.execute(request).await.map_err(connection_error)?;
        if let Some((trace, date)) = trace.as_ref().zip(date(response.headers())) {
            trace.received(date);
        }
        self.cold_start.connected();
        drop(first);
        match body::read(&mut response, *body_limit).await {
            Ok(body) => Ok(Received { response, body }),
            Err(error) => {
                let redact = |text: &str| call.redact(text);
                Err(error.with_response(response.status(), response.headers(), redact))
            }
        }
    }

    /// Decides whether the request is retried, and updates the rate limit and the record.
    fn wait_before_retry(
        &self,
        call: &Call,
        request: &reqwest::Request,
        result: &Result<Received, Error>,
        deadline: Instant,
    ) -> Option<Duration> {
        let State { options, .. } = call.state();
        let outcome = match result {
            Ok(received) => Outcome::Response(received.response.status()),
            Err(error) => error.outcome(),
        };
        let attempts = call.record().attempts;
        let random = fastrand::f64();
        let headers = result.as_ref().ok().map(|received| received.response.headers());
        let retry_after = headers.and_then(retry_after);
        if let Some(headers) = headers {
            self.rate_limit.update_from_headers(headers);
        }
        if outcome == Outcome::Response(StatusCode::TOO_MANY_REQUESTS) {
            // Assumption: without Retry-After the block is short.
            let pause = retry_after.unwrap_or_else(|| options.retry.backoff(attempts, random));
            self.rate_limit.pause(pause.min(retry::MAX_WAIT));
        }
        let wait = retry::wait_before_retry(
            &options.retry,
            &Situation {
                method: request.method(),
                outcome,
                attempts,
                remaining: deadline.saturating_duration_since(Instant::now()),
                retry_after,
                random,
            },
        );
        call.record().in_doubt |= wait.is_some() && outcome.may_have_been_applied();
        wait
    }
}

/// How long to wait before a request about the members of a new group is sent again.
///
/// Observed (reported), O4: for a while the API answers 404 "User group not found". Reading or
/// removing one member also answers 404 if the member is not in the group.
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
    if received.response.status() != StatusCode::NOT_FOUND || (about_one && !says_group()) {
        return None;
    }
    let wait = Duration::from_millis(500) * (1 << before.min(3));
    let until = (*new_until)?.min(deadline);
    (Instant::now() + wait < until).then_some(wait)
}

/// When the response was made, by the clock of the server.
fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    rate_limit_headers::retry_after(value, now.as_secs())
}

fn without_body(status: StatusCode, headers: HeaderMap) -> reqwest::Response {
    let mut response = http::Response::new(reqwest::Body::default());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.into()
}

/// The error for a failed exchange. The URL is left out: it may contain an email address.
fn connection_error(error: reqwest::Error) -> Error {
    let kind = if error.is_connect() { Kind::NotConnected } else { Kind::ConnectionLost };
    Error::new(kind).caused_by(error.without_url())
}
