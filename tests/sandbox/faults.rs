//! Every fault on every operation: what the caller gets, and how many requests were sent.
//!
//! The table is `expected/faults.txt`. To accept another, run the tests with `UPDATE_EXPECTED=1`
//! and read the difference. Rules that hold for every row are asserted here.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use cloudflare_user_groups::{Account, AccountId, Error, MemberId, RateLimit, Result, RetryPolicy};
use cloudflare_user_groups_sandbox::fault::FaultBody;
use cloudflare_user_groups_sandbox::{
    Exchange, Fault, FaultKind, FaultPlan, ResponseStatus, Sandbox,
};
use futures_util::StreamExt;

use crate::operations::{OPERATIONS, Operation, Subject};

const ATTEMPTS: usize = 3;

fn faults() -> Vec<(&'static str, Fault)> {
    let status = |code, body| Fault::status_with(code, body);
    let html = || FaultBody::Html("<html><h1>Sorry</h1></html>".to_owned());
    vec![
        ("connection closed before the request was read", Fault::new(FaultKind::CloseBeforeRead)),
        ("applied, then closed without a response", Fault::new(FaultKind::CloseBeforeResponse)),
        ("applied, then cut in the body", Fault::new(FaultKind::CutBody)),
        ("applied, response too late", Fault::delay(Duration::from_secs(20))),
        (
            "applied, response drop by drop",
            Fault::new(FaultKind::SlowDrip { bytes: 1, every_ms: 500 }),
        ),
        ("applied, content-length too large", Fault::new(FaultKind::ContentLength { off_by: 9 })),
        ("applied, content-length too small", Fault::new(FaultKind::ContentLength { off_by: -9 })),
        ("applied, JSON cut off", Fault::new(FaultKind::TruncatedJson)),
        (
            "applied, another content type",
            Fault::new(FaultKind::ContentType { value: "text/html".into() }),
        ),
        ("endless body", Fault::new(FaultKind::EndlessBody)),
        ("200, success is false", Fault::new(FaultKind::SuccessFalse)),
        ("200, HTML", status(200, html())),
        ("applied, 200, empty", status(200, FaultBody::Empty).applied(true)),
        ("redirect to another origin", redirect()),
        ("400, JSON", Fault::status(400)),
        ("401, JSON", Fault::status(401)),
        ("403, HTML", status(403, html())),
        ("404, JSON", Fault::status(404)),
        ("408, empty", status(408, FaultBody::Empty)),
        ("429, text", status(429, FaultBody::Text("error code: 1015".into()))),
        ("429, Retry-After: 0", Fault::status(429).retry_after("0")),
        ("429, Retry-After: 200", Fault::status(429).retry_after("200")),
        ("500, JSON", Fault::status(500)),
        ("501, JSON", Fault::status(501)),
        ("502, HTML", status(502, html())),
        ("applied, 503", Fault::status(503).applied(true)),
        ("522, HTML", status(522, html())),
        ("530, text", status(530, FaultBody::Text("error code: 1033".into()))),
    ]
}

fn redirect() -> Fault {
    Fault::new(FaultKind::Redirect { location: "https://example.com/".into(), code: 307 })
}

/// A group with one member, which is the first of the account.
struct Scene {
    sandbox: Sandbox,
    account: Account,
    subject: Subject,
}

impl Scene {
    async fn new(operation: &str, fault: Fault) -> Self {
        let sandbox = Sandbox::builder()
            .contract(cloudflare_user_groups_sandbox::Contract::Current)
            .start()
            .await
            .unwrap();
        let client = crate::client(&sandbox)
            .timeout(Duration::from_secs(60))
            .attempt_timeout(Duration::from_secs(2))
            .body_limit(1024 * 1024)
            .rate_limit(RateLimit::off())
            .settle_times([1, 2].map(Duration::from_millis))
            // A 404 is not retried here.
            .new_group_timeout(Duration::ZERO)
            .retry(
                RetryPolicy::default()
                    .max_attempts(ATTEMPTS as u32)
                    .initial_backoff(Duration::from_millis(1)),
            )
            .build()
            .unwrap();
        let account = client.account(AccountId::new(sandbox.account_id()).unwrap());
        let groups = account.user_groups();
        let group = groups.create("SRE").await.unwrap().id;
        let members = sandbox.account().members.into_iter().take(3);
        let members: Vec<_> = members.map(|it| MemberId::new(it.id).unwrap()).collect();
        groups.members(&group).add(&members[..1]).await.unwrap();
        let (member, members) = (members[0].clone(), members[1..].to_vec());
        let subject = Subject { group, name: "New", member, members };
        sandbox.set_faults(&FaultPlan::new(1).fault(fault.on(operation))).unwrap();
        sandbox.clear_log();
        Self { sandbox, account, subject }
    }

    /// Whether the effect of the operation is there. Reading has none.
    fn has_effect(&self, operation: &Operation) -> bool {
        let account = self.sandbox.account();
        operation.effect.is_none_or(|is_there| is_there(&account, &self.subject))
    }
}

/// The outcome of one operation with one fault.
struct Row {
    text: String,
    problem: Option<String>,
}

async fn row(fault: Fault, operation: &'static Operation) -> Row {
    let scene = Scene::new(operation.id, fault).await;
    let result = operation.send_about(&scene.account, &scene.subject).await;
    let sent = scene.sandbox.log();
    let requests = sent.iter().filter(|exchange| exchange.operation == Some(operation.id)).count();
    let reads = sent.len() - requests;
    let effect = scene.has_effect(operation);
    let created = scene.sandbox.account().user_groups.iter().filter(|it| it.name == "New").count();

    let mut text = match requests {
        1 => "1 request".to_owned(),
        many => format!("{many} requests"),
    };
    if reads > 0 {
        write!(text, " + {reads} to read").unwrap();
    }
    write!(text, ", {}", outcome(&result)).unwrap();

    let known = |error: &Error| !error.outcome_unknown();
    let problem = match &result {
        Ok(_) if !effect => Some("it succeeded, and nothing was changed"),
        Err(error) if effect && known(error) && operation.changes() => {
            Some("it failed with a known outcome, and it was applied")
        }
        _ if created > 1 => Some("a group was created twice"),
        _ if operation.id == "account-user-group-create" && retried_blindly(&sent) => {
            Some("a creation was retried that may have been processed")
        }
        _ if requests > ATTEMPTS => Some("too many attempts"),
        Err(error) if error.attempts() as usize != sent.len() => Some("attempts() is wrong"),
        _ => None,
    };
    Row { text, problem: problem.map(str::to_owned) }
}

/// Whether a creation was retried without reading in between, although it may have been applied.
fn retried_blindly(sent: &[Exchange]) -> bool {
    let refused = |it: &Exchange| it.response == ResponseStatus::Status(429);
    let creates = |it: &Exchange| it.operation == Some("account-user-group-create");
    sent.windows(2).any(|two| creates(&two[0]) && creates(&two[1]) && !refused(&two[0]))
}

fn outcome(result: &Result<String>) -> String {
    let Err(error) = result else { return "success".to_owned() };
    let mut words = match error.status() {
        Some(status) => format!("error {}", status.as_u16()),
        None if error.is_timeout() => "timeout".to_owned(),
        None => "no response".to_owned(),
    };
    for (is_so, word) in [
        (error.outcome_unknown(), "outcome unknown"),
        (error.is_retryable(), "retryable"),
        (error.retry_after().is_some(), "says when to retry"),
    ] {
        if is_so {
            write!(words, ", {word}").unwrap();
        }
    }
    words
}

#[tokio::test]
async fn every_fault_on_every_operation() {
    let cells = faults().into_iter().flat_map(|(name, fault)| {
        [("once", fault.clone().count(1)), ("always", fault)].into_iter().flat_map(
            move |(how_often, fault)| {
                OPERATIONS.iter().map(move |operation| {
                    (format!("{name}, {how_often}"), fault.clone(), operation)
                })
            },
        )
    });
    let rows: Vec<_> =
        futures_util::stream::iter(cells)
            .map(|(name, fault, operation)| async move {
                (name, operation.id, row(fault, operation).await)
            })
            .buffered(48)
            .collect()
            .await;

    let mut table = String::new();
    for fault in rows.chunk_by(|(one, ..), (other, ..)| one == other) {
        writeln!(table, "{}", fault[0].0).unwrap();
        let mut outcomes: Vec<&str> = Vec::new();
        for (_, _, row) in fault {
            if !outcomes.contains(&row.text.as_str()) {
                outcomes.push(&row.text);
            }
        }
        for text in outcomes {
            let by = fault.iter().filter(|(_, _, row)| row.text == text);
            let by: Vec<_> = by
                .map(|(_, id, _)| {
                    id.trim_start_matches("account-").trim_start_matches("user-group-")
                })
                .collect();
            writeln!(table, "  {text}: {}", by.join(", ")).unwrap();
        }
    }
    let problems: Vec<_> = rows
        .iter()
        .filter_map(|(name, id, row)| Some(format!("{name}: {id}: {}", row.problem.as_ref()?)))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    expect(&table, "faults.txt");
}

#[track_caller]
fn expect(text: &str, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/expected").join(file);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let different: Vec<_> = text
        .lines()
        .zip(expected.lines())
        .filter(|(new, old)| new != old)
        .map(|(new, old)| format!("- {old}\n+ {new}"))
        .collect();
    assert!(different.is_empty(), "not as in {file}:\n{}", different.join("\n"));
    assert_eq!(text.lines().count(), expected.lines().count(), "{file} has other lines");
}
