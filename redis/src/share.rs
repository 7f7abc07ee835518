//! What a process may send while the server is away: its share of the quota.

use std::time::Duration;

use cloudflare_user_groups::{AcquireFuture, RateLimit, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::time::Instant;

/// Requests that were sent within a window may arrive over a longer time.
const MARGIN: Duration = Duration::from_secs(1);

/// At most `requests` in any period of length `length`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) requests: u32,
    pub(crate) length: Duration,
}

/// The last reply of the server: how many requests each window held.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) at: Instant,
    pub(crate) used: Vec<u64>,
}

#[derive(Debug)]
pub(crate) struct Share {
    windows: [Window; 2],
    share: f64,
    /// It also knows what the API reports to this process.
    pub(crate) limit: RateLimit,
}

impl Share {
    pub(crate) fn new(windows: [Window; 2], share: f64) -> Self {
        let [first, second] = windows.map(|window| {
            let requests = (f64::from(window.requests) * share).floor() as u32;
            (requests.max(1), window.length + MARGIN)
        });
        let limit = RateLimit::new(first.0, first.1).window(second.0, second.1);
        Self { windows, share, limit }
    }

    pub(crate) fn acquire(&self, max_wait: Duration) -> AcquireFuture<'_> {
        self.limit.acquire(max_wait)
    }

    /// Begins to use the share. Until the windows of now have passed, it is the share of what was
    /// left in them. A process that sent nothing within the longest window knows nothing of them:
    /// it begins with the share of the quota.
    pub(crate) fn begin(&self, contact: Option<&Contact>) {
        let now = Instant::now();
        let longest = self.windows.iter().map(|window| window.length).max().unwrap_or_default();
        let recent = contact.filter(|contact| now < contact.at + longest);
        let Some(contact) = recent else { return };
        let limits = left(&self.windows, contact, now).into_iter().zip(&self.windows).enumerate();
        let limits = limits.map(|(index, (left, window))| {
            let left = (left as f64 * self.share).floor();
            let seconds = (window.length + MARGIN).as_secs_f64().ceil();
            let limit = format!("\"outage{index}\";r={left};t={seconds}");
            (limit, format!("\"outage{index}\";q={left};w={seconds}"))
        });
        let (limits, policies): (Vec<_>, Vec<_>) = limits.unzip();
        // As the API would report it.
        let headers = [("ratelimit", limits), ("ratelimit-policy", policies)];
        let headers = headers.into_iter().filter_map(|(name, values)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(&values.join(", ")).ok()?))
        });
        self.limit.update(StatusCode::OK, &HeaderMap::from_iter(headers));
    }
}

/// How many requests the windows have left at least, after this contact.
fn left(windows: &[Window; 2], contact: &Contact, now: Instant) -> [u64; 2] {
    let age = now.saturating_duration_since(contact.at);
    let most = |window: &Window| {
        let begun = age.as_nanos() / window.length.as_nanos().max(1) + 1;
        u64::from(window.requests).saturating_mul(u64::try_from(begun).unwrap_or(u64::MAX))
    };
    // No more can have been sent since.
    let since = windows.iter().map(most).min().unwrap_or_default();
    std::array::from_fn(|index| {
        let used = contact.used.get(index).copied().unwrap_or_default();
        u64::from(windows[index].requests).saturating_sub(used.saturating_add(since))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const WINDOWS: [Window; 2] = [
        Window { requests: 1200, length: Duration::from_secs(300) },
        Window { requests: 150, length: SECOND },
    ];

    #[tokio::test(start_paused = true)]
    async fn left_is_what_no_other_process_can_have_used() {
        let now = Instant::now();
        let contact = Contact { at: now, used: vec![400, 20] };
        let after = |seconds| left(&WINDOWS, &contact, now + seconds * SECOND);
        assert_eq!(after(0), [650, 0]);
        assert_eq!(after(2), [350, 0]);
        assert_eq!(after(6), [0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn share_of_what_was_left_and_after_a_window_the_share_of_the_quota() {
        let share = Share::new(WINDOWS, 0.1);
        share.begin(Some(&Contact { at: Instant::now(), used: vec![1000, 0] }));
        let sent = async |time: Duration| {
            let end = Instant::now() + time;
            let mut sent = 0;
            while share.acquire(end.saturating_duration_since(Instant::now())).await.is_ok() {
                sent += 1;
            }
            tokio::time::sleep_until(end).await;
            sent
        };
        assert_eq!(sent(301 * SECOND).await, 5, "a tenth of 50");
        assert!((90..=120).contains(&sent(300 * SECOND).await));
    }
}
