//! What HTTP/2 gives and takes, and what can be set about connections: over TLS, with a server that
//! agrees to one protocol. `cargo bench -p cloudflare-user-groups-benches --bench protocols`
//!
//! Near is loopback; slow is a server that thinks for 50 ms before each response; far is one that
//! is 25 ms away in either direction, with any number of bytes under way: what windows cost shows
//! there.

use std::fmt;
use std::time::Duration;

use cloudflare_user_groups_benches::clients::{self, Ours};
use cloudflare_user_groups_benches::rounds::{Sample, Way, compare};
use cloudflare_user_groups_benches::secure::Secure;
use cloudflare_user_groups_benches::{Result, responses};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 15;
/// A body of two thousand members to be replaced, about.
const LARGE_BODY: usize = 100_000;
const MIB: u32 = 1024 * 1024;

fn main() -> Result<()> {
    // Built without a choice of its own, reqwest needs to be given one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let near = Place::new("near", 0, 0)?;
    let slow = Place::new("slow", 50, 0)?;
    let far = Place::new("far", 0, 25)?;

    near.ours("10 GETs, one after another", Start::Warm, "get", 10)?;
    for place in [&near, &far] {
        for start in [Start::Warm, Start::Cold] {
            place.ours("64 GETs at once", start, "get 64", 64)?;
        }
    }
    for place in [&near, &slow, &far] {
        for start in [Start::Warm, Start::Cold] {
            place.ours("20,000 groups", start, "groups", 1)?;
        }
    }
    near.nodelay("10 GETs", &async |client| client.get(10, 1).await)?;
    near.nodelay("64 GETs at once", &async |client| client.get(64, 64).await)?;
    near.nodelay("10 creations", &async |client| client.post(10, 30).await)?;
    near.nodelay("10 bodies of 100 kB", &async |client| client.post(10, LARGE_BODY).await)?;
    for place in [&near, &slow, &far] {
        place.windows(Start::Warm)?;
    }
    far.windows(Start::Cold)
}

/// Two servers that differ in the protocol they agree to.
struct Place {
    name: &'static str,
    http_1: Secure,
    http_2: Secure,
}

impl Place {
    /// Both times are milliseconds.
    fn new(name: &'static str, delay: u64, wire: u64) -> Result<Self> {
        let (delay, wire) = (Duration::from_millis(delay), Duration::from_millis(wire));
        let start = |protocol| Secure::start(protocol, delay, wire);
        Ok(Self { name, http_1: start("http/1.1")?, http_2: start("h2")? })
    }

    fn protocols(&self) -> [(&'static str, &Secure); 2] {
        [("HTTP/1.1", &self.http_1), ("HTTP/2", &self.http_2)]
    }

    /// This crate, as it comes.
    fn ours(&self, title: &str, start: Start, work: &str, times: u64) -> Result<()> {
        let work = &async |client: &Ours| clients::work(client, work, times).await;
        let ways = self.protocols().map(|(protocol, server)| {
            (protocol.to_owned(), way(server, start, || Ours::secure(server), work))
        });
        compare(&format!("ours, {}, {start}: {title}", self.name), ROUNDS, ways)
    }

    /// Whether small writes wait until the last was acknowledged.
    fn nodelay(&self, title: &str, work: &impl AsyncFn(&ByHand) -> Result<()>) -> Result<()> {
        let ways = self.protocols().into_iter().flat_map(|(protocol, server)| {
            [true, false].map(|on| {
                let make = move || ByHand::new(server, |http| http.tcp_nodelay(on));
                let name = format!("{protocol}, tcp_nodelay {}", if on { "on" } else { "off" });
                (name, way(server, Start::Warm, make, work))
            })
        });
        compare(&format!("by hand, {}, {}: {title}", self.name, Start::Warm), ROUNDS, ways)
    }

    /// How much the server may send before it hears that it was read.
    fn windows(&self, start: Start) -> Result<()> {
        let (http_1, http_2) = (&self.http_1, &self.http_2);
        let settings: [(_, _, SetUp); 6] = [
            ("HTTP/1.1", http_1, |http| http),
            ("HTTP/2", http_2, |http| http),
            ("HTTP/2, windows of 1 and 1 MiB", http_2, |http| windows(http, MIB, MIB)),
            ("HTTP/2, windows of 8 and 32 MiB", http_2, |http| windows(http, 8 * MIB, 32 * MIB)),
            ("HTTP/2, windows that adapt", http_2, |http| http.http2_adaptive_window(true)),
            ("HTTP/2, frames of 1 MiB", http_2, |http| http.http2_max_frame_size(MIB)),
        ];
        let work = &async |client: &ByHand| client.list().await;
        let ways = settings.map(|(name, server, set_up)| {
            (name.to_owned(), way(server, start, move || ByHand::new(server, set_up), work))
        });
        compare(&format!("by hand, {}, {start}: 20,000 groups", self.name), ROUNDS, ways)
    }
}

/// For one stream, and for all of a connection.
fn windows(http: reqwest::ClientBuilder, one: u32, all: u32) -> reqwest::ClientBuilder {
    http.http2_initial_stream_window_size(one).http2_initial_connection_window_size(all)
}

/// Whether connections are open already.
#[derive(Clone, Copy)]
enum Start {
    Warm,
    Cold,
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Start::Warm => "warm",
            Start::Cold => "cold",
        })
    }
}

fn way<'a, C: 'a>(
    server: &'a Secure,
    start: Start,
    make: impl Fn() -> Result<C> + 'a,
    work: &'a impl AsyncFn(&C) -> Result<()>,
) -> Way<'a> {
    let mut kept: Option<(C, Runtime)> = None;
    Box::new(move || {
        let (client, runtime) = match kept.take() {
            Some(kept) => kept,
            None => (make()?, Builder::new_current_thread().enable_all().build()?),
        };
        let sample = Sample::take(server, &runtime, work(&client));
        if let Start::Warm = start {
            kept = Some((client, runtime));
        }
        sample
    })
}

type SetUp = fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder;

/// Reqwest, set up in some way, that reads responses and does not look at them.
struct ByHand {
    http: reqwest::Client,
    groups: String,
}

impl ByHand {
    fn new(
        server: &Secure,
        set_up: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self> {
        let trusted = reqwest::Certificate::from_pem(server.certificate.as_bytes())?;
        let http = set_up(reqwest::Client::builder().tls_certs_only([trusted])).build()?;
        let account = responses::ACCOUNT;
        let groups = format!("{}/client/v4/accounts/{account}/iam/user_groups", server.origin);
        Ok(Self { http, groups })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<()> {
        let response = request.send().await?.error_for_status()?;
        let body = response.bytes().await?;
        if body.is_empty() { Err("the response is empty".into()) } else { Ok(()) }
    }

    async fn get(&self, times: usize, at_once: usize) -> Result<()> {
        let url = &format!("{}/{}", self.groups, responses::id(1));
        let calls = stream::iter(0..times).map(|_| self.send(self.http.get(url)));
        calls.buffer_unordered(at_once).try_collect().await
    }

    async fn post(&self, times: usize, length: usize) -> Result<()> {
        for _ in 0..times {
            self.send(self.http.post(&self.groups).body(vec![b' '; length])).await?;
        }
        Ok(())
    }

    /// All pages, eight at once.
    async fn list(&self) -> Result<()> {
        let page = |number| {
            let query = [("page", number), ("per_page", 500)];
            self.send(self.http.get(&self.groups).query(&query))
        };
        stream::iter(1..=responses::GROUPS / 500).map(page).buffer_unordered(8).try_collect().await
    }
}
