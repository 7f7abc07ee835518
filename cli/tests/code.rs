//! User groups as code: plan, apply and export as programs call them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use cloudflare_user_groups_sandbox::{Fault, FaultPlan, Sandbox};
use support::{Session, expect, program, sandbox};

const FILE: &str = "\
- name: Platform
  members: [ada@example.com, alan@example.com, donald@example.com]
- name: Helpdesk
  id: 817fe73ec9b3348d8f52f3ba5e7bff85
  policies:
    - access: allow
      permission_groups: [DNS]
      resource_groups: [example.com]
- name: SRE
  policies:
    - access: deny
      permission_groups: [Firewall]
      resource_groups: [Whole account]
  members: [edsger@example.com]
";

/// The groups without the two of the same name.
fn tidy(session: &mut Session<'_>, sandbox: &Sandbox) {
    for group in sandbox.account().user_groups.iter().filter(|group| group.name == "Old") {
        session.run(&format!("delete --yes {}", group.id));
    }
}

fn changes(sandbox: &Sandbox) -> usize {
    sandbox.log().iter().filter(|it| it.method != "GET").count()
}

#[test]
fn from_plan_to_nothing_to_do() {
    let sandbox = sandbox();
    let mut session = Session::new("plan", &sandbox);
    session.write("groups.yaml", FILE);
    assert_eq!(session.run("plan groups.yaml").status.code(), Some(0));
    assert_eq!(session.run("plan groups.yaml --detailed-exitcode").status.code(), Some(2));
    assert_eq!(session.run("apply groups.yaml").status.code(), Some(64));
    assert_eq!(changes(&sandbox), 0);
    assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(0));
    let done = changes(&sandbox);
    assert_eq!(session.run("plan groups.yaml --detailed-exitcode").status.code(), Some(0));
    assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(0));
    assert_eq!(changes(&sandbox), done);
    session.expect("plan.txt");
}

#[test]
fn forms_for_programs() {
    let sandbox = sandbox();
    let mut session = Session::new("plan-forms", &sandbox);
    session.write("groups.yaml", FILE);
    session.run("plan groups.yaml -o json");
    session.run("plan groups.yaml -o csv");
    session.run("apply groups.yaml --yes -o json");
    session.run("export -o jsonl");
    session.expect("plan-forms.txt");
}

#[test]
fn an_export_plans_to_nothing() {
    let sandbox = sandbox();
    let mut session = Session::new("export", &sandbox);
    for line in ["export", "export --pin", "export -o json"] {
        let exported = session.run(line);
        session.write("groups.yaml", std::str::from_utf8(&exported.stdout).unwrap());
        let plan = session.run("plan groups.yaml --prune --detailed-exitcode");
        assert_eq!(plan.status.code(), Some(0));
    }
    session.expect("export.txt");
}

#[test]
fn a_saved_plan() {
    let sandbox = sandbox();
    let mut session = Session::new("saved", &sandbox);
    session.write("groups.yaml", FILE);
    session.run("plan groups.yaml --out today.plan");
    session.run("apply today.plan --prune");
    session.run("members add Platform barbara@example.com");
    assert_eq!(session.run("apply today.plan --yes").status.code(), Some(1));
    session.run("members remove Platform barbara@example.com");
    assert_eq!(session.run("apply today.plan --yes").status.code(), Some(0));
    assert_eq!(session.run("apply today.plan --yes").status.code(), Some(0));
    session.expect("saved-plan.txt");
}

#[test]
fn mistakes_are_told_at_once_and_nothing_is_sent() {
    let sandbox = sandbox();
    let mut session = Session::new("file-mistakes", &sandbox);
    let text = FILE.replace("alan@", "alna@").replace("[DNS]", "[DSN]").replace("deny", "denny");
    session.write("groups.yaml", &text);
    session.write("broken.yaml", "- name: [");
    session.write("old.plan", r#"{"version": 99}"#);
    for line in [
        "plan groups.yaml",
        "apply groups.yaml --yes",
        "plan broken.yaml",
        "plan missing.yaml",
        "apply old.plan --yes",
    ] {
        assert_eq!(session.run(line).status.code(), Some(1));
    }
    session.run_with_input("plan -", "- name: Old\n  members: []\n");
    assert_eq!(changes(&sandbox), 0);
    session.expect("file-mistakes.txt");
}

#[test]
fn pruning_and_the_guard() {
    let sandbox = sandbox();
    let mut session = Session::new("prune", &sandbox);
    session.write("groups.yaml", "- name: Platform\n");
    session.run("create Fourth");
    session.run("plan groups.yaml");
    session.run("plan groups.yaml --prune");
    let before = changes(&sandbox);
    assert_eq!(session.run("apply groups.yaml --prune --yes").status.code(), Some(1));
    assert_eq!(changes(&sandbox), before);
    session.run("apply groups.yaml --prune --yes --allow-removals");
    session.run("list");
    session.expect("prune.txt");
}

#[test]
fn what_was_not_done_is_said_and_the_next_run_finishes() {
    let sandbox = sandbox();
    let mut session = Session::new("partial", &sandbox);
    tidy(&mut session, &sandbox);
    session.write("groups.yaml", FILE);
    let faults = FaultPlan::from_json(
        r#"{"faults": [{"operation": "account-user-group-create", "fault": {"status": {"code": 400}}}]}"#,
    );
    sandbox.set_faults(&faults.unwrap()).unwrap();
    assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(1));
    sandbox.set_faults(&FaultPlan::default()).unwrap();
    assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(0));
    session.expect("partial.txt");
}

/// What is shown to those who wait is for terminals.
#[test]
fn no_bar_reaches_a_pipe() {
    let sandbox = sandbox();
    let late = Fault::delay(Duration::from_millis(600)).on("account-user-group-list");
    sandbox.set_faults(&FaultPlan::new(1).fault(late)).unwrap();
    let mut session = Session::new("pipe-slow", &sandbox);
    session.write("groups.yaml", "- name: SRE\n  members: [ada@example.com]\n");
    session.run("plan groups.yaml");
    session.run("apply groups.yaml --yes");
    assert!(session.run("export").stderr.is_empty());
    session.expect("slow.txt");
}

#[test]
fn the_demo_tells_its_story() {
    let home = support::directory("demo");
    let output = program(&home).arg("demo").output().unwrap();
    assert!(output.status.success());
    expect("demo.txt", std::str::from_utf8(&output.stdout).unwrap());
}

#[test]
fn the_sandbox_serves_whoever_takes_what_it_prints() {
    let home = support::directory("serve");
    let mut server =
        program(&home).args(["sandbox", "--log", "log"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let exports: Vec<String> = lines.skip(1).take(3).map(Result::unwrap).collect();
    let variables = exports
        .iter()
        .map(|line| line.strip_prefix("export ").and_then(|line| line.split_once('=')).unwrap());
    let list = program(&home).args(["list", "-o", "csv"]).envs(variables).output().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    expect("sandbox.txt", std::str::from_utf8(&list.stdout).unwrap());
    assert!(fs::read_to_string(home.join("log")).unwrap().contains("account-user-group-list"));
}

#[test]
fn colours_are_for_terminals_or_who_asks() {
    let sandbox = sandbox();
    let mut session = Session::new("colours", &sandbox);
    session.write("groups.yaml", FILE);
    let escape = |output: &std::process::Output| output.stdout.contains(&0x1b);
    assert!(!escape(&session.run("plan groups.yaml")));
    assert!(escape(&session.run("plan groups.yaml --color always")));
    assert!(!escape(&session.run("plan groups.yaml --color never")));
}

#[test]
fn schema_completions_and_man_pages() {
    let home = support::directory("generated");
    let run = |arguments: &[&str]| program(&home).args(arguments).output().unwrap();
    let schema = run(&["schema"]).stdout;
    assert_eq!(std::str::from_utf8(&schema).unwrap(), cf_groups_engine::SCHEMA);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = String::from_utf8(run(&["completions", shell]).stdout).unwrap();
        assert!(script.contains("lookup"), "{shell}: {script}");
        assert!(script.contains("allow-removals"), "{shell}: {script}");
    }
    assert!(run(&["man", "man1"]).status.success());
    for page in ["cf-groups.1", "cf-groups-plan.1", "cf-groups-members-sync.1"] {
        assert!(fs::read_to_string(home.join("man1").join(page)).unwrap().contains(".TH"));
    }
}
