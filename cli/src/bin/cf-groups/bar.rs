//! How far a command is, on standard error, for what takes long.

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use cf_groups_engine::{FailedStep, Progress, Skipped, Step, counted};
use cloudflare_user_groups::RateLimit;
use indicatif::style::ProgressTracker;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::attempts::{Trouble, Troubles};

/// What is done sooner shows nothing.
const SOON: Duration = Duration::from_millis(400);
const TICK: Duration = Duration::from_millis(200);

/// Of the documented limit, the part that the client spreads over time. It slows down there.
const FEW_LEFT: u64 = 300;

/// What may keep requests waiting.
#[derive(Clone, Default)]
pub(crate) struct Obstacles {
    pub(crate) limit: RateLimit,
    pub(crate) troubles: Troubles,
}

/// A line that tells how far it is. It is gone when the value is.
pub(crate) struct Bar {
    line: ProgressBar,
    obstacles: Obstacles,
}

/// Shows a line while something is done, if that takes long.
pub(crate) async fn during<T>(obstacles: &Obstacles, work: impl AsyncFnOnce(&Bar) -> T) -> T {
    let bar = Bar { line: ProgressBar::hidden(), obstacles: obstacles.clone() };
    bar.style("{spinner} {msg}{waiting}");
    bar.line.set_message("waiting for the API");
    let mut work = pin!(work(&bar));
    if let Ok(done) = tokio::time::timeout(SOON, &mut work).await {
        return done;
    }
    bar.line.set_draw_target(ProgressDrawTarget::stderr());
    bar.line.enable_steady_tick(TICK);
    work.await
}

impl Bar {
    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.line.set_style(style.with_key("waiting", Waiting(self.obstacles.clone())));
        }
    }

    fn begin_with(&self, length: usize) {
        self.style("{wide_bar} {msg}{waiting}");
        self.line.set_length(length as u64);
        self.line.set_position(0);
    }

    fn step(&self) {
        self.line.inc(1);
        self.tell_steps();
    }

    fn tell_steps(&self) {
        let steps = usize::try_from(self.line.length().unwrap_or_default()).unwrap_or(usize::MAX);
        self.line.set_message(format!("{} of {}", self.line.position(), counted(steps, "step")));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

impl Progress for Bar {
    fn read(&self, groups: usize, of: usize) {
        if groups == 0 {
            self.begin_with(of);
        }
        self.line.set_position(groups as u64);
        self.line.set_message(format!("read {groups} of {}", counted(of, "group")));
    }

    fn begin(&self, steps: usize) {
        self.begin_with(steps);
        self.tell_steps();
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

/// What is waited for.
#[derive(Clone)]
struct Waiting(Obstacles);

impl ProgressTracker for Waiting {
    fn clone_box(&self) -> Box<dyn ProgressTracker> {
        Box::new(self.clone())
    }

    fn tick(&mut self, _: &ProgressState, _: Instant) {}

    fn reset(&mut self, _: &ProgressState, _: Instant) {}

    fn write(&self, _: &ProgressState, to: &mut dyn fmt::Write) {
        let Obstacles { limit, troubles } = &self.0;
        let told = match (troubles.first(), limit.remaining()) {
            (Some(Trouble { why, until: Some(until) }), _) => {
                let left = until.saturating_duration_since(Instant::now()).as_secs() + 1;
                write!(to, "; {why}, {} more", counted(left as usize, "second"))
            }
            (Some(Trouble { why, until: None }), _) => write!(to, "; {why}"),
            (None, Some(left)) if left < FEW_LEFT => {
                let left = counted(left as usize, "request");
                write!(to, "; slowly, {left} left before the rate limit")
            }
            _ => Ok(()),
        };
        // What cannot be drawn is drawn again soon.
        told.ok();
    }
}
