//! What the error of an HTTP client says of the request.

use std::error::Error as StdError;
use std::io;

use crate::error::{BoxError, Error, Kind};

/// The error for an exchange that failed. `read` says whether the body of the request was read.
pub(super) fn failure(error: BoxError, read: bool) -> Error {
    let connecting = is_connect(&*error);
    let kind = if connecting { Kind::NotConnected } else { Kind::ConnectionLost };
    let not_sent = connecting || !read || is_not_processed(&*error);
    let failure = Error::new(kind).caused_by(error);
    if not_sent { failure.not_sent() } else { failure }
}

/// The errors below an error, and itself.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn is_connect(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|error| {
        error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
            || error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    })
}

/// Whether an HTTP/2 server says that it did not process the request (RFC 9113, section 8.7): it
/// refused the stream, or it goes away and has not seen it. Streams that it has seen do not fail
/// with its GOAWAY.
fn is_not_processed(error: &(dyn StdError + 'static)) -> bool {
    chain(error).filter_map(|error| error.downcast_ref::<h2::Error>()).any(|error| {
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (error.is_go_away() || refused)
    })
}
