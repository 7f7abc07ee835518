//! The life of user groups on a service that behaves as the live one was observed to.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::collections::BTreeMap;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use cloudflare_user_groups_sandbox::{COMPANY, Contract, Fault, FaultPlan, Sandbox, Seed};
use support::{Session, program};

const LIMIT: Duration = Duration::from_secs(60);

fn sandbox(contract: Contract, lag: Duration) -> Sandbox {
    let builder = Sandbox::builder().contract(contract).seed(Seed::from_json(COMPANY).unwrap());
    builder.new_group_lag(lag).deletion_lag(lag).start_blocking().unwrap()
}

/// Applies a group file, and waits until a plan of it has no changes.
fn converge(session: &mut Session<'_>, file: &str) {
    session.write("groups.yaml", file);
    let applied = session.run("apply groups.yaml --yes --allow-removals");
    assert_eq!(applied.status.code(), Some(0), "{file}\n{}", text(&applied));
    wait_until_unchanged(session);
}

/// Removed members and groups are shown for a while.
fn wait_until_unchanged(session: &mut Session<'_>) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let plan = session.run("plan groups.yaml --detailed-exitcode --allow-removals");
        match plan.status.code() {
            Some(0) => return,
            Some(2) => assert!(Instant::now() < deadline, "{}", text(&plan)),
            _ => panic!("{}", text(&plan)),
        }
    }
}

fn text(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
}

fn policy(permission: &str) -> String {
    format!(
        "    - access: allow\n      permission_groups: [{permission}]\n      \
         resource_groups: [Whole account]\n"
    )
}

/// The email addresses of the members of a group.
fn members(sandbox: &Sandbox, group: &str) -> Vec<String> {
    let account = sandbox.account();
    let group = account.user_groups.iter().find(|it| it.name == group).unwrap();
    let emails = account.members.iter().filter(|it| group.members.contains(&it.id));
    let mut emails: Vec<String> = emails.map(|it| it.email.clone()).collect();
    emails.sort();
    emails
}

#[test]
fn life_cycle_of_groups_converges_despite_lags() {
    let sandbox = sandbox(Contract::Observed, Duration::from_secs(2));
    let mut session = Session::new("life-cycle", &sandbox);
    let (dns, purge, analytics) = (policy("DNS"), policy("Cache Purge"), policy("Analytics"));
    let created = format!(
        "- name: Alpha\n  policies:\n{dns}{purge}  members: [sre-01@meridian.example, sre-02@meridian.example]\n\
         - name: Beta\n  members: [support-01@meridian.example]\n"
    );
    converge(&mut session, &created);
    assert_eq!(members(&sandbox, "Alpha"), ["sre-01@meridian.example", "sre-02@meridian.example"]);

    let repolicied = created.replace(&purge, &analytics);
    converge(&mut session, &repolicied);

    let alpha = session.run("get Alpha -o json").stdout;
    let alpha: serde_json::Value = serde_json::from_slice(&alpha).unwrap();
    let id = alpha["id"].as_str().unwrap();
    assert_eq!(alpha["policies"].as_array().unwrap().len(), 2);
    let renamed = repolicied.replace("- name: Alpha", &format!("- name: Gamma\n  id: '{id}'"));
    converge(&mut session, &renamed);

    let moved = renamed
        .replace("[sre-01@meridian.example, sre-02@meridian.example]", "[sre-01@meridian.example]")
        .replace(
            "[support-01@meridian.example]",
            "[support-01@meridian.example, sre-02@meridian.example]",
        );
    converge(&mut session, &moved);
    assert_eq!(
        members(&sandbox, "Beta"),
        ["sre-02@meridian.example", "support-01@meridian.example"]
    );

    let emptied = moved.replace("[sre-01@meridian.example]", "[]");
    converge(&mut session, &emptied);
    assert!(members(&sandbox, "Gamma").is_empty());

    let deleted = session.run("delete Gamma Beta --yes --allow-removals");
    assert_eq!(deleted.status.code(), Some(0), "{}", text(&deleted));
    let names = || sandbox.account().user_groups.into_iter().map(|it| it.name);
    assert!(names().all(|name| !["Alpha", "Beta", "Gamma"].contains(&&*name)));
}

#[test]
fn members_of_a_new_group_can_be_added_at_once() {
    let sandbox = sandbox(Contract::Observed, Duration::from_secs(2));
    let mut session = Session::new("new-group", &sandbox);
    session.write("groups.yaml", "- name: New\n  members: [sre-01@meridian.example]\n");
    assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(0));
    assert_eq!(members(&sandbox, "New"), ["sre-01@meridian.example"]);
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

fn slow(milliseconds: u64) -> FaultPlan {
    FaultPlan::new(1).fault(Fault::delay(Duration::from_millis(milliseconds)))
}

fn new_groups(count: usize) -> String {
    let entry = |number| format!("- name: New {number}\n  members: [sre-01@meridian.example]\n");
    (0..count).map(entry).collect()
}

#[test]
fn two_runs_at_once_create_no_group_twice_unnoticed() {
    for contract in [Contract::Observed, Contract::Current] {
        let sandbox = sandbox(contract, Duration::ZERO);
        sandbox.set_faults(&slow(200)).unwrap();
        let session = Session::new("at-once", &sandbox);
        session.write("groups.yaml", &new_groups(10));
        let runs = [start_apply(&session), start_apply(&session)];
        let runs = runs.map(|run| run.wait_with_output().unwrap());
        let mut counts = BTreeMap::<String, usize>::new();
        for group in sandbox.account().user_groups {
            *counts.entry(group.name).or_default() += 1;
        }
        let twice = counts.values().any(|count| *count > 1);
        let reported = runs.iter().any(|run| run.status.code() == Some(1));
        assert!(!twice || reported, "{contract:?}: {counts:?}");
        assert!((0..10).all(|number| counts.contains_key(&format!("New {number}"))));
    }
}

#[cfg(unix)]
#[test]
fn interrupted_apply_reports_what_was_done() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let sandbox = sandbox(Contract::Observed, Duration::ZERO);
        sandbox.set_faults(&slow(300)).unwrap();
        let mut session = Session::new("signal", &sandbox);
        session.write("groups.yaml", &new_groups(20));
        let run = start_apply(&session);
        let deadline = Instant::now() + LIMIT;
        while !sandbox.log().iter().any(|it| it.method == "POST") {
            assert!(Instant::now() < deadline);
        }
        let kill =
            std::process::Command::new("kill").args([signal, &run.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let output = run.wait_with_output().unwrap();
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(code), "{shown}");
        assert!(shown.contains("Apply incomplete:") && shown.contains("(interrupted)"), "{shown}");
        let created = shown.matches("Created ").count();
        let groups = sandbox.account().user_groups;
        assert_eq!(groups.iter().filter(|it| it.name.starts_with("New ")).count(), created);
        sandbox.set_faults(&FaultPlan::default()).unwrap();
        assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(0));
    }
}

#[cfg(unix)]
#[test]
fn interruption_before_changes_says_so() {
    let sandbox = sandbox(Contract::Observed, Duration::ZERO);
    let stalled = Fault::delay(Duration::from_secs(60)).skip(1);
    sandbox.set_faults(&FaultPlan::new(1).fault(stalled)).unwrap();
    let session = Session::new("signal-early", &sandbox);
    session.write("groups.yaml", &new_groups(1));
    let run = start_apply(&session);
    let deadline = Instant::now() + LIMIT;
    while sandbox.log().is_empty() {
        assert!(Instant::now() < deadline);
    }
    let kill = std::process::Command::new("kill").args(["-INT", &run.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(text(&output).contains("No changes made."), "{}", text(&output));
}

#[test]
fn waiting_is_logged_every_few_seconds_without_a_terminal() {
    let sandbox = sandbox(Contract::Observed, Duration::ZERO);
    sandbox.set_faults(&slow(6_000)).unwrap();
    let mut session = Session::new("log", &sandbox);
    let listed = session.run("list");
    assert_eq!(listed.status.code(), Some(0));
    assert_eq!(std::str::from_utf8(&listed.stderr).unwrap(), "waiting for the API\n");
}
