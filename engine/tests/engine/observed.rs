//! The engine against the service as it was observed.

use std::time::Duration;

use cf_groups_engine::{
    Action, Engine, NoProgress, Outcome, Pin, Plan, Prune, RemovalLimit, StepError,
};
use cloudflare_user_groups_sandbox::fault::{FaultBody, Normalisation};
use cloudflare_user_groups_sandbox::{Contract, Fault, FaultKind, FaultPlan, Sandbox, Seed};
use serde_json::{Value, json};

use crate::support::{
    apply, engine, inject, members, plan_file, planned, policy, refused, seed, start, start_with,
};

const SCOPE: &str = "com.cloudflare.api.account.eb78d65290b24279ba6f44721b3ea3c4";

fn account() -> Seed {
    seed(&json!({
        "members": [
            {"email": "ada@example.com"}, {"email": "bob@example.com"},
            {"email": "cleo@example.com"}, {"email": "dan@example.com", "status": "pending"},
            {"email": "eve@example.com", "status": "rejected"}
        ],
        "permission_groups": [{"name": "DNS"}, {"name": "Billing"}, {"name": "Firewall"}],
        "resource_groups": [
            {"name": "Whole account", "scope": {"key": SCOPE, "objects": [{"key": "*"}]}},
        ],
        "user_groups": [
            {"name": "Scoped", "members": ["ada@example.com"], "policies": [
                {"access": "allow", "permission_groups": ["DNS"],
                 "resource_groups": [{"scope": {"key": SCOPE, "objects": [{"key": "*"}]}}]},
            ]},
            {"name": "Plain", "members": ["bob@example.com", "eve@example.com"]},
            {"name": "Broken", "members": ["cleo@example.com"], "invalid_policies": true},
            {"name": "Pushed", "members": ["cleo@example.com"], "managed_by_scim": true},
        ],
    }))
}

async fn observed() -> (Sandbox, Engine) {
    start(account()).await
}

fn failures(outcome: &Outcome) -> Vec<String> {
    outcome.failed.iter().map(|failed| format!("{}: {}", failed.step, failed.error)).collect()
}

/// Plans and applies a file, and checks that it is then in place.
async fn apply_file(engine: &Engine, text: &str) {
    let outcome = apply(engine, &planned(engine, text).await).await;
    assert!(outcome.is_complete(), "{text}: {outcome:?}");
    assert_empty(engine, text).await;
}

async fn assert_empty(engine: &Engine, text: &str) {
    let plan = planned(engine, text).await;
    assert!(plan.is_empty(), "{text}: {plan:?}");
}

/// O17, O19: the policy shows a scope; the file names the resource group of this scope, or the
/// scope.
#[tokio::test]
async fn a_policy_shown_by_scope_equals_one_by_name() {
    let (_sandbox, engine) = observed().await;
    let with = |resource: &str| {
        format!("- {{name: Scoped, policies: [{}]}}", policy("allow", "DNS", resource))
    };
    assert_empty(&engine, &with("Whole account")).await;
    assert_empty(
        &engine,
        &with(&format!("{{scope: {{key: {SCOPE}, objects: [{{key: \"*\"}}]}}}}")),
    )
    .await;
    let zone = format!(
        "{{scope: {{key: {SCOPE}, objects: [{{key: com.cloudflare.api.account.zone.1}}]}}}}"
    );
    apply_file(&engine, &with(&zone)).await;
}

#[tokio::test]
async fn an_export_with_scopes_plans_to_nothing() {
    let (_sandbox, engine) = observed().await;
    let text = engine.export(Pin::Namesakes, &NoProgress).await.unwrap();
    assert!(text.contains("        - account\n"), "{text}");
    assert!(text.contains("- eve@example.com # rejected"), "{text}");
    let plan = plan_file(&engine, &text, Prune::Yes).await.unwrap();
    assert!(plan.is_empty(), "{text}\n{plan:?}");
    let schema: Value = serde_json::from_str(cf_groups_engine::SCHEMA).unwrap();
    let value: Value = yaml_serde::from_str(&text).unwrap();
    assert!(jsonschema::is_valid(&schema, &value), "{text}");
}

/// Only who is added must not have rejected the invitation.
#[tokio::test]
async fn a_rejected_member_can_stay_but_not_be_added() {
    let (_sandbox, engine) = observed().await;
    assert_empty(&engine, "- {name: Plain, members: [bob@example.com, eve@example.com]}").await;
    let text = "- {name: Scoped, members: [ada@example.com, eve@example.com]}";
    let error = refused(&engine, text).await;
    assert!(error.contains("\"eve@example.com\" has rejected the invitation"), "{error}");
}

/// O2: policies are sent without ids.
#[tokio::test]
async fn policies_of_existing_groups_can_be_changed() {
    let (_sandbox, engine) = observed().await;
    for permissions in [
        &["DNS", "Billing"][..],
        &["DNS", "Billing", "Firewall"],
        &["\"Billing\", DNS", "Firewall"],
        &["Firewall"],
    ] {
        let policies = permissions.iter().map(|it| policy("allow", it, "Whole account"));
        let policies = policies.collect::<Vec<_>>().join(", ");
        apply_file(&engine, &format!("- {{name: Scoped, policies: [{policies}]}}")).await;
    }
}

/// O10: one group whose members cannot be read leaves the others usable.
#[tokio::test]
async fn a_group_whose_members_cannot_be_read_is_left_alone() {
    let (sandbox, engine) = observed().await;
    let text = engine.export(Pin::Namesakes, &NoProgress).await.unwrap();
    let comment = "  # members: left out, the API refuses to list them: Policy validation failed\n";
    assert!(text.contains(&format!("- name: Broken\n  policies: []\n{comment}")), "{text}");
    assert!(plan_file(&engine, &text, Prune::Yes).await.unwrap().is_empty());

    let changes = "- {name: Broken, members: []}\n- {name: Plain, members: [ada@example.com]}\n";
    let error = refused(&engine, changes).await;
    let expected = "x:1:27: the members of the group \"Broken\" cannot be read: Policy \
                    validation failed; give it other policies, or leave out `members`";
    assert_eq!(error, expected);
    let error = engine.plan_deletion(&["Broken".to_owned()], &NoProgress).await.unwrap_err();
    assert!(expected.ends_with(&error.to_string()), "{error}");

    let pruned = plan_file(&engine, "- name: Plain\n- name: Scoped\n- name: Pushed\n", Prune::Yes)
        .await
        .unwrap();
    assert!(pruned.is_empty(), "{pruned:?}");
    let expected =
        "group \"Broken\": it is not deleted: its members cannot be read: Policy validation failed";
    assert_eq!(pruned.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);

    apply_file(&engine, "- {name: Broken}\n- {name: Plain, members: [ada@example.com]}\n").await;
    assert_eq!(members(&sandbox, "Plain"), [["ada@example.com"]]);
}

/// A policy that this version does not understand is kept, and shown as what it is.
#[tokio::test]
async fn an_incomplete_policy_is_never_overwritten() {
    let permissions = json!([{"id": "11111111111111111111111111111111", "name": "DNS"}]);
    let resources = json!([{"id": "22222222222222222222222222222222", "name": "All"}]);
    for (policy, problem) in [
        (
            json!({"access": "audit", "permission_groups": permissions, "resource_groups": resources}),
            "access \"audit\" is unknown",
        ),
        (
            json!({"permission_groups": permissions, "resource_groups": resources}),
            "access is missing",
        ),
        (
            json!({"access": "allow", "permission_groups": null, "resource_groups": resources}),
            "permission_groups are missing",
        ),
        (
            json!({"access": "allow", "permission_groups": permissions}),
            "resource_groups are missing",
        ),
        (
            json!({"access": "allow", "permission_groups": [{"name": "DNS"}], "resource_groups": resources}),
            "a permission group has no id",
        ),
        (
            json!({"access": "allow", "permission_groups": permissions, "resource_groups": [{"name": "All"}]}),
            "a resource group has neither id nor scope",
        ),
    ] {
        let (sandbox, engine) = observed().await;
        let groups = json!([{"id": "33333333333333333333333333333333", "name": "Old", "policies": [policy]}]);
        let body = json!({"success": true, "errors": [], "messages": [], "result": groups,
            "result_info": {"page": 1, "per_page": 100, "count": 1, "total_count": 1}});
        let list = Fault::status_with(200, FaultBody::Json(body)).on("account-user-group-list");
        let none = json!({"success": true, "errors": [], "messages": [], "result": null});
        let members =
            Fault::status_with(200, FaultBody::Json(none)).on("account-user-group-member-list");
        sandbox.set_faults(&FaultPlan::new(1).fault(list).fault(members)).unwrap();

        let text = engine.export(Pin::Namesakes, &NoProgress).await.unwrap();
        assert!(text.contains(&format!("  # policies: left out, because {problem}\n")), "{text}");
        assert_empty(&engine, &text).await;
        let added = planned(&engine, "- {name: Old, members: [ada@example.com]}").await;
        assert_eq!(added.summary().add_members, 1);
        let error = refused(&engine, "- {name: Old, policies: []}").await;
        let expected = format!(
            "x:1:25: a policy of the group \"Old\" has a part that cannot be written back: \
             {problem}; leave out `policies` to keep its policies"
        );
        assert_eq!(error, expected);

        let pruned = plan_file(&engine, "[]", Prune::Yes).await.unwrap();
        let none: RemovalLimit = "0".parse().unwrap();
        let refusal = none.check(&pruned).unwrap_err().to_string();
        assert!(refusal.contains("to remove 1 of 1 policy"), "{refusal}");
    }
}

/// O3.
#[tokio::test]
async fn a_deny_policy_gets_a_warning() {
    let (_sandbox, engine) = observed().await;
    let deny = policy("deny", "DNS", "Whole account");
    let plan = planned(&engine, &format!("- {{name: New, policies: [{deny}]}}")).await;
    assert_eq!(plan.warnings.len(), 1);
    assert!(
        plan.warnings[0].to_string().starts_with("group \"New\": the live service refuses deny")
    );
    assert_eq!(Plan::from_json(&plan.to_json()).unwrap().to_json(), plan.to_json());
}

/// Names are unique, so a group is renamed once the name is free: in a chain, in a circle, and
/// after the deletion of the group that had it.
#[tokio::test]
async fn names_move_between_groups() {
    let (sandbox, engine) = observed().await;
    let id = |name: &str| {
        let groups = sandbox.account().user_groups;
        groups.into_iter().find(|group| group.name == name).unwrap().id
    };
    let (plain, scoped) = (id("Plain"), id("Scoped"));
    let named = |plain_name: &str, scoped_name: &str| {
        format!("- {{id: {plain}, name: {plain_name}}}\n- {{id: {scoped}, name: {scoped_name}}}\n")
    };
    apply_file(&engine, &named("Scoped", "Other")).await;
    apply_file(&engine, &named("Other", "Scoped")).await;
    let text = format!("{}- name: Other\n- name: Pushed\n", named("Scoped", "Next"));
    apply_file(&engine, &text).await;
    let text = format!("{}- name: Pushed\n", named("Other", "Scoped"));
    let plan = plan_file(&engine, &text, Prune::Yes).await.unwrap();
    assert_eq!((plan.deletions.len(), plan.updates.len()), (1, 2));
    let outcome = apply(&engine, &plan).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(id("Other"), plain);
}

/// O8: one member whom the API refuses does not keep the others out.
#[tokio::test]
async fn a_refused_member_is_named_and_the_others_are_added() {
    let (sandbox, engine) = observed().await;
    let text = "- name: New\n  members: [ada@example.com, bob@example.com, cleo@example.com, dan@example.com]\n";
    let mut plan = planned(&engine, text).await;
    // Leaves the account after the plan was made.
    let gone = "ffffffffffffffffffffffffffffffff";
    plan.creations[0].members.insert(gone.parse().unwrap());
    plan.labels.insert(
        gone.to_owned(),
        serde_json::from_value(json!({"name": "finn@example.com"})).unwrap(),
    );
    let outcome = apply(&engine, &plan).await;
    let failed = failures(&outcome);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].starts_with("add finn@example.com to \"New\": "), "{failed:?}");
    assert_eq!(members(&sandbox, "New")[0].len(), 4);
    assert!(!outcome.can_be_repeated());
}

/// O18: a group that an identity provider manages refuses the change of members, and is the only
/// one.
#[tokio::test]
async fn a_group_managed_by_scim_does_not_stop_the_others() {
    let (sandbox, engine) = observed().await;
    let everyone = "[ada@example.com, bob@example.com, dan@example.com, cleo@example.com]";
    let policy = policy("allow", "DNS", "Whole account");
    let text = format!(
        "- name: Pushed\n  members: {everyone}\n  policies: [{policy}]\n\
         - name: Plain\n  members: {everyone}\n"
    );
    let plan = planned(&engine, &text).await;
    sandbox.clear_log();
    let outcome = apply(&engine, &plan).await;
    assert!(outcome.failed.iter().all(|failed| failed.step.group == "Pushed"), "{outcome:?}");
    assert!(outcome.done.iter().any(|step| step.action == Action::SetPolicies));
    assert_eq!(members(&sandbox, "Plain")[0].len(), 4);
}

/// O1: the group was created by another program after the plan was made.
#[tokio::test]
async fn a_taken_name_is_a_clear_failure() {
    let (sandbox, engine) = observed().await;
    let text = "- {name: New, members: [ada@example.com]}\n- {name: Other}\n";
    let plan = planned(&engine, text).await;
    let interferes = Fault::status_with(
        400,
        FaultBody::Json(json!({"success": false, "result": null,
        "messages": [], "errors": [{"code": 400, "message": "User group name 'New' is already in use"}]})),
    );
    inject(&sandbox, interferes.on("account-user-group-create").count(1));
    let outcome = apply(&engine, &plan).await;
    let failed = failures(&outcome);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].contains("a group of this name exists"), "{failed:?}");
    assert!(failed[0].contains("run again to bring it under the group file"), "{failed:?}");
    assert!(outcome.can_be_repeated());
}

/// Two runs at once on a server that allows several groups of one name.
#[tokio::test]
async fn two_runs_at_once_report_every_twin() {
    let (sandbox, first) = start_with(Contract::Current, account()).await;
    let second = engine(&sandbox);
    let text: String = (0..6).map(|number| format!("- name: New {number}\n")).collect();
    let plan = planned(&first, &text).await;
    inject(&sandbox, Fault::delay(Duration::from_millis(100)).on("account-user-group-create"));
    let (one, two) = futures_util::future::join(apply(&first, &plan), apply(&second, &plan)).await;
    let groups = sandbox.account().user_groups;
    let twins = groups
        .iter()
        .filter(|it| groups.iter().any(|other| other.name == it.name && other.id != it.id))
        .count();
    assert!(twins > 0, "the runs were not at once");
    let reported = |outcome: &Outcome| {
        outcome
            .failed
            .iter()
            .filter(|it| matches!(it.error, StepError::NameNotUnique { .. }))
            .count()
    };
    assert!(2 * reported(&one).max(reported(&two)) >= twins, "{one:?} {two:?}");
}

/// The group is there under the name that the service made of the given one. Another run does not
/// help, and the plan says what to write.
#[tokio::test]
async fn a_cut_name_is_reported_in_every_run() {
    let (sandbox, engine) = observed().await;
    let cut = FaultKind::NormaliseName(Normalisation::Cut(40));
    inject(&sandbox, Fault::new(cut).on("account-user-group-create"));
    let text = format!("- name: {}\n", "n".repeat(64));
    for expected in ["instead of", "already in use"] {
        let plan = planned(&engine, &text).await;
        let outcome = apply(&engine, &plan).await;
        let error = outcome.failed[0].error.to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!outcome.can_be_repeated());
        let warning = plan.warnings.iter().any(|it| it.message.contains("if the API has cut it"));
        assert_eq!(warning, expected == "already in use");
    }
}
