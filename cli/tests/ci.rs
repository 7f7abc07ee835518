//! Runs the shell steps of the ready workflows against a sandbox.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use support::{Session, sandbox};

/// Records its arguments and its input.
const STUB: &str = r#"printf '%s\n' "$@" >"$(basename "$0").called"
cat >"$(basename "$0").read""#;

fn workflow(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ci").join(file);
    yaml_serde::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn lines(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

/// The steps of a job of GitHub, each by itself. Only those that name the token get it.
fn github(job: &str) -> String {
    let workflow = workflow("github.yml");
    let step = |step: &Value| {
        let env = step["env"].get("CLOUDFLARE_API_TOKEN");
        let token = env.map_or("", |_| "export CLOUDFLARE_API_TOKEN=$TOKEN\n");
        Some(format!("(\n{token}{}\n)\n", step.get("run")?.as_str()?))
    };
    workflow["jobs"][job]["steps"].as_array().unwrap().iter().filter_map(step).collect()
}

/// The script of a job of GitLab.
fn gitlab(job: &str) -> String {
    lines(&workflow("gitlab.yml")[job]["script"]).join("\n")
}

/// The command of the job of Kubernetes, with its mounts in the current directory.
fn kubernetes() -> String {
    let job = workflow("kubernetes.yaml")["spec"]["jobTemplate"]["spec"]["template"].clone();
    let container = &job["spec"]["containers"][0];
    assert_eq!(container["env"][0]["name"], "CLOUDFLARE_ACCOUNT_ID");
    let command = lines(&container["command"]).join(" ");
    command.replace("/etc/user-groups/", "").replace("/var/run/user-groups/", "")
}

/// Replays a transcript. In its path are scripts with these names and the program; other tools only
/// record their call.
fn replay(transcript: &str, scripts: &[(&str, String)]) {
    let sandbox = sandbox();
    let mut session = Session::bare(transcript, &sandbox);
    let stubs = ["cargo", "gh", "curl"].map(|tool| (tool, STUB.to_owned()));
    for (name, script) in scripts.iter().chain(&stubs) {
        let file = format!("bin/{name}");
        session.write(&file, &format!("#!/usr/bin/env -S bash -eo pipefail\n{script}\n"));
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(session.home.join(file), executable).unwrap();
    }
    let path = format!("{}:{}", session.home.join("bin").display(), support::path().display());
    session.set("PATH", path);
    session.set("CLOUDFLARE_ACCOUNT_ID", sandbox.account_id());
    session.set("CLOUDFLARE_BASE_URL", sandbox.base_url());
    session.replay();
}

#[test]
fn github_validates_comments_plans_and_applies() {
    replay("ci-github", &["validate", "comment", "plan", "apply"].map(|job| (job, github(job))));
}

#[test]
fn gitlab_validates_comments_plans_and_applies() {
    replay("ci-gitlab", &["validate", "comment", "plan", "apply"].map(|job| (job, gitlab(job))));
}

#[test]
fn kubernetes_job_fails_if_there_is_drift() {
    replay("ci-kubernetes", &[("job", kubernetes())]);
}
