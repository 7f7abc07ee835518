//! Calls that consist of several requests: one deadline, one count of requests, and a doubt that is
//! kept.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::client::Client;
use crate::error::Error;
use crate::raw;
use crate::transport::{Call, Options, Trace};

/// A call that sends one request after another.
pub(crate) struct Composite<'a> {
    client: &'a Client,
    /// The operation that the caller requested.
    operation: &'static str,
    options: Options,
    started: Instant,
    deadline: Instant,
    trace: Arc<Trace>,
    /// Whether a request may have been applied without a response that says so.
    in_doubt: bool,
}

impl<'a> Composite<'a> {
    pub(crate) fn new(client: &'a Client, operation: &'static str, mut options: Options) -> Self {
        let (started, deadline) = (Instant::now(), options.deadline());
        let trace = Arc::clone(options.trace.get_or_insert_default());
        options.deadline = Some(deadline);
        Self { client, operation, options, started, deadline, trace, in_doubt: false }
    }

    /// A request of this call.
    pub(crate) fn request(&self) -> Call {
        self.client.call(self.options())
    }

    /// What a request of this call may take.
    pub(crate) fn options(&self) -> Options {
        self.options.clone()
    }

    /// How often a request may be retried after its outcome was resolved. Each time may have
    /// attempts of its own, which provably were not processed.
    pub(crate) fn max_rounds(&self) -> u32 {
        self.options.retry.attempts()
    }

    /// Waits, unless the deadline comes first.
    pub(crate) async fn wait(&self, time: Duration) -> bool {
        let fits = Instant::now().checked_add(time).is_some_and(|until| until < self.deadline);
        if fits {
            tokio::time::sleep(time).await;
        }
        fits
    }

    /// From now on every error of this call says that its outcome is unknown.
    pub(crate) fn doubt(&mut self) {
        self.in_doubt = true;
    }

    pub(crate) fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// The error of a request as the error of the whole call.
    pub(crate) fn fail(&self, error: Error) -> Error {
        error.of_call(raw::operation(self.operation), self.trace.requests(), self.in_doubt)
    }

    /// When this call began by the clock of the server, at the latest: the `Date` of the last
    /// response less the time since then. A `Date` has no fractions of a second and a response
    /// takes its time, so the real moment is never before it. The clock of this machine does not
    /// matter.
    pub(crate) fn started_on_server(&self) -> Option<SystemTime> {
        let (date, received) = self.trace.date()?;
        date.checked_sub(received.duration_since(self.started))
    }
}
