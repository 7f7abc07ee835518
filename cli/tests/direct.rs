//! The commands that do one thing: what they print, and what becomes of the account.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use cloudflare_user_groups_sandbox::Sandbox;
use support::{Session, sandbox};

/// The email addresses of the members of a group.
fn members(sandbox: &Sandbox, group: &str) -> Vec<String> {
    let groups = sandbox.account().user_groups;
    let mut members = groups.into_iter().find(|it| it.name == group).unwrap().members;
    let known = sandbox.account().members;
    for member in &mut members {
        if let Some(person) = known.iter().find(|person| person.id == *member) {
            *member = person.email.clone();
        }
    }
    members.sort();
    members
}

/// How many requests changed something.
fn changes(sandbox: &Sandbox) -> usize {
    sandbox.log().iter().filter(|it| it.method != "GET").count()
}

#[test]
fn reading() {
    let sandbox = sandbox();
    let mut session = Session::new("reading", &sandbox);
    for line in [
        "list",
        "list --contains latf",
        "get Platform",
        "members list Platform",
        "members list Platform --contains gra",
        "members get Platform ada@example.com",
        "lookup members",
        "lookup members GRA",
        "lookup permission-groups",
        "lookup permission-groups load_balancer",
        "lookup resource-groups",
    ] {
        assert!(session.run(line).status.success());
    }
    session.expect("reading.txt");
}

#[test]
fn every_form_of_output() {
    let sandbox = sandbox();
    let mut session = Session::new("forms", &sandbox);
    for form in ["json", "jsonl", "yaml", "csv"] {
        for line in ["list", "get Platform", "members list Support", "lookup resource-groups"] {
            assert!(session.run(&format!("{line} --output {form}")).status.success());
        }
    }
    session.expect("forms.txt");
}

#[test]
fn changing_groups() {
    let sandbox = sandbox();
    let mut session = Session::new("groups", &sandbox);
    for line in [
        "create SRE --allow DNS --allow Firewall --deny 'Load Balancer Admin' --on 'Whole account'",
        "create SRE",
        "create SRE --allow-duplicate",
        "update Support --name Helpdesk --allow dns --on example.com",
        "update Support --name Helpdesk --allow DNS --on example.com",
        "update Helpdesk --no-policies",
        "update Helpdesk",
        "delete Helpdesk",
        "delete Helpdesk Platform --yes",
        "delete Helpdesk --yes",
        "list",
    ] {
        session.run(line);
    }
    session.expect("groups.txt");
}

#[test]
fn changing_members() {
    let sandbox = sandbox();
    let mut session = Session::new("members", &sandbox);
    session.run("members add Platform ada@example.com EDSGER@example.com");
    assert_eq!(members(&sandbox, "Platform").len(), 4);
    session.run_with_input("members add Platform", "# new\n\nbarbara@example.com # on Monday\n");
    session.run("members remove Platform barbara@example.com nobody@example.com");
    session.run("members remove Platform ffffffffffffffffffffffffffffffff");
    assert_eq!(members(&sandbox, "Platform").len(), 4);
    session.run("members sync Platform ada@example.com donald@example.com --dry-run");
    assert_eq!(members(&sandbox, "Platform").len(), 4);
    session.run("members sync Platform ada@example.com donald@example.com");
    assert_eq!(members(&sandbox, "Platform"), ["ada@example.com", "donald@example.com"]);
    session.run("members sync Platform donald@example.com ada@example.com -o json");
    session.run("members replace Platform grace@example.com -o jsonl");
    assert_eq!(members(&sandbox, "Platform"), ["grace@example.com"]);
    session.expect("members.txt");
}

#[test]
fn sync_never_replaces_the_set() {
    let sandbox = sandbox();
    let mut session = Session::new("sync", &sandbox);
    session.run("members sync Platform edsger@example.com ada@example.com");
    assert!(sandbox.log().iter().all(|it| it.method != "PUT"));
    let order: Vec<String> =
        sandbox.log().into_iter().map(|it| it.method).filter(|it| it != "GET").collect();
    assert_eq!(order, ["POST", "DELETE", "DELETE"]);
}

#[test]
fn a_list_that_is_empty_or_wrong_changes_nothing() {
    let sandbox = sandbox();
    let mut session = Session::new("guard", &sandbox);
    session.run("members add Support ada@example.com grace@example.com alan@example.com");
    let before = changes(&sandbox);
    session.run_with_input("members sync Support", "");
    session.run_with_input("members replace Support -", "# nothing\n");
    session.run("members replace Support edsger@example.com");
    session.run("members sync Support ada@exmaple.com grace@example.com zoe@elsewhere.org");
    assert_eq!(changes(&sandbox), before);
    assert_eq!(members(&sandbox, "Support").len(), 5);
    session.run_with_input("members sync Support --allow-removals", "");
    assert!(members(&sandbox, "Support").is_empty());
    session.expect("guard.txt");
}

#[test]
fn mistakes_say_what_to_do_next() {
    let sandbox = sandbox();
    let mut session = Session::new("mistakes", &sandbox);
    for line in [
        "get Platfrom",
        "get Old",
        "get 00000000000000000000000000000000",
        "create X --allow Fierwall --on 'Whole acount'",
        "members get Platform barbara@example.com",
        "lst",
        "list --output xml",
        "create X --allow DNS",
        "create X --on example.com",
        "--token secret list",
    ] {
        assert!(!session.run(line).status.success());
    }
    assert_eq!(changes(&sandbox), 0);
    session.expect("mistakes.txt");
}

#[test]
fn names_cannot_command_the_terminal() {
    let sandbox = sandbox();
    let mut session = Session::new("escapes", &sandbox);
    session.run("create 'Evil\u{1b}[2J'");
    session.run("list");
    session.expect("escapes.txt");
}

#[test]
fn verbose_shows_requests() {
    let sandbox = sandbox();
    let mut session = Session::new("verbose", &sandbox);
    session.run("members add Support ada@example.com --verbose");
    session.expect("verbose.txt");
}

#[test]
fn help() {
    let sandbox = sandbox();
    let mut session = Session::new("help", &sandbox);
    for line in ["--help", "members sync --help"] {
        assert!(session.run(line).status.success());
    }
    session.expect("help.txt");
}
