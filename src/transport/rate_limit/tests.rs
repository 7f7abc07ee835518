//! The rate limit on a paused clock.

use proptest::prelude::*;
use tokio::task::JoinHandle;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn update(limit: &RateLimit, lines: &[(&'static str, &str)]) {
    limit.update(StatusCode::OK, &headers(lines));
}

fn pause(limit: &RateLimit, seconds: u64) {
    let headers = headers(&[("retry-after", &seconds.to_string())]);
    limit.update(StatusCode::TOO_MANY_REQUESTS, &headers);
}

async fn acquire(limit: &RateLimit) -> Permit {
    limit.acquire(HOUR).await.unwrap()
}

async fn error(limit: &RateLimit, max_wait: Duration) -> Duration {
    limit.acquire(max_wait).await.unwrap_err().0
}

/// Acquires in a task of its own, which has run until it waits.
async fn waiting(limit: &RateLimit, max_wait: Duration) -> JoinHandle<Result<Instant, RetryAfter>> {
    let limit = limit.clone();
    let task = tokio::spawn(async move {
        let _permit = limit.acquire(max_wait).await?;
        Ok(Instant::now())
    });
    tokio::task::yield_now().await;
    task
}

/// Sends as many requests as the limit allows, and returns when each was sent.
async fn flood(limit: &RateLimit, time: Duration) -> Vec<Instant> {
    let end = Instant::now() + time;
    let mut sent = Vec::new();
    while limit.acquire(end.saturating_duration_since(Instant::now())).await.is_ok() {
        sent.push(Instant::now());
    }
    sent
}

fn largest(sent: &[Instant], per: Duration) -> usize {
    let within =
        |index: usize| sent[index..].iter().take_while(|time| **time < sent[index] + per).count();
    (0..sent.len()).map(within).max().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn no_window_holds_more_than_its_limit() {
    let limit = RateLimit::default();
    let sent = flood(&limit, 1800 * SECOND).await;
    assert!(largest(&sent, 300 * SECOND) <= 1200);
    assert!(largest(&sent, SECOND) <= 150);
    assert!(sent.len() > 6 * 900, "the quota is used: {} requests in half an hour", sent.len());
}

/// A server blocks an address with more than 200 requests a second for five minutes.
#[tokio::test(start_paused = true)]
async fn burst_stays_below_the_limit_of_the_address_with_and_without_a_pause() {
    for seconds in [0, 10] {
        let limit = RateLimit::default();
        pause(&limit, seconds);
        let mut tasks = Vec::new();
        for _ in 0..600 {
            tasks.push(waiting(&limit, HOUR).await);
        }
        let mut sent = Vec::new();
        for task in tasks {
            sent.push(task.await.unwrap().unwrap());
        }
        assert_eq!(largest(&sent, SECOND), 150);
        assert_eq!(sent[599] - sent[0], 3 * SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn request_behind_others_fails_at_once_with_its_own_wait() {
    let limit = RateLimit::new(2, 10 * SECOND);
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..6 {
        tasks.push(waiting(&limit, HOUR).await);
    }
    assert_eq!(error(&limit, 29 * SECOND).await, 30 * SECOND);
    assert_eq!(error(&limit, 5 * SECOND).await, 30 * SECOND, "a failure takes no place");
    assert_eq!(start.elapsed(), Duration::ZERO);
    for (index, task) in tasks.into_iter().enumerate() {
        let at = task.await.unwrap().unwrap();
        assert_eq!(at - start, 10 * SECOND * (index as u32 / 2));
    }
}

#[tokio::test(start_paused = true)]
async fn permits_are_given_in_order_and_a_cancelled_request_gives_its_place_back() {
    let limit = RateLimit::new(1, 10 * SECOND);
    acquire(&limit).await.release();
    let start = Instant::now();
    let permit = acquire(&limit).await;
    assert_eq!(start.elapsed(), Duration::ZERO, "the first was released");
    let first = waiting(&limit, HOUR).await;
    let cancelled = waiting(&limit, HOUR).await;
    let third = waiting(&limit, HOUR).await;
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    assert_eq!(first.await.unwrap().unwrap() - start, 10 * SECOND);
    assert_eq!(third.await.unwrap().unwrap() - start, 20 * SECOND);
    drop(permit);
}

#[tokio::test(start_paused = true)]
async fn permit_that_is_released_lets_the_next_one_through() {
    let limit = RateLimit::new(1, 10 * SECOND);
    let permit = acquire(&limit).await;
    let start = Instant::now();
    let next = waiting(&limit, HOUR).await;
    tokio::time::sleep(SECOND).await;
    permit.release();
    assert_eq!(next.await.unwrap().unwrap() - start, SECOND);
}

#[tokio::test(start_paused = true)]
async fn smallest_limit_of_the_server_counts() {
    let limit = RateLimit::default();
    update(
        &limit,
        &[
            ("ratelimit", r#""default";r=1000;t=200, "burst";r=2;t=30"#),
            ("ratelimit-policy", r#""default";q=1200;w=300, "burst";q=4;w=60"#),
        ],
    );
    assert_eq!(RateLimiter::remaining(&limit), Some(2));
    let start = Instant::now();
    for _ in 0..2 {
        let _permit = acquire(&limit).await;
    }
    assert!(start.elapsed() < 30 * SECOND);
    let _permit = acquire(&limit).await;
    assert_eq!(start.elapsed(), 30 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn retry_after_applies_to_all_clones_in_full() {
    let limit = RateLimit::default();
    let before = waiting(&limit, HOUR).await;
    before.await.unwrap().unwrap();
    pause(&limit.clone(), 3600);
    assert_eq!(limit.remaining(), Some(0));
    let start = Instant::now();
    assert_eq!(error(&limit, 300 * SECOND).await, HOUR);
    assert_eq!(start.elapsed(), Duration::ZERO);
    let _permit = limit.acquire(2 * HOUR).await.unwrap();
    assert_eq!(start.elapsed(), HOUR);
}

#[tokio::test(start_paused = true)]
async fn pause_fails_those_who_wait_and_cannot_be_sent_in_time() {
    let limit = RateLimit::new(1, 10 * SECOND);
    let _permit = acquire(&limit).await;
    let start = Instant::now();
    let next = waiting(&limit, 20 * SECOND).await;
    pause(&limit, 100);
    assert_eq!(next.await.unwrap(), Err(RetryAfter(100 * SECOND)));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn request_without_time_to_wait_is_sent_if_the_limit_allows() {
    let limit = RateLimit::new(1, 10 * SECOND);
    assert!(limit.acquire(Duration::ZERO).await.is_ok());
    tokio::time::advance(10 * SECOND).await;
    assert!(limit.acquire(Duration::ZERO).await.is_ok());
    assert_eq!(error(&limit, Duration::ZERO).await, 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn times_that_no_window_needs_are_forgotten() {
    let limit = RateLimit::new(5, 10 * SECOND);
    flood(&limit, 1000 * SECOND).await;
    let state = limit.limiter.as_ref().unwrap().state();
    assert!(state.sent.len() <= 5 && state.planned.len() <= 10, "{}", state.planned.len());
}

#[tokio::test(start_paused = true)]
async fn longest_window_does_not_overflow() {
    let limit = RateLimit::new(1, Duration::MAX);
    let _permit = acquire(&limit).await;
    assert_eq!(error(&limit, HOUR).await, MAX_PERIOD);
}

#[tokio::test(start_paused = true)]
async fn longest_wait_does_not_overflow() {
    let limit = RateLimit::new(1, 10 * SECOND);
    let start = Instant::now();
    for _ in 0..2 {
        let _permit = limit.acquire(Duration::MAX).await.unwrap();
    }
    assert_eq!(start.elapsed(), 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn limit_can_be_turned_off() {
    let limit = RateLimit::off();
    pause(&limit, 100);
    let start = Instant::now();
    for _ in 0..5000 {
        let _permit = limit.acquire(Duration::ZERO).await.unwrap();
    }
    assert_eq!((limit.remaining(), start.elapsed()), (None, Duration::ZERO));
}

/// Times are in milliseconds, those that a server reports in seconds.
#[derive(Clone, Debug)]
enum Step {
    /// With the longest wait.
    Acquire(u64),
    /// Lets time pass at once, so that those who wait are late.
    Jump(u64),
    Sleep(u64),
    /// Of the request with this index.
    Cancel(usize),
    Release(usize),
    Pause(u64),
    /// The requests left, and the time until they are reset.
    Server(u64, u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u64..60_000).prop_map(Step::Acquire),
        2 => (0_u64..9_000).prop_map(Step::Jump),
        2 => (0_u64..9_000).prop_map(Step::Sleep),
        1 => (0_usize..20).prop_map(Step::Cancel),
        1 => (0_usize..20).prop_map(Step::Release),
        1 => (0_u64..20).prop_map(Step::Pause),
        1 => (0_u64..9, 0_u64..40).prop_map(|(remaining, reset)| Step::Server(remaining, reset)),
    ]
}

/// A request, whose task ends when it was sent or failed.
struct Requested {
    task: JoinHandle<Result<(Instant, Permit), RetryAfter>>,
    deadline: Instant,
}

/// Runs the steps and returns when requests were sent that were not released.
async fn run(limit: &RateLimit, steps: Vec<Step>) -> Vec<Instant> {
    let mut requested: Vec<Requested> = Vec::new();
    let mut sent = Vec::new();
    let take = |requested: &mut Vec<Requested>, index: usize| {
        (index < requested.len()).then(|| requested.remove(index))
    };
    for step in steps {
        match step {
            Step::Acquire(max_wait) => {
                let (limit, max_wait) = (limit.clone(), Duration::from_millis(max_wait));
                let task = tokio::spawn(async move {
                    let permit = limit.acquire(max_wait).await?;
                    Ok((Instant::now(), permit))
                });
                requested.push(Requested { task, deadline: Instant::now() + max_wait });
            }
            Step::Jump(millis) => tokio::time::advance(Duration::from_millis(millis)).await,
            Step::Sleep(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Step::Cancel(index) => {
                if let Some(one) = take(&mut requested, index) {
                    one.task.abort();
                    if let Ok(Ok((at, _))) = one.task.await {
                        sent.push(at);
                    }
                }
            }
            Step::Release(index) => {
                if let Some(one) = take(&mut requested, index)
                    && let Ok(Ok((_, permit))) = one.task.await
                {
                    permit.release();
                }
            }
            Step::Pause(seconds) => pause(limit, seconds),
            Step::Server(remaining, reset) => {
                update(limit, &[("ratelimit", &format!("\"a\";r={remaining};t={reset}"))]);
            }
        }
        tokio::task::yield_now().await;
    }
    for Requested { task, deadline } in requested {
        if let Ok((at, _permit)) = task.await.unwrap() {
            // A jump delays all requests, by nine seconds at most.
            assert!(at <= deadline + 9 * SECOND, "sent {:?} too late", at - deadline);
            sent.push(at);
        }
    }
    sent.sort();
    sent
}

proptest! {
    #[test]
    fn no_window_holds_more_than_its_limit_whatever_happens(
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let sent = runtime.block_on(async {
            let limit = RateLimit::new(12, 30 * SECOND).window(3, SECOND);
            run(&limit, steps).await
        });
        prop_assert!(largest(&sent, 30 * SECOND) <= 12, "{sent:?}");
        prop_assert!(largest(&sent, SECOND) <= 3, "{sent:?}");
    }
}
