//! A log of the attempts of requests, from the tracing spans and events of the client. They contain
//! no credentials, email addresses or bodies. With `--verbose` it is printed on standard error;
//! otherwise the progress line shows why a request is delayed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::message::{note, warning};
use crate::exit::{CommandError, Result};

/// Prints each attempt from now on.
pub(crate) fn print() -> Result<()> {
    listen(Lines)
}

/// The delays of requests in flight.
#[derive(Clone, Default)]
pub(crate) struct RequestDelays(Arc<Mutex<BTreeMap<u64, Delay>>>);

/// Why a request is delayed.
#[derive(Clone)]
pub(crate) struct Delay {
    pub(crate) why: String,
    /// When the next attempt is due.
    pub(crate) until: Option<Instant>,
}

impl Delay {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), until: None }
    }
}

impl RequestDelays {
    /// Records delays from now on.
    pub(crate) fn record(&self) -> Result<()> {
        listen(self.clone())
    }

    pub(crate) fn first(&self) -> Option<Delay> {
        self.lock().values().next().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Delay>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listen(listener: impl Listener) -> Result<()> {
    let subscriber = tracing_subscriber::registry().with(Requests(listener));
    tracing::subscriber::set_global_default(subscriber).map_err(CommandError::failed)
}

/// Receives each attempt, each wait before an attempt, and the end of each request.
trait Listener: Send + Sync + 'static {
    fn attempt(&self, id: &Id, call: &Fields, attempt: &Fields);

    fn waiting(&self, id: &Id, call: &Fields, wait: Duration);

    fn end(&self, _: &Id) {}
}

struct Lines;

impl Listener for Lines {
    fn attempt(&self, _: &Id, call: &Fields, attempt: &Fields) {
        note(&line(call, attempt));
    }

    fn waiting(&self, _: &Id, call: &Fields, wait: Duration) {
        note(&format!("{}: waiting {} ms", request(call), wait.as_millis()));
    }
}

impl Listener for RequestDelays {
    fn attempt(&self, id: &Id, _: &Fields, attempt: &Fields) {
        match delay_of(attempt) {
            Some(delay) => self.lock().insert(id.into_u64(), delay),
            None => self.lock().remove(&id.into_u64()),
        };
    }

    fn waiting(&self, id: &Id, _: &Fields, wait: Duration) {
        let mut delays = self.lock();
        let delay = delays.entry(id.into_u64()).or_insert_with(|| Delay::new(RATE_LIMIT));
        delay.until = Some(Instant::now() + wait);
    }

    fn end(&self, id: &Id) {
        self.lock().remove(&id.into_u64());
    }
}

struct Requests<L>(L);

/// The fields of a span or event, as text.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>, L: Listener> Layer<S> for Requests<L> {
    /// The libraries below the client also trace, with details that must not be shown.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with("cloudflare_user_groups")
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target().starts_with(SHARED_LIMIT) && *metadata.level() <= Level::INFO {
            return notice(event);
        }
        let Some(span) = context.event_span(event) else { return };
        let extensions = span.extensions();
        let Some(call) =
            extensions.get::<Fields>().filter(|call| call.get("url.template").is_some())
        else {
            return;
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        match fields.get("wait_ms").and_then(|wait| wait.parse().ok()) {
            Some(wait) => self.0.waiting(&span.id(), call, Duration::from_millis(wait)),
            None => self.0.attempt(&span.id(), call, &fields),
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.0.end(&id);
    }
}

const SHARED_LIMIT: &str = "cloudflare_user_groups_redis";

/// Prints an event that is no part of a request: the beginning and the end of an outage.
fn notice(event: &Event<'_>) {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let text = or_unknown(fields.get("message"));
    match fields.get("problem") {
        Some(problem) => warning(&format!("{text}: {problem}")),
        None => note(text),
    }
}

const RATE_LIMIT: &str = "waiting for the rate limit";

/// Why the client retries after this attempt.
fn delay_of(attempt: &Fields) -> Option<Delay> {
    let why = match (attempt.get("http.response.status_code"), attempt.get("error.type")) {
        (Some("429"), _) => RATE_LIMIT.to_owned(),
        (Some(status), _) if status.starts_with('5') => {
            format!("retrying after HTTP {status}")
        }
        (Some(_), _) => return None,
        (None, kind) => format!("retrying after {}", kind?),
    };
    Some(Delay::new(why))
}

fn or_unknown(text: Option<&str>) -> &str {
    text.unwrap_or("?")
}

fn request(call: &Fields) -> String {
    let method = or_unknown(call.get("http.request.method"));
    format!("{method} {}", or_unknown(call.get("url.template")))
}

fn line(call: &Fields, attempt: &Fields) -> String {
    let outcome = attempt.get("http.response.status_code").or(attempt.get("error.type"));
    let mut line = format!(
        "{}: {} in {} ms",
        request(call),
        or_unknown(outcome),
        or_unknown(attempt.get("duration_ms")),
    );
    if let Some(again) = attempt.get("http.request.resend_count").filter(|count| *count != "0") {
        line.push_str(&format!(", retry {again}"));
    }
    if let Some(ray) = attempt.get("cloudflare.ray_id") {
        line.push_str(&format!(", ray {ray}"));
    }
    line
}
