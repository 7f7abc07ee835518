//! A client whose HTTP client is replaced by a function. It sends nothing, and its clock is paused.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cloudflare_user_groups::{Account, AccountId, Client, ClientBuilder, RateLimit, RequestBody};
use http::{HeaderName, HeaderValue, StatusCode, Uri};
use http_body_util::Full;

use crate::operations::ACCOUNT;

pub(super) type Response = http::Response<Bytes>;

pub(super) fn response(status: StatusCode, body: &[u8]) -> Response {
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = status;
    response
}

/// A client that receives the same response to every request.
pub(super) struct Double {
    pub(super) client: Client,
    state: Arc<Mutex<State>>,
}

struct State {
    response: Response,
    requests: Vec<Uri>,
}

impl Double {
    pub(super) fn new(builder: ClientBuilder) -> Self {
        let response = response(StatusCode::NOT_FOUND, b"");
        let state = Arc::new(Mutex::new(State { response, requests: Vec::new() }));
        let served = Arc::clone(&state);
        let service = tower::service_fn(move |request: http::Request<RequestBody>| {
            let mut state = served.lock().unwrap_or_else(PoisonError::into_inner);
            state.requests.push(request.uri().clone());
            drop(request.into_body().into_bytes());
            std::future::ready(Ok::<_, Infallible>(state.response.clone().map(Full::new)))
        });
        let client = builder.rate_limit(RateLimit::off()).http_service(move |_| service).build();
        let client = client.unwrap_or_else(|error| panic!("{error}"));
        Self { client, state }
    }

    pub(super) fn account(&self) -> Account {
        self.client.account(AccountId::new(ACCOUNT).expect("an id"))
    }

    /// Sets the response from now on.
    pub(super) fn respond(&self, response: &Response) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { response: response.clone(), requests: Vec::new() };
    }

    /// Takes the URLs of the requests since the last time.
    pub(super) fn requests(&self) -> Vec<Uri> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.requests)
    }
}

/// Runs a call to its end. Time passes only while nothing else can happen.
pub(super) fn block_on<T>(call: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.expect("a runtime without IO needs nothing").block_on(call)
}

/// Reads a line `name: value`, if a server could send it.
pub(super) fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
    Some((name, value))
}
