//! Validate, who, audit, diff, and plans for reviews.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use cloudflare_user_groups_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};
use support::{Session, sandbox};

/// Checks JSON output with the schema that the program prints.
fn check_schema(session: &Session<'_>, schema: &str, output: &[u8]) {
    let schema = session.run(&format!("schema {schema}")).stdout;
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let output: Value = serde_json::from_slice(output).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&output)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn json_output_has_its_schema() {
    for (transcript, schema, command) in [
        ("validate", "validation", "validate groups.yaml broken.yaml -o json"),
        ("who-file", "access", "who is ada@example.com --file groups.yaml -o json"),
        ("audit-file", "audit", "audit policies.yaml -o json"),
        ("review", "plan", "plan groups.yaml -o json"),
        ("review", "plan", "plan groups.yaml --out -"),
    ] {
        let sandbox = sandbox();
        let mut session = Session::new(transcript, &sandbox);
        session.replay();
        check_schema(&session, schema, &session.run(command).stdout);
    }
}

/// Another account with the same people and other ids.
fn other_account() -> Sandbox {
    let seed = include_str!("fixtures/seed.json");
    let mut seed: Value = serde_json::from_str(seed).unwrap();
    let account = &mut seed["accounts"][0];
    account.as_object_mut().unwrap().remove("id");
    for list in ["members", "permission_groups", "resource_groups", "user_groups"] {
        for item in account[list].as_array_mut().unwrap() {
            let id: String = item["id"].as_str().unwrap().chars().rev().collect();
            item["id"] = json!(id);
        }
    }
    account["user_groups"][1]["name"] = json!("Helpdesk");
    account["user_groups"][0]["members"] = json!(["ada@example.com"]);
    let seed = Seed::from_json(&seed.to_string()).unwrap();
    Sandbox::builder().seed(seed).logical_clock().start_blocking().unwrap()
}

#[test]
fn diff_compares_files_and_accounts() {
    let (sandbox, other) = (sandbox(), other_account());
    let mut session = Session::new("diff", &sandbox);
    session.write("token", other.token());
    let (account, url) = (other.account_id(), other.base_url());
    session.write(
        "config.toml",
        &format!(
            "profiles.other = {{account_id = {account:?}, token_file = \"token\", base_url = {url:?}}}"
        ),
    );
    session.set("CF_GROUPS_CONFIG", "config.toml");
    session.replay();
    check_schema(&session, "plan", &session.read("diff.json"));
}

#[test]
fn markdown_of_a_large_plan_fits_into_a_comment() {
    let sandbox = sandbox();
    let session = Session::new("large-review", &sandbox);
    let policy = "[{access: allow, permission_groups: [DNS], resource_groups: [Whole account]}]";
    let group = |number| {
        format!("- {{name: 'Group {number:03} {}', policies: {policy}}}\n", "`".repeat(50))
    };
    let groups: String = (0..400).map(group).collect();
    session.write("groups.yaml", &(groups + "- {name: Platform, policies: []}\n"));
    let output = session.run("plan groups.yaml -o markdown").stdout;
    let text = String::from_utf8(output).unwrap();
    assert!(text.len() > 60_000 && text.chars().count() < 65_536, "{}", text.len());
    assert!(text.contains("of 401 groups are left out"), "{text}");
    // Groups with risks come first.
    assert!(text.find("Platform") < text.find("Group 000"), "{text}");
}
