//! The engine against an account.

use std::fmt::Display;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cf_groups_engine::{
    Action, Error, GroupFile, NoProgress, Pin, Plan, Progress, Prune, RemovalLimit, Step,
};
use cloudflare_user_groups_sandbox::fault::FaultBody;
use cloudflare_user_groups_sandbox::{Contract, Fault, FaultKind};
use serde_json::json;

use crate::support::{
    apply, company, inject, members, plan_file, planned, requests, seed, small, start, start_with,
};

const CHANGES: &str = "\
- name: Red
  policies:
    - access: allow
      permission_groups: [Billing, DNS]
      resource_groups: [Whole account]
  members: [bob@example.com, cleo@example.com, dan@example.com]
- name: Navy
  id: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
  members: []
- name: Green
  members: [ada@example.com]
";

#[tokio::test]
async fn a_plan_is_carried_out_and_is_then_empty() {
    let (sandbox, engine) = start(small()).await;
    let plan = planned(&engine, CHANGES).await;
    let summary = plan.summary();
    assert_eq!((summary.create, summary.change), (1, 2));
    assert_eq!((summary.add_members, summary.remove_members, summary.delete), (3, 2, 0));
    let dan = &sandbox.account().members[3].id;
    assert_eq!(plan.label(dan).unwrap().status.as_deref(), Some("pending"));
    let outcome = apply(&engine, &plan).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(
        members(&sandbox, "Red"),
        [["bob@example.com", "cleo@example.com", "dan@example.com"]]
    );
    assert_eq!(members(&sandbox, "Green"), [["ada@example.com"]]);
    assert_eq!(members(&sandbox, "Navy"), [Vec::<String>::new()]);
    assert!(members(&sandbox, "Blue").is_empty());
    assert_eq!(members(&sandbox, "Twin").len(), 2, "what the file does not name is left alone");
    assert!(planned(&engine, CHANGES).await.is_empty());
    let removals = outcome.done.iter().position(|it| it.action == Action::RemoveMembers);
    let adding = outcome.done.iter().rposition(|it| it.action == Action::AddMembers);
    assert!(adding < removals, "adding comes before removing");
}

#[tokio::test]
async fn exports_plan_to_nothing() {
    for (sandbox, engine) in [company().await, start(small()).await] {
        for pin in [Pin::Namesakes, Pin::All] {
            let text = engine.export(pin, &NoProgress).await.unwrap();
            sandbox.clear_log();
            let plan = plan_file(&engine, &text, Prune::Yes).await.unwrap();
            assert!(plan.is_empty(), "{text}");
            assert_eq!(requests(&sandbox, Some("account-members-list-members")), 0);
            assert_eq!(text, engine.export(pin, &NoProgress).await.unwrap(), "the order is stable");
            let schema: serde_json::Value = serde_json::from_str(cf_groups_engine::SCHEMA).unwrap();
            let value: serde_json::Value = yaml_serde::from_str(&text).unwrap();
            assert!(jsonschema::is_valid(&schema, &value), "{text}");
        }
    }
}

#[tokio::test]
async fn names_are_exported_where_they_are_clear() {
    let id = |digit: &str| digit.repeat(32);
    let resource = "- \"x\" \u{2028} \\ é";
    let account = json!({
        "members": [{"email": "a#b: c@example.com", "status": "pending"}],
        "permission_groups": [
            {"id": id("1"), "name": "Twice"}, {"id": id("2"), "name": "Twice"},
            {"id": id("3"), "name": id("4")}, {"name": "yes"}
        ],
        "resource_groups": [{"name": resource}],
        "user_groups": [{"name": id("5")}, {"name": "12", "members": ["a#b: c@example.com"], "policies": [{
            "access": "allow",
            "permission_groups": [id("1"), id("3"), "yes"],
            "resource_groups": [resource]
        }]}]
    });
    let (_sandbox, engine) = start(seed(&account)).await;
    let text = engine.export(Pin::Namesakes, &NoProgress).await.unwrap();
    assert!(plan_file(&engine, &text, Prune::Yes).await.unwrap().is_empty(), "{text}");
    for part in ["\"12\"", "# pending", "\"11111111", "\"33333333", "\"yes\""] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

/// Namesakes, groups without members, pending members, scopes of both forms, policies of several
/// scopes, and more members than fit on a page or into a request.
#[tokio::test]
async fn what_is_unusual_is_exported_too() {
    let people: Vec<String> = (0..650).map(|number| format!("p{number:03}@example.com")).collect();
    let member = |email: &String| {
        let status = if email.starts_with("p1") { "pending" } else { "accepted" };
        json!({"email": email, "status": status})
    };
    let scope = |zone: &str| json!({"key": "com.cloudflare.api.account", "objects": [{"key": zone}, {"key": "*"}]});
    let account = json!({
        "members": people.iter().map(member).collect::<Vec<_>>(),
        "permission_groups": [{"name": "DNS"}, {"name": "Billing"}],
        "resource_groups": [
            {"name": "One", "scope": scope("zone-a")},
            {"name": "Several", "scope": [scope("zone-a"), scope("zone-b")]},
        ],
        "user_groups": [
            {"name": "Staff", "members": people, "policies": [
                {"access": "deny", "permission_groups": ["DNS", "Billing"], "resource_groups": ["Several", "One"]},
                {"access": "allow", "permission_groups": ["DNS"], "resource_groups": ["Several"]},
            ]},
            {"name": "Twin", "members": [people[0]]},
            {"name": "Twin", "members": []},
        ]
    });
    let (sandbox, engine) = start(seed(&account)).await;
    let text = engine.export(Pin::Namesakes, &NoProgress).await.unwrap();
    let plan = plan_file(&engine, &text, Prune::Yes).await.unwrap();
    assert!(plan.is_empty(), "{text}");
    assert_eq!(text.matches("# pending").count(), 100);

    // Who is taken out of the file is the only one who leaves.
    let fewer = text.replacen("    - p007@example.com\n", "", 1)
        + "- name: All\n  members:\n"
        + &people.iter().map(|email| format!("  - {email}\n")).collect::<String>();
    let plan = plan_file(&engine, &fewer, Prune::Yes).await.unwrap();
    sandbox.clear_log();
    assert!(apply(&engine, &plan).await.is_complete());
    assert_eq!(members(&sandbox, "Staff")[0].len(), 649);
    assert_eq!(members(&sandbox, "All")[0], people);
    assert_eq!(requests(&sandbox, Some("account-user-group-member-create")), 2);
    assert_eq!(requests(&sandbox, Some("account-user-group-member-delete")), 1);
    assert!(plan_file(&engine, &fewer, Prune::Yes).await.unwrap().is_empty());
}

/// An invalid response must not look like an empty account.
#[tokio::test]
async fn invalid_responses_are_not_taken_for_an_empty_account() {
    let page = FaultBody::Html("<html>all is well</html>".to_owned());
    for list in [
        "account-user-group-list",
        "account-user-group-member-list",
        "account-members-list-members",
    ] {
        for fault in [
            Fault::new(FaultKind::SuccessFalse),
            Fault::status_with(200, page.clone()),
            Fault::new(FaultKind::TruncatedJson),
        ] {
            let (sandbox, engine) = start(small()).await;
            let text = engine.export(Pin::All, &NoProgress).await.unwrap();
            let text = text.replacen("bob@", "dan@", 1);
            inject(&sandbox, fault.on(list));
            sandbox.clear_log();
            let error = plan_file(&engine, &text, Prune::Yes).await.unwrap_err();
            assert!(matches!(error, Error::Read { .. }), "{list}: {error}");
            assert!(sandbox.log().iter().any(|it| it.operation == Some(list)));
        }
    }
}

/// The client takes a list that is null for an empty one. Then no members are seen, and none is
/// removed.
#[tokio::test]
async fn list_that_is_null_removes_no_member() {
    for list in ["account-user-group-list", "account-user-group-member-list"] {
        let (sandbox, engine) = start(small()).await;
        let text = "- {name: Red, members: [ada@example.com]}\n- {name: Blue, members: []}\n";
        let nothing = json!({ "success": true, "result": null });
        inject(&sandbox, Fault::status_with(200, FaultBody::Json(nothing)).on(list));
        let summary = planned(&engine, text).await.summary();
        assert_eq!((summary.remove_members, summary.delete), (0, 0), "{list}");
        assert_eq!(summary.add_members, 1, "{list}: it was taken for empty");
    }
}

#[tokio::test]
async fn a_plan_is_stale_once_its_base_has_changed() {
    let red = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let renamed = format!("- {{name: Rouge, id: {red}}}");
    let third_name = format!("- {{name: Crimson, id: {red}}}");
    let changes = [
        // A group whose members will change is renamed.
        (
            "- {name: Red, members: [ada@example.com]}",
            Prune::No,
            &*renamed,
            "it is named \"Rouge\" now",
        ),
        // A member joins a group whose members will change.
        (
            "- {name: Red, members: [ada@example.com]}",
            Prune::No,
            "- {name: Red, members: [ada@example.com, bob@example.com, cleo@example.com]}",
            "members +cleo@example.com",
        ),
        // A group that will be renamed gets a third name.
        (&*renamed, Prune::No, &*third_name, "it is named \"Crimson\" now"),
        // A group whose policies will change gets others.
        (
            "- {name: Red, policies: []}",
            Prune::No,
            "- {name: Red, policies: [{access: allow, permission_groups: [Billing], resource_groups: [Whole account]}]}",
            "its policies are others",
        ),
        // The policies of a group that will be deleted are removed.
        ("- {name: Blue}", Prune::Yes, "- {name: Red, policies: []}", "its policies are others"),
        // A member joins a group that will be deleted, and another leaves.
        (
            "- {name: Blue}",
            Prune::Yes,
            "- {name: Red, members: [ada@example.com, cleo@example.com]}",
            "members +",
        ),
        (
            "- {name: Blue}",
            Prune::Yes,
            "- {name: Red, members: [ada@example.com]}",
            "members -bob@example.com",
        ),
        // Another group gets the name that a group is to get.
        (&*renamed, Prune::No, "- {name: Rouge}", "another group named \"Rouge\" now exists"),
        // The group that will be created exists, with another member.
        (
            "- {name: Green, members: [ada@example.com]}",
            Prune::No,
            "- {name: Green, members: [bob@example.com]}",
            "now exists with different policies or members",
        ),
    ];
    for (mine, prune, theirs, expected) in changes {
        let (sandbox, engine) = start(small()).await;
        let plan = plan_file(&engine, mine, prune).await.unwrap();
        let plan = Plan::from_json(&plan.to_json()).unwrap();
        let others = planned(&engine, theirs).await;
        assert!(apply(&engine, &others).await.is_complete());
        let before = sandbox.state();
        let error = engine.apply(&plan, &RemovalLimit::lifted(), &NoProgress).await.unwrap_err();
        assert!(matches!(error, Error::Stale(_)), "{mine}: {error}");
        assert!(error.to_string().contains(expected), "{mine}: {error}");
        assert_eq!(sandbox.state(), before);
    }
}

#[tokio::test]
async fn what_a_saved_plan_shows_is_read_again() {
    let (_sandbox, engine) = start(small()).await;
    let plan = planned(&engine, CHANGES).await;
    let forged = plan.to_json().replace("dan@example.com", "harmless@example.com");
    let mut forged = Plan::from_json(&forged).unwrap();
    assert_ne!(forged, plan);
    engine.refresh(&mut forged, &NoProgress).await.unwrap();
    assert_eq!(forged, plan);
    let mut forged = plan_file(&engine, "[]", Prune::Yes).await.unwrap();
    forged.deletions.iter_mut().for_each(|it| it.members.clear());
    let error = engine.refresh(&mut forged, &NoProgress).await.unwrap_err();
    assert!(matches!(error, Error::Stale(_)), "{error}");
}

#[tokio::test]
async fn ignored_groups_are_not_pruned() {
    let (sandbox, engine) = start(small()).await;
    let except =
        |patterns: &[&str]| Prune::Except(patterns.iter().map(|it| (*it).to_owned()).collect());
    for (patterns, deleted) in [
        (except(&[]), vec!["Blue", "Twin", "Twin"]),
        (except(&["T*n"]), vec!["Blue"]),
        (except(&["Tw?n", "b*"]), vec!["Blue"]),
        (except(&["*l*", "?win"]), vec![]),
        (except(&["*"]), vec![]),
        (except(&["Twi", "?", ""]), vec!["Blue", "Twin", "Twin"]),
    ] {
        sandbox.clear_log();
        let plan = plan_file(&engine, "- name: Red\n", patterns.clone()).await.unwrap();
        let names: Vec<&str> = plan.deletions.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, deleted, "{patterns:?}");
        assert_eq!(plan.unmanaged.len(), 3 - deleted.len());
        // The members of groups that stay are not read.
        assert_eq!(requests(&sandbox, Some("account-user-group-member-list")), deleted.len());
    }
    let text = format!("- {{name: Blue, id: {}}}\n", "a".repeat(32));
    let kept = plan_file(&engine, &text, except(&["Blue"])).await.unwrap_err();
    assert!(kept.to_string().contains("there is a group named \"Blue\" already"), "{kept}");
}

/// Namesakes that the file wants are none of that.
#[tokio::test]
async fn a_wanted_namesake_makes_no_plan_stale() {
    let (sandbox, engine) = start_with(Contract::Current, small()).await;
    let text = "\
- {name: Blue, id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
- {name: Blue, id: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
";
    let plan = planned(&engine, text).await;
    let plan = Plan::from_json(&plan.to_json()).unwrap();
    assert!(apply(&engine, &plan).await.is_complete());
    assert_eq!(members(&sandbox, "Blue").len(), 2);
    assert!(planned(&engine, text).await.is_empty());
}

#[tokio::test]
async fn a_failure_in_one_group_does_not_stop_the_others() {
    let (sandbox, engine) = start(small()).await;
    let plan = planned(&engine, CHANGES).await;
    // The additions to Red or to Green fail, whichever comes first.
    inject(&sandbox, Fault::status(409).on("account-user-group-member-create").count(1));
    let outcome = apply(&engine, &plan).await;
    assert_eq!(outcome.failed.len(), 1, "{outcome:?}");
    let failed = &outcome.failed[0].step;
    assert_eq!(failed.action, Action::AddMembers);
    for skipped in &outcome.skipped {
        assert_eq!(skipped.step.action, Action::RemoveMembers);
        let member = &skipped.step.members[0];
        assert!(failed.members.contains(member) || skipped.step.group == failed.group);
    }
    assert_eq!(members(&sandbox, "Navy").len(), 1, "the other group is renamed");
    let plan = planned(&engine, CHANGES).await;
    assert!(apply(&engine, &plan).await.is_complete());
    assert!(planned(&engine, CHANGES).await.is_empty());
}

#[tokio::test]
async fn who_moves_is_never_in_neither_group() {
    let (sandbox, engine) = start(small()).await;
    let text = "- {name: Red, members: [bob@example.com]}\n- {name: Blue, members: [cleo@example.com, ada@example.com]}\n";
    let plan = planned(&engine, text).await;
    inject(&sandbox, Fault::status(409).on("account-user-group-member-create"));
    let outcome = apply(&engine, &plan).await;
    assert_eq!((outcome.done.len(), outcome.failed.len(), outcome.skipped.len()), (0, 1, 1));
    assert_eq!(members(&sandbox, "Red"), [["ada@example.com", "bob@example.com"]]);
}

#[tokio::test]
async fn a_refused_credential_ends_it() {
    let (sandbox, engine) = company().await;
    let text: String = (0..50).map(|number| format!("- name: New {number}\n")).collect();
    let plan = planned(&engine, &text).await;
    sandbox.clear_log();
    inject(&sandbox, Fault::status(401).on("account-user-group-create"));
    let outcome = apply(&engine, &plan).await;
    assert!(outcome.failed.len() <= 8 && outcome.failed.len() + outcome.skipped.len() == 50);
}

#[tokio::test]
async fn a_plan_is_for_its_account_only() {
    let (sandbox, engine) = start(small()).await;
    let mut plan = planned(&engine, CHANGES).await;
    plan.account = Some("0123456789abcdef0123456789abcdef".parse().unwrap());
    sandbox.clear_log();
    let error = engine.apply(&plan, &RemovalLimit::lifted(), &NoProgress).await.unwrap_err();
    assert!(matches!(error, Error::OtherAccount { .. }), "{error}");
    assert_eq!(requests(&sandbox, None), 0);
}

#[test]
fn text_that_is_not_a_plan_is_rejected() {
    for text in ["", "{}", "[]", r#"{"version": 1}"#, r#"{"version": 2}"#] {
        let error = Plan::from_json(text).unwrap_err().to_string();
        assert!(error.contains("plan file"), "{error}");
    }
}

/// Counts the steps that are reported.
#[derive(Default)]
struct Counting {
    announced: AtomicUsize,
    reported: AtomicUsize,
    read: Mutex<Vec<(usize, usize)>>,
}

impl Progress for Counting {
    fn read(&self, groups: usize, of: usize) {
        self.read.lock().unwrap().push((groups, of));
    }

    fn begin(&self, steps: usize) {
        self.announced.store(steps, Ordering::Relaxed);
    }

    fn ended(&self, _: &Step, _: Option<&dyn Display>) {
        self.reported.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn every_step_that_is_announced_is_reported() {
    for fault in [
        "account-user-group-create",
        "account-user-group-update",
        "account-user-group-member-create",
    ] {
        let (sandbox, engine) = start(small()).await;
        let plan = planned(&engine, CHANGES).await;
        inject(&sandbox, Fault::status(409).on(fault));
        let counting = Counting::default();
        let outcome = engine.apply(&plan, &RemovalLimit::lifted(), &counting).await.unwrap();
        assert!(!outcome.is_complete());
        assert_eq!(counting.announced.into_inner(), counting.reported.into_inner(), "{fault}");
    }
}

#[tokio::test]
async fn each_group_that_is_read_is_reported() {
    let (_sandbox, engine) = start(small()).await;
    let reported = |counting: Counting| counting.read.into_inner().unwrap();
    let counting = Counting::default();
    engine.export(Pin::Namesakes, &counting).await.unwrap();
    assert_eq!(reported(counting), [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]);
    let counting = Counting::default();
    engine
        .plan(&GroupFile::parse("x", "- {name: Red, members: []}"), Prune::No, &counting)
        .await
        .unwrap();
    assert_eq!(reported(counting), [(0, 1), (1, 1)]);
    let counting = Counting::default();
    engine.plan(&GroupFile::parse("x", "- {name: Red}"), Prune::No, &counting).await.unwrap();
    assert_eq!(reported(counting), [], "no groups were read");
}

#[tokio::test]
async fn it_runs_in_tasks() {
    let (_sandbox, engine) = start(small()).await;
    let task = tokio::spawn(async move {
        let file = GroupFile::parse("x", CHANGES);
        let plan = engine.plan(&file, Prune::No, &NoProgress).await?;
        engine.apply(&plan, &RemovalLimit::lifted(), &NoProgress).await
    });
    assert!(task.await.unwrap().unwrap().is_complete());
}
