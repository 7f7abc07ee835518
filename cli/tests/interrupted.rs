//! Kills `apply` at several points and runs it again.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cloudflare_user_groups_sandbox::{FaultPlan, Sandbox};
use support::{directory, program, sandbox};

const GROUPS: usize = 20;

/// New groups, a group that gains and loses members, and a renamed group.
fn file() -> String {
    let mut text = "\
- name: Platform
  members: [ada@example.com, edsger@example.com]
- name: Helpdesk
  id: 817fe73ec9b3348d8f52f3ba5e7bff85
"
    .to_owned();
    for number in 0..GROUPS {
        writeln!(
            text,
            "- name: Team {number:02}\n  members: [grace@example.com, alan@example.com]"
        )
        .unwrap();
    }
    text
}

fn apply(name: &str, sandbox: &Sandbox) -> Command {
    let home = directory(name);
    std::fs::write(home.join("groups.yaml"), file()).unwrap();
    let mut command = program(&home);
    command
        .args(["apply", "groups.yaml", "--yes"])
        .env("CLOUDFLARE_ACCOUNT_ID", sandbox.account_id())
        .env("CLOUDFLARE_API_TOKEN", sandbox.token())
        .env("CLOUDFLARE_BASE_URL", sandbox.base_url())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    command
}

fn changes(sandbox: &Sandbox) -> usize {
    sandbox.log().iter().filter(|it| it.method != "GET" && it.applied).count()
}

/// The number of members of each group.
fn sizes(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let groups = sandbox.account().user_groups;
    let count = groups.len();
    let sizes: BTreeMap<_, _> =
        groups.into_iter().map(|group| (group.name, group.members.len())).collect();
    // The account has two groups named Old; all other names are unique.
    assert_eq!(sizes.len(), count - 1, "{sizes:?}");
    sizes
}

/// Kills the command after this number of changes.
fn kill_after(sandbox: &Sandbox, mut command: Command, limit: usize) {
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while changes(sandbox) < limit {
        assert!(child.try_wait().unwrap().is_none(), "the command ended before it was killed");
        assert!(Instant::now() < deadline, "timeout");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
}

#[test]
fn run_after_a_kill_finishes_and_repeats_nothing() {
    let slow = FaultPlan::from_json(r#"{"faults": [{"delay_ms": 40}]}"#).unwrap();
    let whole = sandbox();
    assert!(apply("whole", &whole).status().unwrap().success());
    let wanted = sizes(&whole);
    for limit in [1, 7, GROUPS, GROUPS + 9] {
        let sandbox = sandbox();
        sandbox.set_faults(&slow).unwrap();
        kill_after(&sandbox, apply("killed", &sandbox), limit);
        assert_ne!(sizes(&sandbox), wanted, "nothing was left to do after {limit} changes");
        sandbox.set_faults(&FaultPlan::default()).unwrap();
        assert!(apply("again", &sandbox).status().unwrap().success());
        assert_eq!(sizes(&sandbox), wanted, "killed after {limit} changes");
        assert_eq!(changes(&sandbox), changes(&whole), "killed after {limit} changes");
    }
}
