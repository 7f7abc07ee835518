//! Reading a response body within its limit.

use bytes::{Bytes, BytesMut};

use super::connection_error;
use crate::error::{Error, Kind};

/// Reads the whole body. One that comes in one piece is not copied.
pub(super) async fn read(response: &mut reqwest::Response, limit: usize) -> Result<Bytes, Error> {
    let within =
        |size: usize| if size > limit { Err(Error::new(Kind::TooLarge(limit))) } else { Ok(()) };
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    let Some(first) = response.chunk().await.map_err(connection_error)? else {
        return Ok(Bytes::new());
    };
    within(first.len())?;
    let Some(second) = response.chunk().await.map_err(connection_error)? else {
        return Ok(first);
    };
    let mut body = BytesMut::with_capacity(announced.unwrap_or(2 * first.len()).min(limit));
    body.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        within(body.len() + chunk.len())?;
        body.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(connection_error)?;
    }
    Ok(body.freeze())
}
