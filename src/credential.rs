//! The credential: checked when it enters, sent as sensitive headers, shown nowhere.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::error::{BoxError, Error, Result};

const AUTH_EMAIL: HeaderName = HeaderName::from_static("x-auth-email");
const AUTH_KEY: HeaderName = HeaderName::from_static("x-auth-key");

/// An API token, or an email address with an API key.
#[derive(Clone)]
pub struct Credential(Arc<Parts>);

struct Parts {
    kind: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    secrets: Vec<String>,
}

impl Credential {
    /// An API token.
    ///
    /// # Errors
    ///
    /// If the token is empty or contains a character that cannot be in one.
    pub fn api_token(token: &str) -> Result<Self> {
        let token = plain("API token", token)?;
        Ok(Self(Arc::new(Parts {
            kind: "API token",
            headers: vec![(header::AUTHORIZATION, sensitive(&format!("Bearer {token}"))?)],
            secrets: vec![token.to_owned()],
        })))
    }

    /// The email address of a user and that user's API key.
    ///
    /// # Errors
    ///
    /// If either is empty or contains a character that cannot be in one.
    pub fn api_key(email: &str, key: &str) -> Result<Self> {
        let (email, key) = (plain("email address", email)?, plain("API key", key)?);
        Ok(Self(Arc::new(Parts {
            kind: "email and API key",
            headers: vec![(AUTH_EMAIL, sensitive(email)?), (AUTH_KEY, sensitive(key)?)],
            secrets: vec![key.to_owned(), email.to_owned()],
        })))
    }

    /// Whether both are clones of one credential.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn authorize(&self, headers: &mut HeaderMap) {
        headers.extend(self.0.headers.iter().cloned());
    }

    /// Whether a server has repeated the credential in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.0.secrets.iter().any(|secret| text.contains(secret))
    }

    /// The text without the credential, which a server may repeat, also with the escapes of JSON.
    pub(crate) fn redact(&self, text: &str) -> String {
        let hide = |text: String, secret: &String| text.replace(secret, "[redacted]");
        let hidden = self.0.secrets.iter().fold(text.to_owned(), hide);
        let plain = unescaped(&hidden);
        if self.is_in(&plain) { self.0.secrets.iter().fold(plain, hide) } else { hidden }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind)
    }
}

/// The result of [`CredentialProvider::credential`].
pub type CredentialFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Credential, BoxError>> + Send + 'a>>;

/// Provides the credential of each request, for tokens that are rotated.
///
/// It is called before each request, so it should keep the credential. If a request is refused with
/// 401, it is called with `rejected` and the request is sent once more.
///
/// ```
/// use std::sync::RwLock;
///
/// use cloudflare_user_groups::{Client, Credential, CredentialFuture, CredentialProvider};
///
/// /// The token in a file that another program rotates.
/// #[derive(Debug)]
/// struct TokenFile(RwLock<Option<Credential>>);
///
/// impl CredentialProvider for TokenFile {
///     fn credential(&self, rejected: Option<&Credential>) -> CredentialFuture<'_> {
///         let known = self.0.read().ok().and_then(|known| known.clone());
///         let known = known.filter(|known| rejected.is_none_or(|rejected| !rejected.is(known)));
///         Box::pin(async move {
///             if let Some(known) = known {
///                 return Ok(known);
///             }
///             let new = Credential::api_token(std::fs::read_to_string("/run/token")?.trim())?;
///             if let Ok(mut known) = self.0.write() {
///                 *known = Some(new.clone());
///             }
///             Ok(new)
///         })
///     }
/// }
///
/// let builder = Client::builder().credential_provider(TokenFile(RwLock::default()));
/// ```
pub trait CredentialProvider: fmt::Debug + Send + Sync {
    /// The credential for the next request. `rejected` is the one that the API refused with 401.
    fn credential(&self, rejected: Option<&Credential>) -> CredentialFuture<'_>;
}

/// Where a client has its credential from.
#[derive(Clone)]
pub(crate) enum Source {
    Fixed(Credential),
    Provider(Arc<dyn CredentialProvider>),
}

impl Source {
    pub(crate) fn fixed(&self) -> Option<&Credential> {
        match self {
            Self::Fixed(credential) => Some(credential),
            Self::Provider(_) => None,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(credential) => credential.fmt(f),
            Self::Provider(_) => f.write_str("provider"),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_email_are_redacted_everywhere() {
        let pair = Credential::api_key("a@example.com", "abc").unwrap();
        let shown = pair.redact("abcabc a@example.com");
        assert_eq!(shown, "[redacted][redacted] [redacted]");
    }
}
