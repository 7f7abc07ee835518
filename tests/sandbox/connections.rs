//! HTTP/2 connections that fail: when they are left, and which requests count as not sent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cloudflare_user_groups::{Client, ClientBuilder, RateLimit, RetryPolicy, UserGroups};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::operations::{GROUP, group};
use crate::server;
use crate::tls::acceptor;

/// What the server does with a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Respond,
    /// Responds to pings, but not to the request.
    Silence,
    /// Responds to nothing more, not even to pings. The connection stays open.
    Freeze,
    /// RST_STREAM with REFUSED_STREAM.
    Refuse,
    /// GOAWAY that excludes the request.
    GoAway,
    /// GOAWAY with an error, after which the connection is closed. It includes the request.
    GoAwayAfter,
    /// RST_STREAM with CANCEL.
    Cancel,
    /// The status 421.
    Misdirected,
}

/// An HTTP/2 server whose actions depend on the number of the connection and of its request, both
/// counted from 0.
struct Server {
    port: u16,
    certificate: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<(usize, Action)>>>,
}

impl Server {
    async fn start(script: fn(usize, usize) -> Action) -> Self {
        let (acceptor, certificate) = acceptor(&["h2"], None);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            certificate,
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) =
            (Arc::clone(&server.connections), Arc::clone(&server.requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, requests) = (acceptor.clone(), Arc::clone(&requests));
                let number = connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let act = |request| {
                            let action = script(number, request);
                            requests.lock().unwrap().push((number, action));
                            action
                        };
                        // A client that goes away is no failure.
                        let _ = serve(stream, act).await;
                    }
                });
            }
        });
        server
    }

    fn groups(&self, adjust: impl FnOnce(ClientBuilder) -> ClientBuilder) -> UserGroups {
        groups(self.port, |builder| adjust(builder.root_certificates(&*self.certificate)))
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What was done with each request that came.
    fn actions(&self) -> Vec<Action> {
        self.requests.lock().unwrap().iter().map(|(_, action)| *action).collect()
    }
}

fn groups(port: u16, adjust: impl FnOnce(ClientBuilder) -> ClientBuilder) -> UserGroups {
    let builder = Client::builder()
        .api_token(server::TOKEN)
        .base_url(format!("https://localhost:{port}/client/v4"))
        .rate_limit(RateLimit::off())
        .retry(RetryPolicy::default().initial_backoff(Duration::from_millis(1)));
    server::groups(adjust(builder))
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;

fn frame(kind: u8, flags: u8, stream: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

/// Enough of RFC 9113 for one client.
async fn serve(
    mut stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>,
    act: impl Fn(usize) -> Action,
) -> std::io::Result<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    stream.write_all(&frame(SETTINGS, 0, [0; 4], &[])).await?;
    stream.flush().await?;
    let mut requests = 0;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await?;
        let (kind, flags, id) = (head[3], head[4], [head[5], head[6], head[7], head[8]]);
        let reply = match kind {
            SETTINGS if flags & 1 == 0 => frame(SETTINGS, 1, [0; 4], &[]),
            PING if flags & 1 == 0 => frame(PING, 1, [0; 4], &payload),
            HEADERS => {
                requests += 1;
                match act(requests - 1) {
                    Action::Silence => continue,
                    Action::Freeze => std::future::pending().await,
                    Action::Refuse => frame(RST_STREAM, 0, id, &7_u32.to_be_bytes()),
                    Action::GoAway => frame(GOAWAY, 0, [0; 4], &[0; 8]),
                    Action::GoAwayAfter => {
                        let seen = [id, 2_u32.to_be_bytes()].concat();
                        stream.write_all(&frame(GOAWAY, 0, [0; 4], &seen)).await?;
                        return stream.shutdown().await;
                    }
                    Action::Cancel => frame(RST_STREAM, 0, id, &8_u32.to_be_bytes()),
                    Action::Respond => {
                        let body = format!(
                            r#"{{"success":true,"result":{{"id":"{GROUP}","name":"SRE"}}}}"#
                        );
                        // 0x88 is `:status: 200` in HPACK.
                        let head = frame(HEADERS, 4, id, &[0x88]);
                        [head, frame(DATA, 1, id, body.as_bytes())].concat()
                    }
                    // 0x08 is a literal value of `:status`.
                    Action::Misdirected => frame(HEADERS, 5, id, b"\x08\x03421"),
                }
            }
            _ => continue,
        };
        stream.write_all(&reply).await?;
        stream.flush().await?;
    }
}

#[tokio::test]
async fn connection_that_responds_to_pings_only_is_left_after_two_timeouts() {
    let server = Server::start(|connection, _| match connection {
        0 => Action::Silence,
        _ => Action::Respond,
    })
    .await;
    let groups = server.groups(|builder| builder.attempt_timeout(Duration::from_millis(500)));
    let read = groups.get(group()).await.unwrap();
    assert_eq!(read.name, "SRE");
    assert_eq!(server.connections(), 2);
    assert_eq!(server.actions().len(), 3);
}

#[tokio::test]
async fn dead_connection_is_left_when_a_ping_gets_no_response() {
    let server = Server::start(|connection, request| match (connection, request) {
        (0, 1) => Action::Freeze,
        _ => Action::Respond,
    })
    .await;
    let keep_alive = Duration::from_millis(300);
    let groups = server.groups(|builder| builder.http2_keep_alive(keep_alive, keep_alive));
    groups.get(group()).await.unwrap();
    let started = Instant::now();
    groups.get(group()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "the attempt timeout is 30 seconds");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn request_that_was_not_processed_is_retried() {
    type Script = fn(usize, usize) -> Action;
    // How many connections are opened, and how many requests are sent.
    let cases: [(Script, usize, usize); 3] = [
        (|_, request| if request < 2 { Action::Refuse } else { Action::Respond }, 1, 3),
        (|connection, _| if connection == 0 { Action::GoAway } else { Action::Respond }, 2, 2),
        (|connection, _| if connection == 0 { Action::Misdirected } else { Action::Respond }, 2, 2),
    ];
    for (script, connections, requests) in cases {
        let server = Server::start(script).await;
        server.groups(|builder| builder).create("SRE").await.unwrap();
        assert_eq!((server.connections(), server.actions().len()), (connections, requests));
    }
}

#[tokio::test]
async fn request_that_the_server_has_seen_is_an_unknown_outcome() {
    for action in
        [|_, _| Action::GoAwayAfter, |_, _| Action::Cancel] as [fn(usize, usize) -> Action; 2]
    {
        let server = Server::start(action).await;
        let groups = server.groups(|builder| builder.settle_times([]));
        let error = groups.create("SRE").await.unwrap_err();
        assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
        assert_eq!(server.actions().len(), 1, "it is not retried");
    }
}

#[tokio::test]
async fn longest_keep_alive_does_not_overflow() {
    let server = Server::start(|_, _| Action::Respond).await;
    let groups = server.groups(|builder| builder.http2_keep_alive(Duration::MAX, Duration::MAX));
    for _ in 0..2 {
        groups.get(group()).await.unwrap();
    }
    assert_eq!((server.connections(), server.actions().len()), (1, 2));
}

#[tokio::test]
async fn every_request_is_counted_as_an_attempt() {
    for action in [|_, _| Action::Refuse, |_, _| Action::GoAway] as [fn(usize, usize) -> Action; 2]
    {
        let server = Server::start(action).await;
        let groups = server.groups(|builder| builder.retry(RetryPolicy::off()));
        let error = groups.create("SRE").await.unwrap_err();
        assert_eq!((error.attempts(), server.actions().len()), (1, 1), "{error}");
        assert!(!error.outcome_unknown() && error.is_retryable(), "{error}");
        assert!(!error.to_string().contains("may have been applied"), "{error}");
    }
}

#[tokio::test]
async fn unfinished_handshake_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let groups = |adjust: fn(ClientBuilder) -> ClientBuilder| groups(port, adjust);

    let limit = Duration::from_millis(300);
    let error = groups(|builder| builder).create("SRE").timeout(limit).await.unwrap_err();
    assert!(error.is_timeout() && !error.outcome_unknown() && error.is_retryable(), "{error}");

    let connect = groups(|builder| {
        builder
            .attempt_timeout(Duration::from_millis(400))
            .retry(RetryPolicy::default().max_attempts(2))
    });
    let error = connect.create("SRE").await.unwrap_err();
    assert!(!error.outcome_unknown() && error.is_retryable(), "{error}");
    assert_eq!(error.attempts(), 2, "the connect timeout is below the attempt timeout: {error}");
}

#[tokio::test]
async fn waiting_for_the_connection_of_another_request_is_not_sent() {
    let server = Server::start(|_, _| Action::Silence).await;
    let groups = server.groups(|builder| builder);
    let first = tokio::spawn(groups.get(group()).into_future());
    while server.actions().is_empty() {
        tokio::task::yield_now().await;
    }
    let waiting = groups.create("SRE").timeout(Duration::from_millis(300));
    let error = waiting.await.unwrap_err();
    assert_eq!((server.actions().len(), error.attempts()), (1, 0), "only the first was sent");
    assert!(error.is_timeout() && !error.outcome_unknown() && error.is_retryable(), "{error}");
    first.abort();
}
