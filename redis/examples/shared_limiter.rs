//! Two clients, as on two machines, stay within one rate limit.
//!
//! `REDIS_URL=redis://127.0.0.1 cargo run -p cloudflare-user-groups-redis --example shared_limiter`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

use std::error::Error;
use std::time::{Duration, Instant};

use cloudflare_user_groups::{AccountId, Client, UserGroups};
use cloudflare_user_groups_redis::{RedisUrl, SharedRateLimit};
use cloudflare_user_groups_sandbox::Sandbox;
use futures_util::future::try_join_all;

const REQUESTS: u32 = 20;
const WINDOW: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Ok(url) = std::env::var("REDIS_URL") else {
        println!("skipped: REDIS_URL is not set");
        return Ok(());
    };
    let url: RedisUrl = url.parse()?;
    let sandbox = Sandbox::start().await?;
    let machines = [groups(&sandbox, &url)?, groups(&sandbox, &url)?];

    let start = Instant::now();
    let requests = machines.iter().flat_map(|groups| (0..REQUESTS).map(|_| groups.list().page(1)));
    try_join_all(requests.map(IntoFuture::into_future)).await?;
    println!("{} requests of two clients took {:.1?};", 2 * REQUESTS, start.elapsed());
    println!("{REQUESTS} in {WINDOW:?} are allowed for both together.");
    Ok(())
}

/// The user groups of the account, as one machine uses them.
fn groups(sandbox: &Sandbox, url: &RedisUrl) -> Result<UserGroups, Box<dyn Error>> {
    let limit = SharedRateLimit::builder(url.clone(), sandbox.token())
        .quota(REQUESTS, WINDOW) // the default is Cloudflare's: 1,200 in five minutes
        .share(0.5) // of two machines, while the server is away
        .build();
    let client = Client::builder()
        .api_token(sandbox.token())
        .base_url(sandbox.base_url())
        .rate_limit(limit)
        .build()?;
    Ok(client.account(AccountId::new(sandbox.account_id())?).user_groups())
}
