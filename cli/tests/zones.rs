//! Policies on the account and on zones, by name.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use cloudflare_user_groups_sandbox::{Fault, FaultKind, FaultPlan, Sandbox, Seed, seed};
use support::{Session, sandbox};

const FILE: &str = "\
- name: Shop
  policies:
    - access: allow
      permission_groups: [DNS]
      resource_groups:
        - account
        - zone: shop.example
  members: [ada@example.com]
";

fn with_zones() -> Sandbox {
    let mut seed: Seed = sandbox().state();
    let zone = |name: &str| seed::Zone { name: name.to_owned(), ..seed::Zone::default() };
    seed.accounts[0].zones = ["shop.example", "blog.example", "news.example"].map(zone).into();
    let account_id = seed.accounts[0].id.clone();
    let builder = Sandbox::builder().account_id(account_id).seed(seed);
    builder.logical_clock().start_blocking().unwrap()
}

/// How often zones were listed so far.
fn zone_requests(sandbox: &Sandbox) -> usize {
    sandbox.log().iter().filter(|it| it.operation == Some("zones-get")).count()
}

#[test]
fn zones_are_named_in_the_file_and_shown_by_name() {
    let sandbox = with_zones();
    let mut session = Session::new("zones", &sandbox);
    session.run_quietly("export");
    assert_eq!(zone_requests(&sandbox), 0, "no policy has a zone");
    session.write("groups.yaml", FILE);
    assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(0));
    let before = zone_requests(&sandbox);
    let again = session.run("plan groups.yaml --detailed-exitcode");
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(zone_requests(&sandbox), before + 1, "one request for the zone");
    session.run("get Shop");
    session.run("who can DNS --on account");
    session.run("who can DNS --on shop.example");
    session.run("policies add Shop --allow Firewall --on zone:blog.example");
    session.run("policies set Shop --allow DNS --on account --allow-removals --dry-run");
    let exported = String::from_utf8(session.run("export").stdout).unwrap();
    session.write("export.yaml", &exported);
    let plan = session.run("plan export.yaml --prune --detailed-exitcode");
    assert_eq!(plan.status.code(), Some(0));
    session.run("who can DNS --on shop.example --file export.yaml");
    session.run("diff export.yaml account");
    session.run("plan groups.yaml --allow-removals");
    session.write("groups.yaml", &FILE.replace("shop.example", "shop.exmaple"));
    assert_eq!(session.run("plan groups.yaml").status.code(), Some(1));
    session.expect("zones.txt");
}

#[test]
fn scope_of_several_zones_is_shown_by_their_names() {
    let sandbox = with_zones();
    let mut session = Session::new("zones-together", &sandbox);
    let account = format!("com.cloudflare.api.account.{}", sandbox.account_id());
    let zones = &sandbox.account().zones[..2];
    let object = |it: &seed::Zone| format!("{{key: com.cloudflare.api.account.zone.{}}}", it.id);
    let scope = |zones: &[seed::Zone]| {
        let objects: Vec<String> = zones.iter().map(object).collect();
        format!("{{key: {account}, objects: [{}]}}", objects.join(", "))
    };
    let (both, each) = (scope(zones), [scope(&zones[..1]), scope(&zones[1..])].join(", "));
    let file = FILE.replace("account\n", &format!("scope: {both}\n"));
    session.write("groups.yaml", &file.replace("zone: shop.example", &format!("scope: [{each}]")));
    for line in ["apply groups.yaml --yes", "plan groups.yaml --detailed-exitcode"] {
        assert_eq!(session.run(line).status.code(), Some(0));
    }
    session.run("get Shop");
    let exported = String::from_utf8(session.run("export").stdout).unwrap();
    session.write("export.yaml", &exported);
    for line in ["plan export.yaml --prune --detailed-exitcode", "export --into export.yaml"] {
        assert_eq!(session.run(line).status.code(), Some(0));
    }
    session.expect("zones-together.txt");
}

#[test]
fn zones_that_cannot_be_read_are_shown_by_id() {
    let sandbox = with_zones();
    let mut session = Session::new("zones-unreadable", &sandbox);
    session.write("groups.yaml", &FILE.replace("        - account\n", ""));
    session.run_quietly("apply groups.yaml --yes");
    let refused = FaultKind::Status { code: 403, body: None };
    let refuse = FaultPlan::new(1).fault(Fault::new(refused).on("zones-get"));
    sandbox.set_faults(&refuse).unwrap();
    session.run("get Shop");
    session.run("who is ada@example.com");
    let exported = String::from_utf8(session.run_quietly("export").stdout).unwrap();
    session.write("export.yaml", &exported);
    let plan = session.run("plan export.yaml --prune --detailed-exitcode");
    assert_eq!(plan.status.code(), Some(0));
    assert_eq!(session.run("plan groups.yaml").status.code(), Some(1));
    session.expect("zones-unreadable.txt");
}

#[test]
fn resource_groups_are_created_where_inline_scopes_are_refused() {
    let sandbox = with_zones();
    let refuse = FaultPlan::new(1).fault(Fault::new(FaultKind::RefuseInlineScopes));
    sandbox.set_faults(&refuse).unwrap();
    let before = sandbox.account().resource_groups;
    let mut session = Session::new("zones-refused", &sandbox);
    session.write("groups.yaml", FILE);
    assert_eq!(session.run("apply groups.yaml --yes").status.code(), Some(1));
    assert_eq!(sandbox.account().resource_groups, before);
    session.run("plan groups.yaml --create-resource-groups --out today.plan");
    session.run("plan groups.yaml --create-resource-groups -o markdown");
    assert_eq!(session.run("apply today.plan --yes").status.code(), Some(0));
    let after = sandbox.account().resource_groups;
    assert_eq!((after.len(), &after[..before.len()]), (before.len() + 1, &before[..]));
    for line in ["apply today.plan --yes", "apply groups.yaml --create-resource-groups --yes"] {
        assert_eq!(session.run(line).status.code(), Some(0));
    }
    let second = FILE.replace("name: Shop", "name: Second");
    session.write("second.yaml", &second);
    assert_eq!(
        session.run("apply second.yaml --create-resource-groups --yes").status.code(),
        Some(0)
    );
    assert_eq!(sandbox.account().resource_groups, after, "the existing one is used");
    let create = "create Third --allow DNS --on zone:blog.example";
    assert_eq!(session.run(create).status.code(), Some(1));
    let create = format!("{create} --create-resource-groups");
    assert_eq!(session.run(&create).status.code(), Some(0));
    assert_eq!(
        session.run("update Third --name X --create-resource-groups").status.code(),
        Some(64)
    );
    let groups = FILE.replace("name: Shop", "name: Fourth").replace("shop.", "news.");
    let file = format!("account: {}\ngroups:\n{groups}", sandbox.account_id());
    std::fs::create_dir(session.home.join("accounts")).unwrap();
    session.write("accounts/a.yaml", &file);
    let apply = "apply accounts --create-resource-groups --yes";
    assert_eq!(session.run(apply).status.code(), Some(0));
    session.run("export");
    session.expect("zones-refused.txt");
}
