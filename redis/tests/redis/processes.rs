//! Eight processes that share a limit, as a sandbox sees them.

use std::env;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cloudflare_user_groups::{AccountId, Client, RetryPolicy, UserGroupId};
use cloudflare_user_groups_redis::SharedRateLimit;
use cloudflare_user_groups_sandbox::Sandbox;
use futures_util::stream::{self, StreamExt};

use crate::server::RedisServer;

const PROCESSES: usize = 8;
const REQUESTS: usize = 500;
const CONCURRENCY: usize = 32;
const QUOTA: (u32, Duration) = (1000, Duration::from_secs(6));
const BURST: (u32, Duration) = (250, Duration::from_secs(1));
/// 250 requests at 0, 1, 2 and 3 s, and again from 6, 12 and 18 s on.
const LEAST: Duration = Duration::from_secs(21);
const WORKER: &str = "processes::worker";
/// Both need the whole machine.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Not a test: one of the processes.
#[tokio::test]
#[ignore = "a process of the other tests"]
async fn worker() {
    let Ok(url) = env::var("TEST_REDIS_URL") else { return };
    let limit = SharedRateLimit::builder(url.parse().unwrap(), "token")
        .quota(QUOTA.0, QUOTA.1)
        .burst(BURST.0, BURST.1)
        .share(1.0 / PROCESSES as f64);
    let client = Client::builder()
        .api_token(env::var("TEST_TOKEN").unwrap())
        .base_url(env::var("TEST_BASE_URL").unwrap())
        .rate_limit(limit.build())
        .retry(RetryPolicy::off())
        .build()
        .unwrap();
    let account = AccountId::new(env::var("TEST_ACCOUNT").unwrap()).unwrap();
    let groups = client.account(account).user_groups();
    let unknown = UserGroupId::new("0123456789abcdef0123456789abcdef").unwrap();
    stream::iter(0..REQUESTS)
        .for_each_concurrent(CONCURRENCY, async |_| {
            let error = groups.get(&unknown).await.unwrap_err();
            assert!(error.is_not_found(), "{error:?}");
        })
        .await;
}

fn start(server: &RedisServer, sandbox: &Sandbox) -> Vec<Child> {
    let process = |_| {
        Command::new(env::current_exe().unwrap())
            .args([WORKER, "--exact", "--ignored", "--quiet"])
            .stdout(Stdio::null())
            .env("TEST_REDIS_URL", server.text())
            .env("TEST_TOKEN", sandbox.token())
            .env("TEST_ACCOUNT", sandbox.account_id())
            .env("TEST_BASE_URL", sandbox.base_url())
            .spawn()
            .unwrap()
    };
    (0..PROCESSES).map(process).collect()
}

/// Waits for the processes and returns when each request was received.
fn finish(processes: Vec<Child>, sandbox: &Sandbox) -> Vec<Instant> {
    for mut process in processes {
        assert!(process.wait().unwrap().success(), "a process failed");
    }
    let mut received: Vec<Instant> = sandbox.log().iter().map(|it| it.received).collect();
    received.sort();
    assert_eq!(received.len(), PROCESSES * REQUESTS, "a request was lost");
    received
}

/// The most requests in any period of this length.
fn largest(received: &[Instant], per: Duration) -> usize {
    let within = |at: usize| received[at..].partition_point(|time| *time < received[at] + per);
    (0..received.len()).map(within).max().unwrap()
}

fn assert_within_limits(received: &[Instant]) {
    for (requests, per) in [QUOTA, BURST] {
        let largest = largest(received, per);
        assert!(largest <= requests as usize, "{largest} of {requests} requests in {per:?}");
    }
}

#[test]
fn eight_processes_use_the_limits_and_do_not_exceed_them() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(server) = RedisServer::warm(QUOTA.1) else { return };
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let received = finish(start(&server, &sandbox), &sandbox);
    assert_within_limits(&received);
    let took = *received.last().unwrap() - received[0];
    eprintln!("{} requests in {took:?}, at least {LEAST:?}", received.len());
    assert!(took <= LEAST.mul_f64(1.1), "{took:?} is too long (or the machine is too busy)");
}

#[test]
fn server_that_is_killed_and_restarted_exceeds_nothing_and_loses_nothing() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(mut server) = RedisServer::warm(QUOTA.1) else { return };
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let processes = start(&server, &sandbox);
    let received = |count: usize| {
        let deadline = Instant::now() + crate::server::DEADLINE;
        while sandbox.log().len() < count {
            assert!(Instant::now() < deadline, "no requests");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    received(700);
    server.kill();
    // The windows have moved on, so the shares are used.
    received(1100);
    server.restart();
    received(2000);
    server.kill();
    server.restart();
    assert_within_limits(&finish(processes, &sandbox));
}
