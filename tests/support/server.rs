//! A TCP server that sends the responses of a test, even those that no HTTP library would send.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use cloudflare_user_groups::{
    Account, AccountId, Client, ClientBuilder, RateLimit, RetryPolicy, UserGroups,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) use crate::operations::ACCOUNT;

pub(crate) const TOKEN: &str = "v1_tests-token_0123456789";

/// A request as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header, if it was sent exactly once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(other, _)| other == name);
        all.next().filter(|_| all.next().is_none()).map(|(_, value)| value.as_str())
    }

    /// The value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }
}

/// What is sent for a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Response {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// The head of a response and part of its body; then the connection is closed.
    CutOff(Vec<u8>),
    /// The connection is closed.
    Close,
    /// The connection stays open, and nothing is sent.
    Never,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Response { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn json(body: &serde_json::Value) -> Self {
        Self::new(200, body.to_string()).header("content-type", "application/json")
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Response { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// Serves on a loopback port until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(respond: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (respond, log) = (Arc::new(respond), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (respond, log) = (Arc::clone(&respond), Arc::clone(&log));
                tokio::spawn(async move {
                    let respond = |request: Request| {
                        let reply = respond(&request);
                        log.lock().expect("no test panics here").push(request);
                        reply
                    };
                    // A client may close its connection at any time.
                    let _ = serve(stream, respond).await;
                });
            }
        });
        Self { address, seen, task }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/client/v4", self.address)
    }

    /// A client of this server, without retries.
    pub(crate) fn client(&self) -> Client {
        client(&self.base_url())
    }

    /// The account of such a client.
    pub(crate) fn account(&self) -> Account {
        account(&self.base_url())
    }

    /// Takes all requests since the last time.
    pub(crate) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.seen.lock().expect("no test panics here"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The account of the tests, at this base URL.
pub(crate) fn account(base_url: &str) -> Account {
    client(base_url).account(AccountId::new(ACCOUNT).expect("an id"))
}

/// The groups of the account, through a client with these settings.
pub(crate) fn groups(builder: ClientBuilder) -> UserGroups {
    let client = builder.build().expect("the settings are valid");
    client.account(AccountId::new(ACCOUNT).expect("an id")).user_groups()
}

fn client(base_url: &str) -> Client {
    let builder = Client::builder().api_token(TOKEN).base_url(base_url);
    let builder = builder.retry(RetryPolicy::off()).rate_limit(RateLimit::off());
    let builder = builder.settle_times([std::time::Duration::from_millis(1)]);
    builder.build().expect("the settings are valid")
}

async fn serve(stream: TcpStream, respond: impl Fn(Request) -> Reply) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        match respond(request) {
            Reply::Response { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} S\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                stream.write_all(&[head.as_bytes(), &body].concat()).await?;
            }
            Reply::CutOff(body) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n").await?;
                stream.write_all(&body).await?;
                return stream.shutdown().await;
            }
            Reply::Close => return stream.shutdown().await,
            Reply::Never => std::future::pending().await,
        }
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok());
    request.body.resize(length.unwrap_or_default(), 0);
    stream.read_exact(&mut request.body).await?;
    Ok(Some(request))
}
