//! The credentials that a sandbox accepts.

use axum::http::{HeaderMap, StatusCode, header};

use crate::response::{ApiError, ErrorItem, Result, code};

/// The credentials of the one client.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) token: String,
    pub(crate) key: Option<ApiKey>,
}

/// The older kind of credential: an API key and the email address of its user.
#[derive(Clone)]
pub(crate) struct ApiKey {
    pub(crate) email: String,
    pub(crate) key: String,
}

impl Credentials {
    /// Checks the credentials of a request. A token takes precedence over a key.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<()> {
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let token = authorization.to_str().ok().and_then(bearer);
            return if token == Some(self.token.as_str()) {
                Ok(())
            } else {
                Err(unauthenticated("the API token is not valid"))
            };
        }
        let email = headers.get("x-auth-email").and_then(|it| it.to_str().ok());
        let key = headers.get("x-auth-key").and_then(|it| it.to_str().ok());
        let (Some(email), Some(key)) = (email, key) else {
            let message = "send Authorization, or X-Auth-Email and X-Auth-Key";
            return Err(unauthenticated(message));
        };
        match &self.key {
            _ if key == self.token => Err(token_as_key()),
            Some(own) if own.email == email && own.key == key => Ok(()),
            _ => Err(unauthenticated("the email address or API key is not valid")),
        }
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim_start())
}

fn unauthenticated(message: &str) -> ApiError {
    let error = ErrorItem::new(code::NOT_AUTHENTICATED, message);
    ApiError::new(StatusCode::UNAUTHORIZED, error)
}

/// The live service checks the form of a key. Here every form is allowed, so only the usual error
/// is detected: the token sent as a key.
fn token_as_key() -> ApiError {
    let cause = ErrorItem::new(code::INVALID_KEY, "Invalid format for X-Auth-Key header");
    let error = ErrorItem::new(code::INVALID_HEADERS, "Invalid request headers").caused_by(cause);
    ApiError::new(StatusCode::BAD_REQUEST, error)
}
