//! The base URL, checked before a credential is sent there.

use url::{Host, Url};

use crate::error::{Error, Result};

/// Parses the URL, and lets its path end with a slash, so that others are below it. The text is not
/// repeated in errors: it may contain a credential.
pub(super) fn parse(text: &str) -> Result<Url> {
    let refuse = |problem: &str| Err(Error::invalid(format!("the base URL {problem}")));
    let Ok(mut url) = Url::parse(text) else {
        return refuse("is not a URL");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("contains a user or a password, which belong in the credential");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("contains a query or a fragment");
    }
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => {}
        ("http", Some(host)) if is_loopback(&host) => {}
        ("http", _) => {
            return refuse("is plain http, which is only allowed on a loopback address: use https");
        }
        _ => return refuse("must begin with https"),
    }
    url.set_path(&format!("{}/", url.path().trim_end_matches('/')));
    Ok(url)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
    }
}
