//! The credential: checked when it enters, sent as sensitive headers, shown nowhere.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::error::{Error, Result};

const AUTH_EMAIL: HeaderName = HeaderName::from_static("x-auth-email");
const AUTH_KEY: HeaderName = HeaderName::from_static("x-auth-key");

/// Exactly one kind of credential.
pub(crate) struct Credential {
    kind: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    secrets: Vec<String>,
}

impl Credential {
    pub(crate) fn api_token(token: &str) -> Result<Self> {
        let token = plain("API token", token)?;
        Ok(Self {
            kind: "API token",
            headers: vec![(header::AUTHORIZATION, sensitive(&format!("Bearer {token}"))?)],
            secrets: vec![token.to_owned()],
        })
    }

    pub(crate) fn api_key(email: &str, key: &str) -> Result<Self> {
        let (email, key) = (plain("email address", email)?, plain("API key", key)?);
        Ok(Self {
            kind: "email and API key",
            headers: vec![(AUTH_EMAIL, sensitive(email)?), (AUTH_KEY, sensitive(key)?)],
            secrets: vec![key.to_owned(), email.to_owned()],
        })
    }

    pub(crate) fn authorize(&self, headers: &mut HeaderMap) {
        headers.extend(self.headers.iter().cloned());
    }

    /// Whether a server has repeated the credential in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| text.contains(secret))
    }

    /// The text without the credential, which a server may repeat, also with the escapes of JSON.
    pub(crate) fn redact(&self, text: &str) -> String {
        let hide = |text: String, secret: &String| text.replace(secret, "[redacted]");
        let hidden = self.secrets.iter().fold(text.to_owned(), hide);
        let plain = unescaped(&hidden);
        if self.is_in(&plain) { self.secrets.iter().fold(plain, hide) } else { hidden }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}

/// The text with the escapes of JSON replaced by the visible characters that they stand for.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let code = escape.get(2..6).filter(|_| escape.as_bytes().get(1) == Some(&b'u'));
        let code = code.and_then(|code| u8::from_str_radix(code.strip_prefix("00")?, 16).ok());
        let (character, length) = match (escape.as_bytes().get(1), code) {
            (Some(byte @ (b'"' | b'\\' | b'/')), _) => (char::from(*byte), 2),
            (_, Some(code)) if code.is_ascii_graphic() => (char::from(code), 6),
            _ => ('\\', 1),
        };
        plain.push(character);
        rest = &escape[length..];
    }
    plain + rest
}

/// Refuses what is not visible ASCII: a line break from a file, or `Bearer ` before a token.
fn plain<'a>(what: &str, text: &'a str) -> Result<&'a str> {
    if text.is_empty() {
        Err(Error::invalid(format!("the {what} is empty")))
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err(Error::invalid(format!(
            "the {what} holds a space, a line break or another character that does not belong in it"
        )))
    } else {
        Ok(text)
    }
}

fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Error::invalid("the credential holds what a header cannot"))?;
    value.set_sensitive(true);
    Ok(value)
}
