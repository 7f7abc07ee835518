//! How long calls take: ours, the same written by hand with reqwest and serde, and the floor, which
//! is bare hyper that throws away what it reads. `cargo bench -p cloudflare-user-groups-benches
//! --bench calls`

#![expect(clippy::expect_used, reason = "what goes wrong ends the bench")]

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use cloudflare_user_groups_benches::clients::{self, Client, Floor, Ours, Written};
use cloudflare_user_groups_benches::{responses, server};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

#[divan::bench(types = [Ours, Written, Floor])]
fn one_get<C: Client>(bencher: Bencher<'_, '_>) {
    work::<C>(bencher, "get", 1, 0)
}

/// 64 at a time, 1,024 in all.
#[divan::bench(types = [Ours, Written, Floor], sample_count = 20)]
fn get_64_at_a_time<C: Client>(bencher: Bencher<'_, '_>) {
    work::<C>(bencher.counter(divan::counter::ItemsCount::new(1024_u32)), "get 64", 1024, 0)
}

#[divan::bench(types = [Ours, Written, Floor], sample_count = 20)]
fn page_of_500<C: Client>(bencher: Bencher<'_, '_>) {
    work::<C>(bencher, "page", 1, 0)
}

/// What reading the same page from text into hand-written structs takes, without any call.
#[divan::bench]
fn page_of_500_from_str(bencher: Bencher<'_, '_>) {
    let response = str::from_utf8(responses::groups_page(1, Some(500))).expect("it is text");
    let (_, body) = response.split_once("\r\n\r\n").expect("it has a body");
    bencher.bench_local(|| clients::from_str(black_box(body)).expect("it is a page"));
}

#[divan::bench(types = [Ours, Written, Floor], args = [0, 50], sample_count = 5, sample_size = 1)]
fn list_20_000_groups<C: Client>(bencher: Bencher<'_, '_>, delay: u64) {
    work::<C>(bencher, "groups", 1, delay)
}

#[divan::bench(types = [Ours, Written, Floor], args = [0, 50], sample_count = 5, sample_size = 1)]
fn stream_50_000_members<C: Client>(bencher: Bencher<'_, '_>, delay: u64) {
    work::<C>(bencher, "members", 1, delay)
}

#[divan::bench(types = [Ours, Written, Floor], sample_count = 5, sample_size = 1)]
fn create_1_000_groups<C: Client>(bencher: Bencher<'_, '_>) {
    work::<C>(bencher, "create", 1000, 0)
}

/// Measures work on a connection that is open already, with a server that waits `delay`
/// milliseconds.
fn work<C: Client>(bencher: Bencher<'_, '_>, name: &str, times: u64, delay: u64) {
    let client = C::new(server(delay)).expect("the client can be made");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the runtime can be made");
    let work = || runtime.block_on(clients::work(&client, name, times)).expect("all calls succeed");
    work();
    bencher.bench_local(work);
}

fn server(delay: u64) -> SocketAddr {
    static SERVERS: [OnceLock<SocketAddr>; 2] = [const { OnceLock::new() }; 2];
    *SERVERS[usize::from(delay > 0)].get_or_init(|| {
        server::start(Duration::from_millis(delay)).expect("the server can be started")
    })
}
