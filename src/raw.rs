//! The seam: the generated bindings, and the only code that names their types.
//!
//! Unstable: everything here changes with the spec and with the generator, also in patch releases.
//! It is public for tests that speak of exact wire types (feature `mock`); programs use the rest of
//! the crate.

mod convert;
mod decode;
mod envelope;
mod operations;

use std::num::NonZeroU64;

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::envelope::Envelope;
pub(crate) use self::envelope::Listed;
pub use self::generated::types;
use self::generated::{OPERATIONS, arguments};
pub(crate) use self::operations::*;
use crate::error::Result;
use crate::id::AccountId;
pub use crate::model::OneOrMany;
pub use crate::operation::Operation;
pub(crate) use crate::transport::{Call, Options, PagePermit};
use crate::transport::{Request, Transport};

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

/// The request of one page of a list.
pub(crate) struct ListCall<'a> {
    pub(crate) call: Call,
    pub(crate) account: &'a AccountId,
    pub(crate) page: NonZeroU64,
    pub(crate) per_page: Option<NonZeroU64>,
}

/// The operation with this operationId.
pub(crate) fn operation(id: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.id == id)
}

/// What every envelope has.
#[derive(Deserialize)]
struct Success {
    success: bool,
}

impl Call {
    /// Sends a request through the transport and decodes the response.
    async fn send<T: DeserializeOwned>(&self, request: &Request) -> Result<T> {
        let operation = request.operation;
        let status = Transport::send(self, request).await?;
        if !status.is_success() {
            return Err(self.refused());
        }
        let mut body = self.body();
        // The result of a removal is not compared with anything.
        let is_removed = || {
            operation.method == Method::DELETE
                && decode::decode::<Success>(&body).is_ok_and(|it| it.success)
        };
        if (body.trim_ascii().is_empty() && operation.changes()) || is_removed() {
            body = Bytes::from_static(br#"{"success":true}"#);
        }
        decode::decode(&body).map_err(|problem| self.unexpected(&problem.to_string()))
    }

    /// The result in the response, if it is a success.
    fn result<E: Envelope>(&self, response: Result<E>) -> Result<Option<E::Result>> {
        let (success, result) = response?.open();
        if success { Ok(result) } else { Err(self.refused()) }
    }

    fn required<T>(&self, result: Option<T>) -> Result<T> {
        result.ok_or_else(|| self.unexpected("the result is missing"))
    }
}
