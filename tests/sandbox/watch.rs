//! A proxy between client and sandbox that holds each exchange against the spec.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::Uri;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::spec_check::{Contract, Exchange};

const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Runs until it is dropped.
pub(crate) struct Watch {
    address: SocketAddr,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

struct Seen {
    contract: Contract,
    target: SocketAddr,
    http: reqwest::Client,
    exchanges: Mutex<Vec<Exchange>>,
}

impl Watch {
    pub(crate) async fn over(contract: Contract, target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let seen =
            Arc::new(Seen { contract, target, http: bare_http(), exchanges: Mutex::default() });
        let app = Router::new().fallback(pass_on).with_state(Arc::clone(&seen));
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, seen, task }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/client/v4", self.address)
    }

    /// How many exchanges passed since the last time, each of them as the spec says.
    #[track_caller]
    pub(crate) fn assert_kept(&self) -> usize {
        let exchanges = std::mem::take(&mut *self.seen.exchanges.lock().unwrap());
        let problems: Vec<String> = exchanges
            .iter()
            .filter_map(|exchange| self.seen.contract.check(exchange).err())
            .flatten()
            .collect();
        assert!(problems.is_empty(), "the contract was broken:\n{}", problems.join("\n"));
        exchanges.len()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A client that knows nothing of the API. Building one demands cryptography, though none is used.
pub(crate) fn bare_http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn pass_on(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let asked = to_bytes(body, LARGEST_BODY).await.unwrap();
    let mut request = http::Request::from_parts(parts.clone(), asked.clone());
    let target = format!("http://{}{}", seen.target, parts.uri);
    *request.uri_mut() = target.parse::<Uri>().unwrap();
    // What is compressed could not be held against the spec.
    request.headers_mut().remove(http::header::ACCEPT_ENCODING);
    let answer = seen.http.execute(request.try_into().unwrap()).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let answered = answer.bytes().await.unwrap();
    seen.exchanges.lock().unwrap().push(Exchange {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        request: asked.to_vec(),
        status: status.as_u16(),
        response: answered.to_vec(),
    });
    let mut response = Response::new(Body::from(answered));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
