//! A progress line on standard error for long operations.

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use cf_groups_engine::{FailedStep, Progress, Skipped, Step, counted};
use cloudflare_user_groups::RateLimit;
use indicatif::style::ProgressTracker;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::request_log::{Delay, RequestDelays};

/// Operations that finish sooner show nothing.
const QUICK: Duration = Duration::from_millis(400);
const TICK: Duration = Duration::from_millis(200);

/// The part of the documented rate limit in which the client throttles.
const THROTTLED: u64 = 300;

/// Everything that can delay requests.
#[derive(Clone, Default)]
pub(crate) struct Delays {
    pub(crate) limit: RateLimit,
    pub(crate) requests: RequestDelays,
}

/// A progress line. It is cleared when the value is dropped.
pub(crate) struct ProgressLine {
    line: ProgressBar,
    delays: Delays,
}

/// Shows a progress line while `work` runs, if it takes long.
pub(crate) async fn during<T>(delays: &Delays, work: impl AsyncFnOnce(&ProgressLine) -> T) -> T {
    let progress = ProgressLine { line: ProgressBar::hidden(), delays: delays.clone() };
    progress.style("{spinner} {msg}{waiting}");
    progress.line.set_message("waiting for the API");
    let mut work = pin!(work(&progress));
    if let Ok(done) = tokio::time::timeout(QUICK, &mut work).await {
        return done;
    }
    progress.line.set_draw_target(ProgressDrawTarget::stderr());
    progress.line.enable_steady_tick(TICK);
    work.await
}

impl ProgressLine {
    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.line.set_style(style.with_key("waiting", Waiting(self.delays.clone())));
        }
    }

    fn begin_with(&self, length: usize) {
        self.style("{wide_bar} {msg}{waiting}");
        self.line.set_length(length as u64);
        self.line.set_position(0);
    }

    fn step(&self) {
        self.line.inc(1);
        self.show_steps();
    }

    fn show_steps(&self) {
        let steps = usize::try_from(self.line.length().unwrap_or_default()).unwrap_or(usize::MAX);
        self.line.set_message(format!("{} of {}", self.line.position(), counted(steps, "step")));
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

impl Progress for ProgressLine {
    fn read(&self, groups: usize, of: usize) {
        if groups == 0 {
            self.begin_with(of);
        }
        self.line.set_position(groups as u64);
        self.line.set_message(format!("read {groups} of {}", counted(of, "group")));
    }

    fn begin(&self, steps: usize) {
        self.begin_with(steps);
        self.show_steps();
    }

    fn done(&self, _: &Step) {
        self.step();
    }

    fn failed(&self, _: &FailedStep) {
        self.step();
    }

    fn skipped(&self, _: &Skipped) {
        self.step();
    }
}

/// The reason for a delay.
#[derive(Clone)]
struct Waiting(Delays);

impl ProgressTracker for Waiting {
    fn clone_box(&self) -> Box<dyn ProgressTracker> {
        Box::new(self.clone())
    }

    fn tick(&mut self, _: &ProgressState, _: Instant) {}

    fn reset(&mut self, _: &ProgressState, _: Instant) {}

    fn write(&self, _: &ProgressState, to: &mut dyn fmt::Write) {
        let Delays { limit, requests } = &self.0;
        let written = match (requests.first(), limit.remaining()) {
            (Some(Delay { why, until: Some(until) }), _) => {
                let left = until.saturating_duration_since(Instant::now()).as_secs() + 1;
                write!(to, "; {why}, {} more", counted(left as usize, "second"))
            }
            (Some(Delay { why, until: None }), _) => write!(to, "; {why}"),
            (None, Some(left)) if left < THROTTLED => {
                let left = counted(left as usize, "request");
                write!(to, "; throttled: {left} left in rate-limit window")
            }
            _ => Ok(()),
        };
        // The line is redrawn soon.
        written.ok();
    }
}
