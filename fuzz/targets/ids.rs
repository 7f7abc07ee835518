//! Ids: what may become part of a URL, and what it becomes there.

use cloudflare_user_groups::{
    AccountId, Client, Error, MemberId, PermissionGroupId, PolicyId, ResourceGroupId, Result,
    RetryPolicy, UserGroupId, UserId,
};
use http::Uri;
use serde_json::Value;
use url::Url;

use super::double::{Double, block_on};

/// A base URL with a path, as the real one has.
const BASE: [&str; 2] = ["client", "v4"];

thread_local! {
    static DOUBLE: Double = {
        let builder = Client::builder().api_token("abc").base_url("http://127.0.0.1:9/client/v4");
        Double::new(builder.retry(RetryPolicy::off()))
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
                    panic!("an id of a response is refused");
                };
                assert_eq!(read.as_str(), text);
                assert_eq!(serde_json::to_value(&read).ok(), Some(Value::from(text)));
                assert_eq!(text.parse::<$id>(), made);
                match &made {
                    Ok(id) => {
                        assert!(id.as_str().eq_ignore_ascii_case(text), "{id:?} is another id");
                        assert_eq!(id.to_string().parse::<$id>().as_ref(), Ok(id));
                        assert_eq!(String::from(id.clone()), id.as_ref());
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
    let accepted = [
        AccountId::new(text).is_ok(),
        UserGroupId::new(text).is_ok(),
        MemberId::new(text).is_ok(),
        PermissionGroupId::new(text).is_ok(),
        ResourceGroupId::new(text).is_ok(),
    ];
    assert_eq!(accepted, [digits; 5]);
    DOUBLE.with(|double| {
        in_a_path(double, text);
        in_a_query(double, text);
    });
}

/// The URL that is requested, and the error, because each response is a 404.
fn requested<T>(double: &Double, call: impl Future<Output = Result<T>>) -> (Option<Url>, Error) {
    let error = block_on(call).err().expect("refused");
    let url = |uri: &Uri| Url::parse(&uri.to_string()).expect("a URL");
    let requests = double.requests();
    assert!(requests.len() < 2, "{requests:?}");
    (requests.first().map(url), error)
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
fn in_a_path(double: &Double, text: &str) {
    let (group, member) = (read::<UserGroupId>(text), read::<MemberId>(text));
    let account = double.client.account(read::<AccountId>(text));
    let call = account.user_groups().members(&group).remove(&member);
    let (url, error) = requested(double, call.into_future());
    let can_be_sent = PolicyId::new(text).is_ok();
    assert_eq!((url.is_some(), error.is_invalid_input()), (can_be_sent, !can_be_sent), "{text:?}");
    let Some(url) = url else { return };
    assert_eq!((url.query(), url.fragment()), (None, None), "{url}");
    let segments: Vec<String> = url.path().split('/').skip(1).map(decoded).collect();
    let expected =
        [&BASE[..], &["accounts", text, "iam", "user_groups", text, "members", text]].concat();
    assert_eq!(segments, expected, "{url}");
}

/// Any text can be searched for, and is what is searched for.
fn in_a_query(double: &Double, text: &str) {
    let list = double.account().user_groups().list();
    let list = list.id(read::<UserGroupId>(text)).name(text).name_contains(text).per_page(1);
    let (url, error) = requested(double, list.page(1));
    let can_be_sent = PolicyId::new(text).is_ok();
    assert_eq!((url.is_some(), error.is_invalid_input()), (can_be_sent, !can_be_sent), "{text:?}");
    let Some(url) = url else { return };
    let pairs: Vec<_> = url.query_pairs().collect();
    let expected =
        [("fuzzyName", text), ("id", text), ("name", text), ("page", "1"), ("per_page", "1")];
    assert!(pairs.iter().map(|(key, value)| (&**key, &**value)).eq(expected), "{url}");
}
