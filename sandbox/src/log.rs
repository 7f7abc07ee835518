//! The log of requests.

use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::http::request::Parts;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A request and its outcome; as JSON, a line of the log file. It has no credentials.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Exchange {
    /// When the request was received. It is not part of the JSON.
    #[serde(skip)]
    pub received: Instant,
    /// The operationId; none if the request is for no operation.
    pub operation: Option<&'static str>,
    /// The method.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The query, as it was sent.
    pub query: Option<String>,
    /// The number of bytes of the body that were read.
    pub body_bytes: usize,
    /// The body, if it is JSON of at most 64 KiB.
    pub body: Option<Value>,
    /// Whether the request was applied in full: not refused, and without a dropped change.
    pub applied: bool,
    /// The fault that hit the request, by its name in a fault file; `delay` for a fault without a
    /// kind, `rate_limit` if the rate limit refused the request.
    pub fault: Option<&'static str>,
    /// The change of a second actor that an `interfere` fault made right before the request:
    /// `{"action": …, "group": …}` with the id of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interference: Option<Value>,
    /// The response.
    pub response: ResponseStatus,
}

impl Exchange {
    /// A request without an outcome.
    pub(crate) fn of(request: &Parts, body: &[u8]) -> Self {
        const LIMIT: usize = 64 * 1024;
        let logged = (body.len() <= LIMIT).then(|| serde_json::from_slice(body).ok()).flatten();
        Self {
            received: Instant::now(),
            operation: None,
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().map(str::to_owned),
            body_bytes: body.len(),
            body: logged,
            applied: false,
            fault: None,
            interference: None,
            response: ResponseStatus::Closed,
        }
    }
}

/// The response in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseStatus {
    /// A response with this status was sent, at least its begin. In JSON, the number.
    Status(u16),
    /// The connection was closed without a response. In JSON, `"closed"`.
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

/// The log in memory and in a file.
#[derive(Debug, Default)]
pub(crate) struct Log {
    in_memory: bool,
    inner: Mutex<LogContent>,
}

#[derive(Debug, Default)]
struct LogContent {
    exchanges: Vec<Exchange>,
    file: Option<File>,
}

impl Log {
    pub(crate) fn new(in_memory: bool, file: Option<File>) -> Self {
        Self { in_memory, inner: Mutex::new(LogContent { exchanges: Vec::new(), file }) }
    }

    fn content(&self) -> MutexGuard<'_, LogContent> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self, exchange: Exchange) {
        let mut content = self.content();
        if let Some(file) = &mut content.file
            && let Ok(mut line) = serde_json::to_vec(&exchange)
        {
            line.push(b'\n');
            // The sandbox responds even if the disk is full.
            file.write_all(&line).ok();
        }
        if self.in_memory {
            content.exchanges.push(exchange);
        }
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.content().exchanges.clone()
    }

    pub(crate) fn clear(&self) {
        self.content().exchanges.clear();
    }
}
