//! Failures, broken responses and unexpected content, for every operation.

use std::collections::HashSet;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloudflare_user_groups::{
    AccountId, Client, Error, ErrorKind, MemberId, MemberStatus, PolicyAccess, RateLimit,
    RetryBudget, RetryPolicy, UserGroupId,
};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::operations::{GROUP, MEMBER, OPERATIONS, Operation, group};
use crate::server::{ACCOUNT, Reply, Request, Server, TOKEN, account, groups};

const RAY: &str = "9a8b7c6d5e4f3210-FRA";
/// Replaced by the Authorization header of the request, which the server repeats.
const ECHO: &str = "@ECHO@";

/// A response that is not a success, and what the error must contain.
struct Failure {
    status: u16,
    body: Vec<u8>,
    codes: Vec<i64>,
    /// Part of the text of the error.
    says: &'static str,
}

fn failure(status: u16, body: impl Into<Vec<u8>>, codes: &[i64], says: &'static str) -> Failure {
    Failure { status, body: body.into(), codes: codes.to_vec(), says }
}

/// The failure envelope with these errors.
pub(crate) fn failed(errors: &Value) -> String {
    json!({ "success": false, "errors": errors, "messages": [], "result": {} }).to_string()
}

/// Responses with a status of success that are not a success.
fn false_successes() -> Vec<Failure> {
    let error = json!([{ "code": 1001, "message": "no such thing, @ECHO@" }]);
    let null = r#"{"success":false,"errors":[{"code":7003,"message":"m"}],"result":null}"#;
    let html = "<html>\n<title>Maintenance</title>\n @ECHO@ </html>";
    let deep = "[".repeat(100_000);
    vec![
        failure(200, failed(&error), &[1001], "1001 no such thing"),
        failure(200, null, &[7003], "200 OK: 7003 m"),
        failure(200, failed(&json!([])), &[], r#""success":false"#),
        failure(200, failed(&json!(null)), &[], r#""success":false"#),
        failure(200, r#"{"success":false,"result":[]}"#, &[], r#""success":false"#),
        failure(200, r#"{"success":false}"#, &[], r#"200 OK: {"success":false}"#),
        failure(200, "", &[], "the body is empty"),
        failure(200, " \r\n\t", &[], "the body is empty"),
        failure(204, "", &[], "the body is empty"),
        failure(200, html, &[], "<html> <title>Maintenance</title>"),
        failure(200, "error code: 1015", &[], "error code: 1015"),
        failure(200, r#"{"success":true,"result":{"id":"5ba"#, &[], r#"{"id":"5ba"#),
        failure(200, "[]", &[], "not the documented response"),
        failure(200, "null", &[], "null"),
        failure(200, r#""@ECHO@""#, &[], "not the documented response"),
        failure(200, "7", &[], "7"),
        failure(200, "{}", &[], "missing field `success`"),
        failure(200, r#"{"success":"true","result":[]}"#, &[], r#""success":"true""#),
        failure(200, r#"{"success":true,"result":"@ECHO@"}"#, &[], "invalid type: string"),
        failure(200, r#"{"success":true,"result":7}"#, &[], "invalid type: integer"),
        failure(200, r#"{"success":true,"result":[7],"result_info":7}"#, &[], "invalid type"),
        failure(200, deep, &[], "[[["),
        failure(200, b"\xff\xfe\0\x1b[31mred".as_slice(), &[], "[31mred"),
    ]
}

/// Responses of Cloudflare's edge, and other statuses without the envelope.
fn edge_errors() -> Vec<Failure> {
    let html = "<!DOCTYPE html><h1>@ECHO@ Error</h1>";
    let page = format!("<html>{}", "é".repeat(1_000_000));
    let mut all = vec![
        failure(429, "error code: 1015", &[], "error code: 1015"),
        failure(
            429,
            failed(&json!([{ "code": 971, "message": "slow down" }])),
            &[971],
            "slow down",
        ),
        failure(403, html, &[], "<!DOCTYPE html><h1>"),
        failure(403, page, &[], "<html>éé"),
        failure(401, "", &[], "401 Unauthorized: the body is empty"),
        failure(404, "404 page not found", &[], "404 page not found"),
        failure(101, "", &[], "101 Switching Protocols"),
        failure(408, "", &[], "408 Request Timeout"),
        failure(421, "", &[], "421 Misdirected Request"),
        failure(425, "", &[], "425 Too Early"),
        failure(400, r#"{"success":true,"result":{}}"#, &[], r#"{"success":true"#),
        failure(304, "", &[], "304 Not Modified"),
        failure(302, "moved", &[], "302 Found: moved; redirects are not followed"),
        failure(308, "", &[], "308 Permanent Redirect"),
    ];
    let statuses =
        [500, 501, 502, 503, 504, 505, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599, 600, 999];
    all.extend(statuses.map(|status| failure(status, html, &[], "<!DOCTYPE html><h1>")));
    all
}

/// The documented envelope, and variations of it.
fn envelopes() -> Vec<Failure> {
    let headers = json!([{ "code": 6003, "message": "Invalid request headers", "error_chain": [
        { "code": 6103, "message": "Invalid format for X-Auth-Key header @ECHO@" },
    ]}]);
    let chain = json!([
        { "code": 1, "message": "a", "error_chain": [
            { "code": 2, "message": "b", "error_chain": [{ "code": 3, "message": "c" }] },
            { "code": 4, "message": "d", "error_chain": null },
            "e",
        ]},
        { "code": 5, "message": "f", "error_chain": { "code": 6 } },
    ]);
    let unexpected = json!([
        null, "only text, @ECHO@", 7, [], {},
        { "code": "10000", "message": 5 },
        { "code": "none", "message": null, "documentation_url": 1, "source": "@ECHO@" },
        { "code": 1.5, "source": { "pointer": null } },
        { "code": -1, "message": ["x"], "source": { "pointer": "/name" }, "novelty": {} },
        { "code": u64::MAX, "message": "beyond" },
    ]);
    let large = json!([{ "code": 1_000_000_007, "message": "large" }]);
    let object = r#"{"success":false,"errors":{"code":1001,"message":"no array"}}"#;
    let alone = r#"{"errors":[{"code":9109,"message":"Invalid access token"}]}"#;
    let plain = json!([{ "code": 1002, "message": "not found", "source": { "pointer": "/id" } }]);
    vec![
        failure(404, failed(&plain), &[1002], "1002 not found at /id"),
        failure(401, failed(&headers), &[6003, 6103], "because 6103 Invalid format for X-Auth-Key"),
        failure(
            400,
            failed(&headers),
            &[6003, 6103],
            "an API token must not be given as an API key",
        ),
        failure(400, failed(&chain), &[1, 2, 3, 4, 5], "1 a, because 2 b, because 3 c"),
        failure(400, failed(&unexpected), &[10000, -1], "only text, "),
        failure(500, failed(&large), &[1_000_000_007], "1000000007 large"),
        failure(400, failed(&json!(null)), &[], r#""errors":null"#),
        failure(400, failed(&json!("@ECHO@")), &[], r#""success":false"#),
        failure(400, object, &[], "no array"),
        failure(403, alone, &[9109], "9109 Invalid access token"),
        failure(409, "{}", &[], "409 Conflict: {}"),
        failure(422, "[1]", &[], "422 Unprocessable Entity: [1]"),
    ]
}

/// The statuses that are worth a retry.
fn is_transient(status: u16) -> bool {
    [408, 421, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530]
        .contains(&status)
}

impl Failure {
    /// The response to a request, which repeats the credential.
    fn reply(&self, request: &Request) -> Reply {
        let credential = request.header("authorization").expect("there is one");
        let body = match std::str::from_utf8(&self.body) {
            Ok(text) => text.replace(ECHO, credential).into_bytes(),
            Err(_) => self.body.clone(),
        };
        Reply::new(self.status, body).header("cf-ray", RAY)
    }

    /// A removal shows nothing that is compared.
    fn is_removal(&self) -> bool {
        let body = serde_json::from_slice::<Value>(&self.body).unwrap_or_default();
        let is_success = self.body.trim_ascii().is_empty() || body["success"] == json!(true);
        (200..300).contains(&self.status) && is_success
    }

    fn is_false_success(&self) -> bool {
        let body = serde_json::from_slice::<Value>(&self.body).unwrap_or_default();
        self.status < 300 && body["success"] != json!(false)
    }

    /// Checks everything that the error reports.
    fn check(&self, operation: &Operation, error: &Error, requests: usize) {
        let Self { status, codes, says, .. } = self;
        let case = format!("{} got {status} with {says:?}: {error}", operation.id);
        assert_eq!(error.status().map(|status| status.as_u16()), Some(*status), "{case}");
        assert_eq!(error.codes().collect::<Vec<_>>(), *codes, "{case}");
        assert_eq!(error.ray_id(), Some(RAY), "{case}");
        assert_eq!(error.operation(), Some(operation.id), "{case}");
        assert_eq!(usize::try_from(error.attempts()), Ok(requests), "{case}");

        assert_eq!(error.is_unauthorized(), *status == 401, "{case}");
        assert_eq!(error.is_forbidden(), *status == 403, "{case}");
        assert_eq!(error.is_not_found(), *status == 404, "{case}");
        assert_eq!(error.is_rate_limited(), *status == 429, "{case}");
        assert!(!error.is_timeout() && !error.is_invalid_input(), "{case}");
        let server = *status >= 500 || [101, 408].contains(status);
        let unknown = operation.changes() && (server || self.is_false_success());
        assert_eq!(error.outcome_unknown(), unknown, "{case}");
        let may_retry = operation.is_idempotent() || !unknown;
        assert_eq!(error.is_retryable(), is_transient(*status) && may_retry, "{case}");

        let text = error.to_string();
        for part in [*says, " failed: ", RAY] {
            assert!(text.contains(part), "no {part:?} in: {case}");
        }
        assert_eq!(text.contains("read before sending it again"), unknown, "{case}");
        assert!(text.len() < 2_000, "{} bytes of {case}", text.len());
        assert!(!text.contains(char::is_control), "{case}");
        for shown in
            [text, format!("{error:?}"), format!("{error:#?}"), format!("{:?}", error.errors())]
        {
            assert!(!shown.contains(TOKEN), "the token is shown: {shown}");
        }
    }
}

async fn check_all(failures: Vec<Failure>) {
    for failure in failures.into_iter().map(Arc::new) {
        let served = Arc::clone(&failure);
        let server = Server::start(move |request| served.reply(request)).await;
        let account = server.account();
        for operation in OPERATIONS {
            match operation.send(&account).await {
                result if operation.method == "DELETE" && failure.is_removal() => {
                    result.expect(failure.says);
                    server.take();
                }
                Err(error) => failure.check(operation, &error, server.take().len()),
                Ok(value) => panic!("{} took {} for {value}", operation.id, failure.says),
            }
        }
    }
}

#[tokio::test]
async fn success_status_without_a_success_is_an_error() {
    check_all(false_successes()).await;
}

#[tokio::test]
async fn edge_errors_are_explained_from_status_and_text() {
    check_all(edge_errors()).await;
}

#[tokio::test]
async fn error_envelopes_are_read_as_far_as_possible() {
    check_all(envelopes()).await;
}

#[tokio::test]
async fn error_item_keeps_all_its_fields() {
    let errors = json!([{
        "code": 6003, "message": "Invalid request headers",
        "documentation_url": "https://developers.cloudflare.com/x", "source": { "pointer": "/policies/0" },
        "error_chain": [{ "code": 6103, "message": "Invalid format" }],
    }]);
    let server = Server::start(move |_| Reply::new(400, failed(&errors))).await;
    let error = server.account().user_groups().get(group()).await.expect_err("refused");
    let [item] = error.errors() else { panic!("{:?}", error.errors()) };
    assert_eq!((item.code(), item.message()), (Some(6003), "Invalid request headers"));
    assert_eq!(item.documentation_url(), Some("https://developers.cloudflare.com/x"));
    assert_eq!(item.pointer(), Some("/policies/0"));
    let [cause] = item.error_chain() else { panic!("{:?}", item.error_chain()) };
    assert_eq!((cause.code(), cause.message()), (Some(6103), "Invalid format"));
    assert_eq!((cause.pointer(), cause.documentation_url()), (None, None));
    assert_eq!(error.ray_id(), None);
}

#[tokio::test]
async fn status_429_reports_retry_after() {
    let server =
        Server::start(|_| Reply::new(429, "error code: 1015").header("retry-after", "30")).await;
    for operation in OPERATIONS {
        let error = operation.send(&server.account()).await.expect_err("too many");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
        assert!(error.is_retryable() && !error.outcome_unknown(), "{error}");
        assert!(error.to_string().contains("30 s"), "{error}");
    }
}

/// Escapes that JSON allows and the header does not have.
#[tokio::test]
async fn credential_repeated_with_escapes_is_redacted() {
    let escaped = TOKEN.replace('-', "\\u002d").replace('_', "\\u005F");
    let envelope =
        format!(r#"{{"success":false,"errors":[{{"code":1000,"message":"{escaped}"}}]}}"#);
    for body in [envelope, format!(r#"{{"token":"{escaped}"}}"#)] {
        let server = Server::start(move |_| Reply::new(400, body.clone())).await;
        let error = server.account().user_groups().get(group()).await.expect_err("refused");
        let shown = format!("{error} {error:?} {error:#?}");
        assert!(!shown.contains(TOKEN) && !shown.contains(&escaped), "{shown}");
        assert!(shown.contains("[redacted]"), "{shown}");
    }
}

/// What a success shows in place of what was sent can be anything.
#[tokio::test]
async fn error_about_what_was_not_applied_is_a_short_line_without_the_credential() {
    let long = "x".repeat(100_000);
    let result = json!({ "id": GROUP, "name": format!("{TOKEN} {long}") });
    let members = json!([{ "id": format!("a\r\nERROR\u{1b}[31m{TOKEN} {long}") }]);
    let server = Server::start(move |request| {
        let result = if request.path.ends_with("/members") { &members } else { &result };
        Reply::json(&json!({ "success": true, "result": result }))
    })
    .await;
    let groups = server.account().user_groups();
    let members = groups.members(group());
    for error in [
        groups.create("SRE").await.expect_err("of another name"),
        groups.update(group()).name("SRE").await.expect_err("of another name"),
        members.replace([] as [MemberId; 0]).await.expect_err("still there"),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotApplied, "{error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(TOKEN) && shown.contains("[redacted]"), "{shown}");
        assert!(!shown.contains(char::is_control) && shown.len() < 4_000, "{shown}");
    }
}

/// A base URL at which nothing listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    format!("http://{}", listener.local_addr().expect("it has an address"))
}

#[tokio::test]
async fn error_keeps_its_source_and_prints_it_with_the_alternate_form() {
    let groups = account(&nowhere()).user_groups();
    let error = groups.get(group()).await.expect_err("connection refused");
    let mut chain = std::iter::successors(std::error::Error::source(&error), |it| (*it).source());
    let refused = chain.find_map(|it| it.downcast_ref::<std::io::Error>()).expect("an IO error");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let (short, long) = (error.to_string(), format!("{error:#}"));
    assert!(!short.contains(&refused.to_string()) && long.contains(&refused.to_string()), "{long}");
}

/// A success is read, whatever its errors and messages are. They are skipped, so that their number
/// does not matter.
#[tokio::test]
async fn errors_and_messages_of_a_success_are_skipped() {
    for errors in
        ["7", r#""none""#, r#"{"a":[1]}"#, "null", &format!("[{}0]", "0,".repeat(4_000_000))]
    {
        let result = json!({ "id": GROUP, "name": "SRE" });
        let body = format!(
            r#"{{"errors":{errors},"success":true,"messages":{errors},"result":{result},"x":1}}"#
        );
        let server = Server::start(move |_| Reply::new(200, body.clone())).await;
        let read = server.account().user_groups().get(group()).await.expect("a success");
        assert_eq!(read.name, "SRE");
    }
}

#[test]
fn call_without_a_runtime_is_an_error() {
    use std::future::IntoFuture;
    use std::task::{Context, Poll, Waker};

    let get = account("http://127.0.0.1:1").user_groups().get(group());
    let mut get = std::pin::pin!(get.into_future());
    let Poll::Ready(Err(error)) = get.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it cannot be ready");
    };
    assert!(error.is_invalid_input() && error.to_string().contains("tokio"), "{error}");
}

#[test]
fn call_in_a_runtime_without_a_timer_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let get = account("http://127.0.0.1:1").user_groups().get(group());
    let error = runtime.block_on(async { get.await.unwrap_err() });
    assert!(error.is_invalid_input() && error.to_string().contains("enable_all"), "{error}");
}

#[tokio::test]
async fn ids_are_compared_without_case() {
    let result = json!([{ "id": MEMBER }]);
    let server = Server::start(move |_| Reply::json(&unexpected_success(result.clone()))).await;
    let members = server.account().user_groups().members(group());
    let capitals = MemberId::new(MEMBER.to_uppercase()).expect("an id");
    let added = members.add([&capitals]).await.expect("added");
    assert_eq!(added[0].id, capitals);
    assert_eq!(server.take().len(), 1);
    let both = [capitals, MemberId::new(MEMBER.to_lowercase()).expect("an id")];
    assert_eq!(both.iter().collect::<HashSet<_>>().len(), 1);
    assert_eq!(both.iter().collect::<std::collections::BTreeSet<_>>().len(), 1);
}

#[tokio::test]
async fn connection_closed_before_the_response_is_whole_is_an_unknown_outcome() {
    let cut_off = Reply::CutOff(br#"{"success":true,"result":"#.to_vec());
    for (reply, status) in [(Reply::Close, None), (cut_off, Some(StatusCode::OK))] {
        let server = Server::start(move |_| reply.clone()).await;
        for operation in OPERATIONS {
            let error = operation.send(&server.account()).await.expect_err("cut off");
            assert_eq!(usize::try_from(error.attempts()), Ok(server.take().len()), "{error}");
            assert_eq!(
                (error.status(), error.operation()),
                (status, Some(operation.id)),
                "{error}"
            );
            assert!(!error.is_timeout() && !error.is_invalid_input(), "{error}");
            assert_eq!(error.outcome_unknown(), operation.changes(), "{error}");
            assert_eq!(error.is_retryable(), operation.is_idempotent(), "{error}");
            assert!(!format!("{error} {error:?}").contains(TOKEN));
        }
    }
}

#[tokio::test]
async fn missing_response_is_a_timeout() {
    let server = Server::start(|_| Reply::Never).await;
    let groups = server.account().user_groups();
    let limit = Duration::from_millis(100);
    let read = groups.get(group()).timeout(limit).await.expect_err("too late");
    assert!(read.is_timeout() && read.is_retryable() && !read.outcome_unknown(), "{read}");
    let created = groups.create("a").timeout(limit).await.expect_err("too late");
    assert!(created.is_timeout() && !created.is_retryable() && created.outcome_unknown());
    assert_eq!((created.attempts(), server.take().len()), (1, 2));
}

/// Calls that fail once each with this response, and how many of them succeed.
async fn after_one_failure(calls: usize, failure: Reply, budget: RetryBudget) -> usize {
    let seen = Mutex::new(HashSet::new());
    let server = Server::start(move |request| {
        let is_first = seen.lock().unwrap().insert(request.path.clone());
        let body = json!({ "success": true, "result": { "id": GROUP, "name": "SRE" } });
        if is_first { failure.clone() } else { Reply::json(&body) }
    })
    .await;
    let client = Client::builder()
        .api_token(TOKEN)
        .base_url(server.base_url())
        .rate_limit(RateLimit::off())
        .retry(RetryPolicy::default().initial_backoff(Duration::from_millis(1)))
        .retry_budget(budget);
    let groups = groups(client);
    let ids = (0..calls).map(|n| UserGroupId::new(format!("{n:032x}")).expect("an id"));
    let calls = ids.map(|id| tokio::spawn(groups.get(id).into_future()));
    let mut succeeded = 0;
    for call in calls.collect::<Vec<_>>() {
        succeeded += usize::from(call.await.expect("no panic").is_ok());
    }
    succeeded
}

#[tokio::test]
async fn retry_budget_is_adjustable_and_can_be_turned_off() {
    let unavailable = || Reply::new(503, "");
    assert!(after_one_failure(40, unavailable(), RetryBudget::new(10)).await < 40);
    assert_eq!(after_one_failure(40, unavailable(), RetryBudget::new(0)).await, 0);
    assert_eq!(after_one_failure(40, unavailable(), RetryBudget::off()).await, 40);
}

#[tokio::test]
async fn retry_that_the_api_asks_for_is_not_charged() {
    for status in [429, 503] {
        let failure = Reply::new(status, "").header("retry-after", "0");
        assert_eq!(after_one_failure(20, failure, RetryBudget::new(0)).await, 20, "{status}");
    }
}

#[tokio::test]
async fn refused_connection_uses_no_quota() {
    let client = Client::builder()
        .api_token(TOKEN)
        .base_url(nowhere())
        .rate_limit(RateLimit::new(1, Duration::from_secs(3600)))
        .retry(RetryPolicy::off());
    let client = client.build().expect("the settings are valid");
    let groups = client.account(AccountId::new(ACCOUNT).expect("an id")).user_groups();
    for _ in 0..3 {
        let error = groups.get(group()).await.expect_err("connection refused");
        assert!(!error.is_rate_limited(), "{error}");
    }
    assert_eq!(client.rate_limit().remaining(), Some(1));
}

#[tokio::test]
async fn refused_connection_is_retryable_with_a_known_outcome() {
    let account = account(&nowhere());
    for operation in OPERATIONS {
        let error = operation.send(&account).await.expect_err("connection refused");
        assert!(error.is_retryable() && !error.outcome_unknown(), "{error}");
        assert_eq!((error.status(), error.attempts()), (None, 1), "{error}");
        assert!(error.to_string().contains("no connection could be made"), "{error}");
    }
}

#[tokio::test]
async fn response_beyond_the_body_limit_is_an_error() {
    let server = Server::start(|_| Reply::new(200, vec![b' '; 16 * 1024 * 1024 + 1])).await;
    let groups = server.account().user_groups();
    let read = groups.get(group()).await.expect_err("too large");
    assert!(!read.is_retryable() && !read.outcome_unknown(), "{read}");
    let deleted = groups.delete(group()).await.expect_err("too large");
    assert!(!deleted.is_retryable() && deleted.outcome_unknown(), "{deleted}");
}

/// Nothing is allocated for what is only announced.
#[tokio::test]
async fn announced_length_of_a_body_may_be_anything() {
    for length in ["1000000000000", "9000000000000000000", "10000000000000000000"] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let base_url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            // What the request is does not matter.
            let _ = stream.read(&mut [0; 4096]).await?;
            for part in [&format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"), "[", "["]
            {
                stream.write_all(part.as_bytes()).await?;
                tokio::task::yield_now().await;
            }
            stream.shutdown().await
        });
        let client = Client::builder().api_token(TOKEN).base_url(base_url).body_limit(usize::MAX);
        let groups = groups(client.retry(RetryPolicy::off()));
        let error = groups.get(group()).await.expect_err("cut off");
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
        server.await.expect("no panic").expect("sent");
    }
}

/// Serves one body to every request, and returns the result of each operation.
async fn results(body: Value) -> Vec<(&'static Operation, Result<String, Error>)> {
    let server = Server::start(move |_| Reply::json(&body)).await;
    let account = server.account();
    let mut results = Vec::new();
    for operation in OPERATIONS {
        results.push((operation, operation.send(&account).await));
    }
    results
}

#[tokio::test]
async fn success_without_a_result_is_an_error_unless_it_is_a_list_or_a_deletion() {
    for body in [
        json!({ "success": true, "errors": [], "messages": [], "result": null }),
        json!({ "success": true, "errors": null, "messages": null }),
    ] {
        for (operation, result) in results(body).await {
            match result {
                Ok(value) if operation.method == "DELETE" => assert_eq!(value, "()"),
                Ok(value) if operation.is_list() => assert_eq!(value, "[]", "{}", operation.id),
                Ok(value) => panic!("{} returned {value}", operation.id),
                Err(error) => {
                    let says = match operation.changes() && operation.path.ends_with("/members") {
                        true => "these members are not in the group",
                        false => "the result is missing",
                    };
                    assert!(error.to_string().contains(says), "{error}");
                    assert_eq!(error.outcome_unknown(), operation.changes(), "{error}");
                }
            }
        }
    }
}

/// A group with fields, types and values that are not documented.
fn unexpected_group() -> Value {
    json!({
        "id": GROUP, "name": "SRE", "created_on": "yesterday", "modified_on": "",
        "novelty": { "a": [1, null] },
        "policies": [
            {
                "id": "p", "access": "audit", "novelty": 1,
                "permission_groups": [
                    { "id": "permission-1", "name": null, "meta": null, "novelty": true },
                    { "id": "permission-2", "meta": { "label": "l", "n": 1.5, "b": true, "x": null, "o": { "k": [] } } },
                ],
                "resource_groups": [
                    { "id": "r1", "scope": { "key": "k", "objects": [{ "key": "*", "novelty": 1 }] } },
                    { "id": "r2", "meta": {}, "scope": [{ "key": "k", "objects": [] }, { "key": "l", "objects": [] }] },
                    { "id": "r3", "scope": null },
                ],
            },
            { "permission_groups": null, "resource_groups": null },
            {},
        ],
    })
}

fn unexpected_member() -> Value {
    json!({ "id": MEMBER, "email": null, "status": "suspended", "novelty": {}, "user": { "id": "x" } })
}

fn unexpected_success(result: Value) -> Value {
    json!({
        "success": true, "errors": null, "messages": [{ "code": 1, "message": "a warning" }, "b"],
        "result": result, "novelty": [], "timing": 1,
        "result_info": { "count": 1.0, "page": -1, "per_page": 1e300, "total_count": null, "cursor": "x" },
    })
}

#[tokio::test]
async fn unexpected_content_of_a_group_is_read() {
    let mut groups = HashSet::new();
    for (operation, result) in results(unexpected_success(unexpected_group())).await {
        // Creating compares the policies with those that were sent, which are none here.
        let one_group = operation.path.ends_with("{user_group_id}");
        if one_group {
            groups.insert(result.unwrap_or_else(|error| panic!("{error}")));
        }
    }
    assert_eq!(groups.len(), 2, "the group, and () from deleting it: {groups:?}");
    let server =
        Server::start(|_| Reply::json(&unexpected_success(json!([unexpected_group()])))).await;
    let group =
        server.account().user_groups().list().per_page(2).all().await.expect("read").remove(0);
    let created_on = group.created_on.unwrap();
    assert_eq!((created_on.as_str(), created_on.to_system_time()), ("yesterday", None));
    let [policy, empty, bare] = group.policies.as_slice() else { panic!("{:?}", group.policies) };
    assert_eq!(policy.access, Some(PolicyAccess::Other("audit".to_owned())));
    assert!(empty.permission_groups.is_empty() && empty.resource_groups.is_empty());
    assert_eq!((&bare.id, &bare.access), (&None, &None));
    let [first, second] = policy.permission_groups.as_slice() else { panic!("{policy:?}") };
    assert!(first.meta.is_empty() && first.name.is_none());
    let meta: Vec<_> = second.meta.iter().collect();
    assert_eq!(
        meta,
        [("b", "true"), ("label", "l"), ("n", "1.5"), ("o", r#"{"k":[]}"#), ("x", "null")]
    );
    let scopes: Vec<_> = policy.resource_groups.iter().map(|group| group.scopes.len()).collect();
    assert_eq!(scopes, [1, 2, 0]);
}

#[tokio::test]
async fn invalid_utf8_in_an_unknown_field_is_ignored() {
    let whole = unexpected_success(json!([unexpected_group()])).to_string().into_bytes();
    let timing = b"\"timing\":";
    let at = whole.windows(timing.len()).position(|it| it == timing).expect("it is there");
    let (before, after) = whole.split_at(at + timing.len());
    let broken = [before, b"\"\xff\xfe\",\"more\":", after].concat();
    let server = Server::start(move |_| Reply::new(200, broken.clone())).await;
    let groups = server.account().user_groups().list().per_page(2).all().await.expect("read");
    assert_eq!(groups.len(), 1);
}

#[tokio::test]
async fn unexpected_content_of_a_member_is_read_alone_and_in_an_array() {
    for result in [unexpected_member(), json!([unexpected_member()])] {
        let server = Server::start(move |_| Reply::json(&unexpected_success(result.clone()))).await;
        let members = server.account().user_groups().members(group());
        let added = members.add([crate::operations::member()]).await.expect("added");
        let [member] = added.as_slice() else { panic!("{added:?}") };
        assert_eq!((member.id.as_str(), &member.email), (MEMBER, &None));
        assert_eq!(member.status, Some(MemberStatus::Other("suspended".to_owned())));
    }
    let body = unexpected_success(json!([unexpected_member(), { "id": "x" }]));
    let server = Server::start(move |_| Reply::json(&body)).await;
    let members = server.account().user_groups().members(group());
    for read in [
        members.list().per_page(3).all().await.expect("listed"),
        members.replace(members.list().all().await.expect("listed")).await.expect("replaced"),
    ] {
        assert_eq!(read.iter().map(|member| member.id.as_str()).collect::<Vec<_>>(), [MEMBER, "x"]);
        assert_eq!(read[1].status, None);
    }
}

#[tokio::test]
async fn unexpected_content_of_member_details_is_read() {
    let details = json!({
        "id": "x", "email": null, "status": "suspended", "created_at": "yesterday",
        "user": { "id": null, "email": "", "first_name": null, "novelty": 1 },
    });
    for (details, has_user) in [(details, true), (json!({ "id": "x", "user": null }), false)] {
        let server =
            Server::start(move |_| Reply::json(&unexpected_success(details.clone()))).await;
        let members = server.account().user_groups().members(group());
        let member = members.get(crate::operations::member()).await.expect("read");
        assert_eq!(member.id.as_str(), "x");
        assert_eq!(member.user.is_some(), has_user);
        let user = member.user.as_ref();
        assert_eq!(user.and_then(|user| user.email.as_deref()), has_user.then_some(""));
        assert!(user.is_none_or(|user| user.first_name.is_none() && user.last_name.is_none()));
    }
}

#[tokio::test]
async fn policy_with_an_unknown_access_is_written_as_it_was_read() {
    let server = Server::start(|_| Reply::json(&unexpected_success(unexpected_group()))).await;
    let groups = server.account().user_groups();
    let read = groups.get(group()).await.expect("read");
    // The server shows three policies whatever is sent, which is an error of its own.
    groups.update(&read.id).policies([read.policies[0].clone()]).await.expect_err("not applied");
    groups.create("SRE").policy(read.policies[0].clone()).await.expect_err("not applied");
    let requests = server.take();
    let with_body: Vec<_> = requests.into_iter().filter(|it| it.method != "GET").collect();
    let sets = concat!(
        r#""permission_groups":[{"id":"permission-1"},{"id":"permission-2"}],"#,
        r#""resource_groups":[{"id":"r1"},{"id":"r2"},{"id":"r3"}]}]}"#
    );
    assert_eq!(with_body[0].text(), format!(r#"{{"policies":[{{"access":"audit",{sets}"#));
    assert_eq!(
        with_body[1].text(),
        format!(r#"{{"name":"SRE","policies":[{{"access":"audit",{sets}"#)
    );
}

#[tokio::test]
async fn policy_without_access_is_refused() {
    let server = Server::start(|_| Reply::json(&unexpected_success(unexpected_group()))).await;
    let groups = server.account().user_groups();
    let read = groups.get(group()).await.expect("read");
    server.take();
    let error = groups.update(&read.id).policies(read.policies).await.expect_err("refused");
    assert!(error.is_invalid_input() && error.to_string().contains("policy 1"), "{error}");
    assert_eq!((server.take(), error.attempts()), (vec![], 0));
}
