//! The progress of long operations, on standard error.

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use cf_groups_engine::{Progress, Step, counted};
use cloudflare_user_groups::RateLimit;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::message;
use super::request_log::{Delay, RequestDelays};

/// Operations that finish sooner show nothing.
const QUICK: Duration = Duration::from_millis(400);
const TICK: Duration = Duration::from_millis(200);
/// How often a line is written if standard error is not a terminal.
const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// The part of the documented rate limit in which the client throttles.
const THROTTLED: u64 = 300;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Display {
    /// On a line that is redrawn, on terminals.
    Line,
    /// A line every few seconds, in logs.
    Log,
    Nothing,
}

/// Everything that can delay requests.
#[derive(Clone, Default)]
pub(crate) struct Delays {
    pub(crate) limit: RateLimit,
    pub(crate) requests: RequestDelays,
}

impl Delays {
    /// The reason for a delay, to be appended to the progress.
    fn reason(&self) -> String {
        match (self.requests.first(), self.limit.remaining()) {
            (Some(Delay { why, until: Some(until) }), _) => {
                let left = until.saturating_duration_since(Instant::now()).as_secs() + 1;
                format!("; {why}, {} more", counted(left as usize, "second"))
            }
            (Some(Delay { why, until: None }), _) => format!("; {why}"),
            (None, Some(left)) if left < THROTTLED => {
                let left = counted(left as usize, "request");
                format!("; throttled: {left} left in rate-limit window")
            }
            _ => String::new(),
        }
    }
}

/// The progress of an operation. A line on the terminal is cleared when the value is dropped.
pub(crate) struct ProgressLine {
    line: ProgressBar,
    delays: Delays,
    interruption: Box<dyn Progress + Send>,
}

impl ProgressLine {
    pub(crate) fn new(delays: Delays, interruption: impl Progress + Send + 'static) -> Self {
        let interruption = Box::new(interruption);
        let progress = Self { line: ProgressBar::hidden(), delays, interruption };
        progress.style("{spinner} {msg}{delay}");
        progress.line.set_message("waiting for the API");
        progress
    }

    /// Shows the progress while `work` runs, if it takes long.
    pub(crate) async fn during<T>(&self, display: Display, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        match display {
            Display::Line => {
                if let Ok(done) = tokio::time::timeout(QUICK, &mut work).await {
                    return done;
                }
                self.line.set_draw_target(ProgressDrawTarget::stderr());
                self.line.enable_steady_tick(TICK);
                work.await
            }
            Display::Log => loop {
                match tokio::time::timeout(LOG_INTERVAL, &mut work).await {
                    Ok(done) => return done,
                    Err(_) => {
                        let (line, delay) = (self.line.message(), self.delays.reason());
                        message::note(&format!("{line}{delay}"));
                    }
                }
            },
            Display::Nothing => work.await,
        }
    }

    fn style(&self, template: &str) {
        let delays = self.delays.clone();
        let delay = move |_: &ProgressState, to: &mut dyn fmt::Write| {
            // The line is redrawn soon.
            to.write_str(&delays.reason()).ok();
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.line.set_style(style.with_key("delay", delay));
        }
    }

    fn begin_with(&self, length: usize) {
        self.style("{wide_bar} {msg}{delay}");
        self.line.set_length(length as u64);
        self.line.set_position(0);
    }

    /// Shows how many things are done.
    pub(crate) fn count(&self, verb: &str, done: usize, total: usize, of: &str) {
        if done == 0 {
            self.begin_with(total);
        }
        self.line.set_position(done as u64);
        self.line.set_message(format!("{verb} {done} of {}", counted(total, of)));
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
    fn read(&self, groups: usize, total: usize) {
        self.count("read", groups, total, "group");
    }

    fn begin(&self, steps: usize) {
        self.interruption.begin(steps);
        self.begin_with(steps);
        self.show_steps();
    }

    fn ended(&self, _: &Step, _: Option<&dyn fmt::Display>) {
        self.line.inc(1);
        self.show_steps();
    }

    fn is_cancelled(&self) -> bool {
        self.interruption.is_cancelled()
    }
}
