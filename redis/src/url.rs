//! The URL of a server, which may hold a password.

use std::fmt;
use std::str::FromStr;

use redis::{Client, ConnectionAddr, ErrorKind, IntoConnectionInfo, RedisError};

use crate::error::{InvalidUrl, Unavailable};

/// The URL of a Redis or Valkey server: `redis://`, with feature `rustls` also `rediss://`.
///
/// `Debug` and `Display` show host and port alone.
#[derive(Clone)]
pub struct RedisUrl {
    client: Client,
    server: String,
    secrets: Vec<String>,
}

impl RedisUrl {
    /// Whether the URL holds a password.
    pub fn has_password(&self) -> bool {
        self.client.get_connection_info().redis_settings().password().is_some()
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Describes an error. Servers repeat the arguments of commands that they do not know, and one
    /// of them has the password.
    pub(crate) fn unavailable(&self, error: &RedisError) -> Unavailable {
        let problem = match error.kind() {
            ErrorKind::Io if error.is_timeout() => "no response in time".to_owned(),
            _ => error.to_string(),
        };
        let hide = |text: String, secret: &String| text.replace(secret, "[redacted]");
        let problem = self.secrets.iter().fold(problem, hide);
        let problem = problem.split_whitespace().collect::<Vec<_>>().join(" ");
        Unavailable { server: self.server.clone(), problem }
    }
}

impl FromStr for RedisUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let tls = text.starts_with("rediss:") || text.starts_with("valkeys:");
        if tls && !cfg!(feature = "rustls") {
            return Err(InvalidUrl("TLS needs the feature `rustls`"));
        }
        // The cause may repeat parts of the URL.
        let info = text.into_connection_info().map_err(|_| InvalidUrl("it cannot be used"))?;
        let settings = info.redis_settings();
        let secrets = [settings.password(), settings.username()];
        let mut secrets: Vec<String> =
            secrets.into_iter().flatten().filter(|it| !it.is_empty()).map(str::to_owned).collect();
        // One may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let server = match info.addr() {
            ConnectionAddr::Tcp(host, port) => format!("{host}:{port}"),
            ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port}"),
            ConnectionAddr::Unix(path) => path.display().to_string(),
            _ => "(other address)".to_owned(),
        };
        let client = Client::open(info).map_err(|_| InvalidUrl("it cannot be used"))?;
        Ok(Self { client, server, secrets })
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.server)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({})", self.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_in_no_text() {
        let url: RedisUrl = "redis://deploy:pass%2Bw0rd@redis.example:6380/3".parse().unwrap();
        assert_eq!(url.to_string(), "redis.example:6380");
        assert_eq!(format!("{url:?}"), "RedisUrl(redis.example:6380)");
        assert!(url.has_password());
        let echo = "unknown command 'AUTH', with args beginning with: 'deploy' 'pass+w0rd'";
        let error = RedisError::from((ErrorKind::Extension, "", echo.to_owned()));
        let shown = url.unavailable(&error).to_string();
        assert!(!shown.contains("w0rd") && !shown.contains("deploy"), "{shown}");
    }

    #[test]
    fn invalid_url_is_not_repeated() {
        for text in
            ["https://:secret@host", "redis://:secret@host:port", "redis://:secret@", "secret"]
        {
            let error = text.parse::<RedisUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
