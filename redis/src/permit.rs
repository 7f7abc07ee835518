//! The place of a request: while it waits, and while it is in flight.

use std::sync::Arc;

use cloudflare_user_groups::Permit;
use tokio::runtime::Handle;

use crate::shared::Core;

/// A request. The server learns when its response arrived, or that it was not sent.
pub(crate) struct Place {
    core: Arc<Core>,
    number: u64,
    /// The order of those that wait; 0 until the server has given one.
    pub(crate) ticket: u64,
    /// Whether the server may know of it.
    pub(crate) submitted: bool,
    sent: bool,
    /// The permit of the process's share, if the server did not decide.
    share: Option<Permit>,
    runtime: Option<Handle>,
}

impl Place {
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        Self {
            core: Arc::clone(core),
            number: core.next_number(),
            ticket: 0,
            submitted: false,
            sent: false,
            share: None,
            runtime: Handle::try_current().ok(),
        }
    }

    pub(crate) fn id(&self) -> String {
        self.core.id(self.number)
    }

    /// The permit to send the request.
    pub(crate) fn send(mut self, share: Option<Permit>) -> Permit {
        self.sent = true;
        self.share = share;
        self.core.sent(self.number);
        Permit::new(move || self.release())
    }

    fn release(mut self) {
        self.sent = false;
        self.core.not_sent(self.number);
        if let Some(share) = self.share.take() {
            share.release();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let operation = match (self.sent, self.submitted) {
            (true, _) => "done",
            (false, true) => "release",
            (false, false) => return,
        };
        if self.sent {
            self.core.responded(self.number);
        }
        let (core, id) = (Arc::clone(&self.core), self.id());
        if let Some(runtime) = &self.runtime {
            // What cannot be reported now is reported when the server is back.
            runtime.spawn(async move { core.run(operation, &id, &[]).await.ok() });
        }
    }
}
