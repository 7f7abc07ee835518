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
    Session::new("accounts-errors", &sandbox()).replay();
}

/// Other platforms have no two files whose names differ in case only.
#[cfg(target_os = "linux")]
#[test]
fn file_names_mean_the_same_on_every_platform() {
    Session::new("file-names", &sandbox()).replay();
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
    let output = session.run("plan accounts -o markdown").stdout;
    let text = String::from_utf8(output).unwrap();
    assert!(text.len() > 30_000 && text.len() < 65_536, "{}", text.len());
    assert!(text.ends_with("\n… 2 accounts left out to fit into a comment.\n"), "{text}");
}

#[test]
fn files_of_a_directory_without_accounts_are_read_as_one() {
    Session::new("groups.d", &sandbox()).replay();
}
