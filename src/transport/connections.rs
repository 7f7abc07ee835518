//! The connections to the API, which are replaced if they do not respond.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, Method, Response};
use http_body_util::BodyExt;
use url::Url;

use super::body::{RequestBody, ResponseBody};
use super::service::HttpService;
use crate::error::{BoxError, Result};

/// After this number of timeouts without a response between them, new connections are opened.
const MAX_TIMEOUTS: u32 = 2;

/// Makes an HTTP client without connections.
type Connect = Box<dyn Fn() -> Result<reqwest::Client> + Send + Sync>;

/// An HTTP client with its connections.
///
/// A timeout does not close an HTTP/2 connection: all further requests would use it. Pings notice a
/// connection that is dead, and this a server that responds to pings and to nothing else.
pub(crate) struct Connections {
    connect: Connect,
    state: Mutex<State>,
}

struct State {
    http: reqwest::Client,
    generation: Generation,
    timeouts: u32,
}

/// Distinguishes the connections before a replacement from those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation(u64);

impl Connections {
    pub(crate) fn new(connect: Connect) -> Result<Arc<Self>> {
        let state = State { http: connect()?, generation: Generation(0), timeouts: 0 };
        Ok(Arc::new(Self { connect, state: Mutex::new(state) }))
    }

    /// The service that sends requests over these connections.
    pub(crate) fn service(self: &Arc<Self>) -> HttpService {
        let connections = Arc::clone(self);
        HttpService(Arc::new(move |request| {
            let http = connections.http();
            Box::pin(async move {
                let request = request.map(reqwest::Body::wrap).try_into().map_err(boxed)?;
                let response = Response::<reqwest::Body>::from(execute(&http, request).await?);
                Ok(response.map(|body| ResponseBody::new(body.map_err(boxed))))
            })
        }))
    }

    /// Sends a request over these connections, without parsing its URL again.
    pub(super) fn send(
        &self,
        method: &Method,
        url: &Url,
        headers: HeaderMap,
        body: RequestBody,
    ) -> impl Future<Output = Result<reqwest::Response, BoxError>> + use<> {
        let mut request = reqwest::Request::new(method.clone(), url.clone());
        *request.headers_mut() = headers;
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        execute(&self.http(), request)
    }

    fn http(&self) -> reqwest::Client {
        self.state().http.clone()
    }

    pub(super) fn generation(&self) -> Generation {
        self.state().generation
    }

    /// Records a response of this generation.
    pub(super) fn responded(&self, generation: Generation) {
        let mut state = self.state();
        if state.generation == generation {
            state.timeouts = 0;
        }
    }

    /// Records a timeout of this generation. Requests of an older one say nothing of the
    /// connections.
    pub(super) fn timed_out(&self, generation: Generation) {
        let mut state = self.state();
        if state.generation == generation {
            state.timeouts += 1;
            if state.timeouts >= MAX_TIMEOUTS {
                self.replace(&mut state);
            }
        }
    }

    /// Opens new connections for all further requests.
    pub(super) fn renew(&self, generation: Generation) {
        let mut state = self.state();
        if state.generation == generation {
            self.replace(&mut state);
        }
    }

    fn replace(&self, state: &mut State) {
        state.timeouts = 0;
        // It was built once with the same settings. Should it fail now, the old one is as good.
        if let Ok(http) = (self.connect)() {
            state.http = http;
            state.generation.0 += 1;
            tracing::debug!("opens new connections");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a request. The future does not hold it, which makes the futures of calls much smaller.
fn execute(
    http: &reqwest::Client,
    request: reqwest::Request,
) -> impl Future<Output = Result<reqwest::Response, BoxError>> + use<> {
    let response = http.execute(request);
    async { response.await.map_err(boxed) }
}

/// The URL is left out of errors: it may contain an email address.
fn boxed(error: reqwest::Error) -> BoxError {
    error.without_url().into()
}
