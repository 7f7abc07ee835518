//! The server: accepts connections, speaks HTTP/1.1 over them, and responds to requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderName, Request, Response, header};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use crate::fault::Close;
use crate::response::set_header;
use crate::routes::{App, router};
use crate::state::id::mix;

/// Accepts connections until the runtime is dropped, which closes them.
pub(crate) async fn serve(listener: TcpListener, server: Arc<Server>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Without it the responses are only slower.
                stream.set_nodelay(true).ok();
                tokio::spawn(Arc::clone(&server).serve_connection(stream));
            }
            // Mostly too many open files: wait until some are closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

pub(crate) struct Server {
    app: Arc<App>,
    router: TowerToHyperService<Router>,
    responses: AtomicU64,
}

impl Server {
    pub(crate) fn new(app: Arc<App>) -> Self {
        let router = TowerToHyperService::new(router(&app));
        Self { app, router, responses: AtomicU64::new(0) }
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(|request| self.respond(request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        // The client sees the end of the connection as well.
        connection.await.ok();
    }

    pub(crate) async fn respond<B>(&self, request: Request<B>) -> Result<Response<Body>, Close>
    where
        B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
    {
        let Ok(mut response) = self.router.call(request).await;
        if let Some(close) = response.extensions().get::<Close>() {
            return Err(*close);
        }
        let headers = response.headers_mut();
        set_header(headers, HeaderName::from_static("cf-ray"), &self.ray());
        let date = httpdate::fmt_http_date(self.app.world().clock.now());
        set_header(headers, header::DATE, &date);
        Ok(response)
    }

    /// The id of the next response, in the form of the live service.
    fn ray(&self) -> String {
        let number = self.responses.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-SBX", mix(number))
    }
}
