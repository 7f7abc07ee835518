//! Bodies, statuses and headers of responses, read as every operation reads them.

use std::fmt::Debug;
use std::time::Duration;

use cloudflare_user_groups::{
    AccountMemberStatus, ApiError, Client, ClientBuilder, Error, Result, RetryPolicy,
};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::double::{self, Double, Response, block_on, response};
use crate::operations::{OPERATIONS, Operation, group, member};

/// Holds each character that JSON can write in two ways without need.
const TOKEN: &str = r#"marked/token"with\escapes+0123456789"#;
const EMAIL: &str = "marked+owner@example.com";
const KEY: &str = "c0ffee0123456789c0ffee0123456789c0ffe";

/// In the text of an error, which is written to a line of a log.
const LONGEST_TEXT: usize = 2500;
/// In its `Debug`, where one character may be written as ten.
const LONGEST_DEBUG: usize = 512 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A list whose pages are all the same ends after as many requests, at the latest: three readings
/// of five pages, and each page is requested twice if it is `null`.
const MOST_EQUAL_PAGES: usize = 30;

/// What a client must not show of its own.
type Secrets = &'static [&'static str];

thread_local! {
    /// A client with a token, and one with a key.
    static DOUBLES: [(Double, Secrets); 2] = doubles();
}

fn doubles() -> [(Double, Secrets); 2] {
    let double = |builder: ClientBuilder| {
        let builder = builder.base_url("http://127.0.0.1:9").retry(RetryPolicy::off());
        Double::new(builder.settle_times([]).new_group_timeout(Duration::ZERO))
    };
    [
        (double(Client::builder().api_token(TOKEN)), &[TOKEN]),
        (double(Client::builder().api_key(EMAIL, KEY)), &[EMAIL, KEY]),
    ]
}

/// Reads a status, headers and a body as they are written in HTTP, from any bytes.
fn parse(data: &[u8]) -> Response {
    let (first, mut rest) = line(data);
    let status = std::str::from_utf8(first).ok().and_then(|text| text.trim().parse().ok());
    let status = status.and_then(|code| StatusCode::from_u16(code).ok());
    let mut response = response(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), b"");
    loop {
        let (header, after) = line(rest);
        rest = after;
        if header.is_empty() {
            break;
        }
        if let Some((name, value)) = double::header(header) {
            response.headers_mut().append(name, value);
        }
    }
    response.map(|_| rest.to_vec().into())
}

fn line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    end.map_or((data, &[]), |end| (&data[..end], &data[end + 1..]))
}

/// Any status, headers and body: the error says enough, not too much, and no secret.
pub fn failure(data: &[u8]) {
    let response = parse(data);
    DOUBLES.with(|doubles| {
        doubles.iter().for_each(|(double, secrets)| fails(double, secrets, &response));
    });
}

fn fails(double: &Double, secrets: Secrets, response: &Response) {
    let mut is_first = true;
    for operation in OPERATIONS {
        double.respond(response);
        let result = block_on(operation.send(&double.account()));
        let requests = double.requests().len();
        let Err(error) = result else {
            let is_removed = response.status() == StatusCode::NOT_FOUND
                && operation.id == "account-user-group-member-delete";
            assert!(response.status().is_success() || is_removed, "{} succeeded", operation.id);
            continue;
        };
        assert_eq!(usize::try_from(error.attempts()), Ok(requests));
        check(operation, &error, response.status(), secrets);
        // Only the operation differs from one to the other, and this takes long.
        if std::mem::take(&mut is_first) {
            check_all(&error, secrets);
        }
    }
}

fn check(operation: &Operation, error: &Error, status: StatusCode, secrets: Secrets) {
    // Pages that contradict each other have no status of their own.
    let of_pages = status.is_success() && error.to_string().contains("the list");
    assert!(error.status() == Some(status) || (of_pages && error.status().is_none()), "{error}");
    assert!(!error.is_invalid_input() && !error.is_timeout());
    assert_eq!(error.operation(), Some(operation.id));
    assert!(operation.changes() || !error.outcome_unknown());
    assert!(operation.is_idempotent() || !(error.outcome_unknown() && error.is_retryable()));
    assert!(error.retry_after().is_none_or(|wait| wait <= DAY));

    let text = error.to_string();
    assert!(text.chars().count() <= LONGEST_TEXT, "{} bytes of text", text.len());
    is_one_line(&text);
    keeps(secrets, &text);
    keeps(secrets, error.ray_id().unwrap_or_default());
}

fn check_all(error: &Error, secrets: Secrets) {
    for debug in [format!("{error:?}"), format!("{error:#?}")] {
        assert!(debug.len() <= LONGEST_DEBUG, "{} bytes of debug", debug.len());
        keeps(secrets, &debug);
    }
    error.errors().iter().for_each(|item| check_item(item, secrets));
    let items = error.errors().iter().map(count).sum();
    assert!(error.codes().count() <= items);
}

fn check_item(error: &ApiError, secrets: Secrets) {
    is_one_line(&error.to_string());
    let texts = [Some(error.message()), error.documentation_url(), error.pointer()];
    texts.into_iter().flatten().for_each(|text| keeps(secrets, text));
    error.error_chain().iter().for_each(|item| check_item(item, secrets));
}

fn count(error: &ApiError) -> usize {
    1 + error.error_chain().iter().map(count).sum::<usize>()
}

fn is_one_line(text: &str) {
    assert!(!text.contains(char::is_control), "control characters in {text:?}");
}

fn keeps(secrets: Secrets, text: &str) {
    for secret in secrets {
        assert!(!text.contains(secret), "a secret is in {text:?}");
    }
}

/// A body with status 200: what is read from it is what it says.
pub fn success(body: &[u8]) {
    DOUBLES.with(|[(double, _), _]| succeeds(double, body));
}

fn succeeds(double: &Double, body: &[u8]) {
    let result = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let result = result.get("result").cloned().unwrap_or_default();
    let case = Case { double, response: response(StatusCode::OK, body), result };
    let account = double.account();
    let groups = account.user_groups();
    let members = groups.members(group());

    case.model("account-user-group-details", || groups.get(group()).into_future());
    case.model("account-user-group-member-get", || members.get(member()).into_future());
    macro_rules! list {
        ($id:literal, $list:expr, $filter:ident($value:expr), $size:literal) => {
            case.model($id, || async { Ok($list.page(1).await?.items) });
            for list in [$list, $list.per_page($size), $list.$filter($value).per_page($size)] {
                case.ends(list.max_in_flight(1).all());
            }
        };
    }
    list!("account-user-group-list", groups.list(), name("n"), 1);
    list!("account-user-group-member-list", members.list(), email_contains("n"), 1);
    let status = AccountMemberStatus::Accepted;
    list!("account-members-list-members", account.list_members(), status(status.clone()), 5);
    list!("account-permission-group-list", account.list_permission_groups(), name("n"), 5);
    list!("account-resource-group-list", account.list_resource_groups(), name("n"), 5);

    let added = case.call("account-user-group-member-create", members.add([member()]));
    assert!(added.is_none_or(|added| added.iter().all(|it| it.id == member())));
    case.call("account-user-group-delete", groups.delete(group()));
    case.call("account-user-group-member-delete", members.remove(member()));
}

struct Case<'a> {
    double: &'a Double,
    response: Response,
    /// The result in the body.
    result: Value,
}

impl Case<'_> {
    fn call<T>(&self, id: &str, call: impl IntoFuture<Output = Result<T>>) -> Option<T> {
        self.double.respond(&self.response);
        let error = match block_on(call.into_future()) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let operation = OPERATIONS.iter().find(|it| it.id == id).expect("an operation");
        check(operation, &error, StatusCode::OK, &[TOKEN]);
        check_all(&error, &[TOKEN]);
        None
    }

    /// Each text of the model is the one that the body has in its place, known to the client or
    /// not. The model is read from the JSON that it writes, by itself and as a response.
    fn model<T, F>(&self, id: &str, read: impl Fn() -> F)
    where
        T: Serialize + DeserializeOwned + PartialEq + Debug,
        F: Future<Output = Result<T>>,
    {
        let Some(model) = self.call(id, read()) else { return };
        let written = json(&model);
        same_texts(&self.result, &written);
        assert_eq!(serde_json::from_value::<T>(written.clone()).ok().as_ref(), Some(&model));
        let body = json!({ "success": true, "result": written }).to_string();
        self.double.respond(&response(StatusCode::OK, body.as_bytes()));
        match block_on(read()) {
            Ok(again) => assert_eq!(again, model),
            Err(error) => panic!("what was written is not read: {error}"),
        }
    }

    /// A server that returns this page whatever is requested does not make a reading endless.
    fn ends<T>(&self, list: impl Future<Output = Result<T>>) {
        self.double.respond(&self.response);
        let _ = block_on(list);
        let requests = self.double.requests().len();
        assert!(requests <= MOST_EQUAL_PAGES, "endless: {requests} requests");
    }
}

fn json(model: &impl Serialize) -> Value {
    match serde_json::to_value(model) {
        Ok(value) => value,
        Err(error) => panic!("a model cannot be written: {error}"),
    }
}

fn same_texts(body: &Value, written: &Value) {
    match (body, written) {
        (Value::String(body), Value::String(written)) => assert_eq!(body, written),
        (Value::Array(body), Value::Array(written)) => {
            assert_eq!(body.len(), written.len());
            body.iter().zip(written).for_each(|(body, written)| same_texts(body, written));
        }
        // A lone scope is written without the array around it.
        (Value::Array(body), one @ Value::Object(_)) if body.len() == 1 => {
            same_texts(&body[0], one)
        }
        (Value::Object(body), Value::Object(written)) => {
            for (key, value) in written {
                same_texts(body.get(key).unwrap_or(&Value::Null), value);
            }
        }
        // Null for a list, numbers in free keys, and the arrays that serde takes for structs.
        _ => {}
    }
}
