//! Answers that no HTTP library would send: they are written to the connection byte by byte, which
//! is closed then.

use std::io::{self, Write};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::response::Parts;

use crate::socket::Socket;

/// What is sent in place of a proper answer.
#[derive(Clone, Debug)]
pub(crate) enum Wire {
    /// Not a byte.
    Nothing,
    /// The head, and then pieces of a body, whatever length the head announces.
    Pieces { length: usize, pieces: Vec<Bytes>, pause: Duration },
    /// The head, and then a body without end.
    Endless { start: Bytes },
}

impl Wire {
    /// Pieces without a pause.
    pub(crate) fn pieces(length: usize, pieces: Vec<Bytes>) -> Self {
        Self::Pieces { length, pieces, pause: Duration::ZERO }
    }

    /// Sends it. The status and headers are those of `answer`, whose body is not.
    pub(crate) async fn send(self, answer: &Parts, socket: &Socket) -> io::Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Pieces { length, pieces, pause } => {
                let length = format!("content-length: {length}");
                socket.write_all(&head(answer, &length)?).await?;
                for piece in pieces {
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                    socket.write_all(&piece).await?;
                }
                Ok(())
            }
            Self::Endless { start } => {
                let head = head(answer, "transfer-encoding: chunked")?;
                socket.write_all(&head).await?;
                socket.write_all(&chunk(&start)?).await?;
                let more = chunk(&[b' '; 64 * 1024])?;
                loop {
                    // It ends when nobody reads it any more.
                    socket.write_all(&more).await?;
                }
            }
        }
    }
}

fn head(answer: &Parts, framing: &str) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    write!(head, "HTTP/1.1 {}\r\n", answer.status)?;
    let headers = answer.headers.iter();
    for (name, value) in headers.filter(|(name, _)| *name != "content-length") {
        write!(head, "{name}: ")?;
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    write!(head, "{framing}\r\nconnection: close\r\n\r\n")?;
    Ok(head)
}

fn chunk(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(bytes.len() + 16);
    write!(chunk, "{:x}\r\n", bytes.len())?;
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    Ok(chunk)
}
