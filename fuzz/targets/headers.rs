//! `Retry-After`, and the limits in `Ratelimit` and `Ratelimit-Policy`.

use std::time::{Duration, SystemTime};

use cloudflare_user_groups::{
    Client, RateLimit, RateLimiter, RetryAfter, RetryBudget, RetryPolicy, UserGroupId,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::time::Instant;

use super::double::{self, Double, block_on, response};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest wait before a retry.
const MAX_WAIT: Duration = Duration::from_secs(300);
const GROUP: &str = "5ba5af98b9cd4f80bd3b4ed53ab6e4f5";

thread_local! {
    static DOUBLE: Double = {
        let builder = Client::builder().api_token("abc").base_url("http://127.0.0.1:9");
        let builder = builder.retry(RetryPolicy::default().max_attempts(2)).timeout(DAY);
        Double::new(builder.retry_budget(RetryBudget::off()))
    };
}

/// A value of `Retry-After`.
pub fn retry_after(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data.trim_ascii()) else { return };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = digits.and_then(|text| text.parse::<u64>().ok());
    let mut before = None;
    for now in [0, 784_111_767, 1_800_000_000, 250_000_000_000] {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        let wait = DOUBLE.with(|double| wait(double, &value, now));
        if let Some(seconds) = seconds {
            assert_eq!(wait, Some(Duration::from_secs(seconds).min(DAY)));
        }
        assert!(wait.is_none_or(|wait| wait <= DAY), "{wait:?}");
        assert!(before.is_none_or(|before| wait <= before), "later one would wait longer");
        before = Some(wait);
    }
}

/// The wait that a 429 of this time asks for. A retry comes after that wait, or not at all.
fn wait(double: &Double, value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let mut response = response(StatusCode::TOO_MANY_REQUESTS, b"");
    response.headers_mut().insert(header::RETRY_AFTER, value.clone());
    let date = httpdate::fmt_http_date(now).try_into().expect("a date is a header");
    response.headers_mut().insert(header::DATE, date);
    double.respond(&response);
    let (error, elapsed) = block_on(async {
        let start = Instant::now();
        let group = UserGroupId::new(GROUP).expect("an id");
        let error = double.account().user_groups().get(group).await.expect_err("refused");
        (error, start.elapsed())
    });
    let wait = error.retry_after();
    match double.requests().len() {
        1 => assert!(wait.is_some_and(|wait| wait > MAX_WAIT), "no retry after {wait:?}"),
        _ => assert!(elapsed >= wait.unwrap_or_default(), "{elapsed:?} is too early"),
    }
    wait
}

/// A conversation, line by line: `+250` lets 250 ms pass, `!5` is a 429 that blocks for 5 seconds,
/// `>` sends a request if the limit allows it, and an empty line is a response with the headers
/// that the lines before it have collected.
pub fn rate_limit(data: &[u8]) {
    block_on(async {
        let mut conversation = Conversation {
            limit: RateLimit::new(REQUESTS, PER),
            sent: Vec::new(),
            headers: HeaderMap::new(),
        };
        for line in data.split(|byte| *byte == b'\n').take(200) {
            conversation.line(line).await;
        }
        conversation.ends().await;
    });
}

const REQUESTS: u32 = 12;
const PER: Duration = Duration::from_secs(60);

struct Conversation {
    limit: RateLimit,
    sent: Vec<Instant>,
    headers: HeaderMap,
}

impl Conversation {
    async fn line(&mut self, line: &[u8]) {
        let number = || std::str::from_utf8(&line[1..]).ok()?.parse::<u32>().ok();
        match line.first() {
            None => {
                self.limit.update(StatusCode::OK, &std::mem::take(&mut self.headers));
                assert!(self.remaining() <= u64::from(REQUESTS));
            }
            Some(b'>') => drop(self.send().await),
            Some(b'+') => {
                tokio::time::advance(Duration::from_millis(number().unwrap_or(0).into())).await;
            }
            Some(b'!') => {
                let wait = HeaderValue::from(number().unwrap_or(0));
                let headers = HeaderMap::from_iter([(header::RETRY_AFTER, wait)]);
                self.limit.update(StatusCode::TOO_MANY_REQUESTS, &headers);
            }
            Some(_) => {
                if let Some((name, value)) = double::header(line) {
                    self.headers.append(name, value);
                }
            }
        }
    }

    /// Sends a request, or returns how long to wait.
    async fn send(&mut self) -> Duration {
        let left = self.remaining();
        match self.limit.acquire(Duration::ZERO).await {
            Ok(_) => {
                assert_eq!(self.remaining(), left - 1, "a request was not counted");
                let now = Instant::now();
                self.sent.push(now);
                let recent = self.sent.iter().filter(|sent| now - **sent < PER).count();
                assert!(recent <= REQUESTS as usize, "{recent} requests in {PER:?}");
                Duration::ZERO
            }
            Err(RetryAfter(wait)) => {
                assert!(wait <= DAY, "a wait of {wait:?}");
                wait
            }
        }
    }

    fn remaining(&self) -> u64 {
        self.limit.remaining().expect("the limit is on")
    }

    /// A request that waits as it must is sent, and soon.
    async fn ends(&mut self) {
        let begin = Instant::now();
        for _ in 0..8 {
            let wait = self.send().await;
            if wait.is_zero() {
                assert!(begin.elapsed() <= DAY + PER, "it took {:?}", begin.elapsed());
                return;
            }
            tokio::time::advance(wait).await;
        }
        panic!("a request that waits is never sent");
    }
}
