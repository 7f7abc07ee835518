//! Routes: from an HTTP request to the operation that serves it, and to its response.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{Method, Response, StatusCode, header};
use axum::routing::{MethodFilter, MethodRouter, any};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::body::parse_json;
use crate::credentials::Credentials;
use crate::fault::{ActiveFaults, Admission, Close, FaultKind, Hit, interfere, respond};
use crate::handlers::{groups, lookup, members};
use crate::log::{Exchange, Log, ResponseStatus};
use crate::operation::{Contract, Name, Operation, operations};
use crate::query::{Query, not_an_id};
use crate::request::{Call, Lags};
use crate::response::{
    ApiError, ErrorItem, Errors, Result, Success, code, json_response, set_header,
};
use crate::state::id::Id;
use crate::state::world::World;

/// The path below which the API is served.
pub(crate) const API: &str = "/client/v4";

/// Assumption: a body can have 4 MiB. That is enough to add more than 90,000 members.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// A larger body is read up to this size and dropped, so that the client reads the response.
const DRAIN_LIMIT: usize = 16 * BODY_LIMIT;

/// The state and settings that all requests share.
pub(crate) struct App {
    pub(crate) own: Id,
    /// Whether the credentials are for all accounts.
    pub(crate) every_account: bool,
    pub(crate) contract: Contract,
    pub(crate) lags: Lags,
    pub(crate) credentials: Credentials,
    pub(crate) log: Log,
    pub(crate) world: Mutex<World>,
    pub(crate) initial: World,
    pub(crate) faults: Mutex<ActiveFaults>,
}

impl App {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, ActiveFaults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Restores the seed and restarts the faults.
    pub(crate) fn reset(&self) {
        self.faults().restart();
        *self.world() = self.initial.clone();
    }

    /// The decision of the rate limit about a request, and the fault that hits it.
    fn admit(&self, operation: &'static Operation) -> (Option<Admission>, Option<Hit>) {
        let now = self.world().clock.elapsed();
        let mut faults = self.faults();
        let admission = faults.admit(now);
        let refused = admission.is_some_and(|it| it.refused);
        let hit = if refused { None } else { faults.next(operation) };
        (admission, hit)
    }

    /// Lets the second actor of an `interfere` fault act. Returns the log entry of its change.
    fn interfere(&self, hit: &Hit, path: &[(String, String)]) -> Option<Value> {
        let kind = hit.fault.kind.as_ref()?;
        let group = path.iter().find(|(name, _)| name == "user_group_id");
        let group = group.and_then(|(_, id)| Id::parse(id));
        let group = group.as_ref().map(Id::as_str);
        let own = self.own.as_str();
        interfere(&mut self.world(), own, self.contract, kind, group, hit.random)
    }

    /// Carries out a request for an operation.
    fn carry_out(
        &self,
        operation: &Operation,
        path: &[(String, String)],
        parts: &Parts,
        body: Result<Vec<u8>>,
        fault: Option<&FaultKind>,
    ) -> Result<Success> {
        let body = body?;
        self.credentials.check(&parts.headers)?;
        let mut errors = Errors::default();
        let path = path_ids(path, &mut errors);
        let query = parts.uri.query().unwrap_or_default();
        let mut query = Query::parse(query, operation.query, errors);
        // Assumption: without an account, the zones are those of the credentials' own.
        let named = path.iter().find(|(name, _)| *name == "account_id").map(|(_, id)| id.clone());
        let named = named.or_else(|| query.id("account.id"));
        let named = named.unwrap_or_else(|| self.own.clone());
        // A list reads its parameters first, so that all that are invalid are reported.
        if operation.query.is_empty() {
            query.check()?;
        }
        if fault == Some(&FaultKind::IgnoreFilter) {
            query = query.without_filters();
        }
        let body = match operation.has_body() {
            true => parse_json(&parts.headers, &body)?,
            false => Value::Null,
        };
        let mut world = self.world();
        let World { accounts, ids, clock } = &mut *world;
        let permitted = self.every_account || named == self.own;
        let account = accounts.get_mut(named.as_str()).filter(|_| permitted);
        let mut call = Call {
            contract: self.contract,
            lags: self.lags,
            account: account.ok_or_else(no_permission)?,
            ids,
            clock,
            path,
            query,
            body,
            fault,
        };
        handle(operation.name, &mut call)
    }

    /// Logs a response before it is sent.
    fn finish(
        &self,
        mut exchange: Exchange,
        admission: Option<Admission>,
        mut response: Response<Body>,
    ) -> Response<Body> {
        if let Some(admission) = admission {
            admission.announce(response.headers_mut());
        }
        exchange.response = match response.extensions().get::<Close>() {
            Some(Close) => ResponseStatus::Closed,
            None => ResponseStatus::Status(response.status().as_u16()),
        };
        self.log.write(exchange);
        response
    }

    /// Responds to a request for no operation.
    fn refuse(&self, request: Request, response: Response<Bytes>) -> Response<Body> {
        let (parts, _) = request.into_parts();
        self.finish(Exchange::of(&parts, &[]), None, response.map(Body::from))
    }

    /// Responds to requests for the sandbox itself and for unknown paths.
    fn control(&self, request: Request) -> Response<Body> {
        let (method, path) = (request.method(), request.uri().path());
        let response = match (method, path) {
            (&Method::POST, "/_sandbox/reset") => {
                self.reset();
                json_response(StatusCode::OK, &json!({}))
            }
            (&Method::GET, "/_sandbox/state") => {
                json_response(StatusCode::OK, &json!(self.world().to_seed()))
            }
            (_, "/_sandbox/reset") => wrong_method(method, "POST"),
            (_, "/_sandbox/state") => wrong_method(method, "GET"),
            _ => {
                let response = no_route(path).into_response(self.contract);
                return self.refuse(request, response);
            }
        };
        response.map(Body::from)
    }
}

fn path_ids<'a>(path: &'a [(String, String)], errors: &mut Errors) -> Vec<(&'a str, Id)> {
    let mut ids = Vec::with_capacity(path.len());
    for (name, value) in path {
        match Id::parse(value) {
            Some(id) => ids.push((name.as_str(), id)),
            None => errors.add(code::PARAMETER, not_an_id(name), name),
        }
    }
    ids
}

fn handle(name: Name, call: &mut Call<'_>) -> Result<Success> {
    match name {
        Name::CreateGroup => groups::create(call),
        Name::ListGroups => groups::list(call),
        Name::UpdateGroup => groups::update(call),
        Name::GetGroup => groups::details(call),
        Name::DeleteGroup => groups::delete(call),
        Name::ReplaceMembers => members::replace(call),
        Name::AddMembers => members::add(call),
        Name::ListMembers => members::list(call),
        Name::RemoveMember => members::remove(call),
        Name::GetMember => members::get(call),
        Name::ListAccountMembers => lookup::members(call),
        Name::ListPermissionGroups => lookup::permission_groups(call),
        Name::ListResourceGroups => lookup::resource_groups(call),
        Name::CreateResourceGroup => lookup::create_resource_group(call),
        Name::ListZones => lookup::zones(call),
    }
}

/// Assumption: an unknown account is reported like one without permission, so that the response
/// does not show which accounts exist.
fn no_permission() -> ApiError {
    let message = "the credentials have no permission for this account";
    let error = ErrorItem::new(code::NO_PERMISSION, message).at("account_id");
    ApiError::new(StatusCode::FORBIDDEN, error)
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

/// The methods of a path: those of its operations and no other, not even HEAD.
fn methods(app: &Arc<App>, operations: &[&'static Operation]) -> MethodRouter {
    let names: Vec<&str> = operations.iter().map(|it| it.method.as_str()).collect();
    let allow = names.join(", ");
    let shared = Arc::clone(app);
    let refuse = move |request: Request| {
        let response = wrong_method(request.method(), &allow);
        let response = shared.refuse(request, response);
        async move { response }
    };
    let mut methods = MethodRouter::new();
    for operation in operations.iter().copied() {
        // All methods of the operations have a filter.
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
    let (admission, hit) = app.admit(operation);
    let body = match &hit {
        Some(hit) if hit.fault.closes_unread() => Ok(Vec::new()),
        _ => read(body).await,
    };
    let mut exchange = Exchange::of(&parts, body.as_deref().unwrap_or_default());
    exchange.operation = Some(operation.id);
    // The parameters are missing if a percent-encoded one is not UTF-8.
    let path: Option<Vec<(String, String)>> =
        path.ok().map(|it| it.iter().map(|(name, id)| (name.into(), id.into())).collect());
    let carry_out = |fault| {
        let path = path.as_ref().ok_or_else(|| no_route(parts.uri.path()));
        let outcome = path.and_then(|path| app.carry_out(operation, path, &parts, body, fault));
        outcome.map_or_else(|error| error.into_response(app.contract), Success::into_response)
    };
    let response = match (admission, &hit) {
        (Some(admission), _) if admission.refused => {
            exchange.fault = Some("rate_limit");
            admission.too_many_requests().map(Body::from)
        }
        (_, Some(hit)) => {
            exchange.fault = Some(hit.fault.name());
            exchange.interference = app.interfere(hit, path.as_deref().unwrap_or_default());
            let fault = hit.fault.kind.as_ref();
            let correct = hit.fault.applies().then(|| carry_out(fault));
            let success = correct.as_ref().is_some_and(|it| it.status().is_success());
            exchange.applied = success && !matches!(fault, Some(FaultKind::DropChange(_)));
            respond(&hit.fault, correct)
        }
        (_, None) => {
            let correct = carry_out(None);
            exchange.applied = correct.status().is_success();
            correct.map(Body::from)
        }
    };
    let response = app.finish(exchange, admission, response);
    if let Some(hit) = hit.filter(|hit| hit.fault.delay_ms > 0) {
        tokio::time::sleep(Duration::from_millis(hit.fault.delay_ms)).await;
    }
    response
}

/// Reads a body to its end, but keeps no more than the limit.
async fn read(body: Body) -> Result<Vec<u8>> {
    let mut body = body.into_data_stream();
    let mut kept = Vec::new();
    let mut length = 0;
    while let Some(data) = body.next().await {
        let incomplete =
            |error| ApiError::invalid(code::BODY, format!("incomplete body: {error}"), "");
        let data = data.map_err(incomplete)?;
        length += data.len();
        if length <= BODY_LIMIT {
            kept.extend_from_slice(&data);
        } else if length > DRAIN_LIMIT {
            break;
        }
    }
    if length <= BODY_LIMIT {
        return Ok(kept);
    }
    let message = format!("the body is larger than {BODY_LIMIT} bytes");
    let error = ErrorItem::new(code::TOO_LARGE, message);
    Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, error))
}

fn no_route(path: &str) -> ApiError {
    let error = ErrorItem::new(code::NO_ROUTE, format!("no such path: {path}"));
    ApiError::new(StatusCode::NOT_FOUND, error)
}

fn wrong_method(method: &Method, allow: &str) -> Response<Bytes> {
    let message = format!("{method} is not one of {allow}");
    let error = ErrorItem::new(code::WRONG_METHOD, message);
    let error = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, error);
    // The code of this error is the same in every contract.
    let mut response = error.into_response(Contract::Current);
    set_header(response.headers_mut(), header::ALLOW, allow);
    response
}
