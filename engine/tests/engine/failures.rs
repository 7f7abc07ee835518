//! Steps that fail, and the steps that depend on them.

use cf_groups_engine::Prune;
use cloudflare_user_groups_sandbox::{Fault, FaultKind, FaultPlan};

use crate::support::{apply, inject, members, plan_file, planned, requests, small, start};

#[tokio::test]
async fn a_group_is_not_created_while_another_keeps_its_name() {
    let (sandbox, engine) = start(small()).await;
    let text = "- name: Navy\n  id: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n- name: Blue\n  members: [bob@example.com]";
    let plan = planned(&engine, text).await;
    inject(&sandbox, Fault::status(400).on("account-user-group-update"));
    sandbox.clear_log();
    let outcome = apply(&engine, &plan).await;
    assert_eq!((outcome.failed.len(), outcome.skipped.len()), (1, 2), "{outcome:?}");
    assert_eq!(requests(&sandbox, Some("account-user-group-create")), 0);
    assert_eq!(members(&sandbox, "Blue"), [["cleo@example.com"]]);
}

/// The exchange takes three renames, and one of them fails.
#[tokio::test]
async fn exchange_of_names_that_failed_is_reported_and_finished_by_the_same_plan() {
    let text = "- name: Blue\n  id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n- name: Red\n  id: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    for renamed in 0..3 {
        let (sandbox, engine) = start(small()).await;
        let plan = planned(&engine, text).await;
        let refused = Fault::status(400).on("account-user-group-update");
        inject(&sandbox, refused.skip(renamed as u64).count(1));
        let outcome = apply(&engine, &plan).await;
        let counts = [outcome.done.len(), outcome.failed.len(), outcome.skipped.len()];
        assert_eq!(counts, [renamed, 1, 2 - renamed], "{outcome:?}");
        assert!(apply(&engine, &plan).await.is_complete());
        assert_eq!(members(&sandbox, "Red"), [["cleo@example.com"]]);
    }
}

/// Red gets the name of Blue, which is deleted once its member is in the new Red.
#[tokio::test]
async fn new_group_gets_a_name_whose_group_waits_for_a_deletion() {
    let (sandbox, engine) = start(small()).await;
    let text = "- name: Blue\n  id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n- name: Red\n  members: [cleo@example.com]";
    let plan = plan_file(&engine, text, Prune::Yes).await.unwrap();
    let outcome = apply(&engine, &plan).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(members(&sandbox, "Red"), [["cleo@example.com"]]);
    assert!(plan_file(&engine, text, Prune::Yes).await.unwrap().is_empty());
}

#[tokio::test]
async fn addition_that_may_have_been_applied_is_not_split() {
    let (sandbox, engine) = start(small()).await;
    let text = "- name: Blue\n  members: [ada@example.com, bob@example.com]";
    let plan = planned(&engine, text).await;
    let add = "account-user-group-member-create";
    let lost = Fault::new(FaultKind::CloseBeforeResponse).on(add).count(1);
    let faults = FaultPlan::new(1).fault(lost).fault(Fault::status(404).on(add));
    sandbox.set_faults(&faults).unwrap();
    let outcome = apply(&engine, &plan).await;
    let failed = &outcome.failed[0];
    assert_eq!(failed.step.members.len(), 2, "{outcome:?}");
    assert!(failed.error.can_be_repeated(), "{outcome:?}");
}
