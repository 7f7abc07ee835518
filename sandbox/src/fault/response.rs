//! The response of a request that a fault hits.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode, header};
use futures_util::stream::{self, StreamExt};

use crate::fault::kind::{FaultBody, FaultKind};
use crate::fault::plan::Fault;
use crate::response::{ErrorItem, code, failure, json_response, set_header};

/// The begin of a body that never ends.
const ENDLESS_START: &[u8] = b"{\"success\":true,\"errors\":[],\"messages\":[],\"result\":[";

/// Marks a response in place of which the connection is closed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is closed by a fault")]
pub(crate) struct Close;

/// The response that a fault makes of the correct one. The correct one is missing if the request
/// was not applied.
pub(crate) fn respond(fault: &Fault, correct: Option<Response<Bytes>>) -> Response<Body> {
    let correct = correct.unwrap_or_else(|| injected_failure(StatusCode::INTERNAL_SERVER_ERROR));
    let mut response = match &fault.kind {
        Some(kind) => inject(kind, correct),
        None => correct.map(Body::from),
    };
    if let Some(value) = &fault.retry_after {
        set_header(response.headers_mut(), header::RETRY_AFTER, value);
    }
    response
}

fn inject(kind: &FaultKind, correct: Response<Bytes>) -> Response<Body> {
    let success = correct.status().is_success();
    let response = match kind {
        FaultKind::CloseBeforeRead | FaultKind::CloseBeforeResponse => {
            let mut response = correct.map(Body::from);
            response.extensions_mut().insert(Close);
            return response;
        }
        FaultKind::CutBody => {
            let length = correct.body().len();
            return with_length(correct.map(|body| first_half(&body)), length);
        }
        FaultKind::ContentLength { off_by } => {
            let off_by = isize::try_from(*off_by).unwrap_or(isize::MIN);
            let length = correct.body().len().saturating_add_signed(off_by);
            return with_length(correct, length);
        }
        FaultKind::EndlessBody => return endless(),
        FaultKind::SlowDrip { bytes, every_ms } => return slow(correct, *bytes, *every_ms),
        FaultKind::Status { code, body } => status(*code, body.as_ref()),
        FaultKind::SuccessFalse => injected_failure(StatusCode::OK),
        FaultKind::ContentType { value } => {
            let mut response = correct;
            set_header(response.headers_mut(), header::CONTENT_TYPE, value);
            response
        }
        FaultKind::TruncatedJson => correct.map(|body| first_half(&body)),
        FaultKind::Redirect { location, code } => {
            let mut response = status(*code, Some(&FaultBody::Empty));
            set_header(response.headers_mut(), header::LOCATION, location);
            response
        }
        FaultKind::NullResult if success => {
            let body = serde_json::json!({
                "success": true, "errors": [], "messages": [], "result": null,
            });
            json_response(StatusCode::OK, &body)
        }
        FaultKind::SuccessStatus { code, empty } if success => {
            let empty = *empty || *code == StatusCode::NO_CONTENT.as_u16();
            let mut response = if empty { status(*code, Some(&FaultBody::Empty)) } else { correct };
            *response.status_mut() = status_code(*code);
            response
        }
        // These change how the request is applied, or apply to successes only.
        FaultKind::IgnorePage
        | FaultKind::RepeatLastPage
        | FaultKind::StaleList { .. }
        | FaultKind::IgnoreFilter
        | FaultKind::Interfere { .. }
        | FaultKind::NormaliseName(_)
        | FaultKind::DropChange(_)
        | FaultKind::RefuseInlineScopes
        | FaultKind::NullResult
        | FaultKind::SuccessStatus { .. } => correct,
    };
    response.map(Body::from)
}

/// A response with a `content-length` that does not match its body.
fn with_length(response: Response<Bytes>, length: usize) -> Response<Body> {
    let mut response = response.map(|body| {
        let kept = body.slice(..body.len().min(length));
        // The first piece is flushed before the end of the stream closes the connection.
        let rest = stream::once(async {
            tokio::task::yield_now().await;
            Err(io::Error::other("injected fault"))
        });
        Body::from_stream(stream::iter([Ok(kept)]).chain(rest))
    });
    set_header(response.headers_mut(), header::CONTENT_LENGTH, &length.to_string());
    set_header(response.headers_mut(), header::CONNECTION, "close");
    response
}

fn endless() -> Response<Body> {
    const MORE: &[u8] = &[b' '; 64 * 1024];
    let start = stream::iter([Bytes::from_static(ENDLESS_START)]);
    let more = stream::repeat(Bytes::from_static(MORE));
    let body = start.chain(more).map(Ok::<_, io::Error>);
    injected_failure(StatusCode::OK).map(|_| Body::from_stream(body))
}

fn slow(correct: Response<Bytes>, bytes: usize, every_ms: u64) -> Response<Body> {
    let length = correct.body().len();
    let mut response = correct.map(|body| {
        let pieces: Vec<Bytes> = body.chunks(bytes).map(|piece| body.slice_ref(piece)).collect();
        let pieces = stream::iter(pieces).then(move |piece| async move {
            tokio::time::sleep(Duration::from_millis(every_ms)).await;
            Ok::<_, io::Error>(piece)
        });
        Body::from_stream(pieces)
    });
    set_header(response.headers_mut(), header::CONTENT_LENGTH, &length.to_string());
    set_header(response.headers_mut(), header::CONNECTION, "close");
    response
}

fn first_half(body: &Bytes) -> Bytes {
    body.slice(..body.len() / 2)
}

fn injected_failure(status: StatusCode) -> Response<Bytes> {
    let message = "injected by the sandbox";
    failure(status, &[ErrorItem::new(code::FAULT, message)])
}

fn status_code(code: u16) -> StatusCode {
    // The check of the plan refuses codes that are no status.
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn status(code: u16, body: Option<&FaultBody>) -> Response<Bytes> {
    let status = status_code(code);
    let (content_type, body) = match body {
        None => return injected_failure(status),
        Some(FaultBody::Json(value)) => (Some("application/json"), value.to_string()),
        Some(FaultBody::Text(text)) => (Some("text/plain; charset=UTF-8"), text.clone()),
        Some(FaultBody::Html(page)) => (Some("text/html; charset=UTF-8"), page.clone()),
        Some(FaultBody::Empty) => (None, String::new()),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    if let Some(content_type) = content_type {
        set_header(response.headers_mut(), header::CONTENT_TYPE, content_type);
    }
    response
}
