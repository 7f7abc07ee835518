//! The rate limit of a client, seen where requests are sent. The clock is simulated.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cloudflare_user_groups::{
    AccountId, AcquireFuture, Client, ErrorKind, RateLimit, RateLimiter, RequestBody, UserGroups,
};
use futures_util::future::join_all;
use http::{HeaderMap, StatusCode};
use http_body::Frame;
use serde_json::json;
use tokio::time::Instant;

use crate::operations::{group, group_json};
use crate::server::{ACCOUNT, TOKEN, groups};

const SECOND: Duration = Duration::from_secs(1);

/// A client whose requests take `latency`, and the times at which they were sent.
fn client(limit: RateLimit, latency: Duration) -> (UserGroups, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&times);
    let double = tower::service_fn(move |request: http::Request<RequestBody>| {
        log.lock().unwrap().push(Instant::now());
        drop(request.into_body().into_bytes());
        async move {
            tokio::time::sleep(latency).await;
            let body = json!({ "success": true, "result": group_json() }).to_string();
            Ok::<_, std::io::Error>(http::Response::new(body))
        }
    });
    let builder = Client::builder().api_token(TOKEN).rate_limit(limit);
    (groups(builder.http_service(move |_| double)), times)
}

#[tokio::test(start_paused = true)]
async fn request_that_cannot_be_sent_before_its_deadline_fails_at_once() {
    let (groups, times) = client(RateLimit::new(1, 60 * SECOND), Duration::ZERO);
    groups.get(group()).await.expect("the first is sent");
    let start = Instant::now();
    let calls = (0..3).map(|_| groups.get(group()).timeout(30 * SECOND));
    for result in join_all(calls.map(|call| async { call.await })).await {
        let error = result.expect_err("there is no time for it");
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(error.is_rate_limited() && error.is_retryable() && !error.outcome_unknown());
        assert_eq!((error.retry_after(), error.attempts()), (Some(60 * SECOND), 0));
    }
    assert_eq!((start.elapsed(), times.lock().unwrap().len()), (Duration::ZERO, 1));
}

#[tokio::test(start_paused = true)]
async fn wait_of_less_than_a_second_is_not_shown_as_none() {
    let (groups, _) = client(RateLimit::new(1, SECOND / 2), Duration::ZERO);
    groups.get(group()).await.expect("the first is sent");
    let error = groups.get(group()).timeout(SECOND / 4).await.expect_err("there is no time for it");
    assert_eq!(error.retry_after(), Some(SECOND / 2));
    assert!(error.to_string().contains("retry after 1 s"), "{error}");
}

/// As one that waits for another server does.
#[derive(Debug)]
struct Slow;

impl RateLimiter for Slow {
    fn acquire(&self, _: Duration) -> AcquireFuture<'_> {
        Box::pin(std::future::pending())
    }

    fn update(&self, _: StatusCode, _: &HeaderMap) {}
}

#[tokio::test(start_paused = true)]
async fn limiter_that_does_not_return_in_time_ends_the_call() {
    let groups = groups(Client::builder().api_token(TOKEN).rate_limit(Slow));
    let start = Instant::now();
    let error = groups.create("SRE").timeout(SECOND).await.expect_err("there is no permit");
    assert!(error.is_timeout() && error.is_retryable() && !error.outcome_unknown(), "{error}");
    assert_eq!((error.attempts(), start.elapsed()), (0, SECOND));
}

/// The head of the response says how long to wait.
#[tokio::test(start_paused = true)]
async fn pause_of_a_429_is_obeyed_if_its_body_is_cut_off() {
    let double = tower::service_fn(async |_: http::Request<RequestBody>| {
        let cut_off = Err::<Frame<Bytes>, _>(std::io::Error::other("cut off"));
        let body = http_body_util::StreamBody::new(futures_util::stream::iter([cut_off]));
        let head = http::Response::builder().status(429).header("retry-after", "600");
        Ok::<_, std::io::Error>(head.body(body).expect("valid"))
    });
    let builder = Client::builder().api_token(TOKEN).http_service(move |_| double);
    let client = builder.build().expect("the settings are valid");
    let groups = client.account(AccountId::new(ACCOUNT).expect("an id")).user_groups();
    let start = Instant::now();
    groups.get(group()).await.expect_err("refused, and then there is no time");
    assert_eq!(client.rate_limit().remaining(), Some(0));
    assert!(start.elapsed() < 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn requests_that_waited_for_a_connection_are_not_sent_in_one_window() {
    let (groups, times) = client(RateLimit::new(2, SECOND), 9 * SECOND / 10);
    let calls = (0..8).map(|_| groups.get(group()));
    for result in join_all(calls.map(|call| async { call.await })).await {
        result.expect("sent in the end");
    }
    let times = times.lock().unwrap();
    assert!(times.windows(3).all(|three| three[2] - three[0] >= SECOND), "{times:?}");
}
