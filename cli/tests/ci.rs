//! Runs the shell steps of the ready workflows against a sandbox.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use cloudflare_user_groups_sandbox::Sandbox;
use serde_json::Value;
use support::{command, directory, sandbox};

const FILE: &str = "\
- name: Platform
  members: [ada@example.com, alan@example.com, donald@example.com]
";

/// Records its arguments and its input.
const STUB: &str = r#"#!/bin/sh
name=$(basename "$0")
printf '%s\n' "$@" >"$name.called"
cat >"$name.read"
"#;

fn workflow(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ci").join(file);
    yaml_serde::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A directory in which steps run: the program is in the path, other tools only record their call.
struct Runner {
    home: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Runner {
    fn new(test: &str, sandbox: &Sandbox) -> Self {
        let home = directory(test);
        fs::create_dir(home.join("bin")).unwrap();
        for tool in ["cargo", "gh", "curl"] {
            let path = home.join("bin").join(tool);
            fs::write(&path, STUB).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(home.join("groups.yaml"), FILE).unwrap();
        let path = format!("{}:{}", home.join("bin").display(), support::path().display());
        let variables = vec![
            ("PATH", path),
            ("CLOUDFLARE_ACCOUNT_ID", sandbox.account_id()),
            ("CLOUDFLARE_BASE_URL", sandbox.base_url()),
        ];
        Self { home, variables }
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.push((name, value.into()));
    }

    fn bash(&self, script: &str, token: Option<&str>) -> Output {
        let mut command = command("bash", &self.home);
        command.args(["-eo", "pipefail", "-c", script]);
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        command.envs(token.map(|token| ("CLOUDFLARE_API_TOKEN", token)));
        command.output().unwrap()
    }

    /// Runs the steps of a job of GitHub until one fails. Only steps that name the token get it.
    fn github(&self, job: &str, sandbox: &Sandbox) -> Output {
        let workflow = workflow("github.yml");
        let steps = workflow["jobs"][job]["steps"].as_array().unwrap();
        let steps = steps.iter().filter(|step| step.get("run").is_some());
        let mut last = None;
        for step in steps {
            let token = step["env"].get("CLOUDFLARE_API_TOKEN").map(|_| sandbox.token());
            let output = self.bash(step["run"].as_str().unwrap(), token);
            let failed = !output.status.success();
            last = Some(output);
            if failed {
                break;
            }
        }
        last.unwrap()
    }

    /// Runs the script of a job of GitLab until a command fails.
    fn gitlab(&self, job: &str) -> Output {
        let script = workflow("gitlab.yml")[job]["script"].clone();
        let lines = script.as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        self.bash(&lines.collect::<Vec<_>>().join("\n"), None)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.home.join(file)).unwrap_or_default()
    }
}

#[track_caller]
fn expect(output: &Output, code: i32) {
    let shown = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{shown}");
}

#[test]
fn github_validates_comments_plans_and_applies() {
    let sandbox = sandbox();
    let mut runner = Runner::new("ci-github", &sandbox);
    for (name, file) in [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")] {
        runner.set(name, runner.home.join(file).display().to_string());
    }
    runner.set("GITHUB_REPOSITORY", "org/repo");
    runner.set("PULL_REQUEST", "7");
    expect(&runner.github("validate", &sandbox), 0);
    assert!(sandbox.log().is_empty());
    expect(&runner.github("comment", &sandbox), 0);
    assert!(runner.read("plan.md").contains("+ donald@example.com (pending)"));
    assert!(runner.read("gh.called").starts_with("pr\ncomment\n7\n--repo\norg/repo\n"));
    expect(&runner.github("plan", &sandbox), 0);
    assert_eq!(runner.read("output"), "changes=true\n");
    expect(&runner.github("apply", &sandbox), 0);
    expect(&runner.github("plan", &sandbox), 0);
    assert_eq!(runner.read("output"), "changes=true\nchanges=false\n");

    fs::write(runner.home.join("groups.yaml"), "- name: Platform\n  members: []\n").unwrap();
    expect(&runner.github("comment", &sandbox), 0);
    assert!(runner.read("plan.md").contains("all members removed"));
    expect(&runner.github("plan", &sandbox), 3);
    fs::write(runner.home.join("groups.yaml"), "- nam: Platform\n").unwrap();
    let output = runner.github("validate", &sandbox);
    expect(&output, 1);
    assert!(output.stdout.starts_with(b"::error file=groups.yaml,line=1,col=3::"));
    expect(&runner.github("comment", &sandbox), 1);
}

#[test]
fn gitlab_validates_comments_plans_and_applies() {
    let sandbox = sandbox();
    let mut runner = Runner::new("ci-gitlab", &sandbox);
    expect(&runner.gitlab("validate"), 0);
    assert!(sandbox.log().is_empty());
    runner.set("CLOUDFLARE_READ_TOKEN", sandbox.token());
    runner.set("CLOUDFLARE_WRITE_TOKEN", sandbox.token());
    runner.set("GITLAB_NOTES_TOKEN", "some-token");
    runner.set("CI_API_V4_URL", "https://gitlab.example/api/v4");
    runner.set("CI_PROJECT_ID", "3");
    runner.set("CI_MERGE_REQUEST_IID", "7");
    expect(&runner.gitlab("comment"), 0);
    assert!(runner.read("plan.md").contains("+ donald@example.com (pending)"));
    let call = runner.read("curl.called");
    assert!(call.ends_with("https://gitlab.example/api/v4/projects/3/merge_requests/7/notes\n"));
    assert!(!call.contains("some-token"), "{call}");
    assert_eq!(runner.read("curl.read"), "header = \"PRIVATE-TOKEN: some-token\"\n");
    expect(&runner.gitlab("plan"), 0);
    expect(&runner.gitlab("apply"), 0);
    fs::write(runner.home.join("groups.yaml"), "- name: Platform\n  members: []\n").unwrap();
    expect(&runner.gitlab("comment"), 0);
    expect(&runner.gitlab("plan"), 3);
}

#[test]
fn kubernetes_job_fails_if_there_is_drift() {
    let sandbox = sandbox();
    let runner = Runner::new("ci-kubernetes", &sandbox);
    let job = workflow("kubernetes.yaml")["spec"]["jobTemplate"]["spec"]["template"].clone();
    let container = &job["spec"]["containers"][0];
    assert_eq!(container["env"][0]["name"], "CLOUDFLARE_ACCOUNT_ID");
    let words = container["command"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
    let words: Vec<String> = words
        .map(|word| word.replace("/etc/user-groups/", "").replace("/var/run/user-groups/", ""))
        .collect();
    let line = words.join(" ");
    let token = runner.home.join("token");
    fs::write(&token, sandbox.token()).unwrap();
    fs::set_permissions(token, fs::Permissions::from_mode(0o440)).unwrap();
    expect(&runner.bash(&line, None), 2);
    expect(&runner.bash("cf-groups apply groups.yaml --yes", Some(sandbox.token())), 0);
    expect(&runner.bash(&line, None), 0);
}
