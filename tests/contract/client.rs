//! How a client is set up: credentials, base URL, environment, redirects.

use cloudflare_user_groups::{AccountId, Client};
use serde_json::json;

use crate::operations::{GROUP, group, group_json};
use crate::server::{ACCOUNT, Reply, Server, TOKEN, groups};

/// A server that returns the same group to every request.
async fn one_group() -> Server {
    Server::start(|_| Reply::json(&json!({ "success": true, "result": group_json() }))).await
}

const KEY: &str = "1234567893feefc5f0q5000bfo0c38d90bbeb";
const EMAIL: &str = "admin+sre@example.com";

#[tokio::test]
async fn api_key_is_sent_instead_of_a_token_below_the_path_of_the_base_url() {
    let server = one_group().await;
    let client = Client::builder()
        .api_key(EMAIL, KEY)
        .base_url(format!("{}/", server.base_url()))
        .user_agent("group-sync/1.2");
    groups(client).get(group()).await.expect("read");
    let requests = server.take();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.path, format!("/client/v4/accounts/{ACCOUNT}/iam/user_groups/{GROUP}"));
    assert_eq!(request.header("x-auth-email"), Some(EMAIL));
    assert_eq!(request.header("x-auth-key"), Some(KEY));
    let agent = format!("group-sync/1.2 cloudflare-user-groups/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent.as_str()));
    let unwanted = ["authorization", "api-version", "cookie", "content-type"];
    assert!(!request.headers.iter().any(|(name, _)| unwanted.contains(&name.as_str())));
}

#[test]
fn invalid_credential_is_refused_without_being_shown() {
    let bad = ["", "Bearer abc", "abc\n", "abc\r\nX-Evil: 1", "ab\u{e9}c", "\u{0}"];
    for text in bad {
        for builder in [
            Client::builder().api_token(text),
            Client::builder().api_key(text, KEY),
            Client::builder().api_key(EMAIL, text),
        ] {
            let error = builder.build().expect_err("refused");
            assert!(error.is_invalid_input());
            assert!(text.is_empty() || !format!("{error} {error:?}").contains(text), "{error}");
        }
    }
}

#[test]
fn plain_http_is_allowed_for_loopback_only() {
    let build = |url: &str| Client::builder().api_token(TOKEN).base_url(url).build();
    for url in [
        "http://example.com",
        "http://10.0.0.1",
        "http://0.0.0.0:8080",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[::2]",
        "http://[::ffff:10.0.0.1]",
        "HTTP://api.cloudflare.com/client/v4",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "127.0.0.1:8080",
        "api.cloudflare.com",
        "https://user:secret@api.cloudflare.com",
        "http://secret@127.0.0.1",
        "https://api.cloudflare.com/?secret=1",
        "https://api.cloudflare.com/#secret",
        "https://",
        "",
    ] {
        let error = build(url).expect_err(url);
        assert!(error.is_invalid_input(), "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
    for url in [
        "http://127.0.0.1:1",
        "http://127.8.9.10",
        "http://[::1]:8080/client/v4",
        "http://localhost:8080/",
        "http://LOCALHOST",
        "https://example.com/client/v4",
    ] {
        assert!(build(url).is_ok(), "{url}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = one_group().await;
    let location = format!("{}/accounts/{ACCOUNT}/iam/user_groups/{GROUP}", elsewhere.base_url());
    for status in [301, 302, 303, 307, 308] {
        let to = location.clone();
        let server = Server::start(move |_| Reply::new(status, "").header("location", &to)).await;
        let error = server.account().user_groups().get(group()).await.expect_err("not followed");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(!error.is_retryable());
        assert!(error.to_string().contains("redirects are not followed"), "{error}");
        // 303 after a POST says that it was processed.
        let error = server.account().user_groups().create("a").await.expect_err("not followed");
        assert_eq!(error.outcome_unknown(), status == 303, "{error}");
        assert!(!error.is_retryable(), "{error}");
    }
    assert_eq!(elsewhere.take(), []);
}

/// Names and values of environment variables.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Tests may not change the environment of their process, so each of these runs in one of its own.
#[tokio::test]
async fn environment_provides_one_credential_and_a_token_wins() {
    let server = one_group().await;
    let (token, email, key) =
        (("CLOUDFLARE_API_TOKEN", TOKEN), ("CLOUDFLARE_EMAIL", EMAIL), ("CLOUDFLARE_API_KEY", KEY));
    let bearer = format!("Bearer {TOKEN}");
    let cases: [(Variables<'_>, Option<[Option<&str>; 3]>); 7] = [
        (&[token], Some([Some(&bearer), None, None])),
        (&[token, email, key], Some([Some(&bearer), None, None])),
        (&[email, key], Some([None, Some(EMAIL), Some(KEY)])),
        (&[("CLOUDFLARE_API_TOKEN", ""), email, key], Some([None, Some(EMAIL), Some(KEY)])),
        (&[email], None),
        (&[key], None),
        (&[], None),
    ];
    for (variables, expected) in cases {
        let status = tokio::process::Command::new(std::env::current_exe().expect("it has a path"))
            .args(["--exact", "client::from_env", "--ignored", "--quiet"])
            .env_clear()
            .envs(variables.iter().copied())
            .env("CLOUDFLARE_BASE_URL", server.base_url())
            .env("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)
            .output()
            .await
            .expect("it runs")
            .status;
        assert_eq!(status.success(), expected.is_some(), "{variables:?}");
        let sent: Vec<_> = server.take();
        let sent: Vec<_> = sent
            .iter()
            .map(|it| ["authorization", "x-auth-email", "x-auth-key"].map(|name| it.header(name)))
            .collect();
        assert_eq!(sent, Vec::from_iter(expected), "{variables:?}");
    }
}

#[tokio::test]
#[ignore = "run by the test above with an environment of its own"]
async fn from_env() {
    let client = Client::from_env().expect("there is a credential");
    let account = client.account(AccountId::from_env().expect("there is an account"));
    account.user_groups().get(group()).await.expect("read");
}
