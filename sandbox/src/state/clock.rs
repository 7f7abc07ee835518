//! The time in a sandbox.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// The start of clocks that are not the real one, and the time of everything that a seed does not
/// date: 1 March 2024 at noon.
const START: Duration = Duration::from_secs(1_709_294_400);

/// The time that responses show, and the time that lags are measured in.
#[derive(Clone)]
pub(crate) struct Clock {
    /// How long the sandbox has been running. Everything that waits reads this alone.
    elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    time: Time,
}

#[derive(Clone, Copy, Debug)]
enum Time {
    /// The real time, shifted by an offset.
    Real { start: SystemTime },
    /// A time that only moves with changes, by a second each.
    Logical { now: SystemTime },
}

impl Clock {
    /// A clock that shows the real time plus `offset_seconds`.
    pub(crate) fn real(offset_seconds: i32) -> Self {
        let offset = Duration::from_secs(offset_seconds.unsigned_abs().into());
        let now = SystemTime::now();
        let shifted = if offset_seconds < 0 { now.checked_sub(offset) } else { Some(now + offset) };
        let start = shifted.unwrap_or(SystemTime::UNIX_EPOCH).max(SystemTime::UNIX_EPOCH);
        Self::new(Time::Real { start })
    }

    /// A clock that moves by a second with each change only. The same requests always
    /// result in the same times.
    pub(crate) fn logical() -> Self {
        Self::new(Time::Logical { now: SystemTime::UNIX_EPOCH + START })
    }

    /// A clock that starts on 1 March 2024 and moves with `elapsed`.
    pub(crate) fn driven_by(elapsed: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        let time = Time::Real { start: SystemTime::UNIX_EPOCH + START };
        Self { elapsed: Arc::new(elapsed), time }
    }

    fn new(time: Time) -> Self {
        let started = Instant::now();
        Self { elapsed: Arc::new(move || started.elapsed()), time }
    }

    /// How long the sandbox has been running.
    pub(crate) fn elapsed(&self) -> Duration {
        (self.elapsed)()
    }

    /// The time that a `Date` header shows.
    pub(crate) fn now(&self) -> SystemTime {
        match self.time {
            Time::Real { start } => start + self.elapsed(),
            Time::Logical { now } => now,
        }
    }

    /// Moves a logical clock forward to a time that the seed names, so that no change is older.
    pub(crate) fn advance_to(&mut self, moment: SystemTime) {
        if let Time::Logical { now } = &mut self.time {
            *now = moment.max(*now);
        }
    }

    /// The time of a change, as responses show it.
    pub(crate) fn tick(&mut self) -> String {
        /// Years after 9999 cannot be formatted; the logical clock stops there.
        const YEAR_9999: Duration = Duration::from_secs(253_370_764_800);
        match &mut self.time {
            Time::Real { .. } => humantime::format_rfc3339_micros(self.now()).to_string(),
            Time::Logical { now } => {
                if *now < SystemTime::UNIX_EPOCH + YEAR_9999 {
                    *now += Duration::from_secs(1);
                }
                humantime::format_rfc3339_millis(*now).to_string()
            }
        }
    }
}

/// The time of everything that a seed does not date.
pub(crate) fn undated() -> String {
    humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + START).to_string()
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("time", &self.time).finish_non_exhaustive()
    }
}
