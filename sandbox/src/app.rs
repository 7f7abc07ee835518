//! From an HTTP request to an answer: routes, credentials, and the operations behind them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::routing::{MethodFilter, MethodRouter, any};
use http_body_util::BodyExt;

use crate::credentials::Credentials;
use crate::fault::Fault;
use crate::id::Id;
use crate::injector::{Admission, Injector};
use crate::log::{Answered, Exchange, Log};
use crate::operation::{self, Contract, Operation, operations};
use crate::page::PageQuirk;
use crate::refusal::{Problem, Refusal, code, json_answer};
use crate::wire::Wire;
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
    pub(crate) log: Log,
    world: Mutex<World>,
    initial: World,
    faults: Mutex<Injector>,
}

impl App {
    pub(crate) fn new(
        own: Id,
        contract: Contract,
        credentials: Credentials,
        initial: World,
        faults: Injector,
        log: Log,
    ) -> Self {
        Self {
            log,
            faults: Mutex::new(faults),
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

    /// Brings back the seed, and starts the faults over.
    pub(crate) fn reset(&self) {
        self.faults().restart();
        *self.world() = self.initial.clone();
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Injector> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the rate limit and the faults have for a request.
    fn meet(&self, operation: &'static Operation) -> (Option<Admission>, Option<Arc<Fault>>) {
        let mut faults = self.faults();
        let admission = faults.admit(Instant::now());
        let refused = admission.is_some_and(|it| it.refused);
        let fault = if refused { None } else { faults.next(operation) };
        (admission, fault)
    }

    /// Carries out a request for an operation.
    fn carry_out(
        &self,
        operation: &Operation,
        path: Result<RawPathParams, RawPathParamsRejection>,
        parts: &Parts,
        body: Result<Vec<u8>, Refusal>,
        quirk: Option<PageQuirk>,
    ) -> Response<Bytes> {
        // It is refused where what the percent signs stand for is no text.
        let Ok(path) = path else {
            return no_route(parts.uri.path());
        };
        let path: Vec<(String, String)> =
            path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let done = body.and_then(|body| {
            self.credentials.check(&parts.headers)?;
            let request = operation::Request {
                headers: &parts.headers,
                path: &path,
                query: parts.uri.query(),
                body: &body,
                contract: self.contract,
                quirk,
            };
            operation.carry_out(&mut self.world(), self.own, &request)
        });
        done.unwrap_or_else(Refusal::into_answer)
    }

    /// Writes down what was answered, before it is sent.
    fn finish(
        &self,
        mut exchange: Exchange,
        admission: Option<Admission>,
        mut answer: Response<Bytes>,
    ) -> Response<Body> {
        if let Some(admission) = admission {
            admission.announce(answer.headers_mut());
        }
        exchange.answered = match answer.extensions().get() {
            Some(Wire::Nothing) => Answered::Closed,
            _ => Answered::Status(answer.status().as_u16()),
        };
        self.log.write(exchange);
        answer.map(Body::from)
    }

    /// Answers a request that is for no operation.
    fn refuse(&self, request: Request, answer: Response<Bytes>) -> Response<Body> {
        let (parts, _) = request.into_parts();
        self.finish(Exchange::of(&parts, &[]), None, answer)
    }

    /// Answers what is for the sandbox and not for the API, and what is for nobody.
    fn control(&self, request: Request) -> Response<Body> {
        let (method, path) = (request.method(), request.uri().path());
        let answer = match (method, path) {
            (&Method::POST, "/_sandbox/reset") => {
                self.reset();
                json_answer(StatusCode::OK, "{}")
            }
            (&Method::GET, "/_sandbox/state") => state(&self.world().harvest()),
            (_, "/_sandbox/reset") => wrong_method(method, "POST"),
            (_, "/_sandbox/state") => wrong_method(method, "GET"),
            _ => {
                let answer = no_route(path);
                return self.refuse(request, answer);
            }
        };
        answer.map(Body::from)
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
    let app = Arc::clone(app);
    router.fallback(any(move |request: Request| async move { app.control(request) }))
}

/// The methods of a path: those of its operations, and no other, not even HEAD.
fn methods(app: &Arc<App>, operations: &[&'static Operation]) -> MethodRouter {
    let names: Vec<&str> = operations.iter().map(|it| it.method.as_str()).collect();
    let allow = names.join(", ");
    let shared = Arc::clone(app);
    let refuse = move |request: Request| {
        let answer = wrong_method(request.method(), &allow);
        let answer = shared.refuse(request, answer);
        async move { answer }
    };
    let mut methods = MethodRouter::new();
    for operation in operations.iter().copied() {
        // Every method of the table has a filter, so that none is left out.
        let Ok(filter) = MethodFilter::try_from(operation.method.clone()) else {
            continue;
        };
        let app = Arc::clone(app);
        methods = methods.on(filter, move |path, request| serve(app, operation, path, request));
    }
    methods.on(MethodFilter::HEAD, refuse.clone()).fallback(refuse)
}

async fn serve(
    app: Arc<App>,
    operation: &'static Operation,
    path: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let (admission, fault) = app.meet(operation);
    let body = match &fault {
        Some(fault) if fault.closes_unread() => Ok(Vec::new()),
        _ => read(body).await,
    };
    let mut exchange = Exchange::of(&parts, body.as_deref().unwrap_or_default());
    exchange.operation = Some(operation.id);
    let answer = match (admission, &fault) {
        (Some(admission), _) if admission.refused => {
            exchange.fault = Some("rate_limit");
            admission.refusal()
        }
        (_, Some(fault)) => {
            exchange.fault = Some(fault.name());
            let quirk = fault.quirk();
            let right = || app.carry_out(operation, path, &parts, body, quirk);
            let right = fault.applies().then(right);
            exchange.applied = right.as_ref().is_some_and(|it| it.status().is_success());
            fault.distort(right)
        }
        (_, None) => {
            let right = app.carry_out(operation, path, &parts, body, None);
            exchange.applied = right.status().is_success();
            right
        }
    };
    let answer = app.finish(exchange, admission, answer);
    if let Some(fault) = fault.filter(|fault| fault.delay_ms > 0) {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    answer
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
