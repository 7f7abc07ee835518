//! Ids: what may become part of a URL, and what then becomes of it.

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use url::Url;

use crate::client::Client;
use crate::id::{
    AccountId, MemberId, PermissionGroupId, PolicyId, ResourceGroupId, UserGroupId, UserId,
};
use crate::model::UserGroupQuery;
use crate::raw;

/// The page that is asked for, and its size.
const FIRST: NonZeroU64 = NonZeroU64::MIN;
/// A base URL with a path of its own, as the real one has.
const BASE: [&str; 2] = ["client", "v4"];

thread_local! {
    static CLIENT: Client = {
        let client = Client::builder().api_token("abc").base_url("http://127.0.0.1:9/client/v4");
        match client.build() {
            Ok(client) => client,
            Err(error) => panic!("{error}"),
        }
    };
}

/// Any text as an id of each kind, and as what a list is filtered by.
pub fn ids(data: &[u8]) {
    let text = &*String::from_utf8_lossy(data);
    macro_rules! check {
        ($($id:ident),*) => {
            $({
                let made = $id::new(text);
                let Ok(read) = serde_json::from_value::<$id>(Value::from(text)) else {
                    panic!("an id of an answer is refused");
                };
                assert_eq!(read.as_str(), text);
                assert_eq!(serde_json::to_value(&read).ok(), Some(Value::from(text)));
                assert_eq!(text.parse::<$id>(), made);
                match &made {
                    Ok(id) => {
                        assert!(id.as_str().eq_ignore_ascii_case(text), "{id:?} is another id");
                        assert!(id.sendable().is_ok(), "{id:?} can be made, but not be sent");
                    }
                    Err(problem) => {
                        let shown = problem.to_string();
                        assert!(shown.len() < 1000 && !shown.contains(char::is_control), "{shown}");
                    }
                }
            })*
        };
    }
    check!(AccountId, UserGroupId, MemberId, PermissionGroupId, ResourceGroupId, PolicyId, UserId);
    let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert_eq!(MemberId::new(text).is_ok(), digits);
    in_a_path(text);
    in_a_query(text);
}

/// The URL that an operation asks for, if it asks.
fn asked(operation: impl FnOnce(raw::Call)) -> Option<Url> {
    let url = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&url);
    let call = CLIENT.with(|client| client.call(client.options()));
    operation(call.answered_by(move |url| {
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(url.clone());
        (StatusCode::NOT_FOUND, HeaderMap::new(), Bytes::new())
    }));
    url.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    match serde_json::from_value(Value::from(text)) {
        Ok(id) => id,
        Err(error) => panic!("{error}"),
    }
}

fn decoded(segment: &str) -> String {
    // A plus in a path is a plus; in a form it would be a space.
    let segment = segment.replace('+', "%2B");
    url::form_urlencoded::parse(format!("={segment}").replace('&', "%26").as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect()
}

/// An id stays the one segment that it is, or nothing is sent.
fn in_a_path(text: &str) {
    let (account, group, member) =
        (read::<AccountId>(text), read::<UserGroupId>(text), read::<MemberId>(text));
    let url = asked(|call| {
        let result = raw::remove_member(call, &account, &group, &member).now_or_never();
        let Some(Err(error)) = result else { panic!("a request that fails succeeds or waits") };
        assert_eq!(error.is_invalid_input(), account.sendable().is_err());
    });
    let Some(url) = url else {
        assert!(member.sendable().is_err(), "{text:?} was not sent");
        return;
    };
    assert_eq!((url.query(), url.fragment()), (None, None), "{url}");
    // Who reads the URL anew reads the same.
    assert_eq!(Url::parse(url.as_str()).as_ref(), Ok(&url));
    let segments: Vec<String> = url.path().split('/').skip(1).map(decoded).collect();
    let expected =
        [&BASE[..], &["accounts", text, "iam", "user_groups", text, "members", text]].concat();
    assert_eq!(segments, expected, "{url}");
}

/// Any text can be searched for, and is what is searched for.
fn in_a_query(text: &str) {
    let query = UserGroupQuery {
        id: Some(read(text)),
        name: Some(text.to_owned()),
        name_contains: Some(text.to_owned()),
        direction: None,
    };
    let Ok(account) = AccountId::new("eb78d65290b24279ba6f44721b3ea3c4") else { return };
    let url = asked(|call| {
        raw::list_user_groups(call, &account, &query, FIRST, Some(FIRST)).now_or_never();
    });
    let Some(url) = url else {
        assert!(read::<UserGroupId>(text).sendable().is_err());
        return;
    };
    let pairs: Vec<_> = url.query_pairs().collect();
    let expected =
        [("fuzzyName", text), ("id", text), ("name", text), ("page", "1"), ("per_page", "1")];
    assert!(pairs.iter().map(|(key, value)| (&**key, &**value)).eq(expected), "{url}");
}
