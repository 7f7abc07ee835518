//! What the requests of a call that consists of several add up to.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use tokio::time::Instant;

/// Counts the requests of a call and keeps the time of the server.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    requests: AtomicU32,
    /// The `Date` of the last response, and when it was received.
    date: Mutex<Option<(SystemTime, Instant)>>,
}

impl Trace {
    pub(super) fn sent(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn received(&self, date: SystemTime) {
        *self.date.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, Instant::now()));
    }

    /// How many requests were sent.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The `Date` of the last response, and when it was received.
    pub(crate) fn date(&self) -> Option<(SystemTime, Instant)> {
        *self.date.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
