//! The base URL, checked before a credential is sent there.

use url::{Host, Url};

use crate::error::{Error, Result};

/// Parses the URL. The text is not repeated in errors: it may contain a credential.
pub(super) fn parse(text: &str) -> Result<Url> {
    let refuse = |problem: &str| Err(Error::invalid(format!("the base URL {problem}")));
    let Ok(url) = Url::parse(text) else {
        return refuse("is not a URL");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("contains a user or a password, which belong in the credential");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("contains a query or a fragment");
    }
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => Ok(url),
        ("http", Some(host)) if is_loopback(&host) => Ok(url),
        ("http", _) => {
            refuse("is plain http, which is only allowed on a loopback address: use https")
        }
        _ => refuse("must begin with https"),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
    }
}
