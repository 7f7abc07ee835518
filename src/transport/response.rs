//! A response whose body has not been read.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body::Body;

use super::body::ResponseBody;
use crate::error::BoxError;

/// How much is allocated before data of that size has come. The largest pages have half of it.
const INITIAL_CAPACITY: usize = 1024 * 1024;

/// A response whose body has not been read.
pub(super) enum Response {
    /// A response of the client's own connections, whose body would be boxed twice as a
    /// [`ResponseBody`].
    Own(reqwest::Response),
    OfService(http::Response<ResponseBody>),
}

/// Why a body could not be read.
pub(super) enum ReadError {
    TooLarge,
    Broken(BoxError),
}

impl Response {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Own(response) => response.status(),
            Self::OfService(response) => response.status(),
        }
    }

    pub(super) fn take_headers(&mut self) -> HeaderMap {
        std::mem::take(match self {
            Self::Own(response) => response.headers_mut(),
            Self::OfService(response) => response.headers_mut(),
        })
    }

    /// Reads the whole body. One that comes in one piece is not copied.
    pub(super) async fn read(&mut self, limit: usize) -> Result<Bytes, ReadError> {
        let within = |size: usize| if size > limit { Err(ReadError::TooLarge) } else { Ok(()) };
        let announced = self.length().and_then(|length| usize::try_from(length).ok());
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        within(first.len())?;
        let Some(second) = self.chunk().await? else {
            return Ok(first);
        };
        let capacity = announced.unwrap_or(2 * first.len()).min(limit).min(INITIAL_CAPACITY);
        let mut whole = BytesMut::with_capacity(capacity);
        whole.extend_from_slice(&first);
        let mut chunk = Some(second);
        while let Some(data) = chunk {
            within(whole.len() + data.len())?;
            whole.extend_from_slice(&data);
            chunk = self.chunk().await?;
        }
        Ok(whole.freeze())
    }

    /// The length of the body, if it is known.
    fn length(&self) -> Option<u64> {
        match self {
            Self::Own(response) => response.content_length(),
            Self::OfService(response) => response.body().size_hint().exact(),
        }
    }

    /// The next data of the body.
    async fn chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        match self {
            Self::Own(response) => response
                .chunk()
                .await
                .map_err(|error| ReadError::Broken(error.without_url().into())),
            Self::OfService(response) => {
                response.body_mut().chunk().await.map_err(ReadError::Broken)
            }
        }
    }
}
