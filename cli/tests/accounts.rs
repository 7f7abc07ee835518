//! `plan` and `apply` of a directory with one group file for each account.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use cloudflare_user_groups_sandbox::{Sandbox, Seed};
use support::Session;

const SEED: &str = r#"{"accounts": [
    {"members": [{"email": "ada@example.com"}], "user_groups": [{"name": "SRE"}]},
    {"id": "00000000000000000000000000000002", "members": [{"email": "bob@example.com"}],
     "user_groups": [{"name": "Red", "members": ["bob@example.com"]}]},
    {"id": "00000000000000000000000000000003", "members": [{"email": "eve@example.com"}]}
]}"#;
const FIRST: &str = "account: eb78d65290b24279ba6f44721b3ea3c4\n";
const SECOND: &str = "account: 00000000000000000000000000000002\n";
const THIRD: &str = "account: 00000000000000000000000000000003\n";

fn sandbox() -> Sandbox {
    let seed = Seed::from_json(SEED).unwrap();
    let sandbox = Sandbox::builder().seed(seed).every_account().logical_clock();
    sandbox.start_blocking().unwrap()
}

fn write(session: &Session<'_>, file: &str, account: &str, groups: &str) {
    std::fs::create_dir_all(session.home.join("accounts")).unwrap();
    session.write(&format!("accounts/{file}"), &format!("{account}groups:\n{groups}"));
}

#[test]
fn accounts_of_a_directory_are_planned_and_applied_and_a_failure_in_one_stops_no_other() {
    let sandbox = sandbox();
    let mut session = Session::new("accounts", &sandbox);
    write(&session, "first.yaml", FIRST, "- name: New\n  members: [ada@example.com]\n");
    write(&session, "second.yml", SECOND, "- name: Red\n  members: [bob@example.com]\n");
    write(&session, "third.json", THIRD, "- name: Blue\n  members: [ada@example.com]\n");
    session.write("accounts/README.md", "not a group file");
    for output in ["table", "markdown", "github"] {
        let line = format!("plan accounts --prune -o {output}");
        assert_eq!(session.run(&line).status.code(), Some(1), "{output}");
    }
    assert_eq!(session.run("apply accounts --yes").status.code(), Some(1));
    assert_eq!(session.run("apply accounts --yes -o jsonl").status.code(), Some(1));
    write(&session, "third.json", THIRD, "- name: Blue\n");
    assert_eq!(session.run("plan accounts --detailed-exitcode").status.code(), Some(2));
    let protect = "--protect sre --protect New --protect Redd";
    assert_eq!(session.run(&format!("plan accounts -o json {protect}")).status.code(), Some(0));
    assert_eq!(session.run("apply accounts --yes").status.code(), Some(0));
    assert_eq!(session.run("plan accounts --prune --max-removals 0").status.code(), Some(3));
    assert_eq!(session.run("apply accounts --yes --prune --max-removals 0").status.code(), Some(1));
    assert_eq!(session.run("plan accounts --out all.plan").status.code(), Some(64));
    assert_eq!(session.run("plan accounts --only SRE").status.code(), Some(64));
    session.expect("accounts.txt");
}

#[test]
fn errors_of_all_files_are_reported_before_anything_is_sent() {
    let sandbox = sandbox();
    let mut session = Session::new("accounts-errors", &sandbox);
    write(&session, "a.yaml", FIRST, "- name: A\n");
    write(&session, "b.yaml", FIRST, "- name: B\n");
    session.write("accounts/c.yaml", "- name: C\n");
    session.write("accounts/d.yaml", "- nmae: D\n");
    session.write("second.yaml", &format!("{SECOND}groups: []\n"));
    assert_eq!(session.run("apply accounts --yes").status.code(), Some(1));
    assert_eq!(session.run("validate accounts second.yaml").status.code(), Some(1));
    assert_eq!(session.run("plan accounts -o github").status.code(), Some(1));
    assert_eq!(session.run("plan second.yaml").status.code(), Some(1));
    std::fs::create_dir(session.home.join("none")).unwrap();
    assert_eq!(session.run("plan none").status.code(), Some(64));
    assert_eq!(sandbox.log(), []);
    session.expect("accounts-errors.txt");
}

#[test]
fn file_names_mean_the_same_on_every_platform() {
    let sandbox = sandbox();
    let session = Session::new("file-names", &sandbox);
    std::fs::create_dir(session.home.join("groups.d")).unwrap();
    session.write("groups.d/._sre.yaml", "\0 of macOS");
    session.write("groups.d/SRE.YAML", "- name: SRE\n");
    let output = session.run_quietly("validate groups.d").stdout;
    assert_eq!(String::from_utf8(output).unwrap(), "Valid: 1 file, 1 group.\n");
    if cfg!(target_os = "linux") {
        session.write("groups.d/sre.yaml", "- name: New\n");
        let output = session.run_quietly("plan groups.d --prune");
        assert_eq!(output.status.code(), Some(64));
        let expected = "error: groups.d/SRE.YAML and groups.d/sre.yaml differ in case only, so macOS and \
                        Windows have only one of them; rename one\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    }
}

#[test]
fn markdown_of_many_accounts_fits_into_a_comment() {
    let sandbox = sandbox();
    let session = Session::new("accounts-large", &sandbox);
    let members = |account: &str| {
        let address = |number| format!("{number}{}@example.com", "x".repeat(600));
        let all = (0..50).map(address).collect::<Vec<_>>().join(", ");
        format!("- name: {}\n  members: [{all}]\n", &account[account.len() - 3..].trim())
    };
    for (file, account) in [("a.yaml", FIRST), ("b.yaml", SECOND), ("c.yaml", THIRD)] {
        write(&session, file, account, &members(account));
    }
    let output = session.run_quietly("plan accounts -o markdown").stdout;
    let text = String::from_utf8(output).unwrap();
    assert!(text.len() > 30_000 && text.len() < 65_536, "{}", text.len());
    assert!(text.ends_with("\n… 2 accounts left out to fit into a comment.\n"), "{text}");
}

#[test]
fn files_of_a_directory_without_accounts_are_read_as_one() {
    let sandbox = sandbox();
    let mut session = Session::new("groups.d", &sandbox);
    std::fs::create_dir(session.home.join("groups.d")).unwrap();
    let people =
        "people: {all: [ada@example.com]}\ngroups:\n- name: SRE\n  members: [people: all]\n";
    session.write("groups.d/a.yaml", people);
    session.write("groups.d/b.yml", "- name: New\n  policies: []\n  members: [people: all]\n");
    session.write("other.yaml", "- name: Other\n");
    for (line, code) in [
        ("validate groups.d other.yaml", 0),
        ("who is ada@example.com --file groups.d --file other.yaml", 0),
        ("audit --file groups.d -o csv", 0),
        ("diff other.yaml groups.d", 0),
        ("plan groups.d --only New", 0),
        ("plan groups.d other.yaml", 64),
        ("apply groups.d --yes", 0),
        ("audit --file groups.d --detailed-exitcode", 2),
        ("plan groups.d --detailed-exitcode", 0),
    ] {
        assert_eq!(session.run(line).status.code(), Some(code), "{line}");
    }
    session.expect("groups.d.txt");
}
