//! Off-boarding, and group files from other programs.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use cloudflare_user_groups_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};
use support::Session;

/// An account of 5,000 members and 20 groups. The last member is in four groups, in one of them
/// alone.
fn large() -> Value {
    let email = |number: usize| format!("p{number:04}@example.com");
    let members: Vec<Value> = (0..5_000).map(|it| json!({"email": email(it)})).collect();
    let groups = (0..20).map(|number| {
        let others = if number == 0 { 0 } else { 600 };
        let mut members: Vec<String> = (0..others).map(email).collect();
        members.extend((number % 5 == 0).then(|| email(4_999)));
        json!({"name": format!("Group {number}"), "members": members})
    });
    json!({
        "members": members, "permission_groups": [], "resource_groups": [],
        "user_groups": groups.collect::<Vec<_>>(),
    })
}

fn start(account: &Value) -> Sandbox {
    let seed = Seed::from_json(&json!({"accounts": [account]}).to_string()).unwrap();
    Sandbox::builder().seed(seed).start_blocking().unwrap()
}

/// The group with no other member is read without the filter too.
#[test]
fn off_boarding_takes_one_request_for_each_group_and_each_removal() {
    Session::new("offboard-large", &start(&large())).replay();
}

/// O10 and O18.
#[test]
fn groups_that_cannot_be_read_or_changed_do_not_stop_the_others() {
    let id = |digit: &str| digit.repeat(32);
    let members = ["ada@example.com", "bob@example.com"];
    let account = json!({
        "members": [{"id": id("1"), "email": members[0]}, {"id": id("2"), "email": members[1]}],
        "permission_groups": [], "resource_groups": [],
        "user_groups": [
            {"id": id("a"), "name": "Broken", "members": members, "invalid_policies": true},
            {"id": id("b"), "name": "Plain", "members": members},
            {"id": id("c"), "name": "Pushed", "members": members, "managed_by_scim": true},
        ],
    });
    Session::new("offboard-partial", &start(&account)).replay();
}

/// Text with all that Terraform and the shell take for something else.
const QUOTED: &str = "a \"b\" \\ 'c' ${d}$${e} %%{f} é\u{7}";

#[test]
fn terraform_resources_have_the_groups_of_the_account() {
    let id = |digit: &str| digit.repeat(32);
    let scope = json!({"key": "com.cloudflare.api.account.1", "objects": [{"key": "*"}]});
    let policies = |resource: Value| json!([{"access": "allow", "permission_groups": ["DNS"], "resource_groups": [resource]}]);
    let account = json!({
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
    });
    let sandbox = start(&account);
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
