//! One call: what it may take, and what came of it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::ResponseBuilderExt;

use super::{Operation, generated};
use crate::client::Shared;
use crate::error::{Error, Kind};

/// What a call may take.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// How long the call may last, with reading the answer.
    pub(crate) timeout: Duration,
    /// How many bytes the body of an answer may have.
    pub(crate) body: usize,
}

/// A call of one operation. The generated client carries it to the hooks, where it sends the request
/// and records what came of it, so that an error is complete also if the answer cannot be decoded.
#[derive(Clone)]
pub(crate) struct Call(Arc<State>);

struct State {
    shared: Arc<Shared>,
    limits: Limits,
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    operation: Option<&'static Operation>,
    attempts: u32,
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
    pub(crate) fn new(shared: Arc<Shared>, limits: Limits) -> Self {
        Self(Arc::new(State { shared, limits, record: Mutex::default() }))
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

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request and reads the whole answer. A failure is recorded; the generated code is then
    /// given an answer that it does not know, and `explain` tells of the failure.
    pub(super) async fn send(
        &self,
        http: &reqwest::Client,
        request: reqwest::Request,
        operation: Option<&'static Operation>,
    ) -> reqwest::Response {
        let Limits { timeout, body: limit } = self.0.limits;
        let url = request.url().clone();
        *self.record() = Record { operation, attempts: 1, ..Record::default() };
        let outcome = tokio::time::timeout(timeout, attempt(http, request, limit)).await;
        match outcome.unwrap_or_else(|_| Err(Error::new(Kind::TimedOut(timeout)))) {
            Ok(answer) => {
                self.record().answer = Some(answer.clone());
                let mut response = http::Response::new(answer.body);
                *response.status_mut() = answer.status;
                *response.headers_mut() = answer.headers;
                with_url(response, url)
            }
            Err(failure) => {
                self.record().failure = Some(failure);
                let mut response = http::Response::new(Bytes::new());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                with_url(response, url)
            }
        }
    }

    /// Why the generated client returned an error.
    pub(super) fn explain(&self, error: generated::Error) -> Error {
        if let Some(failure) = self.record().failure.take() {
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
        self.answered(Some(self.0.shared.credential.redact(problem.as_bytes())))
    }

    fn answered(&self, problem: Option<String>) -> Error {
        let answer = self.record().answer.take();
        let error = match answer {
            Some(Answer { status, headers, body }) => {
                let body = self.0.shared.credential.redact(&body);
                Error::from_answer(status, &headers, body.as_bytes(), problem)
            }
            None => Error::new(Kind::Lost),
        };
        self.complete(error)
    }

    fn complete(&self, error: Error) -> Error {
        let record = self.record();
        error.during(record.operation, record.attempts)
    }
}

fn with_url(response: http::Response<Bytes>, url: url::Url) -> reqwest::Response {
    let (mut parts, body) = response.into_parts();
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        parts.extensions = carrier.into_parts().0.extensions;
    }
    http::Response::from_parts(parts, body).into()
}

async fn attempt(
    http: &reqwest::Client,
    request: reqwest::Request,
    limit: usize,
) -> Result<Answer, Error> {
    let mut response = http.execute(request).await.map_err(broken)?;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let body = read(&mut response, limit).await?;
    Ok(Answer { status, headers, body })
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
