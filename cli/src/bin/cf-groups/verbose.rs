//! `--verbose`: each request on standard error, from the spans and events of the client, in which
//! there are no credentials, email addresses or bodies.

use std::collections::BTreeMap;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::failure::{Failure, note};

/// Shows requests from now on.
pub(crate) fn switch_on() -> Result<(), Failure> {
    let subscriber = tracing_subscriber::registry().with(Requests);
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::failed)
}

struct Requests;

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

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Requests {
    /// The libraries below the client trace as well, and tell more than should be shown.
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
        let Some(span) = context.event_span(event) else { return };
        let extensions = span.extensions();
        let Some(call) =
            extensions.get::<Fields>().filter(|call| call.get("url.template").is_some())
        else {
            return;
        };
        let mut attempt = Fields::default();
        event.record(&mut attempt);
        note(&line(call, &attempt));
    }
}

fn line(call: &Fields, attempt: &Fields) -> String {
    let or_unknown = |text: Option<&str>| text.unwrap_or("?").to_owned();
    let outcome = attempt.get("http.response.status_code").or(attempt.get("error.type"));
    let mut line = format!(
        "{} {}: {} in {} ms",
        or_unknown(call.get("http.request.method")),
        or_unknown(call.get("url.template")),
        or_unknown(outcome),
        or_unknown(attempt.get("duration_ms")),
    );
    if let Some(again) = attempt.get("http.request.resend_count").filter(|count| *count != "0") {
        line.push_str(&format!(", sent again ({again})"));
    }
    if let Some(ray) = attempt.get("cloudflare.ray_id") {
        line.push_str(&format!(", ray {ray}"));
    }
    line
}
