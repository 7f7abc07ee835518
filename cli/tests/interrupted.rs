//! Interrupts and kills `apply`, and runs it again.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use cloudflare_user_groups_sandbox::{Fault, FaultPlan, Sandbox};
use support::{Session, changes, program, sandbox};

const GROUPS: usize = 20;

/// A group that gains and loses members, a renamed group, and new groups.
fn file() -> String {
    let old = "\
- name: Platform
  members: [ada@example.com, edsger@example.com]
- name: Helpdesk
  id: 817fe73ec9b3348d8f52f3ba5e7bff85
";
    let new = |number| {
        format!("- name: Team {number:02}\n  members: [grace@example.com, alan@example.com]\n")
    };
    old.to_owned() + &(0..GROUPS).map(new).collect::<String>()
}

fn slow(milliseconds: u64) -> FaultPlan {
    FaultPlan::new(1).fault(Fault::delay(Duration::from_millis(milliseconds)))
}

fn start_apply(session: &Session<'_>) -> Child {
    program(&session.home)
        .args(["apply", "groups.yaml", "--yes"])
        .envs(session.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a signal to the command once the sandbox has come so far.
fn signal(run: Child, signal: &str, due: impl Fn() -> bool) -> Output {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !due() {
        assert!(Instant::now() < deadline, "timeout");
        std::thread::sleep(Duration::from_millis(1));
    }
    let kill = Command::new("kill").args([signal, &run.id().to_string()]).status();
    assert!(kill.unwrap().success(), "the command ended before it was killed");
    run.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
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

#[test]
fn run_after_a_kill_finishes_and_repeats_nothing() {
    let whole = sandbox();
    let session = Session::new("whole", &whole);
    session.write("groups.yaml", &file());
    assert!(session.run("apply groups.yaml --yes").status.success());
    for limit in [1, 7, GROUPS, GROUPS + 9] {
        let sandbox = sandbox();
        sandbox.set_faults(&slow(40)).unwrap();
        let session = Session::new("killed", &sandbox);
        session.write("groups.yaml", &file());
        signal(start_apply(&session), "-KILL", || changes(&sandbox) >= limit);
        assert_ne!(sizes(&sandbox), sizes(&whole), "nothing was left to do after {limit} changes");
        sandbox.set_faults(&FaultPlan::default()).unwrap();
        assert!(session.run("apply groups.yaml --yes").status.success());
        assert_eq!(sizes(&sandbox), sizes(&whole), "killed after {limit} changes");
        assert_eq!(changes(&sandbox), changes(&whole), "killed after {limit} changes");
    }
}

#[test]
fn interrupted_apply_reports_what_was_done() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let sandbox = sandbox();
        sandbox.set_faults(&slow(300)).unwrap();
        let session = Session::new("signal", &sandbox);
        session.write("groups.yaml", &file());
        let output = signal(start_apply(&session), name, || changes(&sandbox) > 0);
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(code), "{shown}");
        for part in ["Apply incomplete:", "(interrupted)", "Re-run the command"] {
            assert!(shown.contains(part), "{shown}");
        }
        let created = sandbox.account().user_groups;
        let created = created.iter().filter(|it| it.name.starts_with("Team ")).count();
        assert_eq!(shown.matches("Created ").count(), created);
        sandbox.set_faults(&FaultPlan::default()).unwrap();
        assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(0));
    }
}

/// The writer of a pipe may never write.
#[test]
fn interruption_ends_the_reading_of_a_pipe() {
    let sandbox = sandbox();
    let session = Session::new("signal-pipe", &sandbox);
    let pipe = session.home.join("groups.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = OnceCell::new();
    // The pipe can be opened once the command reads it.
    let is_read = || writer.get_or_init(|| File::options().write(true).open(&pipe)).is_ok();
    let output = signal(start_apply(&session), "-TERM", is_read);
    assert_eq!(output.status.code(), Some(143), "{}", text(&output));
}

#[test]
fn interruption_before_changes_says_so() {
    let sandbox = sandbox();
    let stalled = Fault::delay(Duration::from_secs(60)).skip(1);
    sandbox.set_faults(&FaultPlan::new(1).fault(stalled)).unwrap();
    let session = Session::new("signal-early", &sandbox);
    session.write("groups.yaml", &file());
    let output = signal(start_apply(&session), "-INT", || !sandbox.log().is_empty());
    assert_eq!(output.status.code(), Some(130));
    assert!(text(&output).contains("No changes made."), "{}", text(&output));
}
