//! One call: what it may take, the attempts it makes, and what came of it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::ResponseBuilderExt;
use tokio::time::Instant;
use tracing::Instrument;

use super::{Operation, generated};
use crate::client::Shared;
use crate::error::{Error, Kind};
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
    /// How many bytes the body of an answer may have, decompressed.
    pub(crate) body_limit: usize,
}

impl Options {
    /// When a call that begins now must have ended. A timeout beyond all moments is years away.
    pub(crate) fn deadline(&self) -> Instant {
        const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        Instant::now() + self.timeout.min(YEARS)
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
    answer: Option<Answer>,
    failure: Option<Error>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
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

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request, if need be several times, and reads the whole answer. A failure is recorded;
    /// the generated code is then given an answer that it does not know, and `explain` tells of it.
    pub(super) async fn send(
        &self,
        http: &reqwest::Client,
        request: reqwest::Request,
        operation: Option<&'static Operation>,
    ) -> reqwest::Response {
        *self.record() = Record { operation, ..Record::default() };
        let url = request.url().clone();
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
        let resent = self.record().attempts.saturating_sub(1);
        span.record("http.request.resend_count", resent);
        let mut response = http::Response::new(Bytes::new());
        match outcome {
            Ok(answer) => {
                span.record("http.response.status_code", answer.status.as_u16());
                span.record("cloudflare.ray_id", self.ray_id(&answer));
                self.record().answer = Some(answer.clone());
                *response.status_mut() = answer.status;
                *response.headers_mut() = answer.headers;
                *response.body_mut() = answer.body;
            }
            Err(failure) => {
                span.record("error.type", failure.type_name());
                self.record().failure = Some(failure);
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            }
        }
        with_url(response, url)
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
            return Ok(Answer { status, headers, body });
        }
        let deadline = options.deadline();
        let mut last = None;
        loop {
            if let Err(wait) = shared.rate_limit.pass(deadline).await {
                return last
                    .unwrap_or_else(|| Err(Error::new(Kind::HeldBack).come_back_after(wait)));
            }
            self.record().attempts += 1;
            let result = self.attempt(http, &request, deadline).await;
            let wait = self.wait_before_next(&request, &result, deadline);
            let Some(wait) = wait.filter(|_| shared.retry_budget.spend()) else {
                if result.as_ref().is_ok_and(|answer| answer.status.is_success()) {
                    shared.retry_budget.refund(self.record().attempts);
                }
                return result;
            };
            last = Some(result);
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
        tracing::debug!(
            http.request.resend_count = self.record().attempts.saturating_sub(1),
            http.response.status_code = result.as_ref().ok().map(|answer| answer.status.as_u16()),
            cloudflare.ray_id = result.as_ref().ok().and_then(|answer| self.ray_id(answer)),
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
        shared.cold_start.answered();
        drop(first);
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        match read(&mut response, limit).await {
            Ok(body) => Ok(Answer { status, headers, body }),
            Err(error) => {
                Err(error.answered(status, &headers, |text| shared.credential.redact(text)))
            }
        }
    }

    /// The ray id of an answer, as long as it is nothing that must not be shown.
    fn ray_id<'a>(&self, answer: &'a Answer) -> Option<&'a str> {
        let ray = answer.headers.get("cf-ray")?.to_str().ok()?;
        (!self.0.shared.credential.is_in(ray)).then_some(ray)
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
            Ok(answer) => Outcome::Answered(answer.status),
            Err(error) => error.outcome(),
        };
        let attempts = self.record().attempts;
        let random = fastrand::f64();
        let retry_after = result.as_ref().ok().and_then(Answer::retry_after);
        if let Ok(answer) = result {
            shared.rate_limit.learn(&answer.headers);
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
    pub(super) fn unreadable(&self, problem: &str) -> Error {
        self.answered(Some(problem))
    }

    fn answered(&self, problem: Option<&str>) -> Error {
        let answer = self.record().answer.take();
        let error = match answer {
            Some(answer) => {
                let error = Error::from_answer(
                    answer.status,
                    &answer.headers,
                    &answer.body,
                    problem,
                    |text| self.0.shared.credential.redact(text),
                );
                match answer.retry_after() {
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

impl Answer {
    fn retry_after(&self) -> Option<Duration> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        rate_limit::retry_after(&self.headers, now.as_secs())
    }
}

fn with_url(response: http::Response<Bytes>, url: url::Url) -> reqwest::Response {
    let (mut parts, body) = response.into_parts();
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        parts.extensions = carrier.into_parts().0.extensions;
    }
    http::Response::from_parts(parts, body).into()
}

async fn read(response: &mut reqwest::Response, limit: usize) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > limit {
            return Err(Error::new(Kind::TooLarge(limit)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Whether there was a connection at all. The URL is left out: it may hold an email address.
fn broken(error: reqwest::Error) -> Error {
    let kind = if error.is_connect() { Kind::NotConnected } else { Kind::Lost };
    Error::new(kind).caused_by(error.without_url())
}
