//! Off-boarding, and group files from other programs.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use cloudflare_user_groups_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};
use support::Session;

const MEMBERS: &str = "account-user-group-member-list";

/// The names of the groups that a member is in.
fn groups_of(sandbox: &Sandbox, email: &str) -> Vec<String> {
    let account = sandbox.account();
    let id = &account.members.iter().find(|it| it.email == email).unwrap().id;
    let groups = account.user_groups.iter().filter(|it| it.members.contains(id));
    groups.map(|it| it.name.clone()).collect()
}

fn requests(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox.log().iter().filter(|it| it.operation == Some(operation)).count()
}

/// An account of 5,000 members and 20 groups. The last member is in four groups, in one of them alone.
fn large() -> Sandbox {
    let email = |number: usize| format!("p{number:04}@example.com");
    let members: Vec<Value> = (0..5_000).map(|it| json!({"email": email(it)})).collect();
    let groups = (0..20).map(|number| {
        let others = if number == 0 { 0 } else { 600 };
        let mut members: Vec<String> = (0..others).map(email).collect();
        members.extend((number % 5 == 0).then(|| email(4_999)));
        json!({"name": format!("Group {number}"), "members": members})
    });
    let seed = json!({"accounts": [{
        "members": members, "permission_groups": [], "resource_groups": [],
        "user_groups": groups.collect::<Vec<_>>(),
    }]});
    let seed = Seed::from_json(&seed.to_string()).unwrap();
    Sandbox::builder().seed(seed).start_blocking().unwrap()
}

#[test]
fn off_boarding_takes_one_request_for_each_group_and_each_removal() {
    let sandbox = large();
    let session = Session::new("offboard-large", &sandbox);
    let output = session.run("offboard p4999@example.com --yes --allow-removals");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(groups_of(&sandbox, "p4999@example.com").is_empty());
    assert!(requests(&sandbox, "account-members-list-members") <= 12);
    // The group with no other member is read without the filter too.
    assert_eq!(requests(&sandbox, MEMBERS), 20 + 1);
    assert_eq!(requests(&sandbox, "account-user-group-list"), 1);
    assert_eq!(requests(&sandbox, "account-user-group-member-delete"), 4);
    assert!(sandbox.log().len() <= 12 + 20 + 1 + 1 + 4, "{} requests", sandbox.log().len());
}

/// O10 and O18.
#[test]
fn groups_that_cannot_be_read_or_changed_do_not_stop_the_others() {
    let all_members = ["ada@example.com", "bob@example.com"];
    let seed = json!({"accounts": [{
        "members": [{"email": all_members[0]}, {"email": all_members[1]}],
        "permission_groups": [], "resource_groups": [],
        "user_groups": [
            {"id": "a".repeat(32), "name": "Broken", "members": all_members, "invalid_policies": true},
            {"id": "b".repeat(32), "name": "Plain", "members": all_members},
            {"id": "c".repeat(32), "name": "Pushed", "members": all_members, "managed_by_scim": true},
        ],
    }]});
    let seed = Seed::from_json(&seed.to_string()).unwrap();
    let sandbox = Sandbox::builder().seed(seed).start_blocking().unwrap();
    let session = Session::new("offboard-partial", &sandbox);
    let output = session.run("offboard ada@example.com --yes");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(groups_of(&sandbox, "ada@example.com"), ["Broken", "Pushed"]);
    let problems = std::str::from_utf8(&output.stderr).unwrap();
    for problem in [
        "warning: group \"Broken\": its members cannot be read: Policy validation failed",
        "error: failed to remove ada@example.com from \"Pushed\": ",
    ] {
        assert!(problems.contains(problem), "{problems}");
    }
    let output = session.run("offboard ada@example.com --dry-run -o json");
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["warnings"][0]["group"], "Broken");
    assert_eq!(output.status.code(), Some(1));
}

/// Text with all that Terraform and the shell take for something else.
const QUOTED: &str = "a \"b\" \\ 'c' ${d}$${e} %%{f} é\u{7}";

#[test]
fn terraform_resources_have_the_groups_of_the_account() {
    let id = |digit: &str| digit.repeat(32);
    let scope = json!({"key": "com.cloudflare.api.account.1", "objects": [{"key": "*"}]});
    let policies = |resource: Value| json!([{"access": "allow", "permission_groups": ["DNS"], "resource_groups": [resource]}]);
    let seed = json!({"accounts": [{
        "members": [{"id": id("1"), "email": "b@example.com"}, {"id": id("2"), "email": "a@example.com"}],
        "permission_groups": [{"id": id("3"), "name": "DNS"}],
        "resource_groups": [{"id": id("4"), "name": "All"}],
        "user_groups": [
            {"id": id("a"), "name": QUOTED, "policies": policies(json!("All")),
             "members": ["a@example.com", "b@example.com"]},
            {"id": id("b"), "name": "42"}, {"id": id("c"), "name": "42 "},
            {"id": id("d"), "name": "Broken", "invalid_policies": true},
            {"id": id("e"), "name": "Scoped", "policies": policies(json!({"scope": scope}))},
        ],
    }]});
    let seed = Seed::from_json(&seed.to_string()).unwrap();
    let sandbox = Sandbox::builder().seed(seed).start_blocking().unwrap();
    let mut session = Session::new("export-hcl", &sandbox);
    session.replay();
    let output = session.run("export --output hcl");
    let body = hcl::parse(std::str::from_utf8(&output.stdout).unwrap()).unwrap();
    let evaluated = |expr: &hcl::Expression| {
        let value = hcl::eval::Evaluate::evaluate(expr, &hcl::eval::Context::new());
        value.map_or_else(|_| expr.to_string().into(), |value| json!(value))
    };
    let attribute = |block: &hcl::Block, name| {
        evaluated(&block.body.attributes().find(|it| it.key.as_str() == name).unwrap().expr)
    };
    let of = |kind: &str| {
        let is = |it: &&hcl::Block| it.labels.first().is_some_and(|label| label.as_str() == kind);
        body.blocks().filter(is).collect::<Vec<_>>()
    };
    let groups = of("cloudflare_user_group");
    let names: Vec<Value> = groups.iter().map(|it| attribute(it, "name")).collect();
    assert_eq!(names, ["42", "42 ", "Broken", QUOTED]);
    let policy = json!([{"access": "allow", "permission_groups": [{"id": id("3")}], "resource_groups": [{"id": id("4")}]}]);
    assert_eq!(attribute(groups[3], "policies"), policy);
    let members = of("cloudflare_user_group_members");
    assert_eq!(attribute(members[2], "members"), json!([{"id": id("2")}, {"id": id("1")}]));
    let imports = body.blocks().filter(|it| it.identifier.as_str() == "import");
    let ids: Vec<Value> = imports.map(|it| attribute(it, "id")).collect();
    let expected = ["b", "b", "c", "c", "d", "a", "a"];
    assert_eq!(ids, expected.map(|it| format!("{}/{}", sandbox.account_id(), id(it))));
}
