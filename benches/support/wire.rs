//! A way that takes time: a proxy that hands on bytes later, as many at once as there are.

use std::io::Result;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, sleep, sleep_until};

use crate::server;

/// Starts a proxy to this address, on a thread of its own, that delays each direction by `delay`.
pub fn start(to: SocketAddr, delay: Duration) -> crate::Result<SocketAddr> {
    server::on_a_thread(async move |listener: TcpListener| {
        loop {
            let (client, _) = listener.accept().await?;
            tokio::spawn(connect(client, to, delay));
        }
    })
}

async fn connect(client: TcpStream, to: SocketAddr, delay: Duration) -> Result<()> {
    // The kernel has shaken hands for the proxy already; over the wire it takes there and back.
    sleep(2 * delay).await;
    let server = TcpStream::connect(to).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (client, server) = (client.into_split(), server.into_split());
    tokio::spawn(hand_on(client.0, server.1, delay));
    tokio::spawn(hand_on(server.0, client.1, delay));
    Ok(())
}

async fn hand_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) -> Result<()> {
    let (send, mut under_way) = unbounded_channel::<(Instant, Bytes)>();
    let arrive = tokio::spawn(async move {
        while let Some((at, bytes)) = under_way.recv().await {
            sleep_until(at).await;
            to.write_all(&bytes).await?;
        }
        to.shutdown().await
    });
    let mut bytes = BytesMut::new();
    loop {
        bytes.reserve(64 * 1024);
        if from.read_buf(&mut bytes).await? == 0 || arrive.is_finished() {
            return Ok(());
        }
        // The other end is gone if it cannot be sent, which the next turn sees.
        let _ = send.send((Instant::now() + delay, bytes.split().freeze()));
    }
}
