//! The first request of a burst goes ahead alone.
//!
//! Whether HTTP/2 is spoken is only known once there is a connection. Sixteen requests at once to a
//! server that nobody is connected to would open sixteen connections, of which fifteen are not needed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// For so long after an answer there is a connection. The pool keeps idle ones for 90 seconds.
const WARM: Duration = Duration::from_secs(60);
/// How long others wait for the first: it may be the one that hangs.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(crate) struct ColdStart {
    warm_until: Mutex<Option<Instant>>,
    first: tokio::sync::Mutex<()>,
}

impl ColdStart {
    /// Waits while another request makes the first connection. What is returned makes others wait
    /// until it is dropped.
    pub(crate) async fn wait(&self) -> Option<impl Drop> {
        if self.is_warm() {
            return None;
        }
        let first = tokio::time::timeout(PATIENCE, self.first.lock()).await.ok();
        first.filter(|_| !self.is_warm())
    }

    /// Takes note of an answer.
    pub(crate) fn answered(&self) {
        *self.warm_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + WARM);
    }

    fn is_warm(&self) -> bool {
        let until = *self.warm_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }
}
