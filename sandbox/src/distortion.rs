//! What a fault makes of an answer.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Response, StatusCode, header};

use crate::fault::{Fault, FaultBody, FaultKind};
use crate::injector::set;
use crate::page::PageQuirk;
use crate::refusal::{Problem, code, failure};
use crate::wire::Wire;

/// How the body of a page that never ends begins.
const ENDLESS_START: &[u8] = b"{\"success\":true,\"errors\":[],\"messages\":[],\"result\":[";

impl Fault {
    /// What is wrong with the paging.
    pub(crate) fn quirk(&self) -> Option<PageQuirk> {
        match self.kind {
            Some(FaultKind::IgnorePage) => Some(PageQuirk::Ignored),
            Some(FaultKind::RepeatLastPage) => Some(PageQuirk::LastRepeated),
            _ => None,
        }
    }

    /// What is answered instead of the right answer. Where that is not needed, it may be missing.
    pub(crate) fn distort(&self, right: Option<Response<Bytes>>) -> Response<Bytes> {
        let right = right.unwrap_or_else(|| refusal(StatusCode::INTERNAL_SERVER_ERROR));
        let mut answer = match &self.kind {
            Some(kind) => kind.distort(right),
            None => right,
        };
        if let Some(value) = &self.retry_after {
            set(answer.headers_mut(), header::RETRY_AFTER, value);
        }
        answer
    }
}

impl FaultKind {
    fn distort(&self, right: Response<Bytes>) -> Response<Bytes> {
        match self {
            Self::CloseBeforeRead | Self::CloseBeforeAnswer => played(right, Wire::Nothing),
            Self::CutBody => {
                let (whole, half) = (right.body().len(), first_half(right.body()));
                played(right, Wire::pieces(whole, vec![half]))
            }
            Self::Status { code, body } => status(*code, body.as_ref()),
            Self::SuccessFalse => refusal(StatusCode::OK),
            Self::ContentLength { off_by } => {
                let body = right.body().clone();
                let length = body.len().saturating_add_signed(isize_of(*off_by));
                played(right, Wire::pieces(length, vec![body]))
            }
            Self::ContentType { value } => {
                let mut answer = right;
                set(answer.headers_mut(), header::CONTENT_TYPE, value);
                answer
            }
            Self::TruncatedJson => right.map(|body| first_half(&body)),
            Self::EndlessBody => endless(),
            Self::SlowDrip { bytes, every_ms } => drip(right, *bytes, *every_ms),
            Self::Redirect { location, code } => {
                let mut answer = status(*code, Some(&FaultBody::Empty));
                set(answer.headers_mut(), header::LOCATION, location);
                answer
            }
            // The page was wrong before the answer was.
            Self::IgnorePage | Self::RepeatLastPage => right,
        }
    }
}

fn endless() -> Response<Bytes> {
    let start = Bytes::from_static(ENDLESS_START);
    played(refusal(StatusCode::OK), Wire::Endless { start })
}

fn drip(right: Response<Bytes>, bytes: usize, every_ms: u64) -> Response<Bytes> {
    let body = right.body().clone();
    let pieces = body.chunks(bytes).map(|piece| body.slice_ref(piece));
    let wire = Wire::Pieces {
        length: body.len(),
        pieces: pieces.collect(),
        pause: Duration::from_millis(every_ms),
    };
    played(right, wire)
}

/// An answer that is not left to the HTTP library.
fn played(mut answer: Response<Bytes>, wire: Wire) -> Response<Bytes> {
    answer.extensions_mut().insert(wire);
    answer
}

fn first_half(body: &Bytes) -> Bytes {
    body.slice(..body.len() / 2)
}

fn isize_of(number: i64) -> isize {
    let end = if number < 0 { isize::MIN } else { isize::MAX };
    number.try_into().unwrap_or(end)
}

fn refusal(status: StatusCode) -> Response<Bytes> {
    let message = "the sandbox was told to fail";
    failure(status, &[Problem::new(code::FAULT, message)])
}

fn status(code: u16, body: Option<&FaultBody>) -> Response<Bytes> {
    // A code that is none was refused when the faults were checked.
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (content_type, body) = match body {
        None => return refusal(status),
        Some(FaultBody::Json(value)) => (Some("application/json"), value.to_string()),
        Some(FaultBody::Text(text)) => (Some("text/plain; charset=UTF-8"), text.clone()),
        Some(FaultBody::Html(page)) => (Some("text/html; charset=UTF-8"), page.clone()),
        Some(FaultBody::Empty) => (None, String::new()),
    };
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = status;
    if let Some(content_type) = content_type {
        set(answer.headers_mut(), header::CONTENT_TYPE, content_type);
    }
    answer
}
