//! The rate limit headers of the API: `Ratelimit`, `Ratelimit-Policy` and `Retry-After`.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode, header};

/// A response with more policies than this is not one of the API.
pub(super) const MAX_POLICIES: usize = 8;
/// The longest window that is documented.
const MAX_RESET: Duration = Duration::from_secs(300);
/// A longer wait would stop a program for a typing error of the API.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Assumption: a 429 without Retry-After does not last long.
const PAUSE: Duration = Duration::from_secs(1);

/// What a response reports about the rate limit, for implementations of
/// [`RateLimiter::update`](crate::RateLimiter::update).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportedLimits {
    /// How long no request may be sent, because of a 429.
    pub pause: Option<Duration>,
    /// The limits in the `Ratelimit` headers.
    pub limits: Vec<ServerLimit>,
}

impl ReportedLimits {
    /// Reads the status and the headers of a response. Invalid headers are skipped.
    pub fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        let pause = (status == StatusCode::TOO_MANY_REQUESTS)
            .then(|| retry_after(headers).unwrap_or(PAUSE));
        Self { pause, limits: parse(headers) }
    }

    /// Returns whether the response reports nothing.
    pub fn is_empty(&self) -> bool {
        self.pause.is_none() && self.limits.is_empty()
    }
}

/// One limit of the API, as its headers state it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimit {
    /// The name.
    pub name: String,
    /// How many requests are left in the window.
    pub remaining: u64,
    /// The time until the next window, at most the length of a window.
    pub reset: Duration,
    /// The quota of a window, if it is reported.
    pub quota: Option<u64>,
}

/// Reads `Ratelimit: "default";r=50;t=30` with `Ratelimit-Policy: "default";q=100;w=60`. Either may
/// hold several, separated by commas or on several lines. Invalid ones are skipped.
pub(crate) fn parse(headers: &HeaderMap) -> Vec<ServerLimit> {
    let policies = items(headers, "ratelimit-policy");
    let policy = |name: &str, key: char| {
        let named = policies.iter().find(|policy| policy.name == name);
        // The names of the two headers have been seen to differ where there is one of each.
        named.or(policies.first().filter(|_| policies.len() == 1))?.number(key)
    };
    items(headers, "ratelimit")
        .into_iter()
        .filter_map(|limit| {
            Some(ServerLimit {
                name: limit.name.to_owned(),
                remaining: limit.number('r')?,
                // The rest of a window is not longer than the window.
                reset: Duration::from_secs(limit.number('t')?)
                    .min(policy(limit.name, 'w').map_or(MAX_RESET, Duration::from_secs))
                    .min(MAX_WAIT),
                quota: policy(limit.name, 'q'),
            })
        })
        .take(MAX_POLICIES)
        .collect()
}

struct Item<'a> {
    name: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl Item<'_> {
    fn number(&self, key: char) -> Option<u64> {
        let matches = |name: &str| name.chars().eq([key]);
        self.parameters.iter().find(|(name, _)| matches(name))?.1.parse().ok()
    }
}

fn items<'a>(headers: &'a HeaderMap, name: &str) -> Vec<Item<'a>> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let item = |text: &'a str| {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().trim_matches('"');
        let parameters = parts.filter_map(|part| part.split_once('=')).collect();
        Item { name, parameters }
    };
    values.flat_map(|value| value.split(',')).map(item).collect()
}

/// The wait that a response asks for with `Retry-After`: seconds, or a date, which is compared with
/// the `Date` of the response, because the clock of this machine may be wrong.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    wait(value, date(headers).unwrap_or_else(SystemTime::now))
}

/// When the response was made, by the clock of the server.
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()
}

/// The wait of a `Retry-After` at this time.
pub(crate) fn wait(value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?;
            date.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(MAX_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn headers_of_the_api_are_read() {
        let read = parse(&headers(&[
            ("ratelimit", r#""default";r=50;t=30"#),
            ("ratelimit-policy", r#""burst";q=100;w=60"#),
        ]));
        let expected = ServerLimit {
            name: "default".into(),
            remaining: 50,
            reset: 30 * SECOND,
            quota: Some(100),
        };
        assert_eq!(read, [expected]);
        for invalid in ["", ";;;", "r=5", "\"a\";r=-1;t=5", "\"a\";r=5", "\"a\";r=x;t=1", "\u{e9}"]
        {
            let map = HeaderMap::from_iter([(
                "ratelimit".parse().unwrap(),
                HeaderValue::from_bytes(invalid.as_bytes()).unwrap(),
            )]);
            assert_eq!(parse(&map), [], "{invalid}");
        }
    }

    #[test]
    fn rest_of_a_window_is_not_longer_than_the_window() {
        let reset = |limit: &str, policy: &str| {
            let read = parse(&headers(&[("ratelimit", limit), ("ratelimit-policy", policy)]));
            read.first().map(|limit| limit.reset)
        };
        assert_eq!(reset("a;r=0;t=86399", "a;q=5;w=60"), Some(60 * SECOND));
        assert_eq!(reset("a;r=0;t=86399", ""), Some(300 * SECOND));
        assert_eq!(reset("a;r=0;t=3000", "a;q=5;w=3600"), Some(3000 * SECOND));
        assert_eq!(reset("a;r=0;t=9999999", "a;q=5;w=9999999"), Some(MAX_WAIT));
    }

    #[test]
    fn policy_of_another_name_counts_only_if_it_is_the_only_one() {
        let quota = |policies: &str| {
            let lines = [("ratelimit", "a;r=1;t=2"), ("ratelimit-policy", policies)];
            parse(&headers(&lines))[0].quota
        };
        assert_eq!(quota("b;q=7;w=60"), Some(7));
        assert_eq!(quota("b;q=7;w=60, a;q=8;w=60"), Some(8));
        assert_eq!(quota("b;q=7;w=60, c;q=8;w=60"), None);
    }

    #[test]
    fn only_a_429_is_a_pause() {
        let report = |status, lines: &[_]| ReportedLimits::of(status, &headers(lines));
        let [ok, limited] = [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS];
        let header = ("retry-after", "7");
        assert_eq!(report(limited, &[header]).pause, Some(7 * SECOND));
        assert_eq!(report(limited, &[]).pause, Some(SECOND));
        assert_eq!(report(ok, &[header]).pause, None);
        let limit = ("ratelimit", "a;r=1;t=2");
        let empty = [report(ok, &[]), report(ok, &[limit]), report(limited, &[])];
        assert_eq!(empty.map(|it| it.is_empty()), [true, false, false]);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + 784_111_767 * SECOND;
        let read = |text: &str| wait(&text.parse().unwrap(), now);
        assert_eq!(read("120"), Some(120 * SECOND));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        // The three forms of RFC 9110.
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(10 * SECOND));
        assert_eq!(read("Sunday, 06-Nov-94 08:49:37 GMT"), Some(10 * SECOND));
        assert_eq!(read("Sun Nov  6 08:49:37 1994"), Some(10 * SECOND));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO), "it has passed");
        for far in ["86401", "18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(read(far), Some(86_400 * SECOND), "{far}");
        }
        for invalid in ["", "-1", "soon", "1.5", "99999999999999999999"] {
            assert_eq!(read(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn date_of_the_response_counts_and_not_the_clock_of_this_machine() {
        let read = |date: &str| {
            retry_after(&headers(&[
                ("date", date),
                ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ]))
        };
        assert_eq!(read("Sun, 06 Nov 1994 08:49:27 GMT"), Some(10 * SECOND));
        assert_eq!(read("yesterday"), Some(Duration::ZERO));
    }
}
