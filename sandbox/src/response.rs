//! Responses: the success envelope and the failure envelope.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::operation::Contract;
use crate::page::ResultInfo;

/// The codes of errors. Assumption: all but 6003 with 6103, which the live service uses, are the
/// sandbox's own. The contract `observed` shows the HTTP status in place of those below 2000.
pub(crate) mod code {
    pub(crate) const PARAMETER: u32 = 1001;
    pub(crate) const BODY: u32 = 1002;
    pub(crate) const NOT_FOUND: u32 = 1003;
    pub(crate) const CONFLICT: u32 = 1004;
    pub(crate) const TOO_LARGE: u32 = 1005;
    pub(crate) const FAULT: u32 = 1006;
    pub(crate) const INVALID_HEADERS: u32 = 6003;
    pub(crate) const INVALID_KEY: u32 = 6103;
    pub(crate) const NO_ROUTE: u32 = 7003;
    pub(crate) const NO_PERMISSION: u32 = 9109;
    pub(crate) const NOT_AUTHENTICATED: u32 = 10000;
    pub(crate) const WRONG_METHOD: u32 = 10405;
}

/// The outcome of an operation.
pub(crate) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// A success. Without a result the envelope has none.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) result: Option<Value>,
    pub(crate) info: Option<ResultInfo>,
}

impl Success {
    /// One result.
    pub(crate) fn of(result: Value) -> Self {
        Self { result: Some(result), info: None }
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let mut body = json!({ "success": true, "errors": [], "messages": [] });
        if let Some(result) = self.result {
            body["result"] = result;
        }
        if let Some(info) = self.info {
            body["result_info"] = json!(info);
        }
        json_response(StatusCode::OK, &body)
    }
}

/// A request that is refused, with the reasons.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    errors: Vec<ErrorItem>,
}

/// One reason.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorItem {
    code: u32,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    error_chain: Vec<ErrorItem>,
}

#[derive(Debug, Serialize)]
struct Source {
    pointer: String,
}

impl ErrorItem {
    pub(crate) fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), source: None, error_chain: Vec::new() }
    }

    /// `pointer` is a JSON pointer into the body, or the name of a parameter or header.
    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.source = Some(Source { pointer: pointer.into() });
        self
    }

    pub(crate) fn caused_by(mut self, cause: ErrorItem) -> Self {
        self.error_chain.push(cause);
        self
    }
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, error: ErrorItem) -> Self {
        Self { status, errors: vec![error] }
    }

    /// An error with the HTTP status as its code, as the live service reports them (observed).
    pub(crate) fn observed(status: StatusCode, message: &str) -> Self {
        Self::new(status, ErrorItem::new(status.as_u16().into(), message))
    }

    /// An error in a request that is malformed.
    pub(crate) fn invalid(code: u32, message: impl Into<String>, pointer: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorItem::new(code, message).at(pointer))
    }

    pub(crate) fn not_found(message: impl Into<String>, pointer: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorItem::new(code::NOT_FOUND, message).at(pointer))
    }

    pub(crate) fn conflict(message: impl Into<String>, pointer: &str) -> Self {
        Self::new(StatusCode::CONFLICT, ErrorItem::new(code::CONFLICT, message).at(pointer))
    }

    /// The response, with the codes of the contract.
    pub(crate) fn into_response(mut self, contract: Contract) -> Response<Bytes> {
        if contract == Contract::Observed {
            for error in self.errors.iter_mut().filter(|error| error.code < 2000) {
                error.code = self.status.as_u16().into();
            }
        }
        let mut response = failure(self.status, &self.errors);
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// Collects the errors of a request, so that the response reports all of them.
#[derive(Debug)]
pub(crate) struct Errors {
    status: StatusCode,
    items: Vec<ErrorItem>,
}

impl Default for Errors {
    /// Of a request that is malformed.
    fn default() -> Self {
        Self::new(StatusCode::BAD_REQUEST)
    }
}

impl Errors {
    /// The most errors that a response reports.
    const LIMIT: usize = 20;

    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, items: Vec::new() }
    }

    pub(crate) fn add(&mut self, code: u32, message: impl Into<String>, pointer: &str) {
        if self.items.len() < Self::LIMIT {
            self.items.push(ErrorItem::new(code, message).at(pointer));
        }
    }

    /// Returns the errors, if there are any.
    pub(crate) fn check(self) -> Result<()> {
        if self.items.is_empty() {
            return Ok(());
        }
        Err(ApiError { status: self.status, errors: self.items })
    }
}

/// The failure envelope.
pub(crate) fn failure(status: StatusCode, errors: &[ErrorItem]) -> Response<Bytes> {
    let body = json!({ "success": false, "errors": errors, "messages": [], "result": null });
    json_response(status, &body)
}

/// A response with a JSON body.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// Sets a header. The check of a fault plan refuses values that cannot be one.
pub(crate) fn set_header(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
