//! A proxy between client and sandbox that checks each exchange against the spec.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cloudflare_user_groups_sandbox::Sandbox;
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue};
use http_body_util::{BodyExt, Full};

use crate::server::{Reply, Request, Server};
use crate::spec_check::{Contract, Exchange};

/// Runs until it is dropped.
pub(crate) struct Watch {
    contract: Contract,
    server: Server,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Watch {
    pub(crate) async fn over(contract: Contract, sandbox: Arc<Sandbox>) -> Self {
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&exchanges);
        let server = Server::start(move |request| {
            let (status, headers, response) = respond(&sandbox, request);
            log.lock().unwrap().push(Exchange {
                method: request.method.clone(),
                path: request.path.clone(),
                query: request.query.clone(),
                request: request.body.clone(),
                status,
                response: response.clone(),
            });
            Reply::Response { status, headers, body: response }
        })
        .await;
        Self { contract, server, exchanges }
    }

    pub(crate) fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Returns the number of exchanges since the last time. Each of them keeps the contract.
    #[track_caller]
    pub(crate) fn assert_kept(&self) -> usize {
        let exchanges = std::mem::take(&mut *self.exchanges.lock().unwrap());
        let check = |exchange| self.contract.check(exchange).err();
        let problems: Vec<String> = exchanges.iter().filter_map(check).flatten().collect();
        assert!(problems.is_empty(), "the contract was broken:\n{}", problems.join("\n"));
        exchanges.len()
    }
}

/// The response of the sandbox, which needs no other task to make it.
fn respond(sandbox: &Sandbox, request: &Request) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let Request { method, path, query, headers, body } = request;
    let mut sent = http::Request::builder().method(&**method).uri(format!("{path}?{query}"));
    for (name, value) in headers {
        sent = sent.header(name, value);
    }
    let sent = sent.body(Full::new(Bytes::from(body.clone()))).unwrap();
    let response = sandbox.respond(sent).now_or_never().unwrap().expect("there are no faults");
    let (head, body) = response.into_parts();
    let body = body.collect().now_or_never().unwrap().unwrap().to_bytes();
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    (head.status.as_u16(), head.headers.iter().map(text).collect(), body.to_vec())
}
