//! The contract of a rate limiter, between two limiters as in two processes.

use std::time::{Duration, Instant};

use cloudflare_user_groups::{Permit, RateLimiter, RetryAfter};
use cloudflare_user_groups_redis::{Builder, SharedRateLimit};
use futures_util::future::join_all;
use http::{HeaderMap, StatusCode};
use tokio::task::JoinHandle;

use crate::server::RedisServer;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Two requests in two seconds, for this credential and from an address of this name.
fn builder(server: &RedisServer, token: &str) -> Builder {
    let builder = SharedRateLimit::builder(server.url(), token).address(token);
    builder.quota(2, 2 * SECOND).burst(2, SECOND)
}

fn pair(server: &RedisServer, token: &str) -> [SharedRateLimit; 2] {
    [builder(server, token).build(), builder(server, token).build()]
}

async fn acquire(limit: &SharedRateLimit) -> Permit {
    limit.acquire(HOUR).await.unwrap()
}

/// The wait of a request that may not wait at all.
async fn refused(limit: &SharedRateLimit) -> Duration {
    let RetryAfter(wait) = limit.acquire(Duration::ZERO).await.unwrap_err();
    wait
}

fn report(limit: &SharedRateLimit, status: u16, name: &'static str, value: &str) {
    let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
    limit.update(StatusCode::from_u16(status).unwrap(), &headers);
}

/// Requests that wait, each in a task of its own.
fn waiting(limit: &SharedRateLimit, requests: usize) -> Vec<JoinHandle<()>> {
    let wait = || {
        let limit = limit.clone();
        tokio::spawn(async move { drop(acquire(&limit).await) })
    };
    std::iter::repeat_with(wait).take(requests).collect()
}

/// Before the next look: other tests need the processor.
async fn pause() {
    tokio::time::sleep(SECOND / 50).await;
}

/// Waits until requests are refused for longer than the quota does.
async fn until_refused(limit: &SharedRateLimit) -> Duration {
    let deadline = Instant::now() + crate::server::DEADLINE;
    loop {
        match limit.acquire(Duration::ZERO).await {
            Err(RetryAfter(wait)) if wait > 2 * SECOND => return wait,
            Err(_) => {}
            // Not released: that would give back what the API has not reported yet.
            Ok(permit) => drop(permit),
        }
        assert!(Instant::now() < deadline, "it is never refused");
        pause().await;
    }
}

#[tokio::test]
async fn quota_is_shared_and_requests_behind_others_fail_at_once_with_their_own_wait() {
    let Some(server) = RedisServer::shared() else { return };
    let [one, two] = pair(&server, "quota");
    let start = Instant::now();
    drop((acquire(&one).await, acquire(&two).await));
    let first = refused(&one).await;
    assert!(first > SECOND && first <= 2 * SECOND, "{first:?}");
    let waiting = waiting(&one, 2);
    // Until both wait, the third would wait for less.
    while refused(&two).await <= 2 * SECOND {
        assert!(start.elapsed() < SECOND, "the places of those that wait are not seen");
        pause().await;
    }
    for task in waiting {
        task.await.unwrap();
    }
    assert!(start.elapsed() >= 2 * SECOND);
}

#[tokio::test]
async fn request_that_is_released_or_cancelled_gives_its_place_back() {
    let Some(server) = RedisServer::shared() else { return };
    let [one, two] = pair(&server, "places");
    let start = Instant::now();
    let permits = [acquire(&one).await, acquire(&one).await];
    let cancelled = waiting(&one, 20);
    while refused(&two).await < 10 * SECOND {
        assert!(start.elapsed() < 10 * SECOND, "the places of those that wait are not seen");
        pause().await;
    }
    cancelled.iter().for_each(|task| task.abort());
    join_all(cancelled).await;
    while refused(&two).await > 2 * SECOND {
        assert!(start.elapsed() < 10 * SECOND, "the places of those that were cancelled are kept");
        pause().await;
    }
    permits.into_iter().for_each(Permit::release);
    let wait = two.acquire(SECOND / 2).await;
    assert!(wait.is_ok() || two.acquire(SECOND).await.is_ok(), "the places are not given back");
}

#[tokio::test]
async fn what_the_api_reports_holds_all_processes_back() {
    let Some(server) = RedisServer::shared() else { return };
    for (status, header, value, seconds) in
        [(429, "retry-after", "100", 100), (200, "ratelimit", "\"default\";r=0;t=50", 50)]
    {
        let [one, two] = pair(&server, header);
        acquire(&two).await.release();
        report(&one, status, header, value);
        let wait = until_refused(&two).await;
        assert!(wait > (seconds - 1) * SECOND && wait <= seconds * SECOND, "{header}: {wait:?}");
    }
}

#[tokio::test]
async fn other_credential_has_another_quota_and_the_same_address() {
    let Some(server) = RedisServer::shared() else { return };
    let one = builder(&server, "address").burst(3, 2 * SECOND).build();
    let two = builder(&server, "other").address("address").quota(9, 2 * SECOND);
    let two = two.burst(3, 2 * SECOND).build();
    drop((acquire(&one).await, acquire(&one).await));
    assert!(refused(&one).await > Duration::ZERO);
    drop(acquire(&two).await);
    assert!(refused(&two).await > Duration::ZERO, "the address has sent three");
}

#[tokio::test]
async fn no_key_and_no_value_holds_the_credential() {
    const TOKEN: &str = "0123456789abcdefghijklmnopqrstuvwxyz-_AB";
    let Some(server) = RedisServer::shared() else { return };
    let [one, _] = pair(&server, TOKEN);
    drop(acquire(&one).await);
    report(&one, 429, "retry-after", "1");
    let mut connection = server.connection();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    assert!(keys.len() > 2, "{keys:?}");
    for key in &keys {
        assert!(key.starts_with("cloudflare-user-groups:") && !key.contains(TOKEN), "{key}");
        let left: i64 = redis::cmd("PTTL").arg(key).query(&mut connection).unwrap();
        assert!(left != -1, "{key} stays for ever");
        // None if it has expired.
        let dump: Option<Vec<u8>> = redis::cmd("DUMP").arg(key).query(&mut connection).unwrap();
        assert!(
            !dump.unwrap_or_default().windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()),
            "{key}"
        );
    }
}

#[tokio::test]
async fn longest_window_does_not_overflow() {
    let Some(server) = RedisServer::shared() else { return };
    let limit = builder(&server, "longest").quota(1, Duration::MAX).build();
    drop(acquire(&limit).await);
    assert!(refused(&limit).await > HOUR);
}
