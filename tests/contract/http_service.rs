//! HTTP clients of the caller: when their request counts as sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cloudflare_user_groups::{AccountId, Client, ErrorKind, RateLimit, RequestBody, RetryPolicy};
use http_body::Frame;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::operations::GROUP;
use crate::server::{ACCOUNT, TOKEN, groups};

/// A client over a double that fails, after it has read the body or before.
async fn create_over(fails: bool, reads: bool) -> (cloudflare_user_groups::Result<()>, usize) {
    let calls = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&calls);
    let double = tower::service_fn(move |request: http::Request<RequestBody>| {
        *seen.lock().unwrap() += 1;
        assert!(request.headers().contains_key("authorization"), "it sees the whole request");
        let name = reads.then(|| request.into_body().into_bytes());
        let name = name.map(|body| serde_json::from_slice::<Value>(&body).expect("JSON"));
        let name = name.map_or(json!(null), |body| body["name"].clone());
        let result = json!({ "id": GROUP, "name": name });
        let body = json!({ "success": true, "result": result }).to_string();
        async move {
            if fails { Err(std::io::Error::other("broken")) } else { Ok(http::Response::new(body)) }
        }
    });
    let client =
        Client::builder().api_token(TOKEN).http_service(move |_| double).settle_times([]).retry(
            RetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_millis(1)),
        );
    let result = groups(client).create("SRE").await.map(drop);
    let calls = *calls.lock().unwrap();
    (result, calls)
}

#[tokio::test]
async fn http_client_can_be_replaced() {
    let (created, calls) = create_over(false, true).await;
    assert_eq!(calls, 1);
    created.expect("created");
}

#[tokio::test]
async fn service_that_fails_before_it_reads_the_body_has_sent_nothing() {
    let (result, calls) = create_over(true, false).await;
    let error = result.expect_err("broken");
    assert!(!error.outcome_unknown() && error.is_retryable(), "{error}");
    assert_eq!(calls, 2, "it is retried");
    let (result, calls) = create_over(true, true).await;
    let error = result.expect_err("broken");
    assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    assert_eq!((error.kind(), calls), (ErrorKind::ConnectionLost, 1));
}

/// A service that continues in a task of its own has nothing to send after the timeout.
#[tokio::test(start_paused = true)]
async fn body_that_was_not_read_before_the_timeout_cannot_be_read_later() {
    for collects in [true, false] {
        let (sender, mut late) = tokio::sync::mpsc::unbounded_channel();
        let double = tower::service_fn(move |request: http::Request<RequestBody>| {
            let sender = sender.clone();
            let task = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(40)).await;
                let body = request.into_body();
                let body = match collects {
                    true => body.collect().await.expect("infallible").to_bytes(),
                    false => body.into_bytes(),
                };
                sender.send(body).expect("it is awaited");
            });
            async move {
                task.await.expect("no panic");
                Ok::<_, std::io::Error>(http::Response::new(String::new()))
            }
        });
        let client = Client::builder().api_token(TOKEN).http_service(move |_| double);
        let groups = groups(client.retry(RetryPolicy::off()));
        let error = groups.create("SRE").await.expect_err("the attempt timeout is 30 seconds");
        assert!(error.is_timeout() && !error.outcome_unknown(), "{error}");
        assert_eq!(late.recv().await.expect("it is read").len(), 0);
    }
}

/// The head of a response shows that the request was sent, whatever was read of it.
#[tokio::test(start_paused = true)]
async fn response_before_the_body_was_read_counts_as_sent() {
    let double = tower::service_fn(async |_: http::Request<RequestBody>| {
        let never = futures_util::stream::pending::<Result<Frame<Bytes>, std::io::Error>>();
        Ok::<_, std::io::Error>(http::Response::new(http_body_util::StreamBody::new(never)))
    });
    let client = Client::builder()
        .api_token(TOKEN)
        .http_service(move |_| double)
        .rate_limit(RateLimit::new(9, Duration::from_secs(3600)))
        .settle_times([])
        .build()
        .expect("the settings are valid");
    let groups = client.account(AccountId::new(ACCOUNT).expect("an id")).user_groups();
    let error = groups.create("SRE").await.expect_err("the attempt timeout is 30 seconds");
    assert!(error.is_timeout() && error.outcome_unknown(), "{error}");
    assert_eq!((error.attempts(), client.rate_limit().remaining()), (1, Some(8)));
}
