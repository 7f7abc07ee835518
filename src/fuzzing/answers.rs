//! Bodies, statuses and headers of answers, read as every operation reads them.

use std::fmt::Debug;
use std::num::NonZeroU64;
use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::{Client, ClientBuilder};
use crate::error::{ApiError, Error, Result};
use crate::id::{AccountId, MemberId, UserGroupId};
use crate::model::{self, MemberQuery, Page};
use crate::pagination::PageChecker;
use crate::raw::{self, Call, Listed};

/// Holds each character that JSON can write in two ways without need.
const TOKEN: &str = r#"marked/token"with\escapes+0123456789"#;
const EMAIL: &str = "marked+owner@example.com";
const KEY: &str = "c0ffee0123456789c0ffee0123456789c0ffe";

/// The page that is asked for, and its size.
const FIRST: NonZeroU64 = NonZeroU64::MIN;
/// In the text of an error; what a log line should bear.
const LONGEST_TEXT: usize = 2500;
/// In its `Debug`, where one character may be written as ten.
const LONGEST_DEBUG: usize = 512 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A walk through a list is over after as many equal pages, at the latest.
const MOST_EQUAL_PAGES: u32 = 5;

/// What a client must not show of its own.
type Secrets = &'static [&'static str];

/// A client with a token, and one with a key.
static CLIENTS: LazyLock<[(Client, Secrets); 2]> = LazyLock::new(|| {
    let client = |builder: ClientBuilder| match builder.base_url("http://127.0.0.1:9").build() {
        Ok(client) => client,
        Err(error) => panic!("{error}"),
    };
    [
        (client(Client::builder().api_token(TOKEN)), &[TOKEN]),
        (client(Client::builder().api_key(EMAIL, KEY)), &[EMAIL, KEY]),
    ]
});

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn success(body: &[u8]) -> Self {
        let body = Bytes::copy_from_slice(body);
        Self { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    /// Reads a status, headers and a body as they are written in HTTP, from whatever it is.
    fn parse(data: &[u8]) -> Self {
        let (first, mut rest) = line(data);
        let status = std::str::from_utf8(first).ok().and_then(|text| text.trim().parse().ok());
        let status = status.and_then(|code| StatusCode::from_u16(code).ok());
        let mut headers = HeaderMap::new();
        loop {
            let (header, after) = line(rest);
            rest = after;
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = super::headers::header(header) {
                headers.append(name, value);
            }
        }
        Self {
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers,
            body: Bytes::copy_from_slice(rest),
        }
    }

    fn to(&self, client: &Client) -> Call {
        let Self { status, headers, body } = self.clone();
        client.call(client.options()).answered_by(move |_| (status, headers.clone(), body.clone()))
    }
}

fn line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    end.map_or((data, &[]), |end| (&data[..end], &data[end + 1..]))
}

/// What an operation returns. With the answer at hand there is nothing to wait for.
fn now<T>(call: impl Future<Output = T>) -> T {
    let Some(result) = call.now_or_never() else { panic!("an operation waits for something") };
    result
}

fn id<T>(id: std::result::Result<T, impl Debug>) -> T {
    let Ok(id) = id else { panic!("the id is one") };
    id
}

/// The ids of what is asked for.
struct Asked {
    account: AccountId,
    group: UserGroupId,
    member: MemberId,
}

impl Asked {
    fn new() -> Self {
        Self {
            account: id(AccountId::new("eb78d65290b24279ba6f44721b3ea3c4")),
            group: id(UserGroupId::new("5ba5af98b9cd4f80bd3b4ed53ab6e4f5")),
            member: id(MemberId::new("4536bcfad5faccb111b47003c79917fa")),
        }
    }

    fn user_groups(&self, call: Call) -> Result<Page<model::UserGroup>> {
        now(raw::list_user_groups(call, &self.account, &Default::default(), FIRST, Some(FIRST)))
            .map(Listed::into_page)
    }

    fn members(&self, call: Call) -> Result<Page<model::Member>> {
        let group = self.group.clone();
        let query = MemberQuery { group, email_contains: None, direction: None };
        now(raw::list_members(call, &self.account, &query, FIRST, Some(FIRST)))
            .map(Listed::into_page)
    }

    fn account_members(&self, call: Call) -> Result<Page<model::AccountMember>> {
        now(raw::list_account_members(call, &self.account, &Default::default(), FIRST, Some(FIRST)))
            .map(Listed::into_page)
    }

    fn permission_groups(&self, call: Call) -> Result<Page<model::PermissionGroup>> {
        now(raw::list_permission_groups(
            call,
            &self.account,
            &Default::default(),
            FIRST,
            Some(FIRST),
        ))
        .map(Listed::into_page)
    }

    fn resource_groups(&self, call: Call) -> Result<Page<model::ResourceGroup>> {
        now(raw::list_resource_groups(call, &self.account, &Default::default(), FIRST, None))
            .map(Listed::into_page)
    }

    /// Why each operation fails, if it does.
    fn failures(&self, answer: &Answer, client: &Client) -> [Option<Error>; 13] {
        let Self { account, group, member } = self;
        let call = || answer.to(client);
        let members = std::slice::from_ref(member);
        [
            now(raw::create_user_group(call(), account, "name".into(), Vec::new())).err(),
            now(raw::update_user_group(call(), account, group, Some("name".into()), None)).err(),
            now(raw::user_group(call(), account, group)).err(),
            now(raw::delete_user_group(call(), account, group)).err(),
            self.user_groups(call()).err(),
            self.members(call()).err(),
            self.account_members(call()).err(),
            self.permission_groups(call()).err(),
            self.resource_groups(call()).err(),
            now(raw::member(call(), account, group, member)).err(),
            now(raw::add_members(call(), account, group, members)).err(),
            now(raw::replace_members(call(), account, group, members)).err(),
            now(raw::remove_member(call(), account, group, member)).err(),
        ]
    }
}

/// Any status, headers and body: the error says enough, not too much, and no secret.
pub fn failure(data: &[u8]) {
    let answer = Answer::parse(data);
    let asked = Asked::new();
    for (client, secrets) in &*CLIENTS {
        let failures = asked.failures(&answer, client);
        for failure in &failures {
            match failure {
                Some(error) => check(error, answer.status, secrets),
                None => assert!(answer.status.is_success(), "taken for a success"),
            }
        }
        // Only the operation differs from one to the other, and this takes long.
        if let Some(error) = failures.iter().flatten().next() {
            check_all(error, secrets);
        }
    }
}

fn check(error: &Error, status: StatusCode, secrets: Secrets) {
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.attempts(), 1);
    assert!(!error.is_invalid_input() && !error.is_timeout());
    let Some(operation) = error.operation().and_then(raw::operation) else {
        panic!("no operation in: {error}");
    };
    assert!(operation.method != "GET" || !error.outcome_unknown());
    assert!(operation.method != "POST" || !(error.outcome_unknown() && error.is_retryable()));
    assert!(error.retry_after().is_none_or(|wait| wait <= DAY));

    let text = error.to_string();
    assert!(text.chars().count() <= LONGEST_TEXT, "{} bytes of text", text.len());
    is_one_line(&text);
    keeps(secrets, &text);
    keeps(secrets, error.ray_id().unwrap_or_default());
}

/// What is slow to see.
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

/// A body that comes with 200: what is read of it is what it says.
pub fn success(body: &[u8]) {
    let Asked { account, group, member } = &Asked::new();
    let [(client, _), _] = &*CLIENTS;
    let answer = Answer::success(body);
    let call = || answer.to(client);
    let said = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let said = &said["result"];

    let read_group = |call| now(raw::user_group(call, account, group));
    if let Some(group) = checked(read_group(call())) {
        agrees(said, &group);
        is_read_again(&group, client, read_group);
    }
    let read_member = |call| now(raw::member(call, account, group, member));
    if let Some(member) = checked(read_member(call())) {
        agrees(said, &member);
        is_read_again(&member, client, read_member);
    }
    let asked = Asked::new();
    macro_rules! list {
        ($($list:ident($id:expr)),*) => {
            $(if let Some(page) = checked(asked.$list(call())) {
                agrees(said, &page.items);
                is_read_again(&page.items, client, |call| Ok(asked.$list(call)?.items));
                ends(&page, $id);
            })*
        };
    }
    list!(
        user_groups(|it| Some(&it.id)),
        members(|it| Some(&it.id)),
        account_members(|it| Some(&it.id)),
        permission_groups(|it| it.id.as_ref()),
        resource_groups(|it| it.id.as_ref())
    );
    let members = std::slice::from_ref(member);
    if let Some(added) = checked(now(raw::add_members(call(), account, group, members))) {
        match said {
            Value::Object(_) => agrees(&json!([said]), &added),
            said => agrees(said, &added),
        }
    }
    checked(now(raw::delete_user_group(call(), account, group)));
    checked(now(raw::remove_member(call(), account, group, member)));
}

fn checked<T>(result: Result<T>) -> Option<T> {
    let check = |error: &Error| {
        check(error, StatusCode::OK, &[TOKEN]);
        check_all(error, &[TOKEN]);
    };
    result.inspect_err(check).ok()
}

/// The model is read from the JSON that it writes, by itself and as an answer.
fn is_read_again<T>(model: &T, client: &Client, read: impl Fn(Call) -> Result<T>)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let written = json(model);
    assert_eq!(serde_json::from_value::<T>(written.clone()).ok().as_ref(), Some(model));
    let body = json!({ "success": true, "result": written }).to_string();
    match read(Answer::success(body.as_bytes()).to(client)) {
        Ok(again) => assert_eq!(again, *model),
        Err(error) => panic!("what was written is not read: {error}"),
    }
}

fn json(model: &impl Serialize) -> Value {
    match serde_json::to_value(model) {
        Ok(value) => value,
        Err(error) => panic!("a model cannot be written: {error}"),
    }
}

/// Each text of the model is the one that the answer has in its place, known to this crate or not.
fn agrees(said: &Value, model: &impl Serialize) {
    same_texts(said, &json(model));
}

fn same_texts(said: &Value, written: &Value) {
    match (said, written) {
        (Value::String(said), Value::String(written)) => assert_eq!(said, written),
        (Value::Array(said), Value::Array(written)) => {
            assert_eq!(said.len(), written.len());
            said.iter().zip(written).for_each(|(said, written)| same_texts(said, written));
        }
        // A lone scope is written without the array around it.
        (Value::Array(said), one @ Value::Object(_)) if said.len() == 1 => {
            same_texts(&said[0], one)
        }
        (Value::Object(said), Value::Object(written)) => {
            for (key, value) in written {
                same_texts(said.get(key).unwrap_or(&Value::Null), value);
            }
        }
        // Null for a list, numbers in free keys, and the arrays that serde takes for structs.
        _ => {}
    }
}

/// A server that returns this page whatever is requested does not make a reading endless.
fn ends<T: Clone, I: std::hash::Hash>(page: &Page<T>, id: impl Fn(&T) -> Option<&I>) {
    for (filtered, per_page) in [(false, None), (false, Some(1)), (true, Some(1))] {
        let mut checker = PageChecker::new(filtered, per_page);
        while let Ok(true) = checker.observe(&mut page.clone(), &id) {
            assert!(checker.pages() < MOST_EQUAL_PAGES, "endless: {:?}", page.info);
        }
    }
}
