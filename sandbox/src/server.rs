//! Accepting connections and speaking HTTP/1.1 over them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use crate::app::{App, router};
use crate::id::mix;
use crate::socket::Socket;
use crate::wire::Wire;

/// Accepts connections for ever. They are closed when the runtime is dropped.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>) {
    let server = Arc::new(Server {
        router: TowerToHyperService::new(router(&app)),
        answers: AtomicU64::new(0),
    });
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Only makes answers quicker.
                stream.set_nodelay(true).ok();
                tokio::spawn(Arc::clone(&server).talk(Socket::new(stream)));
            }
            // Mostly too many open files: wait for some to be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

struct Server {
    router: TowerToHyperService<Router>,
    answers: AtomicU64,
}

impl Server {
    async fn talk(self: Arc<Self>, socket: Socket) {
        let service = service_fn(|request| self.answer(request, &socket));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(socket.clone()), service);
        // Whatever ends a connection, its client knows as well, and nobody else is concerned.
        connection.await.ok();
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        socket: &Socket,
    ) -> Result<Response<Body>, HangUp> {
        let Ok(mut answer) = self.router.call(request).await;
        let ray = self.ray();
        answer.headers_mut().insert(HeaderName::from_static("cf-ray"), ray);
        let Some(wire) = answer.extensions_mut().remove::<Wire>() else {
            return Ok(answer);
        };
        // If the client hangs up first, so much the better.
        let (head, _) = answer.into_parts();
        wire.send(&head, socket).await.ok();
        Err(HangUp)
    }

    /// The id of the next answer, which looks like one of the real service.
    fn ray(&self) -> HeaderValue {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        let text = format!("{:016x}-SBX", mix(number));
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("0-SBX"))
    }
}

/// Makes the HTTP library close the connection without a word of its own.
#[derive(Debug, thiserror::Error)]
#[error("the connection is to be closed")]
struct HangUp;
