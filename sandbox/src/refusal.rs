//! Refused requests, and the failure envelope that says why.

use axum::body::Bytes;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

/// Assumption: the codes are the sandbox's own, but for 6003 with 6103, which were seen in answers
/// of the real service. They only have to be at least 1000.
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

/// A request that was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    errors: Vec<Problem>,
}

/// One reason for a refusal.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    code: u32,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    error_chain: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct Source {
    pointer: String,
}

impl Problem {
    pub(crate) fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), source: None, error_chain: Vec::new() }
    }

    /// `pointer` is a JSON pointer into the body, or the name of a parameter.
    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.source = Some(Source { pointer: pointer.into() });
        self
    }

    pub(crate) fn caused_by(mut self, cause: Problem) -> Self {
        self.error_chain.push(cause);
        self
    }
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, problem: Problem) -> Self {
        Self { status, errors: vec![problem] }
    }

    pub(crate) fn not_found(message: impl Into<String>, pointer: &str) -> Self {
        let problem = Problem::new(code::NOT_FOUND, message).at(pointer);
        Self::new(StatusCode::NOT_FOUND, problem)
    }

    pub(crate) fn into_answer(self) -> Response<Bytes> {
        let mut answer = failure(self.status, &self.errors);
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        answer
    }
}

/// Reasons for a refusal, gathered so that a caller learns of all at once.
#[derive(Debug)]
pub(crate) struct Problems {
    status: StatusCode,
    found: Vec<Problem>,
}

impl Problems {
    /// More would help nobody, and a body can hold very many.
    const LIMIT: usize = 20;

    /// For what is wrong in itself.
    pub(crate) fn invalid() -> Self {
        Self { status: StatusCode::BAD_REQUEST, found: Vec::new() }
    }

    /// For what is right in itself but refers to something that is not there.
    pub(crate) fn missing() -> Self {
        Self { status: StatusCode::NOT_FOUND, found: Vec::new() }
    }

    pub(crate) fn add(&mut self, code: u32, message: impl Into<String>, pointer: &str) {
        if self.found.len() < Self::LIMIT {
            self.found.push(Problem::new(code, message).at(pointer));
        }
    }

    /// Refuses if there is anything to refuse for.
    pub(crate) fn check(self) -> Result<(), Refusal> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(Refusal { status: self.status, errors: self.found })
    }
}

/// The failure envelope.
pub(crate) fn failure(status: StatusCode, errors: &[Problem]) -> Response<Bytes> {
    let body = serde_json::json!({
        "success": false,
        "errors": errors,
        "messages": [],
        "result": null,
    });
    json_answer(status, body.to_string())
}

/// An answer with a JSON body.
pub(crate) fn json_answer(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}
