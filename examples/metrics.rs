//! Metrics from what the client traces: how often each operation was called, with what outcome, how
//! often it was sent again, and how long its attempts took.
//!
//! `cargo run --example metrics`

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cloudflare_user_groups::{AccountId, Client, UserGroupId};
use cloudflare_user_groups_sandbox::Sandbox;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// What is known of the calls of one operation.
#[derive(Debug, Default)]
struct Operation {
    calls: u64,
    resent: u64,
    attempt_ms: u64,
    outcomes: BTreeMap<String, u64>,
}

/// Counts in memory; a real program would hand the numbers to its metrics library instead.
#[derive(Clone, Default)]
struct Metrics(Arc<Mutex<BTreeMap<String, Operation>>>);

/// The fields of a span or event, as text.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Fields {
    fn operation(&self) -> String {
        let text = |name| self.0.get(name).map_or("?", String::as_str);
        format!("{} {}", text("http.request.method"), text("url.template"))
    }

    fn number(&self, name: &str) -> u64 {
        self.0.get(name).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Metrics {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut attempt = Fields::default();
        event.record(&mut attempt);
        if let Some(span) = context.event_span(event)
            && let Some(call) = span.extensions().get::<Fields>()
        {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(call.operation()).or_default().attempt_ms += attempt.number("duration_ms");
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let extensions = span.extensions();
        let Some(call) = extensions.get::<Fields>() else { return };
        let outcome = call.0.get("http.response.status_code").or(call.0.get("error.type"));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let operation = all.entry(call.operation()).or_default();
        operation.calls += 1;
        operation.resent += call.number("http.request.resend_count");
        *operation.outcomes.entry(outcome.cloned().unwrap_or_default()).or_default() += 1;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let metrics = Metrics::default();
    let subscriber = tracing_subscriber::registry().with(metrics.clone());
    tracing::subscriber::set_global_default(subscriber)?;

    let sandbox = Sandbox::start().await?;
    let client =
        Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url()).build()?;
    let groups = client.account(AccountId::new(sandbox.account_id())?).user_groups();
    for name in ["SRE", "Platform", "Web"] {
        groups.create(name).await?;
    }
    let missing = UserGroupId::new("00000000000000000000000000000000")?;
    println!("{} groups", groups.list().all().await?.len());
    println!("found: {}", groups.get(missing).await.is_ok());

    for (name, operation) in &*metrics.0.lock().unwrap_or_else(PoisonError::into_inner) {
        println!("{name}: {operation:?}");
    }
    Ok(())
}
