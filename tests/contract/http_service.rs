//! HTTP clients of the caller: when their request counts as sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cloudflare_user_groups::{AccountId, Client, ErrorKind, RateLimit, RequestBody, RetryPolicy};
use http_body::Frame;
use http_body_util::BodyExt;

use crate::server::{ACCOUNT, TOKEN, groups};

/// The error over a double that fails, after it has read the body or before, and the calls of it.
async fn create_over(reads: bool) -> (cloudflare_user_groups::Error, usize) {
    let calls = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&calls);
    let double = tower::service_fn(move |request: http::Request<RequestBody>| {
        *seen.lock().unwrap() += 1;
        assert!(request.headers().contains_key("authorization"), "it sees the whole request");
        if reads {
            assert_eq!(&*request.into_body().into_bytes(), br#"{"name":"SRE"}"#);
        }
        async { Err::<http::Response<String>, _>(std::io::Error::other("broken")) }
    });
    let client =
        Client::builder().api_token(TOKEN).http_service(move |_| double).settle_times([]).retry(
            RetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_millis(1)),
        );
    let error = groups(client).create("SRE").await.expect_err("broken");
    let calls = *calls.lock().unwrap();
    (error, calls)
}

#[tokio::test]
async fn service_that_fails_before_it_reads_the_body_has_sent_nothing() {
    let (error, calls) = create_over(false).await;
    assert!(!error.outcome_unknown() && error.is_retryable(), "{error}");
    assert_eq!(calls, 2, "it is retried");
    let (error, calls) = create_over(true).await;
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
