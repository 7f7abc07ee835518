//! The same responses over TLS, with HTTP/2 or 1.1: the server decides, as it does for the API.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{Result, server, wire};

/// A server with a certificate of its own, on a thread that lives as long as the program.
pub struct Secure {
    /// Scheme, host and port.
    pub origin: String,
    /// What to trust, as PEM.
    pub certificate: String,
    connections: Arc<AtomicUsize>,
}

impl Secure {
    /// Starts a server that agrees to this protocol and no other, waits for `delay` before each
    /// response, and is a `wire` away in either direction.
    pub fn start(protocol: &str, delay: Duration, wire: Duration) -> Result<Self> {
        let names = ["127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)?;
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let mut address: SocketAddr =
            server::on_a_thread(move |listener| accept(listener, acceptor, count, delay))?;
        if !wire.is_zero() {
            address = wire::start(address, wire)?;
        }
        Ok(Self { origin: format!("https://{address}"), certificate: cert.pem(), connections })
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    connections: Arc<AtomicUsize>,
    delay: Duration,
) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        connections.fetch_add(1, Ordering::Relaxed);
        let secured = acceptor.accept(stream);
        // A client that goes away is none of the server's business.
        tokio::spawn(async move {
            let stream = TokioIo::new(secured.await.ok()?);
            let service = service_fn(move |request| respond(request, delay));
            Builder::new(TokioExecutor::new()).serve_connection(stream, service).await.ok()
        });
    }
}

async fn respond(request: Request<Incoming>, delay: Duration) -> Result<Response<Full<Bytes>>> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let bytes = server::response_to(request.method().as_str(), target);
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or("it has no head")?;
    let head = str::from_utf8(&bytes[..end])?;
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let response = headers.fold(Response::builder(), |all, (name, value)| all.header(name, value));
    Ok(response.body(Full::new(bytes.slice(end + 4..)))?)
}
