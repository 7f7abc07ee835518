//! Bodies of requests and responses.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use crate::error::BoxError;

/// The body of a request, which remembers whether it was read.
///
/// A request whose body was not read was not sent: neither a connection in progress nor a queue has
/// shown it to a server. After a timeout or an error it cannot be read any more, and is empty. A
/// request without a body counts as sent when the HTTP client asks whether there is one.
pub struct RequestBody {
    data: Option<Bytes>,
    reading: Arc<Reading>,
}

/// Whether the body of a request was read or withdrawn, whichever came first.
#[derive(Default)]
pub(super) struct Reading(AtomicU8);

impl Reading {
    const READ: u8 = 1;
    const WITHDRAWN: u8 = 2;

    /// Records that the body was read, unless it was withdrawn.
    pub(super) fn read(&self) -> bool {
        self.decide(Self::READ)
    }

    /// Withdraws the body, unless it was read.
    pub(super) fn withdraw(&self) -> bool {
        self.decide(Self::WITHDRAWN)
    }

    /// Whether this is what was decided.
    fn decide(&self, decision: u8) -> bool {
        let decided = self.0.compare_exchange(0, decision, Ordering::Relaxed, Ordering::Relaxed);
        decided.is_ok() || decided == Err(decision)
    }
}

impl RequestBody {
    pub(super) fn new(data: &Bytes, reading: &Arc<Reading>) -> Self {
        let data = Some(data.clone()).filter(|data| !data.is_empty());
        Self { data, reading: Arc::clone(reading) }
    }

    /// The whole body.
    pub fn into_bytes(mut self) -> Bytes {
        self.take().unwrap_or_default()
    }

    fn take(&mut self) -> Option<Bytes> {
        if self.reading.read() { self.data.take() } else { None }
    }
}

impl fmt::Debug for RequestBody {
    /// Only the length: a body may contain names and email addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.data.as_ref().map_or(0, Bytes::len))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        let is_empty = self.data.is_none();
        if is_empty {
            self.reading.read();
        }
        is_empty
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, Bytes::len) as u64)
    }
}

/// The body of a response, of whatever type the HTTP client has.
pub struct ResponseBody(UnsyncBoxBody<Bytes, BoxError>);

impl ResponseBody {
    pub(super) fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(body.map_err(Into::into).boxed_unsync())
    }

    /// The next data. Trailers are skipped.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, BoxError> {
        loop {
            match self.0.frame().await.transpose()?.map(Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) => return Ok(Some(data)),
                Some(Err(_)) => {}
            }
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
