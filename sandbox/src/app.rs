//! From an HTTP request to an answer: routes, credentials, and the operations behind them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::routing::{MethodFilter, MethodRouter, any};
use http_body_util::BodyExt;

use crate::credentials::Credentials;
use crate::id::Id;
use crate::operation::{self, Contract, Operation, operations};
use crate::refusal::{Problem, Refusal, code, json_answer};
use crate::world::World;

/// The path below which the API is served.
pub(crate) const API: &str = "/client/v4";

/// Assumption: a body may have four megabytes. That is members.add for more than 90,000 members.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Of a body that is too large this much is read and dropped, so that its sender gets to the answer.
const DRAIN_LIMIT: usize = 16 * BODY_LIMIT;

/// Everything that requests share.
pub(crate) struct App {
    pub(crate) own: Id,
    pub(crate) contract: Contract,
    pub(crate) credentials: Credentials,
    world: Mutex<World>,
    initial: World,
}

impl App {
    pub(crate) fn new(
        own: Id,
        contract: Contract,
        credentials: Credentials,
        initial: World,
    ) -> Self {
        Self {
            own,
            contract,
            credentials,
            world: Mutex::new(initial.clone()),
            initial,
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reset(&self) {
        *self.world() = self.initial.clone();
    }

    /// Carries out a request for an operation.
    fn carry_out(
        &self,
        operation: &Operation,
        request: &operation::Request<'_>,
    ) -> Response<Bytes> {
        let done = self.credentials.check(request.headers);
        let done = done.and_then(|()| operation.carry_out(&mut self.world(), self.own, request));
        done.unwrap_or_else(Refusal::into_answer)
    }

    fn control(&self, request: &Request) -> Response<Bytes> {
        let (method, path) = (request.method(), request.uri().path());
        match (method, path) {
            (&Method::POST, "/_sandbox/reset") => {
                self.reset();
                json_answer(StatusCode::OK, "{}")
            }
            (&Method::GET, "/_sandbox/state") => state(&self.world().harvest()),
            (_, "/_sandbox/reset") => wrong_method(method, "POST"),
            (_, "/_sandbox/state") => wrong_method(method, "GET"),
            _ => no_route(path),
        }
    }
}

fn state(seed: &crate::Seed) -> Response<Bytes> {
    match serde_json::to_vec(seed) {
        Ok(body) => json_answer(StatusCode::OK, body),
        Err(error) => {
            let problem = Problem::new(code::BODY, error.to_string());
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, problem).into_answer()
        }
    }
}

/// The routes of the sandbox.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut paths: BTreeMap<&str, Vec<&'static Operation>> = BTreeMap::new();
    for operation in operations(app.contract) {
        paths.entry(operation.path).or_default().push(operation);
    }
    let mut router = Router::new();
    for (path, operations) in paths {
        router = router.route(&format!("{API}{path}"), methods(app, &operations));
    }
    let control = Arc::clone(app);
    router.fallback(any(move |request: Request| async move {
        control.control(&request).map(Body::from)
    }))
}

/// The methods of a path: those of its operations, and no other, not even HEAD.
fn methods(app: &Arc<App>, operations: &[&'static Operation]) -> MethodRouter {
    let names: Vec<&str> = operations.iter().map(|it| it.method.as_str()).collect();
    let allow = names.join(", ");
    let refuse = move |request: Request| {
        let answer = wrong_method(request.method(), &allow);
        async move { answer.map(Body::from) }
    };
    let mut methods = MethodRouter::new();
    for operation in operations.iter().copied() {
        // Every method of the table has a filter, so that none is left out.
        let Ok(filter) = MethodFilter::try_from(operation.method.clone()) else {
            continue;
        };
        let app = Arc::clone(app);
        methods = methods.on(filter, move |path, request| {
            serve(app, operation, path, request)
        });
    }
    methods
        .on(MethodFilter::HEAD, refuse.clone())
        .fallback(refuse)
}

async fn serve(
    app: Arc<App>,
    operation: &'static Operation,
    path: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_answer().map(Body::from),
    };
    let Ok(path) = path else {
        return no_route(parts.uri.path()).map(Body::from);
    };
    let path: Vec<(String, String)> = path
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let request = operation::Request {
        headers: &parts.headers,
        path: &path,
        query: parts.uri.query(),
        body: &body,
        contract: app.contract,
        quirk: None,
    };
    app.carry_out(operation, &request).map(Body::from)
}

/// Reads a body to its end, but keeps no more of it than is allowed.
async fn read(mut body: Body) -> Result<Vec<u8>, Refusal> {
    let mut kept = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let problem = Problem::new(code::BODY, format!("the body broke off: {error}"));
            Refusal::new(StatusCode::BAD_REQUEST, problem)
        })?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        length += data.len();
        if length <= BODY_LIMIT {
            kept.extend_from_slice(data);
        } else if length > DRAIN_LIMIT {
            break;
        }
    }
    if length <= BODY_LIMIT {
        return Ok(kept);
    }
    let message = format!("the body is larger than {BODY_LIMIT} bytes");
    let problem = Problem::new(code::TOO_LARGE, message);
    Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, problem))
}

fn no_route(path: &str) -> Response<Bytes> {
    let problem = Problem::new(code::NO_ROUTE, format!("there is nothing at {path}"));
    Refusal::new(StatusCode::NOT_FOUND, problem).into_answer()
}

fn wrong_method(method: &Method, allow: &str) -> Response<Bytes> {
    let message = format!("{method} is not one of {allow}");
    let problem = Problem::new(code::WRONG_METHOD, message);
    let mut answer = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, problem).into_answer();
    if let Ok(allow) = HeaderValue::from_str(allow) {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    answer
}
