//! Direct commands.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use support::{Session, replay, sandbox};

#[test]
fn lists_and_details_are_shown() {
    replay("reading");
}

#[test]
fn output_formats_of_lists_and_details() {
    replay("forms");
}

#[test]
fn groups_are_changed() {
    replay("groups");
}

#[test]
fn members_are_changed() {
    replay("members");
}

#[test]
fn sync_never_replaces_the_set() {
    let sandbox = sandbox();
    let mut session = Session::new("sync", &sandbox);
    session.run("members sync Platform edsger@example.com ada@example.com --yes");
    assert!(sandbox.log().iter().all(|it| it.method != "PUT"));
    let order: Vec<String> =
        sandbox.log().into_iter().map(|it| it.method).filter(|it| it != "GET").collect();
    assert_eq!(order, ["POST", "DELETE", "DELETE"]);
}

#[test]
fn empty_or_unresolved_member_list_changes_nothing() {
    replay("removal-limit");
}

#[test]
fn errors_name_cause_and_remedy() {
    replay("errors");
}

#[test]
fn control_characters_in_names_are_escaped() {
    replay("escapes");
}

#[test]
fn verbose_shows_requests() {
    replay("verbose");
}

#[test]
fn help() {
    replay("help");
}

#[test]
fn members_as_csv_can_be_given_to_sync() {
    replay("csv-members");
}

/// Data in pipes is exactly what the API returned.
#[test]
fn names_in_pipes_are_not_altered() {
    let name = "\u{1b}[31mred\u{1b}[0m \u{202e}\u{9b}\u{200b} =1+1";
    let sandbox = sandbox();
    let mut session = Session::new("bytes", &sandbox);
    assert!(session.run(&format!("create '{name}'")).status.success());
    session.run("create '=cmd'");
    let csv = String::from_utf8(session.run("list -o csv").stdout).unwrap();
    assert!(csv.contains(name) && csv.contains("\n=cmd,"), "{csv:?}");
    let csv = String::from_utf8(session.run("list -o csv --escape-formulas").stdout).unwrap();
    assert!(csv.contains("\n'=cmd,"), "{csv:?}");
    let json = session.run("list -o json").stdout;
    let groups: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert!(groups.as_array().unwrap().iter().any(|group| group["name"] == name));
    assert!(std::str::from_utf8(&json).unwrap().contains('\u{202e}'));
    let yaml = session.run("export").stdout;
    session.write("groups.yaml", std::str::from_utf8(&yaml).unwrap());
    let plan = session.run("plan groups.yaml --prune --detailed-exitcode");
    assert_eq!(plan.status.code(), Some(0));
}

#[test]
fn errors_are_json_with_json_output() {
    replay("json-errors");
}
