//! An advisory lock with a lease.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::{LockError, Unavailable};
use crate::limit::{MAX_PERIOD, PREFIX, hash};
use crate::server::Connection;
use crate::url::RedisUrl;

/// The default lease: a lock whose holder has died is free after this time.
pub const LEASE: Duration = Duration::from_secs(30);
/// How often a caller that waits tries again.
const POLL: Duration = Duration::from_millis(500);
/// How often the lock is renewed in a lease.
const RENEWALS: u32 = 6;

/// An advisory lock, held until it is released, dropped or lost.
///
/// A task renews it. If that fails until the lease has passed, or another owner has the lock, it is
/// lost: [`is_held`](Self::is_held) is false from then on, even if the server comes back.
#[derive(Debug)]
pub struct Lock {
    held: Held,
    renewal: JoinHandle<()>,
    connection: Connection,
}

/// Whether a lock is still held. Clones are about the same lock.
#[derive(Clone)]
pub struct Held(Arc<State>);

struct State {
    key: String,
    owner: String,
    lease: Duration,
    /// By the clock of this machine, which began to count before that of the server.
    until: Mutex<Instant>,
}

impl Lock {
    /// Waits at most `max_wait` for the lock of this name, and holds it with this lease.
    ///
    /// `owner` describes the caller to others that wait. Only a hash of the name is sent. A server
    /// that was started within the lease may have forgotten a lock, so the time until then is
    /// waited for.
    ///
    /// # Errors
    ///
    /// If another owner holds the lock, or the server cannot be used.
    pub async fn acquire(
        url: &RedisUrl,
        name: &str,
        owner: &str,
        lease: Duration,
        max_wait: Duration,
    ) -> Result<Self, LockError> {
        let start = Instant::now();
        let deadline = start.checked_add(max_wait);
        let lease = lease.min(MAX_PERIOD);
        let mut connection = Connection::open(url).await?;
        let forgets_until = start + lease.saturating_sub(connection.uptime);
        let nonce = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let held = Held(Arc::new(State {
            key: format!("{PREFIX}:lock:{}", hash(name.as_bytes())),
            owner: format!("{nonce} {owner}"),
            lease,
            until: Mutex::new(start),
        }));
        loop {
            let now = Instant::now();
            let problem = if now < forgets_until {
                LockError::Restarted(lease)
            } else {
                match held.set(&mut connection).await? {
                    None => break,
                    Some(owner) => LockError::Held { owner },
                }
            };
            if deadline.is_some_and(|deadline| now + POLL > deadline) {
                return Err(problem);
            }
            tokio::time::sleep(POLL).await;
        }
        let renewal = tokio::spawn(renew(held.clone(), connection.clone(), url.clone()));
        Ok(Self { held, renewal, connection })
    }

    /// Whether the lock is still held.
    pub fn is_held(&self) -> bool {
        self.held.is_held()
    }

    /// Something to ask whether the lock is still held.
    pub fn held(&self) -> Held {
        self.held.clone()
    }

    /// Releases the lock. If the server is away, it is free after the lease.
    pub async fn release(mut self) {
        self.renewal.abort();
        let State { key, owner, .. } = &*self.held.0;
        self.connection.lock(key, &["release", owner, "0"]).await.ok();
        self.held.lose();
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl Held {
    /// Whether the lock is still held.
    pub fn is_held(&self) -> bool {
        Instant::now() < *self.until()
    }

    /// Takes or renews the lock. Returns the other owner, if there is one.
    async fn set(&self, connection: &mut Connection) -> Result<Option<String>, Unavailable> {
        let State { key, owner, lease, .. } = &*self.0;
        let now = Instant::now();
        let other = connection.lock(key, &["set", owner, &lease.as_millis().to_string()]).await?;
        if other.is_empty() {
            // A tenth is for requests that are under way when the lock is lost.
            *self.until() = now + lease.mul_f64(0.9);
            return Ok(None);
        }
        Ok(Some(other.split_once(' ').map_or(other.clone(), |(_, owner)| owner.to_owned())))
    }

    fn lose(&self) {
        *self.until() = Instant::now();
    }

    fn until(&self) -> MutexGuard<'_, Instant> {
        self.0.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("is_held", &self.is_held()).finish_non_exhaustive()
    }
}

/// Renews the lock until it is lost.
async fn renew(held: Held, mut connection: Connection, url: RedisUrl) {
    let interval = held.0.lease / RENEWALS;
    loop {
        tokio::time::sleep(interval).await;
        if !held.is_held() {
            break;
        }
        match held.set(&mut connection).await {
            Ok(None) => {}
            Ok(Some(_)) => {
                held.lose();
                break;
            }
            Err(problem) => {
                tracing::debug!(problem = %problem, "the lock was not renewed");
                if let Ok(new) = Connection::open(&url).await {
                    connection = new;
                }
            }
        }
    }
    tracing::warn!(server = %url, "the lock was lost");
}
