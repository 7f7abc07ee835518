//! The HTTP client below the transport, as a `tower` service.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body;
use tower_service::Service;
use url::Url;

use super::body::{RequestBody, ResponseBody};
use crate::error::BoxError;

type Exchange = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, BoxError>> + Send>>;

/// Sends one HTTP request: a `tower` service of any HTTP client.
///
/// The client's own is given to
/// [`ClientBuilder::http_service`](crate::ClientBuilder::http_service), which can wrap or replace
/// it.
#[derive(Clone)]
pub struct HttpService(pub(super) Arc<dyn Fn(Request<RequestBody>) -> Exchange + Send + Sync>);

impl HttpService {
    pub(crate) fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Arc::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
                let response = service.call(request).await.map_err(Into::into)?;
                Ok(response.map(ResponseBody::new))
            })
        }))
    }

    pub(super) async fn send_parts(
        &self,
        method: &Method,
        url: &Url,
        headers: HeaderMap,
        body: RequestBody,
    ) -> Result<Response<ResponseBody>, BoxError> {
        let mut request = Request::builder().method(method).uri(url.as_str()).body(body)?;
        *request.headers_mut() = headers;
        (self.0)(request).await
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService").finish_non_exhaustive()
    }
}

impl Service<Request<RequestBody>> for HttpService {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = Exchange;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Exchange {
        (self.0)(request)
    }
}
