//! Credentials are marked sensitive, so that no library shows them, and taken out of what a server
//! repeats.

use http::{HeaderMap, HeaderName};

use crate::credential::Credential;

fn headers(credential: &Credential) -> Vec<(HeaderName, bool)> {
    let mut headers = HeaderMap::new();
    credential.authorize(&mut headers);
    headers.iter().map(|(name, value)| (name.clone(), value.is_sensitive())).collect()
}

#[test]
fn they_are_sensitive_and_of_one_kind() {
    let token = Credential::api_token("abc").unwrap();
    assert_eq!(headers(&token), [(HeaderName::from_static("authorization"), true)]);
    let pair = Credential::api_key("a@example.com", "abc").unwrap();
    let mut sent = headers(&pair);
    sent.sort_by_key(|(name, _)| name.to_string());
    let expected = ["x-auth-email", "x-auth-key"].map(|name| (HeaderName::from_static(name), true));
    assert_eq!(sent, expected);
}

#[test]
fn they_are_redacted_wherever_they_stand() {
    let pair = Credential::api_key("a@example.com", "abc").unwrap();
    let shown = pair.redact("abcabc a@example.com");
    assert_eq!(shown, "[redacted][redacted] [redacted]");
}
