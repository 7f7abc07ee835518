//! Faults of the connection and the response.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cloudflare_user_groups_sandbox::fault::{FaultBody, RateLimit};
use cloudflare_user_groups_sandbox::{Fault, FaultKind, FaultPlan, ResponseStatus, Sandbox};
use common::{Client, Response, received, send};
use reqwest::Method;
use serde_json::{Value, json};

const CREATE: &str = "account-user-group-create";
const LIST: &str = "account-user-group-list";
const GROUPS: &str = "/iam/user_groups";

async fn client(fault: Fault) -> Client {
    planned(FaultPlan::new(1).fault(fault)).await
}

async fn planned(plan: FaultPlan) -> Client {
    Client::of(Sandbox::builder().faults(plan)).await
}

async fn create(client: &Client) -> Option<Response> {
    let request = client.request(Method::POST, GROUPS).json(&json!({ "name": "SRE" }));
    let response = received(request).await;
    assert!(response.as_ref().is_none_or(|it| it.header("cf-ray").is_some()), "{response:?}");
    response
}

fn groups(client: &Client) -> usize {
    client.sandbox.account().user_groups.len()
}

/// The last log entry: operation, applied, fault and response.
fn last(client: &Client) -> (Option<&'static str>, bool, Option<&'static str>, ResponseStatus) {
    let log = client.sandbox.log();
    let entry = log.last().unwrap();
    (entry.operation, entry.applied, entry.fault, entry.response)
}

#[tokio::test]
async fn faults_close_or_respond_and_apply_or_not() {
    let location = "http://127.0.0.1:1/steal";
    let redirect = FaultKind::Redirect { location: location.to_owned(), code: 307 };
    let close = Fault::new(FaultKind::CloseBeforeResponse);
    for (fault, name, status, applied) in [
        (Fault::new(FaultKind::CloseBeforeRead), "close_before_read", None, false),
        (close.clone(), "close_before_response", None, true),
        (close.applied(false), "close_before_response", None, false),
        (Fault::new(FaultKind::CutBody), "cut_body", Some(200), true),
        (Fault::new(FaultKind::SuccessFalse), "success_false", Some(200), false),
        (Fault::status(502).applied(true), "status", Some(502), true),
        (Fault::new(redirect), "redirect", Some(307), false),
    ] {
        let client = client(fault.count(1)).await;
        let response = create(&client).await;
        assert_eq!(response.as_ref().map(|it| it.status.as_u16()), status, "{name}");
        assert_eq!(groups(&client), usize::from(applied), "{name}");
        let logged = status.map_or(ResponseStatus::Closed, ResponseStatus::Status);
        assert_eq!(last(&client), (Some(CREATE), applied, Some(name), logged));
        let read = name != "close_before_read";
        let log = client.sandbox.log();
        assert_eq!(log[0].body, read.then(|| json!({ "name": "SRE" })));
        assert_eq!(log[0].body_bytes > 0, read);
        match (name, response) {
            ("cut_body", Some(response)) => assert_eq!(response.text.len(), response.length() / 2),
            ("redirect", Some(response)) => assert_eq!(response.header("location"), Some(location)),
            ("success_false" | "status", Some(response)) => {
                assert_eq!(response.json()["success"], false);
                assert!(response.json()["errors"][0]["code"].is_u64());
            }
            _ => {}
        }
        let again = create(&client).await.map(|it| it.status.as_u16());
        assert_eq!(again, Some(if applied { 400 } else { 200 }), "the next request is not hit");
    }
}

#[tokio::test]
async fn status_has_any_body() {
    let bodies = [
        (
            Some(FaultBody::Text("error code: 1015".to_owned())),
            Some("text/plain; charset=UTF-8"),
            "error code: 1015",
        ),
        (Some(FaultBody::Html("<html>".to_owned())), Some("text/html; charset=UTF-8"), "<html>"),
        (Some(FaultBody::Json(json!([1]))), Some("application/json"), "[1]"),
        (Some(FaultBody::Empty), None, ""),
    ];
    for (body, content_type, text) in bodies {
        for code in [200, 429, 503, 530] {
            let kind = FaultKind::Status { code, body: body.clone() };
            let client = client(Fault::new(kind).retry_after("7")).await;
            let response = create(&client).await.unwrap();
            assert_eq!((response.status.as_u16(), &*response.text), (code, text));
            assert_eq!(response.header("content-type"), content_type);
            assert_eq!(response.header("retry-after"), Some("7"));
            assert_eq!(groups(&client), 0);
            let logged = ResponseStatus::Status(code);
            assert_eq!(last(&client), (Some(CREATE), false, Some("status"), logged));
        }
    }
}

#[tokio::test]
async fn content_length_content_type_and_truncated_json() {
    let correct = Client::new().await.get(GROUPS).await;
    let list = async |kind| client(Fault::new(kind)).await.get(GROUPS).await;
    assert_eq!(correct.length(), correct.text.len());
    for off_by in [7_i64, -7, i64::MIN] {
        let response = list(FaultKind::ContentLength { off_by }).await;
        let announced = i64::try_from(correct.length()).unwrap().saturating_add(off_by).max(0);
        let announced = usize::try_from(announced).unwrap();
        assert_eq!(response.length(), announced);
        assert_eq!(response.text, correct.text[..announced.min(correct.length())]);
    }
    let response = list(FaultKind::ContentType { value: "text/html".to_owned() }).await;
    assert_eq!(
        (response.header("content-type"), &response.text),
        (Some("text/html"), &correct.text)
    );
    let response = list(FaultKind::TruncatedJson).await;
    assert_eq!(response.length(), response.text.len());
    assert_eq!(response.text, correct.text[..correct.text.len() / 2]);
}

#[tokio::test]
async fn endless_body_does_not_block_other_clients() {
    let client = client(Fault::new(FaultKind::EndlessBody).count(1)).await;
    let mut endless = client.request(Method::GET, GROUPS).send().await.unwrap();
    assert_eq!(endless.status(), 200);
    assert_eq!(endless.headers()["transfer-encoding"], "chunked");
    let mut body = Vec::new();
    while body.len() < 100_000 {
        body.extend(endless.chunk().await.unwrap().unwrap());
    }
    assert!(body.starts_with(b"{\"success\":true"));
    assert_eq!(client.get(GROUPS).await.status, 200, "other clients are served");
    assert!(endless.chunk().await.unwrap().is_some());
}

#[tokio::test]
async fn slow_drip_sends_small_pieces() {
    let pause = Duration::from_millis(2);
    let client = client(Fault::new(FaultKind::SlowDrip { bytes: 10, every_ms: 2 })).await;
    let started = Instant::now();
    let response = client.get(GROUPS).await;
    assert_eq!(response.json()["success"], true);
    assert_eq!(response.text.len(), response.length());
    let drops = u32::try_from(response.length().div_ceil(10)).unwrap();
    assert!(drops > 5 && started.elapsed() >= pause * drops);
}

#[tokio::test]
async fn delay_applies_before_the_response() {
    let delay = Duration::from_millis(300);
    let client = client(Fault::delay(delay).count(1)).await;
    let started = Instant::now();
    create(&client).await.unwrap();
    assert!(started.elapsed() >= delay);
    assert_eq!(last(&client), (Some(CREATE), true, Some("delay"), ResponseStatus::Status(200)));

    // A client that disconnects during the delay does not undo the request.
    let plan = FaultPlan::new(1).fault(Fault::delay(Duration::from_secs(3600)));
    client.sandbox.set_faults(&plan).unwrap();
    let body = json!({ "name": "Platform" });
    let request = tokio::spawn(send(client.request(Method::POST, GROUPS).json(&body)));
    let deadline = Instant::now() + Duration::from_secs(20);
    while groups(&client) < 2 {
        assert!(Instant::now() < deadline, "the request is not applied");
        tokio::task::yield_now().await;
    }
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    assert_eq!(groups(&client), 2);
}

#[tokio::test]
async fn ignore_page_and_repeat_last_page() {
    for (kind, name, page) in [(FaultKind::IgnorePage, "a", 1), (FaultKind::RepeatLastPage, "c", 3)]
    {
        let client = client(Fault::new(kind).on("*")).await;
        assert_eq!(client.get(&format!("{GROUPS}?page=9")).await.result(), json!([]));
        client.sandbox.clear_log();
        for name in ["a", "b", "c"] {
            client.group(name).await;
        }
        let body = client.get(&format!("{GROUPS}?per_page=1&page=9")).await.json();
        assert_eq!(
            (&body["result"][0]["name"], &body["result_info"]["page"]),
            (&json!(name), &json!(page))
        );
        assert_eq!(client.sandbox.log()[0].fault, None, "only lists are hit");
        assert!(last(&client).2.is_some());
    }
}

/// The requests left and the seconds of the `Ratelimit` header.
fn quota(response: &Response) -> (u64, u64) {
    let value = response.header("ratelimit").unwrap();
    let rest = value.strip_prefix("\"default\";r=").unwrap();
    let (left, seconds) = rest.split_once(";t=").unwrap();
    (left.parse().unwrap(), seconds.parse().unwrap())
}

#[tokio::test]
async fn rate_limit_counts_down_and_refuses() {
    let limit = RateLimit { requests: 2, window_seconds: 3600, enforced: true };
    let client = planned(FaultPlan::new(1).rate_limit(limit)).await;
    for left in [1, 0] {
        let response = client.get(GROUPS).await;
        assert_eq!(response.status, 200);
        assert_eq!(quota(&response).0, left);
        assert!((3500..=3600).contains(&quota(&response).1));
        assert_eq!(response.header("ratelimit-policy"), Some("\"default\";q=2;w=3600"));
    }
    let response = create(&client).await.unwrap();
    assert_eq!((response.status.as_u16(), &*response.text), (429, "error code: 1015"));
    // From the first refusal on, a whole window.
    assert_eq!(response.header("retry-after"), Some("3600"));
    assert_eq!(quota(&response), (0, 3600));
    assert_eq!(groups(&client), 0);
    let logged = ResponseStatus::Status(429);
    assert_eq!(last(&client), (Some(CREATE), false, Some("rate_limit"), logged));
    client.sandbox.reset();
    assert_eq!(client.get(GROUPS).await.status, 200, "a reset starts over");
}

#[tokio::test]
async fn faults_hit_refused_requests() {
    let client = client(Fault::new(FaultKind::CutBody)).await;
    let response = client.post(GROUPS, &json!({})).await;
    assert_eq!((response.status.as_u16(), response.text.len()), (400, response.length() / 2));
    assert!(!last(&client).1);
}

#[tokio::test]
async fn log_has_unknown_paths_and_no_credentials() {
    let file = std::env::temp_dir().join(format!("sandbox-log-{}.jsonl", std::process::id()));
    let client = Client::of(Sandbox::builder().token("marked-secret").log_file(&file)).await;
    create(&client).await.unwrap();
    client.get(&format!("{GROUPS}?page=0")).await;
    send(client.request(Method::PATCH, &format!("{GROUPS}?x=1"))).await;
    client.get("/nowhere").await;
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(!text.contains("marked-secret"));
    let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let path = format!("/client/v4/accounts/{}/iam/user_groups", client.sandbox.account_id());
    let first = json!({
        "operation": CREATE, "method": "POST", "path": path, "query": null, "body_bytes": 14,
        "body": { "name": "SRE" }, "applied": true, "fault": null, "response": 200,
    });
    assert_eq!(lines[0], first);
    let entry = |line: &Value| {
        (line["operation"].clone(), line["applied"].clone(), line["response"].clone())
    };
    assert_eq!(entry(&lines[1]), (json!(LIST), json!(false), json!(400)));
    assert_eq!(entry(&lines[2]), (json!(null), json!(false), json!(405)));
    assert_eq!(entry(&lines[3]), (json!(null), json!(false), json!(404)));
    assert_eq!(lines.len(), client.sandbox.log().len());
    assert_eq!(lines[2]["query"], "x=1");
    client.sandbox.clear_log();
    assert!(client.sandbox.log().is_empty());
}

#[test]
fn invalid_faults_report_the_place() {
    let wrong = [
        (json!({ "operation": "create", "fault": "cut_body" }), "operation"),
        (json!({ "probability": 1.5, "fault": "cut_body" }), "probability"),
        (json!({ "probability": -0.1, "fault": "cut_body" }), "probability"),
        (json!({}), "fault"),
        (json!({ "applied": true, "fault": "cut_body" }), "applied"),
        (json!({ "applied": true, "fault": "close_before_read" }), "applied"),
        (json!({ "applied": false, "delay_ms": 1 }), "applied"),
        (json!({ "retry_after": "a\nb", "fault": "cut_body" }), "retry_after"),
    ];
    let wrong_kinds = [
        (json!({ "status": { "code": 101 } }), "status.code"),
        (json!({ "redirect": { "location": "\n" } }), "redirect.location"),
        (json!({ "redirect": { "location": "/", "code": 200 } }), "redirect.code"),
        (json!({ "content_length": { "off_by": 0 } }), "content_length.off_by"),
        (json!({ "content_type": { "value": "\r" } }), "content_type.value"),
        (json!({ "slow_drip": { "bytes": 0, "every_ms": 1 } }), "slow_drip.bytes"),
        (json!({ "stale_list": { "ms": 600_001 } }), "stale_list.ms"),
        (json!({ "normalise_name": { "cut": 0 } }), "normalise_name.cut"),
        (json!({ "success_status": { "code": 300 } }), "success_status.code"),
        (json!({ "success_status": { "code": 200 } }), "success_status"),
    ];
    let wrong_kinds =
        wrong_kinds.map(|(kind, place)| (json!({ "fault": kind }), format!("fault.{place}")));
    let wrong = wrong.map(|(fault, place)| (fault, place.to_owned()));
    for (fault, place) in wrong.into_iter().chain(wrong_kinds) {
        let error = FaultPlan::from_json(&json!({ "faults": [fault] }).to_string()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("faults[0].{place}: ")), "{error}");
    }
    let limit = json!({ "rate_limit": { "requests": 1, "window_seconds": 0 } });
    let error = FaultPlan::from_json(&limit.to_string()).unwrap_err().to_string();
    assert!(error.contains("rate_limit.window_seconds"), "{error}");
    for text in [
        "{\n \"falts\": []}",
        "{\n \"faults\": [{\"chance\": 1}]}",
        "{\n \"faults\": [{\"fault\": {\"status\": {\"code\": 500, \"text\": 1}}}]}",
    ] {
        let error = FaultPlan::from_json(text).unwrap_err().to_string();
        assert!(error.contains("unknown field") && error.contains("line 2"), "{error}");
    }
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let plan = FaultPlan::new(1).fault(Fault::status(500).probability(f64::NAN));
    assert!(sandbox.set_faults(&plan).is_err());
    assert!(Sandbox::builder().faults(plan).start_blocking().is_err());
}

/// Sends bytes that no HTTP client would send.
fn raw(client: &Client, request: &str) -> String {
    let mut stream = TcpStream::connect(client.sandbox.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    // A connection that is closed with the request unread is reset.
    stream.read_to_end(&mut response).ok();
    String::from_utf8(response).unwrap()
}

#[tokio::test]
async fn dots_in_a_path_are_400_and_invalid_http_is_survived() {
    let client = Client::new().await;
    let (account, token) = (client.sandbox.account_id(), client.sandbox.token());
    let dots = raw(
        &client,
        &format!(
            "GET /client/v4/accounts/{account}/iam/user_groups/.. HTTP/1.1\r\nHost: x\r\n\
         Authorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        ),
    );
    assert!(dots.starts_with("HTTP/1.1 400 "), "{dots}");
    assert!(dots.contains(r#""source":{"pointer":"user_group_id"}"#), "{dots}");
    for garbage in [
        "\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ] {
        raw(&client, garbage);
    }
    assert_eq!(client.get(GROUPS).await.status, 200);
}
