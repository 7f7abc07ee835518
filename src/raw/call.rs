//! One call: what it may take, the attempts it makes, and what came of it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument;

use super::Operation;
use super::generated::{self, ResponseValue};
use crate::client::Shared;
use crate::composite::Trace;
use crate::error::{Error, Kind};
use crate::id::UserGroupId;
use crate::rate_limit;
use crate::retry::{self, Outcome, RetryPolicy, Situation};

/// What a call may take.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// How long the call may last, with all its attempts and the waits between them.
    pub(crate) timeout: Duration,
    /// How long one attempt may last, with reading the answer.
    pub(crate) attempt_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    /// When the call must have ended, if it is part of another one.
    pub(crate) deadline: Option<Instant>,
    /// Where its requests are counted, if it is part of another one.
    pub(crate) trace: Option<Arc<Trace>>,
    /// How many bytes the body of an answer may have, decompressed.
    pub(crate) body_limit: usize,
}

impl Options {
    /// When a call that begins now must have ended. A timeout beyond all moments is years away.
    pub(crate) fn deadline(&self) -> Instant {
        const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        self.deadline.unwrap_or_else(|| Instant::now() + self.timeout.min(YEARS))
    }
}

/// A call of one operation. The generated client carries it to the hooks, where it sends the request
/// and records what came of it, so that an error is complete also if the answer cannot be decoded.
#[derive(Clone)]
pub(crate) struct Call(Arc<State>);

struct State {
    shared: Arc<Shared>,
    options: Options,
    record: Mutex<Record>,
    #[cfg(any(test, fuzzing))]
    stand_in: Option<StandIn>,
}

/// What answers in place of the network, where the answers are made up.
#[cfg(any(test, fuzzing))]
type StandIn = Box<dyn Fn(&reqwest::Request) -> (StatusCode, HeaderMap, Bytes) + Send + Sync>;

#[derive(Default)]
struct Record {
    operation: Option<&'static Operation>,
    attempts: u32,
    /// Whether one of the attempts may have taken effect without saying so.
    doubtful: bool,
    answer: Option<(StatusCode, HeaderMap, Bytes)>,
    failure: Option<Error>,
    turn: Option<Turn>,
    /// Until when the API may not know the members of the group, which this client has just created.
    new_until: Option<Instant>,
}

/// The right to have a request under way, given back when the answer has been read.
pub(crate) type Turn = tokio::sync::OwnedSemaphorePermit;

/// An answer, and its body, which has been read.
struct Answer {
    response: reqwest::Response,
    body: Bytes,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

impl Call {
    pub(crate) fn new(shared: Arc<Shared>, options: Options) -> Self {
        Self(Arc::new(State {
            shared,
            options,
            record: Mutex::default(),
            #[cfg(any(test, fuzzing))]
            stand_in: None,
        }))
    }

    /// The same call, which sends nothing and takes this for an answer.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn answered_by(
        &self,
        stand_in: impl Fn(&reqwest::Request) -> (StatusCode, HeaderMap, Bytes) + Send + Sync + 'static,
    ) -> Self {
        let State { shared, options, .. } = &*self.0;
        let (shared, options) = (Arc::clone(shared), options.clone());
        let stand_in: Option<StandIn> = Some(Box::new(stand_in));
        Self(Arc::new(State { shared, options, record: Mutex::default(), stand_in }))
    }

    /// The same call, sent in this turn.
    pub(crate) fn in_turn(self, turn: Option<Turn>) -> Self {
        self.record().turn = turn;
        self
    }

    /// The same call, about the members of this group.
    pub(crate) fn of_group(self, group: &UserGroupId) -> Self {
        self.record().new_until = self.0.shared.new_groups.new_until(group);
        self
    }

    pub(super) fn base_url(&self) -> &str {
        &self.0.shared.base_url
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.0.shared.http
    }

    pub(super) fn authorize(&self, headers: &mut HeaderMap) {
        self.0.shared.credential.authorize(headers);
    }

    /// Whether an attempt before the last one may have taken effect.
    pub(super) fn was_doubtful(&self) -> bool {
        self.record().doubtful
    }

    /// Whether the operation is one whose success needs no body.
    fn changes(&self) -> bool {
        self.record().operation.is_some_and(|operation| operation.method != Method::GET)
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request, if need be several times, and reads the whole answer. What came of it is
    /// recorded, and the generated code is given what is left of the response. It asks for `decode` if
    /// that is a success; a failure has a status that it does not know, and `explain` tells of it.
    pub(super) async fn send(
        &self,
        http: &reqwest::Client,
        request: reqwest::Request,
        operation: Option<&'static Operation>,
    ) -> reqwest::Response {
        let (turn, new_until) = {
            let mut record = self.record();
            (record.turn.take(), record.new_until)
        };
        *self.record() = Record { operation, new_until, ..Record::default() };
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
        let outcome = self.attempts(http, request).instrument(span.clone()).await;
        if turn.is_some() {
            drop(turn);
            // The next request goes out before this answer is decoded.
            tokio::task::yield_now().await;
        }
        let resent = self.record().attempts.saturating_sub(1);
        span.record("http.request.resend_count", resent);
        match outcome {
            Ok(Answer { mut response, body }) => {
                span.record("http.response.status_code", response.status().as_u16());
                span.record("cloudflare.ray_id", self.ray_id(response.headers()));
                let headers = std::mem::take(response.headers_mut());
                self.record().answer = Some((response.status(), headers, body));
                if response.status().is_success() {
                    // Generated code knows this one only.
                    without_body(StatusCode::OK, HeaderMap::new())
                } else {
                    response
                }
            }
            Err(failure) => {
                span.record("error.type", failure.type_name());
                self.record().failure = Some(failure);
                without_body(StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new())
            }
        }
    }

    /// What the recorded answer holds. It is checked to be text once, as a whole, since serde_json reads
    /// text faster than bytes; where it is none, that may not matter for what is read of it.
    #[expect(clippy::result_large_err, reason = "it is the error of the generated code")]
    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        response: reqwest::Response,
    ) -> Result<ResponseValue<T>, generated::Error> {
        let body = self.record().answer.as_ref().map(|(_, _, body)| body.clone());
        let mut body = body.unwrap_or_default();
        if body.trim_ascii().is_empty() && self.changes() {
            body = Bytes::from_static(br#"{"success":true}"#);
        }
        let read = match str::from_utf8(&body) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(&body),
        };
        match read {
            Ok(value) => Ok(ResponseValue::new(value, response.status(), HeaderMap::new())),
            Err(problem) => Err(generated::Error::InvalidResponsePayload(body, problem)),
        }
    }

    async fn attempts(
        &self,
        http: &reqwest::Client,
        request: reqwest::Request,
    ) -> Result<Answer, Error> {
        let State { shared, options, .. } = &*self.0;
        #[cfg(any(test, fuzzing))]
        if let Some(stand_in) = &self.0.stand_in {
            self.record().attempts = 1;
            let (status, headers, body) = stand_in(&request);
            return Ok(Answer { response: without_body(status, headers), body });
        }
        let deadline = options.deadline();
        let mut last = None;
        let mut unknown_group = 0;
        loop {
            if let Err(wait) = shared.rate_limit.pass(deadline).await {
                return last
                    .unwrap_or_else(|| Err(Error::new(Kind::HeldBack).come_back_after(wait)));
            }
            self.record().attempts += 1;
            if let Some(trace) = &options.trace {
                trace.sent();
            }
            let result = self.attempt(http, &request, deadline).await;
            let wait = self.wait_before_next(&request, &result, deadline);
            if let Some(wait) = self.wait_for_new_group(&result, deadline, unknown_group) {
                unknown_group += 1;
                tracing::debug!(
                    wait_ms = wait.as_millis() as u64,
                    "waits until the API knows the group"
                );
                tokio::time::sleep(wait).await;
                continue;
            }
            let Some(wait) = wait.filter(|_| shared.retry_budget.spend()) else {
                if result.as_ref().is_ok_and(|answer| answer.response.status().is_success()) {
                    shared.retry_budget.refund(self.record().attempts);
                }
                return result;
            };
            last = Some(result);
            tracing::debug!(wait_ms = wait.as_millis() as u64, "waits to be sent again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt, with the whole answer read.
    async fn attempt(
        &self,
        http: &reqwest::Client,
        request: &reqwest::Request,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let Options { attempt_timeout, timeout, body_limit, .. } = self.0.options;
        let started = Instant::now();
        let (until, limit) = match started.checked_add(attempt_timeout) {
            Some(until) if until < deadline => (until, attempt_timeout),
            _ => (deadline, timeout),
        };
        let request = request
            .try_clone()
            .ok_or_else(|| Error::invalid("the body of the request cannot be sent again"))?;
        let result = tokio::time::timeout_at(until, self.exchange(http, request, body_limit))
            .await
            .unwrap_or_else(|_| Err(Error::new(Kind::TimedOut(limit))));
        let response = result.as_ref().ok().map(|answer| &answer.response);
        tracing::debug!(
            http.request.resend_count = self.record().attempts.saturating_sub(1),
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
        http: &reqwest::Client,
        request: reqwest::Request,
        limit: usize,
    ) -> Result<Answer, Error> {
        let shared = &self.0.shared;
        let first = shared.cold_start.wait().await;
        let mut response = http.execute(request).await.map_err(broken)?;
        if let Some((trace, date)) = self.0.options.trace.as_ref().zip(date(response.headers())) {
            trace.received(date);
        }
        shared.cold_start.answered();
        drop(first);
        match read(&mut response, limit).await {
            Ok(body) => Ok(Answer { response, body }),
            Err(error) => {
                let redact = |text: &str| shared.credential.redact(text);
                Err(error.answered(response.status(), response.headers(), redact))
            }
        }
    }

    /// The ray id of an answer, as long as it is nothing that must not be shown.
    fn ray_id<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let ray = headers.get("cf-ray")?.to_str().ok()?;
        (!self.0.shared.credential.is_in(ray)).then_some(ray)
    }

    /// How long to wait before a request about the members of a new group is sent again.
    ///
    /// Observed (reported), O4: for a while the API answers 404 "User group not found". Reading or
    /// removing one member also answers 404 if the member is not in the group.
    fn wait_for_new_group(
        &self,
        result: &Result<Answer, Error>,
        deadline: Instant,
        before: u32,
    ) -> Option<Duration> {
        let answer = result.as_ref().ok()?;
        let Record { new_until, operation, .. } = &*self.record();
        let about_one = operation.is_some_and(|it| it.path.ends_with("{member_id}"));
        let says_group = || {
            let body = String::from_utf8_lossy(&answer.body).to_lowercase();
            body.contains("user group not found")
        };
        if answer.response.status() != StatusCode::NOT_FOUND || (about_one && !says_group()) {
            return None;
        }
        let wait = Duration::from_millis(500) * (1 << before.min(3));
        let until = (*new_until)?.min(deadline);
        (Instant::now() + wait < until).then_some(wait)
    }

    /// Decides whether the request is sent again, and lets the gate and the record know.
    fn wait_before_next(
        &self,
        request: &reqwest::Request,
        result: &Result<Answer, Error>,
        deadline: Instant,
    ) -> Option<Duration> {
        let State { shared, options, .. } = &*self.0;
        let outcome = match result {
            Ok(answer) => Outcome::Answered(answer.response.status()),
            Err(error) => error.outcome(),
        };
        let attempts = self.record().attempts;
        let random = fastrand::f64();
        let headers = result.as_ref().ok().map(|answer| answer.response.headers());
        let retry_after = headers.and_then(retry_after);
        if let Some(headers) = headers {
            shared.rate_limit.learn(headers);
        }
        if outcome == Outcome::Answered(StatusCode::TOO_MANY_REQUESTS) {
            // Assumption: without Retry-After the block is short.
            let pause = retry_after.unwrap_or_else(|| options.retry.backoff(attempts, random));
            shared.rate_limit.pause(pause.min(retry::LONGEST_BLOCK));
        }
        let wait = retry::wait_before_next(
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
        self.record().doubtful |= wait.is_some() && retry::may_have_taken_effect(outcome);
        wait
    }

    /// Why the generated client returned an error.
    pub(super) fn explain(&self, error: generated::Error) -> Error {
        let failure = self.record().failure.take();
        if let Some(failure) = failure {
            return self.complete(failure);
        }
        match error {
            generated::Error::InvalidResponsePayload(_, problem) => {
                self.unreadable(&problem.to_string())
            }
            generated::Error::UnexpectedResponse(_) => self.refused(),
            other => {
                self.complete(Error::invalid("the request could not be built").caused_by(other))
            }
        }
    }

    /// The error for an answer that says that the request failed.
    pub(super) fn refused(&self) -> Error {
        self.answered(None)
    }

    /// The error for a success that is not what is documented.
    pub(crate) fn unreadable(&self, problem: &str) -> Error {
        self.answered(Some(problem))
    }

    /// The error for a success that shows something else than was sent.
    pub(crate) fn not_applied(&self, problem: String) -> Error {
        let error = Error::new(Kind::NotApplied(problem));
        let redact = |text: &str| self.0.shared.credential.redact(text);
        let error = match &self.record().answer {
            Some((status, headers, _)) => error.answered(*status, headers, redact),
            None => error,
        };
        self.complete(error)
    }

    fn answered(&self, problem: Option<&str>) -> Error {
        let answer = self.record().answer.take();
        let error = match answer {
            Some((status, headers, body)) => {
                let redact = |text: &str| self.0.shared.credential.redact(text);
                let error = Error::from_answer(status, &headers, &body, problem, redact);
                match retry_after(&headers) {
                    Some(wait) => error.come_back_after(wait),
                    None => error,
                }
            }
            None => Error::new(Kind::Lost),
        };
        self.complete(error)
    }

    fn complete(&self, error: Error) -> Error {
        let Record { operation, attempts, doubtful, .. } = *self.record();
        error.during(operation, attempts, doubtful)
    }
}

/// When the response was made, by the clock of the server.
fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    rate_limit::retry_after(value, now.as_secs())
}

fn without_body(status: StatusCode, headers: HeaderMap) -> reqwest::Response {
    let mut response = http::Response::new(reqwest::Body::default());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.into()
}

/// Reads the whole body. One that comes in one piece is not copied.
async fn read(response: &mut reqwest::Response, limit: usize) -> Result<Bytes, Error> {
    let within =
        |size: usize| if size > limit { Err(Error::new(Kind::TooLarge(limit))) } else { Ok(()) };
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    let Some(first) = response.chunk().await.map_err(broken)? else {
        return Ok(Bytes::new());
    };
    within(first.len())?;
    let Some(second) = response.chunk().await.map_err(broken)? else {
        return Ok(first);
    };
    let mut body = BytesMut::with_capacity(announced.unwrap_or(2 * first.len()).min(limit));
    body.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        within(body.len() + chunk.len())?;
        body.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(broken)?;
    }
    Ok(body.freeze())
}

/// Whether there was a connection at all. The URL is left out: it may hold an email address.
fn broken(error: reqwest::Error) -> Error {
    let kind = if error.is_connect() { Kind::NotConnected } else { Kind::Lost };
    Error::new(kind).caused_by(error.without_url())
}
