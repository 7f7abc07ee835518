//! Counts calls by operation and outcome, from the spans of the client.
//!
//! `cargo run --example metrics`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cloudflare_user_groups::UserGroupId;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// Counts in memory. A program gives the numbers to its metrics library instead.
#[derive(Clone, Default)]
struct Metrics(Arc<Mutex<BTreeMap<String, u64>>>);

/// The fields of a span, as text.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").replace('"', ""));
    }
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Metrics {
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

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let extensions = span.extensions();
        let Some(Fields(call)) = extensions.get::<Fields>() else { return };
        let Some(operation) = call.get("otel.name") else { return };
        let outcome = call.get("error.type").map_or("ok", String::as_str);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(format!("{operation} {outcome}")).or_default() += 1;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let metrics = Metrics::default();
    tracing::subscriber::set_global_default(Registry::default().with(metrics.clone()))?;

    let sandbox = support::sandbox().await?;
    let groups = support::account(&sandbox)?.user_groups();
    for name in ["Release", "On call"] {
        groups.create(name).await?;
    }
    let missing = UserGroupId::new("00000000000000000000000000000000")?;
    println!("found: {}", groups.get(missing).await.is_ok());

    for (call, count) in &*metrics.0.lock().unwrap_or_else(PoisonError::into_inner) {
        println!("{call}: {count}");
    }
    Ok(())
}
