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

fn sandbox() -> Sandbox {
    let seed = Seed::from_json(SEED).unwrap();
    let sandbox = Sandbox::builder().seed(seed).every_account().logical_clock();
    sandbox.start_blocking().unwrap()
}

#[test]
fn accounts_of_a_directory_are_planned_and_applied_and_a_failure_in_one_stops_no_other() {
    Session::new("accounts", &sandbox()).replay();
}

#[test]
fn errors_of_all_files_are_reported_before_anything_is_sent() {
    let sandbox = sandbox();
    let mut session = Session::new("accounts-errors", &sandbox);
    std::fs::create_dir(session.home.join("none")).unwrap();
    session.replay();
    assert_eq!(sandbox.log(), []);
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
    let address = |number| format!("{number}{}@example.com", "x".repeat(600));
    let members = (0..50).map(address).collect::<Vec<_>>().join(", ");
    for (number, account) in sandbox.state().accounts.into_iter().enumerate() {
        let text =
            format!("account: {}\ngroups:\n- name: New\n  members: [{members}]\n", account.id);
        session.write(&format!("accounts/{number}.yaml"), &text);
    }
    let output = session.run_quietly("plan accounts -o markdown").stdout;
    let text = String::from_utf8(output).unwrap();
    assert!(text.len() > 30_000 && text.len() < 65_536, "{}", text.len());
    assert!(text.ends_with("\n… 2 accounts left out to fit into a comment.\n"), "{text}");
}

#[test]
fn files_of_a_directory_without_accounts_are_read_as_one() {
    Session::new("groups.d", &sandbox()).replay();
}
