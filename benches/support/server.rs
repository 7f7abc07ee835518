//! A server that costs next to nothing: it finds where a request ends, and writes bytes made
//! before.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Result, responses};

/// How many requests have come, to all servers of this program.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// How many requests have come so far.
pub fn requests() -> u64 {
    REQUESTS.load(Ordering::Relaxed)
}

/// Starts a server on a thread of its own, which lives as long as the program. It waits for `delay`
/// before each response.
pub fn start(delay: Duration) -> Result<SocketAddr> {
    on_a_thread(move |listener| accept(listener, delay))
}

#[expect(clippy::print_stderr, reason = "there is no caller to return it to")]
/// Serves a free port on a thread of its own, which lives as long as the program.
pub(crate) fn on_a_thread<F>(
    serve: impl FnOnce(TcpListener) -> F + Send + 'static,
) -> Result<SocketAddr>
where
    F: Future<Output = std::io::Result<()>>,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let serve = async move || serve(TcpListener::from_std(listener)?).await;
    thread::spawn(move || match runtime.block_on(serve()) {
        Ok(()) => {}
        Err(error) => eprintln!("the server stopped: {error}"),
    });
    Ok(address)
}

async fn accept(listener: TcpListener, delay: Duration) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // A client may close its connection at any time.
        tokio::spawn(async move { serve(stream, delay).await.ok() });
    }
}

async fn serve(mut stream: TcpStream, delay: Duration) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::with_capacity(16 * 1024);
    loop {
        let end = loop {
            if let Some(end) = end_of_request(&received) {
                break end;
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        let response = response(&received);
        received.drain(..end);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        stream.write_all(response).await?;
    }
}

/// The length of the first request, if all of it is there.
fn end_of_request(received: &[u8]) -> Option<usize> {
    let head = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let length = match received.first() {
        Some(b'G') => 0,
        _ => content_length(&received[..head]),
    };
    (received.len() >= head + length).then_some(head + length)
}

fn content_length(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut headers = text.lines().filter_map(|line| line.split_once(':'));
    let value = headers.find(|(name, _)| *name == "content-length");
    value.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or_default()
}

fn response(request: &[u8]) -> &'static Bytes {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default();
    let mut words = line.split(' ');
    response_to(words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

/// The whole response to a request, with its head.
pub(crate) fn response_to(method: &str, target: &str) -> &'static Bytes {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameter = |name| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        // One of the clients sends `page=2.0`.
        let whole = |text: &str| text.split('.').next().and_then(|text| text.parse::<u64>().ok());
        pairs.find(|(key, _)| *key == name).and_then(|(_, value)| whole(value))
    };
    let (page, per_page) = (parameter("page").unwrap_or(1), parameter("per_page"));
    if path.ends_with("/members") {
        responses::members_page(page, per_page)
    } else if path.ends_with("/user_groups") && method == "GET" {
        responses::groups_page(page, per_page)
    } else if method == "POST" {
        responses::created()
    } else {
        responses::one()
    }
}
