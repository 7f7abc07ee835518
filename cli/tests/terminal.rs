//! The output on a terminal: prompts, progress and colors.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::process::Command;
use std::time::Duration;

use cloudflare_user_groups_sandbox::{Fault, FaultPlan, Sandbox};
use rexpect::session::{PtySession, spawn_command};
use support::{PROGRAM, directory, sandbox};

/// The timeout of each expectation.
const LIMIT_MS: u64 = 30_000;
const FILE: &str = "- name: SRE\n  members: [ada@example.com]\n";

/// A line of a shell, in which `$0` is the program, and its exit code.
fn line(name: &str, sandbox: &Sandbox, line: &str) -> Command {
    let home = directory(name);
    std::fs::write(home.join("groups.yaml"), FILE).unwrap();
    std::fs::create_dir(home.join("accounts")).unwrap();
    let account = format!("account: {}\ngroups:\n{FILE}", sandbox.account_id());
    std::fs::write(home.join("accounts/first.yaml"), account).unwrap();
    let mut command = support::command("sh", &home);
    command.args(["-c", &format!("{line}; echo \"status $?\""), PROGRAM]);
    command.envs(support::variables(sandbox)).env("TERM", "xterm");
    command
}

fn command(name: &str, sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = line(name, sandbox, "\"$0\" \"$@\"");
    command.args(arguments);
    command
}

fn start(command: Command) -> PtySession {
    spawn_command(command, Some(LIMIT_MS)).unwrap()
}

/// Responses that take long enough to show progress.
fn slow() -> FaultPlan {
    FaultPlan::new(1).fault(Fault::delay(Duration::from_millis(600)))
}

fn has_group(sandbox: &Sandbox, name: &str) -> bool {
    sandbox.account().user_groups.iter().any(|group| group.name == name)
}

#[test]
fn apply_prompts_and_shows_progress() {
    let sandbox = sandbox();
    let mut session = start(command("tty-yes", &sandbox, &["apply", "groups.yaml"]));
    let plan = session.exp_string("Apply these changes? [y/N] ").unwrap();
    assert!(plan.contains("\u{1b}[32m+ create user group \"SRE\""), "{plan:?}");
    assert!(!has_group(&sandbox, "SRE"));
    sandbox.set_faults(&slow()).unwrap();
    session.send_line("y").unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("1 of 2 steps"), "{rest:?}");
    assert!(rest.contains("Apply complete: 2 changes."), "{rest:?}");
    assert!(rest.contains("status 0"), "{rest:?}");
    assert!(has_group(&sandbox, "SRE"));
}

#[test]
fn long_operations_show_progress() {
    let sandbox = sandbox();
    sandbox.set_faults(&slow()).unwrap();
    for (arguments, progress, result) in [
        (&["plan", "groups.yaml"][..], "waiting for the API", "Plan: 1 to create"),
        (&["plan", "accounts"], "planned 0 of 1 account", "Plan: 1 to create"),
        (&["export"], "of 4 groups", "- name: Platform"),
        (&["members", "list", "Platform"], "waiting for the API", "grace@example.com"),
    ] {
        let mut session = start(command("tty-slow", &sandbox, arguments));
        let before = session.exp_string(progress).unwrap();
        assert!(!before.contains(result), "{before:?}");
        let after = session.exp_eof().unwrap();
        let (_, shown) = after.rsplit_once("\u{1b}[2K").unwrap();
        assert!(
            shown.contains(result),
            "the progress line is cleared before the result: {after:?}"
        );
        assert!(after.contains("status 0"), "{after:?}");
    }
}

#[test]
fn progress_shows_the_reason_for_a_delay() {
    let (limited, unavailable) = (Fault::status(429), Fault::status(503));
    for (fault, reason) in [
        (limited.retry_after("3"), "groups; waiting for the rate limit, 2 seconds more"),
        (unavailable.retry_after("2"), "groups; retrying after HTTP 503"),
    ] {
        let sandbox = sandbox();
        sandbox.set_faults(&FaultPlan::new(1).fault(fault.skip(1).count(1))).unwrap();
        let mut session = start(command("tty-delay", &sandbox, &["export"]));
        session.exp_string(reason).unwrap();
        assert!(session.exp_eof().unwrap().contains("status 0"));
    }
}

#[test]
fn verbose_replaces_the_progress_line() {
    let sandbox = sandbox();
    sandbox.set_faults(&slow()).unwrap();
    let export = command("tty-verbose", &sandbox, &["export", "--verbose"]);
    let shown = start(export).exp_eof().unwrap();
    assert!(shown.contains("iam/user_groups: 200 in"), "{shown:?}");
    assert!(!shown.contains("\u{1b}[2K") && !shown.contains("of 4 groups"), "{shown:?}");
}

#[test]
fn any_reply_but_yes_cancels() {
    let sandbox = sandbox();
    for reply in ["", "n", "yse"] {
        let mut session = start(command("tty-no", &sandbox, &["apply", "groups.yaml"]));
        session.exp_string("[y/N] ").unwrap();
        session.send_line(reply).unwrap();
        let rest = session.exp_eof().unwrap();
        assert!(rest.contains("no changes made"), "{rest:?}");
        assert!(rest.contains("status 1"), "{rest:?}");
    }
    assert!(sandbox.log().iter().all(|it| it.method == "GET"));
}

#[test]
fn no_color_disables_colors_on_a_terminal() {
    let sandbox = sandbox();
    let mut plan = command("tty-plain", &sandbox, &["plan", "groups.yaml"]);
    plan.env("NO_COLOR", "1");
    let mut session = start(plan);
    let shown = session.exp_eof().unwrap();
    assert!(shown.contains("+ create user group"), "{shown:?}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn members_are_not_read_from_a_terminal() {
    let sandbox = sandbox();
    let mut session = start(command("tty-members", &sandbox, &["members", "add", "Support"]));
    let shown = session.exp_eof().unwrap();
    assert!(shown.contains("no members given; pass"), "{shown:?}");
    assert!(shown.contains("status 64"), "{shown:?}");
}

/// What it is about, too.
#[test]
fn confirmation_is_on_the_terminal_if_a_stream_is_not() {
    for line in [
        "cat groups.yaml | \"$0\" apply -",
        "\"$0\" apply groups.yaml | cat > out",
        "\"$0\" apply accounts | cat > out",
        "\"$0\" apply accounts -o json > out",
        "\"$0\" apply groups.yaml 2> log",
    ] {
        let sandbox = sandbox();
        let mut session = start(self::line("tty-pipe", &sandbox, line));
        let plan = session.exp_string(" [y/N] ").unwrap();
        assert!(plan.contains("create user group \"SRE\""), "{line}: {plan:?}");
        session.send_line("y").unwrap();
        assert!(session.exp_eof().unwrap().contains("status 0"), "{line}");
        assert!(has_group(&sandbox, "SRE"), "{line}");
    }
}

#[test]
fn invisible_characters_are_escaped_on_terminals_in_every_format() {
    let sandbox = sandbox();
    let name = "a\u{1b}[2J\u{202e}\u{9b}\u{200b}b";
    let mut create = command("tty-escape", &sandbox, &["create", name]);
    assert!(create.output().unwrap().status.success());
    for arguments in [
        &["list"][..],
        &["list", "-o", "json"],
        &["list", "-o", "jsonl"],
        &["list", "-o", "yaml"],
        &["list", "-o", "csv"],
        &["get", name],
        &["export"],
        &["get", "\u{202e}\u{200b}missing"],
        &["get", "\u{202e}\u{200b}missing", "-o", "json"],
        &["list", "--\u{202e}\u{9b}", "-o", "jsonl"],
        &["--\u{202e}\u{9b}"],
    ] {
        let mut list = command("tty-escape", &sandbox, arguments);
        list.env("NO_COLOR", "1");
        let shown = start(list).exp_eof().unwrap();
        let raw = ['\u{1b}', '\u{202e}', '\u{9b}', '\u{200b}'];
        assert!(!shown.contains(raw), "{arguments:?}: {shown:?}");
    }
}

#[test]
fn interruption_at_the_prompt_changes_nothing() {
    let sandbox = sandbox();
    let mut session = start(command("tty-ctrl-c", &sandbox, &["apply", "groups.yaml"]));
    session.exp_string("[y/N] ").unwrap();
    session.send_control('c').unwrap();
    assert!(session.exp_eof().unwrap().contains("No changes made."));
    assert!(!has_group(&sandbox, "SRE"));
}

#[test]
fn tables_fit_the_terminal() {
    let sandbox = sandbox();
    let mut list = command("tty-width", &sandbox, &["lookup", "members"]);
    list.env("NO_COLOR", "1").env("COLUMNS", "80");
    let shown = start(list).exp_eof().unwrap();
    assert!(shown.contains("8c8d357b5e872bbacd45197626bd5759"), "{shown}");
    assert!(!shown.contains("edsger@example.com"), "addresses are cut: {shown}");
    assert!(shown.lines().all(|line| line.trim_end().chars().count() <= 80), "{shown}");
}
