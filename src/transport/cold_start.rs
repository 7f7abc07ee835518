//! The first request of a burst opens the connection alone.
//!
//! Whether the server speaks HTTP/2 is known once there is a connection. Sixteen requests at once
//! without one would open sixteen connections, and one is enough.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

/// How long after a response a connection exists. The pool keeps idle ones for 90 seconds.
const WARM: Duration = Duration::from_secs(60);
/// How long others wait for the first request, which may hang.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(crate) struct ColdStart {
    warm_until: Mutex<Option<Instant>>,
    first: tokio::sync::Mutex<()>,
}

impl ColdStart {
    /// Waits while another request opens the first connection, at most until the deadline. Others
    /// wait until the returned guard is dropped.
    pub(crate) async fn wait(&self, deadline: Instant) -> Result<Option<impl Drop>, Elapsed> {
        if self.is_warm() {
            return Ok(None);
        }
        let patience = Instant::now() + PATIENCE;
        match timeout_at(deadline.min(patience), self.first.lock()).await {
            Err(elapsed) if deadline < patience => Err(elapsed),
            first => Ok(first.ok().filter(|_| !self.is_warm())),
        }
    }

    /// Records that there is a connection.
    pub(crate) fn connected(&self) {
        *self.warm_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + WARM);
    }

    fn is_warm(&self) -> bool {
        let until = *self.warm_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }
}
