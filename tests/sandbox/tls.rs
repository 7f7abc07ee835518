//! Connections: certificates, HTTP/2, proxies, and how many are opened.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::env;
use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use cloudflare_user_groups::{Client, ClientBuilder, ErrorKind, RateLimit, RetryPolicy};
use futures_util::future::try_join_all;
use http::{Request, Response, Version};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::server::{TOKEN, groups};

const EMPTY_LIST: &str = r#"{"success":true,"errors":[],"messages":[],"result":[]}"#;

/// A server with a certificate of its own, on which every list is empty.
struct Secure {
    port: u16,
    certificate: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: usize,
    versions: BTreeSet<String>,
}

impl Secure {
    async fn start(
        protocols: &[&str],
        clients: Option<Arc<dyn rustls::server::danger::ClientCertVerifier>>,
    ) -> Self {
        let (acceptor, certificate) = acceptor(protocols, clients);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        tokio::spawn(serve(listener, acceptor, Arc::clone(&seen)));
        Self { port, certificate, seen }
    }

    fn base_url(&self) -> String {
        format!("https://localhost:{}/client/v4", self.port)
    }

    /// A client that trusts the server, without retries.
    fn client(&self) -> ClientBuilder {
        client(&self.base_url()).root_certificates(&*self.certificate)
    }

    fn seen(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

/// Accepts connections with a new certificate, which is returned as PEM, and these protocols.
pub(crate) fn acceptor(
    protocols: &[&str],
    clients: Option<Arc<dyn rustls::server::danger::ClientCertVerifier>>,
) -> (TlsAcceptor, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = match clients {
        Some(verifier) => config.with_client_cert_verifier(verifier),
        None => config.with_no_client_auth(),
    };
    let mut config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), cert.pem())
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, seen: Arc<Mutex<Seen>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
        tokio::spawn(async move {
            seen.lock().unwrap().connections += 1;
            // A client that does not trust the certificate goes away.
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let respond = service_fn(move |request: Request<hyper::body::Incoming>| {
                let mut seen = seen.lock().unwrap();
                seen.requests += 1;
                seen.versions.insert(format!("{:?}", request.version()));
                async { Ok::<_, Infallible>(Response::new(EMPTY_LIST.to_owned())) }
            });
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(stream), respond).await;
        });
    }
}

fn client(base_url: &str) -> ClientBuilder {
    let client = Client::builder().api_token(TOKEN).base_url(base_url);
    client.rate_limit(RateLimit::off()).retry(RetryPolicy::off())
}

#[tokio::test]
async fn certificate_is_trusted_if_its_authority_is_given() {
    let server = Secure::start(&["http/1.1"], None).await;
    let stranger = groups(client(&server.base_url()));
    let error = stranger.create("SRE").await.unwrap_err();
    assert!(!error.outcome_unknown(), "nothing was sent: {error}");
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert!(format!("{error:#}").contains("certificate"), "{error:#}");
    assert!(!error.to_string().contains("certificate"), "the source says so: {error}");
    assert_eq!(server.seen().requests, 0);

    assert_eq!(groups(server.client()).list().all().await.unwrap(), []);
    assert_eq!(server.seen().versions, BTreeSet::from([format!("{:?}", Version::HTTP_11)]));

    for pem in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let error = client(&server.base_url()).root_certificates(pem).build().unwrap_err();
        assert!(error.is_invalid_input(), "{pem}");
    }
}

#[tokio::test]
async fn client_certificate_is_presented() {
    let own = generate_simple_self_signed(["client".to_owned()]).unwrap();
    let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(own.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let server = Secure::start(&["http/1.1"], Some(verifier.build().unwrap())).await;
    groups(server.client()).list().all().await.unwrap_err();
    let known = groups(server.client().client_certificate(&*certificate, &*key));
    assert_eq!(known.list().all().await.unwrap(), []);
    assert_eq!(server.seen().requests, 1);

    for (certificate, key) in [("", &*key), (&*certificate, ""), (&*certificate, "no PEM")] {
        let error = server.client().client_certificate(certificate, key).build().unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
    }
}

#[tokio::test]
async fn proxy_of_the_builder_is_used() {
    let server = Secure::start(&["h2", "http/1.1"], None).await;
    let (address, heads) = proxy().await;
    let listed = groups(server.client().proxy(format!("http://{address}"))).list().all().await;
    assert_eq!(listed.unwrap(), []);
    assert_eq!(heads.lock().unwrap().len(), 1);

    let error = server.client().proxy("http://user:marked@[").build().unwrap_err();
    assert!(error.is_invalid_input() && !format!("{error:?}").contains("marked"), "{error:?}");

    // Nothing listens there.
    let client = server.client().proxy("http://user:marked@127.0.0.1:9");
    assert!(!format!("{client:?}").contains("marked"));
    let groups = groups(client);
    let error = groups.list().all().await.unwrap_err();
    let chain: Vec<_> = std::iter::successors(error.source(), |it| (*it).source()).collect();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert!(!format!("{groups:?} {error:?} {error:#} {chain:?}").contains("marked"), "{chain:?}");
}

#[tokio::test]
async fn a_cold_burst_over_http_2_opens_one_connection() {
    let server = Secure::start(&["h2", "http/1.1"], None).await;
    let groups = groups(server.client());
    try_join_all((0..64).map(|_| groups.list().all())).await.unwrap();
    let seen = server.seen();
    assert_eq!((seen.connections, seen.requests), (1, 64));
    assert_eq!(seen.versions, BTreeSet::from([format!("{:?}", Version::HTTP_2)]));
}

/// A proxy that opens tunnels, and records the heads of requests.
async fn proxy() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, heads) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let log = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let target = head.split_whitespace().nth(1).unwrap().to_owned();
            log.lock().unwrap().push(head);
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut server = TcpStream::connect(target).await.unwrap();
            tokio::spawn(
                async move { tokio::io::copy_bidirectional(&mut client, &mut server).await },
            );
        }
    });
    (address, heads)
}

/// The environment of a process cannot be changed by a test, so the client runs in one of its own.
async fn list_in(server: &Secure, variables: &[(&str, &str)]) {
    let child = tokio::process::Command::new(env::current_exe().unwrap())
        .args(["--exact", "tls::list_with_this_environment", "--ignored", "--quiet"])
        .env("TEST_BASE_URL", server.base_url())
        .env("TEST_CERTIFICATE", &server.certificate)
        .envs(variables.iter().copied())
        .output();
    let output = child.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
#[ignore = "run by the test below, in an environment made for it"]
async fn list_with_this_environment() {
    let Ok(base_url) = env::var("TEST_BASE_URL") else { return };
    let certificate = env::var("TEST_CERTIFICATE").unwrap();
    let groups = groups(client(&base_url).root_certificates(certificate));
    assert_eq!(groups.list().all().await.unwrap(), []);
}

#[tokio::test]
async fn proxies_are_used_and_never_see_the_credential() {
    let server = Secure::start(&["h2", "http/1.1"], None).await;
    let (address, heads) = proxy().await;
    let proxy = format!("http://{address}");
    list_in(&server, &[("HTTPS_PROXY", &proxy)]).await;
    let sent = std::mem::take(&mut *heads.lock().unwrap());
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with(&format!("CONNECT localhost:{} ", server.port)), "{sent:?}");
    assert!(!sent[0].contains(TOKEN), "{sent:?}");
    assert_eq!(server.seen().requests, 1);

    list_in(&server, &[("HTTPS_PROXY", &proxy), ("NO_PROXY", "localhost")]).await;
    assert!(heads.lock().unwrap().is_empty());
    assert_eq!(server.seen().requests, 1);
}
