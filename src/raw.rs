//! The seam: the generated bindings, and the only code that names their types.
//!
//! Unstable: everything here changes with the spec and with the generator, also in patch releases.
//! It is public for tests that speak of exact wire types (feature `mock`); programs use the rest of
//! the crate.

mod convert;
mod decode;
mod envelope;
mod operations;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, StatusCode};
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::ResponseBuilderExt;
use serde::de::DeserializeOwned;

use self::envelope::Envelope;
pub(crate) use self::envelope::Listed;
pub use self::generated::types;
use self::generated::{Client, OPERATIONS, ResponseValue, arguments};
pub(crate) use self::operations::*;
use crate::error::{Error, Result};
pub use crate::model::OneOrMany;
pub use crate::operation::Operation;
use crate::transport::Transport;
pub(crate) use crate::transport::{Call, Options, PagePermit};

#[rustfmt::skip]
#[path = "../generated/client.rs"]
#[allow(missing_docs, unreachable_pub, dead_code, unused_qualifications, clippy::all, clippy::unwrap_used)]
mod generated;

/// Typed [`httpmock`] helpers, one for each operation. Their paths start at `/accounts`.
#[cfg(feature = "mock")]
#[rustfmt::skip]
#[path = "../generated/mock.rs"]
#[allow(missing_docs, clippy::all, clippy::unwrap_used, rustdoc::all)]
pub mod mock;

#[cfg(test)]
mod tests;

/// The result of adding members. The documentation shows one member, the later schema all.
pub type AddedMembers = OneOrMany<types::Member>;

/// The scope of a resource group: one as published, an array in one vendor's tools.
pub type ResourceGroupScope = OneOrMany<types::Scope>;

/// The operation with this operationId.
pub(crate) fn operation(id: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.id == id)
}

impl ClientHooks<Call> for Client {
    /// Removes what progenitor adds for its own servers.
    async fn pre<E>(
        &self,
        request: &mut reqwest::Request,
        _: &OperationInfo,
    ) -> std::result::Result<(), progenitor_client::Error<E>> {
        const API_VERSION: HeaderName = HeaderName::from_static("api-version");
        request.headers_mut().remove(API_VERSION);
        Ok(())
    }

    /// Sends the request through the transport.
    async fn exec(
        &self,
        request: reqwest::Request,
        info: &OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        let operation = OPERATIONS.iter().find(|operation| operation.name == info.operation_id);
        let url = request.url().clone();
        let status = Transport::send(&self.inner, request, operation).await;
        // Generated code knows one success only, and decodes it through the call.
        let status = if status.is_success() { StatusCode::OK } else { status };
        let response = http::Response::builder().status(status).url(url);
        Ok(response.body(reqwest::Body::default()).unwrap_or_default().into())
    }
}

impl Call {
    fn client(&self) -> Client {
        Client::new_with_client(self.base_url(), self.http(), self.clone())
    }

    /// Decodes the recorded response.
    #[expect(clippy::result_large_err, reason = "it is the error of the generated code")]
    fn decode<T: DeserializeOwned>(
        &self,
        response: reqwest::Response,
    ) -> std::result::Result<ResponseValue<T>, generated::Error> {
        let mut body = self.body();
        if body.trim_ascii().is_empty() && self.changes() {
            body = Bytes::from_static(br#"{"success":true}"#);
        }
        match decode::decode(&body) {
            Ok(value) => Ok(ResponseValue::new(value, response.status(), HeaderMap::new())),
            Err(problem) => Err(generated::Error::InvalidResponsePayload(body, problem)),
        }
    }

    /// Why the generated client returned an error.
    fn explain(&self, error: generated::Error) -> Error {
        if let Some(failure) = self.failure() {
            return failure;
        }
        match error {
            generated::Error::InvalidResponsePayload(_, problem) => {
                self.unexpected(&problem.to_string())
            }
            generated::Error::UnexpectedResponse(_) => self.refused(),
            other => self.not_built(other),
        }
    }

    /// The result in the response, if it is a success.
    fn result<E: Envelope>(
        &self,
        response: std::result::Result<ResponseValue<E>, generated::Error>,
    ) -> Result<Option<E::Result>> {
        let envelope = match response {
            Ok(response) => response.into_inner(),
            Err(error) => return Err(self.explain(error)),
        };
        let (success, result) = envelope.open();
        if success { Ok(result) } else { Err(self.refused()) }
    }

    fn required<T>(&self, result: Option<T>) -> Result<T> {
        result.ok_or_else(|| self.unexpected("the result is missing"))
    }
}
