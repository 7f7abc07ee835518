//! The rate limit and the lock that runs share on a Redis server. Skipped without `redis-server`.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

#[path = "../../redis/tests/redis/server.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod server;
mod support;

use std::fmt::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cloudflare_user_groups_sandbox::{FaultPlan, Sandbox};
use server::{DEADLINE, RedisServer, free_port};
use support::{changes, directory, program, sandbox};

fn file(groups: usize) -> String {
    let mut text = String::new();
    for number in 0..groups {
        writeln!(text, "- name: Team {number:03}\n  members: [grace@example.com]").unwrap();
    }
    text
}

fn command(sandbox: &Sandbox, home: &Path) -> Command {
    let mut command = program(home);
    command
        .env_remove("CF_GROUPS_LIMIT")
        .env_remove("CF_GROUPS_LOCK")
        .envs(support::variables(sandbox))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn apply(sandbox: &Sandbox, home: &Path, lock: &str) -> Child {
    let mut command = command(sandbox, home);
    command.args(["apply", "groups.yaml", "--yes", "--lock", lock]).spawn().unwrap()
}

/// Exit code and standard error.
fn end(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn two_runs_do_not_work_at_once_and_a_run_that_lost_its_lock_stops() {
    let Some(server) = RedisServer::start() else { return };
    let sandbox = sandbox();
    let home = directory("lock");
    std::fs::write(home.join("groups.yaml"), file(10)).unwrap();
    // The server has just been started, so both wait first.
    let runs = [0; 2].map(|_| apply(&sandbox, &home, &server.text()));
    for (code, errors) in runs.map(end) {
        assert_eq!(code, Some(0), "{errors}");
        assert!(errors.contains("Waiting for the lock of account "), "{errors}");
    }
    assert_eq!(changes(&sandbox), 20, "the second run had nothing to do");

    sandbox
        .set_faults(&FaultPlan::from_json(r#"{"faults": [{"delay_ms": 400}]}"#).unwrap())
        .unwrap();
    std::fs::write(home.join("groups.yaml"), file(400)).unwrap();
    sandbox.clear_log();
    let run = apply(&sandbox, &home, &server.text());
    let deadline = Instant::now() + DEADLINE;
    while changes(&sandbox) < 10 {
        assert!(Instant::now() < deadline, "no changes");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut connection = server.connection();
    let locks: Vec<String> = redis::cmd("KEYS").arg("*:lock:*").query(&mut connection).unwrap();
    redis::cmd("SET").arg(&locks[0]).arg("1 another run").exec(&mut connection).unwrap();
    let (code, errors) = end(run);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("the lock of the account was lost"), "{errors}");
    assert!(changes(&sandbox) < 600, "it continued: {}", changes(&sandbox));
}

#[test]
fn limit_is_shared_and_without_its_server_a_share_is_used_with_one_warning() {
    let Some(mut server) = RedisServer::start() else { return };
    let sandbox = sandbox();
    let home = directory("limit");
    let mut list = command(&sandbox, &home);
    list.arg("list").env("CF_GROUPS_LIMIT", server.text());
    assert!(list.status().unwrap().success());
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.connection()).unwrap();
    assert!(keys.iter().any(|key| key.contains(":limit:")), "{keys:?}");
    server.kill();
    let (code, errors) = end(list.spawn().unwrap());
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(errors.matches("warning: ").count(), 1, "{errors}");
    assert!(
        errors.contains("this process uses its share: cannot use the Redis server"),
        "{errors}"
    );
}

#[test]
fn tls_needs_a_known_certificate_and_its_errors_have_no_password() {
    let home = directory("redis-tls");
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| home.join(name));
    std::fs::write(&certificate, own.cert.pem()).unwrap();
    std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    let port = free_port().to_string();
    let tls = ["--tls-port", &port, "--tls-auth-clients", "no"];
    let files = ["--tls-cert-file", certificate.to_str().unwrap()];
    let key = ["--tls-key-file", key.to_str().unwrap()];
    let user = ["--user", "deploy", "on", ">correct-horse", "~*", "+@all"];
    let arguments = [&tls[..], &files, &key, &user].concat();
    let Some(server) = RedisServer::start_with(&arguments) else { return };
    let url = format!("rediss://deploy:correct-horse@127.0.0.1:{port}");
    let sandbox = sandbox();

    let mut known = command(&sandbox, &home);
    known.arg("list").env("CF_GROUPS_LIMIT", &url).env("SSL_CERT_FILE", &certificate);
    let (code, errors) = end(known.spawn().unwrap());
    assert_eq!(code, Some(0), "{errors}");
    // The server has just been started.
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains("it was started a short time ago"), "{errors}");
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.connection()).unwrap();
    assert!(keys.iter().any(|key| key.contains(":limit:")), "{keys:?}");

    let mut unknown = command(&sandbox, &home);
    unknown.args(["delete", "Support", "--yes"]).env("CF_GROUPS_LOCK", &url);
    let (code, errors) = end(unknown.env_remove("SSL_CERT_FILE").spawn().unwrap());
    assert_eq!(code, Some(1), "{errors}");
    let server = format!("cannot use the Redis server 127.0.0.1:{port}: ");
    assert!(errors.contains(&server) && errors.contains("certificate"), "{errors}");
    assert!(!errors.contains("horse") && !errors.contains("deploy"), "{errors}");
    assert_eq!(changes(&sandbox), 0);
}

#[test]
fn password_is_no_argument_and_in_no_message() {
    let sandbox = sandbox();
    let home = directory("redis-password");
    for (option, url) in [
        ("--limit", "redis://:correct-horse@127.0.0.1:1"),
        ("--lock", "redis://:correct-horse@127.0.0.1:1"),
        ("--lock", "http://:correct-horse@127.0.0.1:1"),
    ] {
        let run = command(&sandbox, &home).args(["delete", "SRE", option, url]).spawn().unwrap();
        let (code, errors) = end(run);
        assert_eq!(code, Some(64), "{errors}");
        assert!(errors.contains(option) && !errors.contains("horse"), "{errors}");
    }
    let mut run = command(&sandbox, &home);
    run.args(["delete", "SRE"]).env("CF_GROUPS_LOCK", "redis://:correct-horse@127.0.0.1:1");
    let (code, errors) = end(run.spawn().unwrap());
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("cannot lock account ") && !errors.contains("horse"), "{errors}");
    assert_eq!(changes(&sandbox), 0);
}
