//! A plain client for the tests of the sandbox.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use cloudflare_user_groups_sandbox::{Builder, Contract, Sandbox};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

/// A sandbox, and a client of its account.
pub struct Client {
    pub sandbox: Sandbox,
    http: reqwest::Client,
}

/// A response.
#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The announced length of the body.
    pub fn length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The result of a response that must be a success.
    pub fn result(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        let body = self.json();
        assert_eq!(body["success"], true, "{self:?}");
        assert_eq!(body["errors"], serde_json::json!([]));
        assert_eq!(body["messages"], serde_json::json!([]));
        body["result"].clone()
    }

    /// The pointers of a response that must be a failure in the envelope.
    pub fn refused(&self, status: u16) -> Vec<String> {
        assert_eq!(self.status, status, "{self:?}");
        let body = self.json();
        assert_eq!(body["success"], false, "{self:?}");
        assert_eq!(body["messages"], serde_json::json!([]));
        assert!(body["result"].is_null(), "{self:?}");
        assert!(self.headers.contains_key("cf-ray"));
        let errors = body["errors"].as_array().unwrap();
        assert!(!errors.is_empty(), "{self:?}");
        let pointers = errors.iter().map(|error| {
            let code = error["code"].as_u64().unwrap();
            assert!(code >= 1000 || code == u64::from(status), "{error}");
            assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
            let pointer = error["source"]["pointer"].as_str();
            pointer.unwrap_or("none").to_owned()
        });
        pointers.collect()
    }
}

impl Client {
    pub async fn new() -> Self {
        Self::of(Sandbox::builder()).await
    }

    /// On the contract `current`.
    pub async fn current() -> Self {
        Self::of(Sandbox::builder().contract(Contract::Current)).await
    }

    pub async fn of(builder: Builder) -> Self {
        Self { sandbox: builder.start().await.unwrap(), http: http() }
    }

    /// A request with the credentials of the sandbox. `path` is below the account.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let base = self.sandbox.base_url();
        let url = format!("{base}/accounts/{}{path}", self.sandbox.account_id());
        self.http.request(method, url).bearer_auth(self.sandbox.token())
    }

    /// A request for anything, without credentials.
    pub fn anonymous(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    pub async fn get(&self, path: &str) -> Response {
        send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Response {
        send(self.request(Method::PUT, path).json(body)).await
    }

    /// Creates a group and returns its path.
    pub async fn group(&self, name: &str) -> String {
        let body = serde_json::json!({ "name": name });
        let group = self.post("/iam/user_groups", &body).await.result();
        format!("/iam/user_groups/{}", group["id"].as_str().unwrap())
    }

    /// A policy on the first permission group and resource group of the account.
    pub fn policy(&self, access: &str) -> Value {
        let account = self.sandbox.account();
        serde_json::json!({
            "access": access,
            "permission_groups": [{ "id": account.permission_groups[0].id }],
            "resource_groups": [{ "id": account.resource_groups[0].id }],
        })
    }

    /// The id of the member with this address.
    pub fn member(&self, email: &str) -> String {
        let members = self.sandbox.account().members;
        let member = members.into_iter().find(|member| member.email == email);
        member.unwrap().id
    }
}

/// A bare client with a connection for each request, so that none is retried on another one. In a
/// workspace whose reqwest is built with TLS it demands to be given cryptography, though it only
/// speaks plain http.
pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub async fn send(request: reqwest::RequestBuilder) -> Response {
    received(request).await.unwrap()
}

/// The response, with its body as far as it came. None if the connection was closed instead.
pub async fn received(request: reqwest::RequestBuilder) -> Option<Response> {
    let mut response = request.send().await.ok()?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend(chunk);
    }
    Some(Response { status, headers, text: String::from_utf8(body).unwrap() })
}

/// The texts at this key of the objects in an array.
pub fn texts(array: &Value, key: &str) -> Vec<String> {
    let items = array.as_array().unwrap().iter();
    items.map(|item| item[key].as_str().unwrap().to_owned()).collect()
}
