//! Marked credentials and an address, looked for in everything that a program may show or write
//! down.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloudflare_user_groups::{
    AccountId, Client, ClientBuilder, RateLimit, RetryPolicy, UserGroups,
};
use cloudflare_user_groups_sandbox::fault::FaultBody;
use cloudflare_user_groups_sandbox::{Fault, FaultKind, FaultPlan, Sandbox};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::operations::{group, member};

const TOKEN: &str = "MARKED-token-0123456789";
const KEY: &str = "MARKED-key-0123456789";
const EMAIL: &str = "marked-owner@example.com";
const ADDRESS: &str = "marked-person";
const NAME: &str = "marked-name";

/// Everything that is traced or logged, at any level, by any crate.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<Vec<(String, String)>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Everything {
    fn note(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Text)) {
        let mut text = Text(format!("{} {}", metadata.target(), metadata.name()));
        record(&mut text);
        // What the `log` crate says comes with its own target as a field.
        let target = format!("{} {}", metadata.target(), text.0);
        self.0.lock().unwrap().push((target, text.0));
    }
}

impl<S: Subscriber> Layer<S> for Everything {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.note(attributes.metadata(), |text| attributes.record(text));
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut text = Text("record".to_owned());
        values.record(&mut text);
        self.0.lock().unwrap().push(("cloudflare_user_groups".to_owned(), text.0));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.note(event.metadata(), |text| event.record(text));
    }
}

/// Faults of all kinds, most of which repeat what must not be shown.
fn faults(credential: &str) -> Vec<Fault> {
    let echo = format!("<html>{credential}</html>");
    let errors = serde_json::json!({
        "success": false,
        "errors": [{ "code": 1000, "message": echo, "documentation_url": echo,
            "source": { "pointer": echo }, "error_chain": [{ "code": 1001, "message": echo }] }],
        "messages": [],
        "result": null,
    });
    vec![
        Fault::status_with(403, FaultBody::Html(echo.clone())),
        Fault::status_with(200, FaultBody::Html(echo.clone())),
        Fault::status_with(400, FaultBody::Json(errors.clone())),
        Fault::status_with(200, FaultBody::Json(errors)),
        Fault::status_with(500, FaultBody::Text(echo.clone())),
        Fault::status_with(200, FaultBody::Json(serde_json::json!({ "success": echo }))),
        Fault::status(429).retry_after("1000"),
        Fault::new(FaultKind::CloseBeforeResponse),
        Fault::new(FaultKind::TruncatedJson),
        Fault::new(FaultKind::Redirect { location: "http://127.0.0.1:1/".to_owned(), code: 307 }),
    ]
}

/// Calls everything once, and gives all that it says.
async fn call_all(groups: &UserGroups) -> String {
    let mut said = String::new();
    let members = groups.members(group());
    write!(said, "{groups:?} {members:?} {:?} {:?}", groups.create(NAME), groups.list()).unwrap();
    write!(said, "{:?} {:?}", groups.get(group()), groups.update(group()).name(NAME)).unwrap();
    write!(said, "{:?} {:?}", members.add([member()]), members.list().stream()).unwrap();
    let errors = [
        groups.list().name_contains(NAME).all().await.err(),
        members.list().email_contains(ADDRESS).all().await.err(),
        groups.create(NAME).await.err(),
        groups.create(NAME).await.err(),
        groups.update(group()).name(NAME).await.err(),
        groups.get(group()).await.err(),
        groups.delete(group()).await.err(),
    ];
    for error in errors.into_iter().flatten() {
        write!(said, "{error}\n{error:?}\n{error:#?}\n").unwrap();
        write!(said, "{:?} {:?} {:?}", error.errors(), error.ray_id(), error.operation()).unwrap();
    }
    said
}

fn client(builder: ClientBuilder, sandbox: &Sandbox) -> Client {
    let builder = builder
        .base_url(sandbox.base_url())
        .rate_limit(RateLimit::off())
        .retry(RetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_millis(1)));
    assert!(!format!("{builder:?}").contains("MARKED"));
    builder.build().unwrap()
}

#[tokio::test]
async fn no_credential_address_name_or_body_is_shown_or_written_down() {
    let everything = Everything::default();
    tracing_log::LogTracer::init().unwrap();
    let subscriber = tracing_subscriber::registry().with(everything.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let sandbox = Sandbox::builder().token(TOKEN).api_key(EMAIL, KEY).start().await.unwrap();
    let account = AccountId::new(sandbox.account_id()).unwrap();
    let clients = [
        (client(Client::builder().api_token(TOKEN), &sandbox), format!("Bearer {TOKEN}")),
        (client(Client::builder().api_key(EMAIL, KEY), &sandbox), format!("{EMAIL} {KEY}")),
    ];
    let mut said = String::new();
    for (client, credential) in &clients {
        write!(said, "{client:?} {client:#?} {:?}", client.account(&account)).unwrap();
        let groups = client.account(&account).user_groups();
        sandbox.set_faults(&FaultPlan::new(1)).unwrap();
        said += &call_all(&groups).await;
        for fault in faults(credential) {
            sandbox.set_faults(&FaultPlan::new(1).fault(fault)).unwrap();
            said += &call_all(&groups).await;
        }
    }

    let credentials = [TOKEN, KEY];
    assert!(said.contains("[redacted]"), "the faults repeat what must not be shown");
    assert!(!credentials.iter().any(|secret| said.contains(secret)), "{said}");
    assert!(!said.contains(EMAIL), "{said}");
    let traced = everything.0.lock().unwrap();
    let of_ours = |target: &str| target.starts_with("cloudflare_user_groups");
    let ours = traced.iter().filter(|(target, _)| of_ours(target)).count();
    assert!(ours > 100, "{ours} lines of this crate's own were traced");
    for (target, text) in traced.iter() {
        assert!(!credentials.iter().any(|secret| text.contains(secret)), "{text}");
        let private = [EMAIL, ADDRESS, NAME, "success"];
        let shown = of_ours(target) && private.iter().any(|private| text.contains(private));
        assert!(!shown, "{text}");
    }
}
