//! Eight processes that share a limit, as a sandbox sees them.

use std::env;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cloudflare_user_groups::{AccountId, Client, RetryPolicy, UserGroupId};
use cloudflare_user_groups_redis::SharedRateLimit;
use cloudflare_user_groups_sandbox::Sandbox;
use futures_util::stream::{self, StreamExt};

use crate::server::RedisServer;

const PROCESSES: u32 = 8;
const CONCURRENCY: usize = 32;
const WORKER: &str = "across_processes::worker";

/// The requests of each process, and the limits that all of them share.
struct Load {
    requests: u32,
    quota: (u32, Duration),
    burst: (u32, Duration),
}

/// The machine must keep up with a burst, and a window must last longer than that takes.
const FULL: Load = Load {
    requests: 500,
    quota: (1000, Duration::from_secs(4)),
    burst: (125, Duration::from_millis(400)),
};
/// 125 requests at 0, 0.4, … and 2.8 s, and again from 4, 8 and 12 s on.
const LEAST: Duration = Duration::from_millis(14_800);
/// Less work, so that it does not delay the requests of the other test.
const LIGHT: Load = Load {
    requests: 100,
    quota: (250, Duration::from_secs(2)),
    burst: (62, Duration::from_millis(333)),
};

/// Not a test: one of the processes.
#[tokio::test]
#[ignore = "a process of the other tests"]
async fn worker() {
    let Ok(url) = env::var("TEST_REDIS_URL") else { return };
    let Load { requests, quota, burst } =
        if env::var_os("TEST_LIGHT").is_some() { LIGHT } else { FULL };
    let limit = SharedRateLimit::builder(url.parse().unwrap(), "token")
        .quota(quota.0, quota.1)
        .burst(burst.0, burst.1)
        .share(1.0 / f64::from(PROCESSES));
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
    stream::iter(0..requests)
        .for_each_concurrent(CONCURRENCY, async |_| {
            let error = groups.get(&unknown).await.unwrap_err();
            assert!(error.is_not_found(), "{error:?}");
        })
        .await;
}

fn start(server: &RedisServer, sandbox: &Sandbox, light: bool) -> Vec<Child> {
    let process = |_| {
        Command::new(env::current_exe().unwrap())
            .args([WORKER, "--exact", "--ignored", "--quiet"])
            .stdout(Stdio::null())
            .env("TEST_REDIS_URL", server.text())
            .env("TEST_TOKEN", sandbox.token())
            .env("TEST_ACCOUNT", sandbox.account_id())
            .env("TEST_BASE_URL", sandbox.base_url())
            .envs(light.then_some(("TEST_LIGHT", "")))
            .spawn()
            .unwrap()
    };
    (0..PROCESSES).map(process).collect()
}

/// Waits for the processes and returns when each request was received. None exceeds a limit.
fn finish(processes: Vec<Child>, sandbox: &Sandbox, load: &Load) -> Vec<Instant> {
    for mut process in processes {
        assert!(process.wait().unwrap().success(), "a process failed");
    }
    let mut received: Vec<Instant> = sandbox.log().iter().map(|it| it.received).collect();
    received.sort();
    assert_eq!(received.len(), (PROCESSES * load.requests) as usize, "a request was lost");
    for (requests, per) in [load.quota, load.burst] {
        let largest = largest(&received, per);
        assert!(largest <= requests as usize, "{largest} of {requests} requests in {per:?}");
    }
    received
}

/// The most requests in any period of this length.
fn largest(received: &[Instant], per: Duration) -> usize {
    let within = |at: usize| received[at..].partition_point(|time| *time < received[at] + per);
    (0..received.len()).map(within).max().unwrap()
}

#[test]
fn eight_processes_use_the_limits_and_do_not_exceed_them() {
    let Some(server) = RedisServer::warm(FULL.quota.1) else { return };
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let received = finish(start(&server, &sandbox, false), &sandbox, &FULL);
    let took = *received.last().unwrap() - received[0];
    eprintln!("{} requests in {took:?}, at least {LEAST:?}", received.len());
    assert!(took <= LEAST.mul_f64(1.1), "{took:?} is too long (or the machine is too busy)");
}

#[test]
fn server_that_is_killed_and_restarted_exceeds_nothing_and_loses_nothing() {
    let Some(mut server) = RedisServer::warm(LIGHT.quota.1) else { return };
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let processes = start(&server, &sandbox, true);
    let received = |count: usize| {
        let deadline = Instant::now() + crate::server::DEADLINE;
        while sandbox.log().len() < count {
            assert!(Instant::now() < deadline, "no requests");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    received(175);
    server.kill();
    // The windows have moved on, so the shares are used.
    received(275);
    server.restart();
    received(500);
    server.kill();
    server.restart();
    finish(processes, &sandbox, &LIGHT);
}
