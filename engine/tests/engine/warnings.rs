//! Warnings of a plan.

use std::time::{Duration, Instant};

use cf_groups_engine::{ActualState, DesiredGroup, DesiredState, Engine, Plan, Prune};
use cloudflare_user_groups_sandbox::Sandbox;
use serde_json::json;

use crate::support::{plan_file, planned, requests, seed, start};

const OPS: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

async fn account() -> (Sandbox, Engine) {
    let policy =
        json!({"access": "allow", "permission_groups": ["DNS"], "resource_groups": ["All"]});
    let account = json!({
        "members": [{"email": "user1@example.com"}, {"email": "user2@example.com"}, {"email": "user3@example.com"}],
        "permission_groups": [{"name": "DNS"}, {"name": "Billing"}],
        "resource_groups": [{"name": "All"}],
        "user_groups": [
            {"id": OPS, "name": "Ops", "members": ["user1@example.com", "user2@example.com"], "policies": [policy]},
            {"name": "Dev Tools", "members": ["user3@example.com"]},
            {"name": "Zu\u{308}rich"},
        ],
    });
    start(seed(&account)).await
}

async fn warnings(text: &str, prune: Prune) -> Vec<String> {
    let (_sandbox, engine) = account().await;
    let plan = plan_file(&engine, text, prune).await.unwrap();
    plan.warnings.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_likely_rename_is_named_with_its_id() {
    let expected = format!(
        "group \"Operations\": looks like a rename of \"Ops\"; to rename that group instead of \
         creating one, add `id: {OPS}`"
    );
    let same_members = "- {name: Operations, members: [user1@example.com, user2@example.com]}\n- name: Dev Tools\n";
    let same_policies = "- name: Operations\n  policies: [{access: allow, permission_groups: [DNS], resource_groups: [All]}]\n";
    for (text, prune) in
        [(same_members, Prune::No), (same_members, Prune::Yes), (same_policies, Prune::No)]
    {
        assert_eq!(warnings(text, prune).await, [&*expected], "{text}");
    }
    let others = "- {name: Operations, members: [user1@example.com]}\n";
    assert_eq!(warnings(others, Prune::No).await, [""; 0]);
    let kept = format!("- name: Ops\n{same_members}");
    assert_eq!(warnings(&kept, Prune::No).await, [""; 0], "the old group is in the file");
}

#[tokio::test]
async fn a_new_name_that_is_that_of_another_group_but_for_its_form_is_pointed_out() {
    let text = format!("- {{name: dev tools, id: {OPS}}}\n");
    let warnings = warnings(&text, Prune::No).await;
    assert!(warnings[0].contains("differs from that of \"Dev Tools\""), "{warnings:?}");
    for (other, prune) in [
        // Its own name, one that is deleted first, and one that is given up.
        (format!("- {{name: OPS, id: {OPS}}}\n"), Prune::No),
        (format!("- {{name: Dev Tools, id: {OPS}}}\n"), Prune::Yes),
        (format!("- {{name: Design, id: {OPS}}}\n- name: Ops\n"), Prune::No),
    ] {
        assert_eq!(self::warnings(&other, prune).await, [""; 0], "{other}");
    }
}

#[tokio::test]
async fn a_name_that_is_nearly_that_of_a_group_is_pointed_out() {
    for (name, expected) in [
        ("ops", "differs from that of \"Ops\""),
        ("Dev  tools", "differs from that of \"Dev Tools\""),
        ("Z\u{fc}rich", "differs from that of \"Zu\u{308}rich\""),
        ("Dev Tolos", "is close to that of \"Dev Tools\""),
    ] {
        let warnings = warnings(&format!("- name: {name}\n"), Prune::No).await;
        assert_eq!(warnings.len(), 1, "{name}");
        let expected = expected.replace('\u{308}', "\\u{308}");
        assert!(warnings[0].contains(&expected), "{warnings:?}");
    }
    assert_eq!(warnings("- name: Design\n", Prune::No).await, [""; 0]);
    let twice = warnings("- name: Design\n- name: design\n", Prune::No).await;
    assert!(twice[0].contains("\"Design\", which is created too"), "{twice:?}");
}

#[test]
fn many_new_groups_are_compared_by_one_reading_of_their_names() {
    let group = |number| DesiredGroup { name: format!("Team {number}"), ..Default::default() };
    let groups = (0..20_000).map(group).collect();
    let started = Instant::now();
    let plan = Plan::diff(&ActualState::default(), &DesiredState { groups, prune: Prune::No });
    assert_eq!(plan.unwrap().warnings, []);
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_rename_is_looked_for_only_where_it_costs_little() {
    let (sandbox, engine) = account().await;
    planned(&engine, "- {name: New, policies: []}\n").await;
    assert_eq!(requests(&sandbox, Some("account-user-group-member-list")), 0);
}
