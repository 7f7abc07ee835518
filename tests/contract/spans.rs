//! The spans of calls, with OpenTelemetry's names.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Instrument, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use crate::operations::{group, group_json};
use crate::server::{Reply, Server};

type Fields = BTreeMap<&'static str, String>;

/// Collects the fields of all spans of calls.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<BTreeMap<u64, Fields>>>);

struct Collect<'a>(&'a mut Fields);

impl Visit for Collect<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if attributes.metadata().name() == "call" {
            let mut spans = self.0.lock().unwrap();
            attributes.record(&mut Collect(spans.entry(id.into_u64()).or_default()));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        if let Some(fields) = self.0.lock().unwrap().get_mut(&id.into_u64()) {
            values.record(&mut Collect(fields));
        }
    }
}

/// The fields of the span of one call.
async fn span(server: &Server) -> Fields {
    let spans = Spans::default();
    let subscriber = Registry::default().with(spans.clone());
    let get = server.account().user_groups().get(group());
    let _default = tracing::subscriber::set_default(subscriber);
    let _ = async { get.await }.in_current_span().await;
    let mut all = std::mem::take(&mut *spans.0.lock().unwrap());
    all.pop_first().expect("there is a span").1
}

#[tokio::test]
async fn span_is_named_by_the_operation_and_shows_the_server() {
    let server =
        Server::start(|_| Reply::json(&json!({ "success": true, "result": group_json() }))).await;
    let span = span(&server).await;
    let expected = [
        ("otel.name", "account-user-group-details"),
        ("otel.kind", "client"),
        ("server.address", "127.0.0.1"),
        ("http.request.method", "GET"),
        ("url.template", "/accounts/{account_id}/iam/user_groups/{user_group_id}"),
        ("http.response.status_code", "200"),
        ("http.request.resend_count", "0"),
    ];
    for (name, value) in expected {
        assert_eq!(span.get(name).map(String::as_str), Some(value), "{name}: {span:?}");
    }
    assert!(server.base_url().contains(&format!(":{}/", span["server.port"])), "{span:?}");
    assert!(!span.contains_key("error.type"), "{span:?}");
}

#[tokio::test]
async fn error_type_is_the_status_or_the_kind() {
    let refused = Server::start(|_| Reply::new(403, r#"{"success":false}"#));
    let closed = Server::start(|_| Reply::Close);
    for (server, expected) in [(refused.await, "403"), (closed.await, "connection_lost")] {
        let span = span(&server).await;
        assert_eq!(span.get("error.type").map(String::as_str), Some(expected), "{span:?}");
    }
}
