//! The log: what was asked, what was done, and what was answered.

use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::request::Parts;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A request and what became of it; as JSON, a line of the log file. Credentials are not in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Exchange {
    /// The operationId; none where the request is for no operation.
    pub operation: Option<&'static str>,
    /// The method.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The query, as it was sent.
    pub query: Option<String>,
    /// How many bytes of a body were read.
    pub body_bytes: usize,
    /// The body, where it is JSON of at most 64 KiB.
    pub body: Option<Value>,
    /// Whether the request was carried out. What was refused was not.
    pub applied: bool,
    /// The fault that hit it, by the name that the fault file has for it; `delay` where the answer
    /// is right but late, `rate_limit` where the rate limit refused it.
    pub fault: Option<&'static str>,
    /// The change of a second actor that an `interfere` fault made right before the request:
    /// `{"action": …, "group": …}` with the id of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interference: Option<Value>,
    /// What was answered.
    pub response: ResponseStatus,
}

impl Exchange {
    /// A request of which nothing has become yet.
    pub(crate) fn of(request: &Parts, body: &[u8]) -> Self {
        Self {
            operation: None,
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().map(str::to_owned),
            body_bytes: body.len(),
            body: shown(body),
            applied: false,
            fault: None,
            interference: None,
            response: ResponseStatus::Closed,
        }
    }
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseStatus {
    /// An answer with this status was sent, or at least begun. In JSON, the number.
    Status(u16),
    /// The connection was closed without an answer. In JSON, `"closed"`.
    Closed,
}

impl Serialize for ResponseStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Status(status) => serializer.serialize_u16(*status),
            Self::Closed => serializer.serialize_str("closed"),
        }
    }
}

/// Where exchanges are written down.
#[derive(Debug, Default)]
pub(crate) struct Log {
    kept: Option<Mutex<Vec<Exchange>>>,
    file: Option<Mutex<File>>,
}

impl Log {
    pub(crate) fn new(keep: bool, file: Option<File>) -> Self {
        Self { kept: keep.then(Mutex::default), file: file.map(Mutex::new) }
    }

    pub(crate) fn write(&self, exchange: Exchange) {
        if let Some(file) = &self.file
            && let Ok(mut line) = serde_json::to_vec(&exchange)
        {
            line.push(b'\n');
            // A full disk must not keep the sandbox from answering.
            lock(file).write_all(&line).ok();
        }
        if let Some(kept) = &self.kept {
            lock(kept).push(exchange);
        }
    }

    pub(crate) fn kept(&self) -> Vec<Exchange> {
        let kept = self.kept.as_ref();
        kept.map(|kept| lock(kept).clone()).unwrap_or_default()
    }

    pub(crate) fn clear(&self) {
        if let Some(kept) = &self.kept {
            lock(kept).clear();
        }
    }
}

/// The body as the log shows it.
fn shown(body: &[u8]) -> Option<Value> {
    const LIMIT: usize = 64 * 1024;
    (body.len() <= LIMIT).then(|| serde_json::from_slice(body).ok()).flatten()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
