//! Standard input.

use std::io::{self, Read};

/// Runs blocking I/O on a thread, so that a signal can end the command meanwhile.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // After a signal, the result is not received.
        sender.send(work()).ok();
    });
    receiver.await.map_err(io::Error::other)?
}

/// Reads all of standard input.
pub(crate) async fn read_stdin() -> io::Result<Vec<u8>> {
    on_thread(|| {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    })
    .await
}
