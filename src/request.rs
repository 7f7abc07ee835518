//! What all requests have in common: they are awaited to be sent.

use std::future::Future;
use std::pin::Pin;

use crate::error::Result;

/// The future of a request that was sent.
pub type ResponseFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// Makes a request type awaitable: `send` is what awaiting it does.
macro_rules! awaited {
    ($request:ident => $output:ty) => {
        impl std::future::IntoFuture for $request {
            type Output = crate::error::Result<$output>;
            type IntoFuture = crate::request::ResponseFuture<$output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

pub(crate) use awaited;
