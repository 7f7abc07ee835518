//! Faults of the connection and the response, over a plain TCP connection.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cloudflare_user_groups_sandbox::fault::{FaultBody, RateLimit};
use cloudflare_user_groups_sandbox::{
    Contract, Fault, FaultKind, FaultPlan, ResponseStatus, Sandbox,
};
use serde_json::{Value, json};

const CREATE: &str = "account-user-group-create";
const LIST: &str = "account-user-group-list";

fn sandbox(fault: Fault) -> Sandbox {
    planned(FaultPlan::new(1).fault(fault))
}

fn planned(plan: FaultPlan) -> Sandbox {
    Sandbox::builder().faults(plan).start_blocking().unwrap()
}

fn connect(sandbox: &Sandbox) -> TcpStream {
    let stream = TcpStream::connect(sandbox.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends a request for the groups of the account.
fn send(stream: &mut TcpStream, sandbox: &Sandbox, method: &str, query: &str, body: &str) {
    let (account, token) = (sandbox.account_id(), sandbox.token());
    let length = body.len();
    let request = format!(
        "{method} /client/v4/accounts/{account}/iam/user_groups{query} HTTP/1.1\r\nHost: x\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
}

/// The bytes of a response until the connection was closed.
struct Raw {
    head: String,
    body: Vec<u8>,
}

impl Raw {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    fn length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap()
    }
}

fn exchange(sandbox: &Sandbox, method: &str, query: &str, body: &str) -> Option<Raw> {
    let mut stream = connect(sandbox);
    send(&mut stream, sandbox, method, query, body);
    let mut bytes = Vec::new();
    // A connection that is closed with the request unread is reset.
    let end = stream.read_to_end(&mut bytes);
    if bytes.is_empty() {
        return None;
    }
    end.unwrap();
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let raw = Raw { head, body: bytes[end + 4..].to_vec() };
    assert!(raw.header("cf-ray").is_some(), "{}", raw.head);
    Some(raw)
}

fn create(sandbox: &Sandbox) -> Option<Raw> {
    exchange(sandbox, "POST", "", "{\"name\":\"SRE\"}")
}

fn list(sandbox: &Sandbox, query: &str) -> Raw {
    exchange(sandbox, "GET", query, "").unwrap()
}

fn groups(sandbox: &Sandbox) -> usize {
    sandbox.account().user_groups.len()
}

/// The last log entry: operation, applied, fault and response.
fn last(sandbox: &Sandbox) -> (Option<&'static str>, bool, Option<&'static str>, ResponseStatus) {
    let log = sandbox.log();
    let entry = log.last().unwrap();
    (entry.operation, entry.applied, entry.fault, entry.response)
}

#[test]
fn faults_close_or_respond_and_apply_or_not() {
    let location = "http://127.0.0.1:1/steal";
    let redirect = FaultKind::Redirect { location: location.to_owned(), code: 307 };
    for (fault, name, status, applied) in [
        (Fault::new(FaultKind::CloseBeforeRead), "close_before_read", None, false),
        (Fault::new(FaultKind::CloseBeforeResponse), "close_before_response", None, true),
        (
            Fault::new(FaultKind::CloseBeforeResponse).applied(false),
            "close_before_response",
            None,
            false,
        ),
        (Fault::new(FaultKind::CutBody), "cut_body", Some(200), true),
        (Fault::new(FaultKind::SuccessFalse), "success_false", Some(200), false),
        (Fault::status(502).applied(true), "status", Some(502), true),
        (Fault::new(redirect), "redirect", Some(307), false),
    ] {
        let sandbox = sandbox(fault.count(1));
        let raw = create(&sandbox);
        assert_eq!(raw.as_ref().map(Raw::status), status, "{name}");
        assert_eq!(groups(&sandbox), usize::from(applied), "{name}");
        let response = status.map_or(ResponseStatus::Closed, ResponseStatus::Status);
        assert_eq!(last(&sandbox), (Some(CREATE), applied, Some(name), response));
        let read = name != "close_before_read";
        assert_eq!(sandbox.log()[0].body, read.then(|| json!({ "name": "SRE" })));
        assert_eq!(sandbox.log()[0].body_bytes > 0, read);
        match (name, raw) {
            ("cut_body", Some(raw)) => assert_eq!(raw.body.len(), raw.length() / 2),
            ("redirect", Some(raw)) => assert_eq!(raw.header("location"), Some(location)),
            ("success_false" | "status", Some(raw)) => {
                assert_eq!(raw.json()["success"], false);
                assert!(raw.json()["errors"][0]["code"].is_u64());
            }
            _ => {}
        }
        let again = create(&sandbox).map(|raw| raw.status());
        assert_eq!(again, Some(if applied { 400 } else { 200 }), "the next request is not hit");
    }
}

#[test]
fn status_has_any_body() {
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
            let sandbox = sandbox(Fault::new(kind).retry_after("7"));
            let raw = create(&sandbox).unwrap();
            assert_eq!((raw.status(), raw.text()), (code, text));
            assert_eq!(raw.header("content-type"), content_type);
            assert_eq!(raw.header("retry-after"), Some("7"));
            assert_eq!(groups(&sandbox), 0);
            assert_eq!(
                last(&sandbox),
                (Some(CREATE), false, Some("status"), ResponseStatus::Status(code))
            );
        }
    }
}

#[test]
fn content_length_content_type_and_truncated_json() {
    let correct = list(&Sandbox::builder().start_blocking().unwrap(), "");
    assert_eq!(correct.length(), correct.body.len());
    for off_by in [7_i64, -7, i64::MIN] {
        let raw = list(&sandbox(Fault::new(FaultKind::ContentLength { off_by })), "");
        let announced = i64::try_from(correct.length()).unwrap().saturating_add(off_by).max(0);
        let announced = usize::try_from(announced).unwrap();
        assert_eq!(raw.length(), announced);
        assert_eq!(raw.body, correct.body[..announced.min(correct.length())]);
    }
    let value = "text/html".to_owned();
    let raw = list(&sandbox(Fault::new(FaultKind::ContentType { value })), "");
    assert_eq!((raw.header("content-type"), &raw.body), (Some("text/html"), &correct.body));
    let raw = list(&sandbox(Fault::new(FaultKind::TruncatedJson)), "");
    assert_eq!(raw.length(), raw.body.len());
    assert_eq!(raw.body, correct.body[..correct.body.len() / 2]);
}

#[test]
fn endless_body_does_not_block_other_clients() {
    let sandbox = sandbox(Fault::new(FaultKind::EndlessBody).count(1));
    let mut stream = connect(&sandbox);
    send(&mut stream, &sandbox, "GET", "", "");
    let mut bytes = vec![0; 8 * 1024 * 1024];
    stream.read_exact(&mut bytes).unwrap();
    let start = std::str::from_utf8(&bytes[..1024]).unwrap();
    assert!(start.starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(
        start.contains("transfer-encoding: chunked\r\n") && start.contains("{\"success\":true")
    );
    drop(stream);
    assert_eq!(list(&sandbox, "").status(), 200, "other clients are served");
}

#[test]
fn slow_drip_sends_small_pieces() {
    let pause = Duration::from_millis(2);
    let sandbox = sandbox(Fault::new(FaultKind::SlowDrip { bytes: 10, every_ms: 2 }));
    let started = Instant::now();
    let raw = list(&sandbox, "");
    assert_eq!(raw.json()["success"], true);
    assert_eq!(raw.body.len(), raw.length());
    let drops = u32::try_from(raw.length().div_ceil(10)).unwrap();
    assert!(drops > 5 && started.elapsed() >= pause * drops);
}

#[test]
fn delay_applies_before_the_response() {
    let delay = Duration::from_millis(300);
    let sandbox = sandbox(Fault::delay(delay).count(1));
    let mut stream = connect(&sandbox);
    let started = Instant::now();
    send(&mut stream, &sandbox, "POST", "", "{\"name\":\"SRE\"}");
    stream.read_exact(&mut [0]).unwrap();
    assert!(started.elapsed() >= delay);
    assert_eq!(last(&sandbox), (Some(CREATE), true, Some("delay"), ResponseStatus::Status(200)));

    // A client that disconnects during the delay does not undo the request.
    let plan = FaultPlan::new(1).fault(Fault::delay(Duration::from_secs(3600)));
    sandbox.set_faults(&plan).unwrap();
    let mut stream = connect(&sandbox);
    send(&mut stream, &sandbox, "POST", "", "{\"name\":\"Platform\"}");
    let deadline = Instant::now() + Duration::from_secs(20);
    while groups(&sandbox) < 2 {
        assert!(Instant::now() < deadline, "the request is not applied");
        std::thread::yield_now();
    }
}

#[test]
fn ignore_page_and_repeat_last_page() {
    let page = |sandbox: &Sandbox, query: &str| {
        let body = list(sandbox, query).json();
        let name = body["result"][0]["name"].as_str().unwrap().to_owned();
        (name, body["result_info"]["page"].as_u64().unwrap())
    };
    for (kind, expected) in
        [(FaultKind::IgnorePage, ("a", 1)), (FaultKind::RepeatLastPage, ("c", 3))]
    {
        let sandbox = sandbox(Fault::new(kind).on("*"));
        for name in ["a", "b", "c"] {
            let body = format!("{{\"name\":\"{name}\"}}");
            assert_eq!(exchange(&sandbox, "POST", "", &body).unwrap().status(), 200);
        }
        let (name, number) = page(&sandbox, "?per_page=1&page=9");
        assert_eq!((name.as_str(), number), expected);
        assert_eq!(sandbox.log()[0].fault, None, "only lists are hit");
        assert!(last(&sandbox).2.is_some());
    }
}

/// The requests left and the seconds of the `Ratelimit` header.
fn quota(raw: &Raw) -> (u64, u64) {
    let value = raw.header("ratelimit").unwrap();
    let rest = value.strip_prefix("\"default\";r=").unwrap();
    let (left, seconds) = rest.split_once(";t=").unwrap();
    (left.parse().unwrap(), seconds.parse().unwrap())
}

#[test]
fn rate_limit_counts_down_and_refuses() {
    let limit = RateLimit { requests: 2, window_seconds: 3600, enforced: true };
    let sandbox = planned(FaultPlan::new(1).rate_limit(limit));
    for left in [1, 0] {
        let raw = list(&sandbox, "");
        assert_eq!(raw.status(), 200);
        assert_eq!(quota(&raw).0, left);
        assert!((3500..=3600).contains(&quota(&raw).1));
        assert_eq!(raw.header("ratelimit-policy"), Some("\"default\";q=2;w=3600"));
    }
    let raw = create(&sandbox).unwrap();
    assert_eq!((raw.status(), raw.text()), (429, "error code: 1015"));
    // From the first refusal on, a whole window.
    assert_eq!(raw.header("retry-after"), Some("3600"));
    assert_eq!(quota(&raw), (0, 3600));
    assert_eq!(groups(&sandbox), 0);
    assert_eq!(
        last(&sandbox),
        (Some(CREATE), false, Some("rate_limit"), ResponseStatus::Status(429))
    );
    sandbox.reset();
    assert_eq!(list(&sandbox, "").status(), 200, "a reset starts over");
}

#[test]
fn log_matches_the_state_under_load() {
    let (threads, each) = (8, 40);
    let plan = FaultPlan::new(5)
        .fault(Fault::new(FaultKind::CloseBeforeResponse).probability(0.2))
        .fault(Fault::new(FaultKind::CutBody).probability(0.2))
        .fault(Fault::status(503).probability(0.2));
    let run = || {
        // Names are not unique there, so every request is applied.
        let builder = Sandbox::builder().contract(Contract::Current);
        let sandbox = builder.faults(plan.clone()).start_blocking().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..each).for_each(|_| drop(create(&sandbox))));
            }
        });
        let log = sandbox.log();
        assert_eq!(log.len(), threads * each);
        let applied = log.iter().filter(|it| it.applied).count();
        assert_eq!(applied, groups(&sandbox));
        let closed = log.iter().filter(|it| it.response == ResponseStatus::Closed);
        let closed = closed.count();
        (applied, closed)
    };
    let (applied, closed) = run();
    assert!(applied < threads * each && closed > 0);
    assert_eq!(run(), (applied, closed), "whatever the order");
}

#[test]
fn faults_hit_refused_requests() {
    let sandbox = sandbox(Fault::new(FaultKind::CutBody));
    let raw = exchange(&sandbox, "POST", "", "{}").unwrap();
    assert_eq!((raw.status(), raw.body.len()), (400, raw.length() / 2));
    assert!(!last(&sandbox).1);
}

#[test]
fn log_has_unknown_paths_and_no_credentials() {
    let file = std::env::temp_dir().join(format!("sandbox-log-{}.jsonl", std::process::id()));
    let builder = Sandbox::builder().token("marked-secret").log_file(&file);
    let sandbox = builder.start_blocking().unwrap();
    create(&sandbox).unwrap();
    list(&sandbox, "?page=0");
    exchange(&sandbox, "PATCH", "?x=1", "").unwrap();
    exchange(&sandbox, "GET", "/../nowhere", "").unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(!text.contains("marked-secret"));
    let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let path = format!("/client/v4/accounts/{}/iam/user_groups", sandbox.account_id());
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
    assert_eq!(lines.len(), sandbox.log().len());
    assert_eq!(lines[2]["query"], "x=1");
    sandbox.clear_log();
    assert!(sandbox.log().is_empty());
}

#[test]
fn invalid_faults_report_the_place() {
    let wrong = [
        (json!({ "operation": "create", "fault": "cut_body" }), "faults[0].operation"),
        (json!({ "probability": 1.5, "fault": "cut_body" }), "faults[0].probability"),
        (json!({ "probability": -0.1, "fault": "cut_body" }), "faults[0].probability"),
        (json!({}), "faults[0].fault"),
        (json!({ "applied": true, "fault": "cut_body" }), "faults[0].applied"),
        (json!({ "applied": true, "fault": "close_before_read" }), "faults[0].applied"),
        (json!({ "applied": false, "delay_ms": 1 }), "faults[0].applied"),
        (json!({ "retry_after": "a\nb", "fault": "cut_body" }), "faults[0].retry_after"),
        (json!({ "fault": { "status": { "code": 101 } } }), "faults[0].fault.status.code"),
        (
            json!({ "fault": { "redirect": { "location": "\n" } } }),
            "faults[0].fault.redirect.location",
        ),
        (
            json!({ "fault": { "redirect": { "location": "/", "code": 200 } } }),
            "faults[0].fault.redirect.code",
        ),
        (
            json!({ "fault": { "content_length": { "off_by": 0 } } }),
            "faults[0].fault.content_length.off_by",
        ),
        (
            json!({ "fault": { "content_type": { "value": "\r" } } }),
            "faults[0].fault.content_type.value",
        ),
        (
            json!({ "fault": { "slow_drip": { "bytes": 0, "every_ms": 1 } } }),
            "faults[0].fault.slow_drip.bytes",
        ),
        (json!({ "fault": { "stale_list": { "ms": 600_001 } } }), "faults[0].fault.stale_list.ms"),
        (
            json!({ "fault": { "normalise_name": { "cut": 0 } } }),
            "faults[0].fault.normalise_name.cut",
        ),
        (
            json!({ "fault": { "success_status": { "code": 300 } } }),
            "faults[0].fault.success_status.code",
        ),
        (
            json!({ "fault": { "success_status": { "code": 200 } } }),
            "faults[0].fault.success_status",
        ),
    ];
    for (fault, place) in wrong {
        let error = FaultPlan::from_json(&json!({ "faults": [fault] }).to_string()).unwrap_err();
        let expected = format!("{place}: ");
        assert!(error.to_string().starts_with(&expected), "{error}");
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

#[test]
fn dots_in_a_path_are_400_and_invalid_http_is_survived() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let raw = exchange(&sandbox, "GET", "/..", "").unwrap();
    assert_eq!(raw.status(), 400);
    assert_eq!(raw.json()["errors"][0]["source"]["pointer"], "user_group_id");
    for garbage in [
        "\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ] {
        let mut stream = connect(&sandbox);
        stream.write_all(garbage.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).ok();
    }
    assert_eq!(list(&sandbox, "").status(), 200);
}

#[test]
fn plan_survives_a_round_trip() {
    let plan = FaultPlan::new(1).fault(Fault::status(503).probability(1e-30));
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(FaultPlan::from_json(&text).unwrap(), plan);
}
