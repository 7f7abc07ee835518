//! What all requests have in common: they can be given limits of their own, and most are sent by
//! being awaited.

use std::future::Future;
use std::pin::Pin;

use crate::error::Result;

/// The future of a request that is being sent.
pub type ResponseFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// Lets a request differ from the defaults of its client. It must have a field `options`.
macro_rules! adjustable {
    ($request:ident) => {
        impl $request {
            /// How long this call may take, with all its attempts and the waits between them.
            pub fn timeout(mut self, limit: std::time::Duration) -> Self {
                self.options.timeout = limit;
                self
            }

            /// When and how often this call sends its request again.
            pub fn retry(mut self, policy: crate::retry::RetryPolicy) -> Self {
                self.options.retry = policy;
                self
            }
        }
    };
}

/// Makes a request awaitable: `send` is what awaiting it does.
macro_rules! awaited {
    ($request:ident => $output:ty) => {
        crate::request::adjustable!($request);

        impl std::future::IntoFuture for $request {
            type Output = crate::error::Result<$output>;
            type IntoFuture = crate::request::ResponseFuture<$output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

pub(crate) use {adjustable, awaited};
