//! Starting and stopping, in process and as a program.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use cloudflare_user_groups_sandbox::{Sandbox, StartError};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts the binary and waits for its first line.
fn program(arguments: &[&str]) -> (Program, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_user-groups-sandbox"))
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = child.stdout.as_mut().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    (Program(child), line)
}

fn failure(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_user-groups-sandbox"));
    let output = command.args(arguments).output().unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn program_accepts_its_credentials_and_stops_when_terminated() {
    let account = "00112233445566778899aabbccddeeff";
    let (mut program, line) = program(&[
        "--listen",
        "127.0.0.1:0",
        "--account",
        account,
        "--token",
        "t",
        "--email",
        "a@b",
        "--key",
        "k",
        "--contract",
        "current",
    ]);
    let base = line.strip_prefix("listening on ").unwrap().trim_end();
    assert!(base.starts_with("http://127.0.0.1:") && base.ends_with("/client/v4"), "{line}");
    let http = common::http();
    let url = format!("{base}/accounts/{account}/iam/user_groups");
    assert_eq!(common::send(http.get(&url).bearer_auth("t")).await.status, 200);
    let pair = http.get(&url).header("x-auth-email", "a@b").header("x-auth-key", "k");
    assert_eq!(common::send(pair).await.status, 200);
    assert_eq!(common::send(http.get(&url).bearer_auth("u")).await.status, 401);

    #[cfg(unix)]
    {
        let id = program.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(program.0.wait().unwrap().success(), "it exits with 0");
        let mut rest = String::new();
        program.0.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "one line only");
    }
}

#[test]
fn program_reports_invalid_flags_and_files() {
    assert!(failure(&["--bogus"]).contains("--bogus"));
    assert!(failure(&["--listen", "nowhere"]).contains("nowhere"));
    assert!(failure(&["--email", "a@b"]).contains("--key"));
    assert!(failure(&["--account", "x"]).contains("\"x\""));
    assert!(failure(&["--contract", "x"]).contains("documented"));
    assert!(failure(&["--faults", "/no/such/file"]).contains("/no/such/file"));
    assert!(failure(&["--log", "/no/such/file"]).contains("/no/such/file"));
    assert!(failure(&["--seed", "/no/such/file"]).contains("/no/such/file"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert!(failure(&["--listen", &address]).contains(&address));
}

/// Examples of the README, each as a file.
fn examples(names: &[&str]) -> Vec<PathBuf> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let examples = readme.split("```json").skip(1);
    let examples: Vec<&str> = examples.map(|it| it.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), names.len());
    let write = |(name, text): (&&str, &&str)| {
        let name = format!("sandbox-{name}-{}.json", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    names.iter().zip(&examples).map(write).collect()
}

#[tokio::test]
async fn readme_files_start_the_program_and_the_log_is_written() {
    let files = examples(&["seed", "faults"]);
    let log = files[0].with_extension("log");
    let [seed, faults, log_path] = [&files[0], &files[1], &log].map(|path| path.to_str().unwrap());
    let arguments = ["--seed", seed, "--faults", faults, "--log", log_path];
    let (_program, line) = program(&arguments);
    let base = line.strip_prefix("listening on ").unwrap().trim_end();
    let http = common::http();
    let nothing = common::send(http.get(format!("{base}/nothing"))).await;
    assert_eq!(nothing.status, 404);
    let text = std::fs::read_to_string(&log).unwrap();
    for file in files.iter().chain([&log]) {
        std::fs::remove_file(file).unwrap();
    }
    let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(entry["response"], 404);
}

const ACCOUNT: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

/// Whether a sandbox with this account is served there. Another test can have got the same port.
fn is_served(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let request = "GET /_sandbox/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut state = String::new();
    stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut state)).ok();
    state.contains(ACCOUNT)
}

#[test]
fn sandbox_needs_no_runtime_and_stops_when_dropped() {
    let sandbox = Sandbox::builder().account_id(ACCOUNT).start_blocking().unwrap();
    let address = sandbox.address();
    assert!(is_served(address));
    let mut open = TcpStream::connect(address).unwrap();
    drop(sandbox);
    assert!(!is_served(address), "the port is closed");
    assert_eq!(open.read(&mut [0]).unwrap_or(0), 0, "open connections are closed");
}

#[tokio::test]
async fn invalid_account_id_is_an_error() {
    let error = Sandbox::builder().account_id("..").start().await.unwrap_err();
    assert!(matches!(error, StartError::AccountId(id) if id == ".."));
}
