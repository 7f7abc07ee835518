//! Credentials of a provider, which may be rotated or fail.

use std::sync::{Arc, Mutex};

use cloudflare_user_groups::{
    AccountId, Client, Credential, CredentialFuture, CredentialProvider, ErrorKind, RetryPolicy,
};
use serde_json::json;

use crate::operations::GROUP;
use crate::responses::failed;
use crate::server::{ACCOUNT, Reply, Server, TOKEN, groups};

/// Provides one token after the other, and records whether one was rejected.
#[derive(Clone, Debug, Default)]
struct Rotating(Arc<Mutex<Vec<bool>>>);

impl CredentialProvider for Rotating {
    fn credential(&self, rejected: Option<&Credential>) -> CredentialFuture<'_> {
        let mut calls = self.0.lock().unwrap();
        calls.push(rejected.is_some());
        let number = calls.iter().filter(|rejected| **rejected).count();
        Box::pin(async move { Ok(Credential::api_token(&format!("{TOKEN}-{number}"))?) })
    }
}

#[tokio::test]
async fn credential_provider_is_called_once_more_after_a_401() {
    let body = json!({ "success": true, "result": { "id": GROUP, "name": "SRE" } });
    for (accepted, tokens) in [("-0", 1), ("-1", 2), ("-2", 2)] {
        let body = body.clone();
        let server = Server::start(move |request| {
            let token = request.header("authorization").expect("it is sent once").to_owned();
            if token.ends_with(accepted) {
                Reply::json(&body)
            } else {
                Reply::new(401, failed(&json!([{ "code": 10000, "message": token }])))
            }
        })
        .await;
        let provider = Rotating::default();
        let client = Client::builder()
            .credential_provider(provider.clone())
            .base_url(server.base_url())
            .retry(RetryPolicy::off());
        let result = groups(client).create("SRE").await;
        assert_eq!(server.take().len(), tokens, "{accepted}");
        assert_eq!(*provider.0.lock().unwrap(), [false, true][..tokens], "{accepted}");
        let Err(error) = result else { continue };
        assert!(accepted == "-2" && error.is_unauthorized() && !error.outcome_unknown(), "{error}");
        assert!(!format!("{error} {error:?}").contains(TOKEN), "{error:?}");
    }
}

/// Page 3 is requested with the token that was valid before, and pages in flight with it.
#[tokio::test]
async fn credential_may_be_rotated_in_the_middle_of_a_list() {
    let server = Server::start(|request| {
        let page: usize = request.parameter("page").and_then(|it| it.parse().ok()).expect("a page");
        let is_old = request.header("authorization").is_some_and(|token| token.ends_with("-0"));
        if page >= 3 && is_old {
            return Reply::new(401, failed(&json!([{ "code": 10000, "message": "expired" }])));
        }
        Reply::json(&json!({
            "success": true,
            "result": [{ "id": format!("{page:032x}"), "name": "n" }],
            "result_info": { "page": page, "per_page": 1, "total_count": 9 },
        }))
    })
    .await;
    for failing in [false, true] {
        let provider = Rotating::default();
        let builder = match failing {
            true => Client::builder().credential_provider(Failing(Some(provider.clone()))),
            false => Client::builder().credential_provider(provider.clone()),
        };
        let client = builder.base_url(server.base_url()).retry(RetryPolicy::off()).build();
        let account = AccountId::new(ACCOUNT).expect("an id");
        let groups = client.expect("the settings are valid").account(account).user_groups();
        let all = groups.list().per_page(1).max_in_flight(4).all().await;
        let requests = server.take().len();
        if failing {
            let error = all.expect_err("the second token is not provided");
            assert_eq!(error.kind(), ErrorKind::NoCredential, "{error}");
            assert_eq!(error.operation(), Some("account-user-group-list"));
            assert!(error.attempts() >= 3 && error.attempts() as usize >= requests, "{error}");
        } else {
            assert_eq!(all.expect("listed").len(), 9);
            let rejected = provider.0.lock().unwrap().iter().filter(|it| **it).count();
            assert!(rejected >= 1);
            assert_eq!(requests, 9 + rejected, "each refused request is sent once more");
        }
    }
}

/// Provides nothing in place of a token that was rejected, or nothing at all.
#[derive(Debug)]
struct Failing(Option<Rotating>);

impl CredentialProvider for Failing {
    fn credential(&self, rejected: Option<&Credential>) -> CredentialFuture<'_> {
        match &self.0 {
            Some(provider) if rejected.is_none() => provider.credential(None),
            _ => Box::pin(async { Err("the vault is sealed".into()) }),
        }
    }
}

#[tokio::test]
async fn credential_provider_that_fails_sends_nothing() {
    let client =
        Client::builder().credential_provider(Failing(None)).base_url("http://127.0.0.1:1");
    let error = groups(client).create("SRE").await.expect_err("there is no credential");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::NoCredential, 0), "{error}");
    assert!(!error.outcome_unknown() && format!("{error:#}").contains("sealed"), "{error:#}");
}
