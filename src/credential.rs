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

    /// The text without the credential, should a server have repeated it.
    pub(crate) fn redact(&self, text: &str) -> String {
        let hide = |text: String, secret: &String| text.replace(secret, "[redacted]");
        self.secrets.iter().fold(text.to_owned(), hide)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
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
