//! A request, as an operation describes it.

use std::fmt::Display;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;
use url::Url;

use crate::credential::Credential;
use crate::error::{BoxError, Error, Result};
use crate::operation::Operation;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request that can be sent several times.
pub(crate) struct Request {
    pub(crate) operation: &'static Operation,
    pub(super) url: Url,
    pub(super) body: Bytes,
}

impl Request {
    /// A request of this operation, with a path below the base URL.
    pub(super) fn new(operation: &'static Operation, base_url: &Url, path: &str) -> Result<Self> {
        let url = base_url.join(path).map_err(not_built)?;
        Ok(Self { operation, url, body: Bytes::new() })
    }

    /// Adds a parameter to the query, if it has a value.
    pub(crate) fn query(mut self, name: &str, value: &Option<impl Display>) -> Self {
        if let Some(value) = value {
            self.url.query_pairs_mut().append_pair(name, &value.to_string());
        }
        self
    }

    /// Sets the body.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self> {
        self.body = serde_json::to_vec(body).map_err(not_built)?.into();
        Ok(self)
    }

    pub(super) fn method(&self) -> &'static Method {
        &self.operation.method
    }

    /// The headers of an attempt with this credential.
    pub(super) fn headers(&self, credential: &Credential) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::ACCEPT, JSON);
        if !self.body.is_empty() {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        credential.authorize(&mut headers);
        headers
    }
}

fn not_built(error: impl Into<BoxError>) -> Error {
    Error::invalid("the request could not be built").caused_by(error)
}
