//! Direct commands: their output, and the state of the account afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use cloudflare_user_groups_sandbox::Sandbox;
use support::{Session, changes, sandbox};

/// The email addresses of the members of a group.
fn members(sandbox: &Sandbox, group: &str) -> Vec<String> {
    let groups = sandbox.account().user_groups;
    let mut members = groups.into_iter().find(|it| it.name == group).unwrap().members;
    let known = sandbox.account().members;
    for member in &mut members {
        if let Some(found) = known.iter().find(|it| it.id == *member) {
            *member = found.email.clone();
        }
    }
    members.sort();
    members
}

#[test]
fn lists_and_details_are_shown() {
    let sandbox = sandbox();
    let mut session = Session::new("reading", &sandbox);
    for line in [
        "list",
        "list --contains latf",
        "list --members",
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
fn output_formats_of_lists_and_details() {
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
fn groups_are_changed() {
    let sandbox = sandbox();
    let mut session = Session::new("groups", &sandbox);
    for line in [
        "create SRE --deny 'Load Balancer Admin' --on 'Whole account'",
        "create SRE --allow DNS --allow Firewall --on 'Whole account'",
        "create SRE",
        "create 0a703d05eada741e291b65503068275f",
        "update Support --name Platform",
        "update Support --name Helpdesk --allow dns --on example.com",
        "update Support --name Helpdesk --allow DNS --on example.com",
        "update Helpdesk --allow DNS --allow Firewall --on example.com",
        "update Helpdesk --allow DNS --allow Firewall --on example.com --yes",
        "policies add Helpdesk --allow 'Load Balancer Admin' --on 'Whole account' --dry-run",
        "policies add Helpdesk --allow 'Load Balancer Admin' --on 'Whole account'",
        "policies remove Helpdesk --allow DNS --allow Firewall --on example.com --yes",
        "policies set Helpdesk --allow DNS --on example.com --yes",
        "update Helpdesk --no-policies --yes",
        "update Helpdesk --no-policies --yes --allow-removals",
        "update Helpdesk",
        "delete Helpdesk",
        "delete Helpdesk --dry-run",
        "delete Helpdesk --yes --allow-removals",
        "delete Helpdesk --yes",
        "list",
    ] {
        session.run(line);
    }
    session.expect("groups.txt");
}

#[test]
fn members_are_changed() {
    let sandbox = sandbox();
    let mut session = Session::new("members", &sandbox);
    session.run("members add Platform ada@example.com EDSGER@example.com");
    assert_eq!(members(&sandbox, "Platform").len(), 4);
    session.run_with_input("members add Platform", "# new\n\nbarbara@example.com # on Monday\n");
    session.run("members remove Platform barbara@example.com unknown@example.com");
    session.run("members remove Platform ffffffffffffffffffffffffffffffff");
    session.run("members remove Platform 975835de1c9756ce9678f88d73ae2751");
    assert_eq!(members(&sandbox, "Platform").len(), 5);
    let both = "members remove Platform barbara@example.com unknown@example.com --ignore-missing";
    assert!(session.run(both).status.success());
    assert!(session.run(both).status.success());
    assert!(session.run("members add Platform 'Ada Example <ada@example.com>'").status.success());
    session.run("members add Platform 'ada@example.com, grace@example.com'");
    let twice = "members add Platform ada@example.com 8c8d357b5e872bbacd45197626bd5759";
    assert!(session.run(twice).status.success());
    assert_eq!(members(&sandbox, "Platform").len(), 4);
    session.run("members sync Platform ada@example.com donald@example.com --dry-run");
    session.run("members sync Platform ada@example.com donald@example.com");
    assert_eq!(members(&sandbox, "Platform").len(), 4);
    session.run("members sync Platform ada@example.com donald@example.com --yes");
    assert_eq!(members(&sandbox, "Platform"), ["ada@example.com", "donald@example.com"]);
    session.run("members sync Platform donald@example.com ada@example.com -o json");
    session.run("members replace Platform grace@example.com -o jsonl --yes");
    assert_eq!(members(&sandbox, "Platform"), ["grace@example.com"]);
    session.expect("members.txt");
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
    let sandbox = sandbox();
    let mut session = Session::new("removal-limit", &sandbox);
    session.run("members add Support ada@example.com grace@example.com alan@example.com");
    let before = changes(&sandbox);
    session.run_with_input("members sync Support", "");
    session.run_with_input("members replace Support -", "# nothing\n");
    session.run("members replace Support edsger@example.com --yes");
    session.run("members sync Support ada@exmaple.com grace@example.com zoe@elsewhere.org");
    assert_eq!(changes(&sandbox), before);
    assert_eq!(members(&sandbox, "Support").len(), 5);
    session.run_with_input("members sync Support --allow-removals --yes", "");
    assert!(members(&sandbox, "Support").is_empty());
    session.expect("removal-limit.txt");
}

#[test]
fn errors_name_cause_and_remedy() {
    let sandbox = sandbox();
    let mut session = Session::new("errors", &sandbox);
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
        "schema --account 00000000000000000000000000000000",
        "man man1 --output json",
        "list --escape-formulas",
        "--token secret list",
    ] {
        assert!(!session.run(line).status.success());
    }
    assert_eq!(changes(&sandbox), 0);
    session.expect("errors.txt");
}

#[test]
fn control_characters_in_names_are_escaped() {
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
    for line in ["--help", "help members sync", "schema --help"] {
        assert!(session.run(line).status.success());
    }
    session.expect("help.txt");
}

#[test]
fn every_help_page_has_examples() {
    let home = support::directory("examples");
    let help = |words: &str| {
        let output = support::program(&home).args(words.split(' ')).arg("--help").output().unwrap();
        assert!(output.status.success(), "{words}");
        String::from_utf8(output.stdout).unwrap()
    };
    for words in [
        "list",
        "get",
        "members",
        "policies",
        "create",
        "update",
        "delete",
        "members list",
        "members get",
        "members add",
        "members remove",
        "members replace",
        "members sync",
        "policies add",
        "policies remove",
        "policies set",
        "offboard",
        "lookup",
        "plan",
        "apply",
        "import",
        "export",
        "schema",
        "sandbox",
        "demo",
        "completions",
        "man",
    ] {
        assert!(help(words).contains("Examples:\n  "), "{words}");
    }
    for words in ["schema", "sandbox", "demo", "completions", "man"] {
        assert!(!help(words).contains("--token-file"), "{words}");
    }
}

#[test]
fn members_as_csv_can_be_given_to_sync() {
    let sandbox = sandbox();
    let mut session = Session::new("csv-members", &sandbox);
    let listed = session.run("members list Platform -o csv").stdout;
    let csv = std::str::from_utf8(&listed).unwrap();
    assert!(session.run_with_input("members sync Platform -", csv).status.success());
    assert_eq!(changes(&sandbox), 0);
    assert!(session.run_with_input("members add Support -", csv).status.success());
    assert_eq!(members(&sandbox, "Support").len(), 5);
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
    let sandbox = sandbox();
    let mut session = Session::new("json-errors", &sandbox);
    session.write("groups.yaml", "- name: Platform\n  membrs: []\n- nam: x\n");
    session.run("get Platfrom -o json");
    session.run("plan groups.yaml -o json");
    session.run("lst --output=jsonl");
    session.run("members add Platform --dry -ojson");
    session.run("-o json create X --allow DNS");
    session.run("create X --on example.com -o json");
    session.run("list -o");
    session.expect("json-errors.txt");
}
