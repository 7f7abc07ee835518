//! The lock.

use std::time::{Duration, Instant};

use cloudflare_user_groups_redis::{Lock, LockError, RedisUrl};

use crate::server::{DEADLINE, RedisServer};

const LEASE: Duration = Duration::from_secs(2);
const NO_WAIT: Duration = Duration::ZERO;

async fn lock(url: &RedisUrl, name: &str, max_wait: Duration) -> Result<Lock, LockError> {
    Lock::acquire(url, name, "build 7 on ci-3", LEASE, max_wait).await
}

async fn until_lost(lock: &Lock) {
    let deadline = Instant::now() + DEADLINE;
    while lock.is_held() {
        assert!(Instant::now() < deadline, "the lock is never lost");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn lock_is_held_by_one_until_it_is_released_or_the_lease_has_passed() {
    let Some(server) = RedisServer::shared() else { return };
    let url = server.url();
    let first = lock(&url, "a", NO_WAIT).await.unwrap();
    let held = lock(&url, "a", NO_WAIT).await.unwrap_err();
    assert_eq!(held.to_string(), "held by build 7 on ci-3");
    lock(&url, "b", NO_WAIT).await.unwrap().release().await;
    first.release().await;
    // Dropped: the holder has died.
    drop(lock(&url, "a", NO_WAIT).await.unwrap());
    assert!(lock(&url, "a", NO_WAIT).await.is_err());
    let start = Instant::now();
    lock(&url, "a", DEADLINE).await.unwrap();
    assert!(start.elapsed() < 2 * LEASE, "{:?}", start.elapsed());
}

#[tokio::test]
async fn lock_outlives_a_restart_and_is_lost_if_the_server_forgets_it_or_is_away() {
    let Some(mut server) = RedisServer::warm(LEASE) else { return };
    let url = server.url();
    let first = lock(&url, "a", NO_WAIT).await.unwrap();
    server.kill();
    server.restart();
    // A server that was just started gives a lock to its holder first.
    assert!(matches!(lock(&url, "a", NO_WAIT).await, Err(LockError::Restarted(_))));
    let start = Instant::now();
    let second = lock(&url, "a", LEASE * 3 / 2).await;
    assert!(start.elapsed() > LEASE, "it was renewed");
    assert!(first.is_held() && matches!(second, Err(LockError::Held { .. })), "{second:?}");

    redis::cmd("FLUSHALL").exec(&mut server.connection()).unwrap();
    // Either is the first one after the keys were deleted.
    if lock(&url, "a", NO_WAIT).await.is_err() {
        server.kill();
    }
    until_lost(&first).await;
}

#[tokio::test]
async fn longest_wait_and_lease_do_not_overflow() {
    let Some(server) = RedisServer::shared() else { return };
    let url = server.url();
    lock(&url, "longest", Duration::MAX).await.unwrap().release().await;
    let lock = Lock::acquire(&url, "longest", "test", Duration::MAX, NO_WAIT).await;
    assert!(matches!(lock, Err(LockError::Restarted(_))), "{lock:?}");
}
