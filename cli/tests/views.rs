//! Validate, who, audit, diff, and plans for reviews.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use cloudflare_user_groups_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};
use support::{Session, sandbox};

const FILE: &str = "\
- name: Platform
  policies:
    - access: allow
      permission_groups: [DNS]
      resource_groups: [example.com]
  members: [ada@example.com, alan@example.com, donald@example.com]
- name: Firewall
  policies:
    - access: allow
      permission_groups: [Firewall]
      resource_groups: [Whole account]
    - access: deny
      permission_groups: [DNS]
      resource_groups: [example.com]
  members: [ada@example.com]
";

const BROKEN: &str = "\
- name: Platform
  polices: []
  members: [ada, ada@example.com]
- name: Platform
";

fn requests(sandbox: &Sandbox) -> usize {
    sandbox.log().len()
}

/// Checks JSON output with the schema that the program prints.
fn check_schema(session: &Session<'_>, schema: &str, output: &[u8]) {
    let schema = session.run_quietly(&format!("schema {schema}")).stdout;
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
fn validate_needs_no_account_and_sends_nothing() {
    let sandbox = sandbox();
    let mut session = Session::bare("validate", &sandbox);
    session.write("groups.yaml", FILE);
    session.write("broken.yaml", BROKEN);
    assert_eq!(session.run("validate groups.yaml").status.code(), Some(0));
    for output in ["table", "json", "csv", "markdown", "github"] {
        let line = format!("validate groups.yaml broken.yaml -o {output}");
        assert_eq!(session.run(&line).status.code(), Some(1), "{output}");
    }
    session.run_with_input("validate -", "- name: [\n");
    assert_eq!(session.run("validate missing.yaml").status.code(), Some(1));
    assert_eq!(session.run("validate").status.code(), Some(64));
    let output = session.run_quietly("validate groups.yaml broken.yaml -o json").stdout;
    check_schema(&session, "validation", &output);
    assert_eq!(requests(&sandbox), 0);
    session.expect("validate.txt");
}

#[test]
fn validate_checks_names_with_an_export_and_lists() {
    let sandbox = sandbox();
    let mut session = Session::new("validate-names", &sandbox);
    for (file, line) in [
        ("export.yaml", "export"),
        ("pinned.yaml", "export --pin"),
        ("members.json", "lookup members -o json"),
        ("permissions.json", "lookup permission-groups -o json"),
        ("resources.json", "lookup resource-groups -o json"),
    ] {
        let output = session.run_quietly(line).stdout;
        session.write(file, std::str::from_utf8(&output).unwrap());
    }
    session.write("groups.yaml", &FILE.replace("alan@", "alna@"));
    session.write("fixed.yaml", FILE);
    session.write("pin.yaml", "- {name: X, id: 00000000000000000000000000000000}\n");
    let lists = "--snapshot members.json --snapshot permissions.json --snapshot resources.json";
    let sent = requests(&sandbox);
    session.run("validate groups.yaml --snapshot export.yaml");
    session.run(&format!("validate groups.yaml --snapshot export.yaml {lists}"));
    session.run(&format!("validate fixed.yaml --snapshot export.yaml {lists}"));
    session.run(&format!("validate pinned.yaml --snapshot export.yaml {lists}"));
    session.run("validate pin.yaml --snapshot export.yaml");
    session.run("validate pin.yaml --snapshot pinned.yaml");
    session.run("validate fixed.yaml --snapshot missing.yaml");
    assert_eq!(requests(&sandbox), sent);
    session.expect("validate-names.txt");
}

#[test]
fn who_reads_the_account_or_a_file() {
    let sandbox = sandbox();
    let mut session = Session::new("who", &sandbox);
    session.write("groups.yaml", FILE);
    session.run("who is ada@example.com");
    session.run("who is Donald@example.com -o csv");
    session.run("who is edsger@example.com");
    session.run("who is alna@example.com");
    session.run("who can DNS");
    session.run("who can DNS --on example.com");
    session.run("who can dns");
    session.run("who can DNS --on exmaple.com -o json");
    let sent = requests(&sandbox);
    session.run("who is ada@example.com --file groups.yaml");
    session.run("who can DNS --on example.com --file groups.yaml -o markdown");
    let output = session.run("who is ada@example.com --file groups.yaml -o json").stdout;
    check_schema(&session, "access", &output);
    session.run_with_input("who is ada@example.com --file -", "- name: Open\n");
    session.run("who can DNS -o github");
    assert_eq!(requests(&sandbox), sent);
    session.expect("who.txt");
}

#[test]
fn audit_reports_findings_and_all_access() {
    let sandbox = sandbox();
    let mut session = Session::new("audit", &sandbox);
    session.write("groups.yaml", "- name: Support\n");
    session.write("policies.yaml", FILE);
    assert_eq!(session.run("audit").status.code(), Some(0));
    let line = "audit --file groups.yaml --powerful dns --detailed-exitcode -o markdown";
    assert_eq!(session.run(line).status.code(), Some(2));
    session.run("audit -o csv");
    session.write("config.toml", "[profiles.default]\npowerful = ['D?S']\n");
    session.set("CF_GROUPS_CONFIG", "config.toml");
    let sent = requests(&sandbox);
    let output = session.run("audit policies.yaml -o json").stdout;
    check_schema(&session, "audit", &output);
    session.write("good.yaml", &FILE.replace("[DNS]", "[Logs]"));
    assert_eq!(session.run("audit good.yaml --detailed-exitcode").status.code(), Some(0));
    assert_eq!(requests(&sandbox), sent);
    session.expect("audit.txt");
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
    let exported = session.run_quietly("export --pin").stdout;
    let exported = String::from_utf8(exported).unwrap();
    session.write("export.yaml", &exported);
    session
        .write("later.yaml", &exported.replace("Support", "Helpdesk").replace("alan@", "edsger@"));
    session.write("groups.yaml", FILE);
    session.write("token", other.token());
    session.write(
        "config.toml",
        &format!(
            "[profiles.other]\naccount_id = {:?}\ntoken_file = \"token\"\nbase_url = {:?}\n",
            other.account_id(),
            other.base_url(),
        ),
    );
    session.set("CF_GROUPS_CONFIG", "config.toml");
    let same = "diff export.yaml account --detailed-exitcode";
    assert_eq!(session.run(same).status.code(), Some(0));
    let later = "diff export.yaml later.yaml --detailed-exitcode";
    assert_eq!(session.run(later).status.code(), Some(2));
    session.run("diff account groups.yaml -o markdown");
    let output = session.run("diff export.yaml later.yaml -o json").stdout;
    check_schema(&session, "plan", &output);
    session.write("diff.json", std::str::from_utf8(&output).unwrap());
    assert_eq!(session.run("apply diff.json --yes").status.code(), Some(1));
    let output = session.run_quietly("diff account profile:other").stdout;
    support::expect("diff-accounts.txt", std::str::from_utf8(&output).unwrap());
    session.run("diff account:short account");
    session.run("diff missing.yaml account");
    session.expect("diff.txt");
}

#[test]
fn plan_is_written_for_reviews() {
    let sandbox = sandbox();
    let mut session = Session::new("review", &sandbox);
    let name = "'`@org/team` <!-- |'";
    session.write(
        "groups.yaml",
        &format!(
            "- name: Platform\n  policies: []\n  members: [ada@example.com, edsger@example.com]\n\
             - name: {name}\n  policies:\n    - access: allow\n      permission_groups: [Load \
             Balancer Admin]\n      resource_groups: [example.com]\n- name: Support\n  members: []\n"
        ),
    );
    session.write("broken.yaml", BROKEN);
    session.write("same.yaml", "- name: Support\n");
    let line = "plan groups.yaml --protect grace@example.com -o markdown";
    assert_eq!(session.run(line).status.code(), Some(3));
    session.run("plan same.yaml -o markdown");
    session.run("plan broken.yaml -o github");
    let protect = "--protect Platfrom --protect SUPPORT --protect no-one@example.com";
    session.run(&format!("plan same.yaml --prune -o github {protect}"));
    session.run(&format!("apply same.yaml --prune --yes {protect}"));
    session.run(&format!("delete Platform --dry-run {protect} --protect 'Platform '"));
    let output = session.run_quietly("plan groups.yaml -o json").stdout;
    check_schema(&session, "plan", &output);
    session.run_quietly("plan groups.yaml --out saved.plan");
    let saved = std::fs::read(session.home.join("saved.plan")).unwrap();
    check_schema(&session, "plan", &saved);
    session.expect("review.txt");
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
    let output = session.run_quietly("plan groups.yaml -o markdown").stdout;
    let text = String::from_utf8(output).unwrap();
    assert!(text.len() > 60_000 && text.chars().count() < 65_536, "{}", text.len());
    assert!(text.contains("of 401 groups are left out"), "{text}");
    // Groups with risks come first.
    assert!(text.find("Platform") < text.find("Group 000"), "{text}");
}
