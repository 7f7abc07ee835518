//! Steps that fail, and the steps that depend on them.

use cf_groups_engine::{GroupFile, NoProgress, Prune, RemovalLimit};
use cloudflare_user_groups_sandbox::{Fault, FaultKind, FaultPlan};

use crate::support::{members, requests, small, start};

#[tokio::test]
async fn a_group_is_not_created_while_another_keeps_its_name() {
    let (sandbox, engine) = start(small()).await;
    let text = "- name: Navy\n  id: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n- name: Blue\n  members: [bob@example.com]";
    let file = GroupFile::parse("x", text);
    let plan = engine.plan(&file, Prune::No, &NoProgress).await.unwrap();
    let refused = Fault::status(400).on("account-user-group-update");
    sandbox.set_faults(&FaultPlan::new(1).fault(refused)).unwrap();
    sandbox.clear_log();
    let outcome = engine.apply(&plan, &RemovalLimit::default(), &NoProgress).await.unwrap();
    assert_eq!((outcome.failed.len(), outcome.skipped.len()), (1, 2), "{outcome:?}");
    assert_eq!(requests(&sandbox, Some("account-user-group-create")), 0);
    assert_eq!(members(&sandbox, "Blue"), [["cleo@example.com"]]);
}

#[tokio::test]
async fn groups_that_cannot_exchange_their_names_keep_them() {
    let (sandbox, engine) = start(small()).await;
    let text = "- name: Blue\n  id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n- name: Red\n  id: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let file = GroupFile::parse("x", text);
    let plan = engine.plan(&file, Prune::No, &NoProgress).await.unwrap();
    let refused = Fault::status(400).on("account-user-group-update").count(1);
    sandbox.set_faults(&FaultPlan::new(1).fault(refused)).unwrap();
    let outcome = engine.apply(&plan, &RemovalLimit::default(), &NoProgress).await.unwrap();
    assert_eq!((outcome.done.len(), outcome.skipped.len()), (0, 2), "{outcome:?}");
    assert_eq!(members(&sandbox, "Blue"), [["cleo@example.com"]]);
}

#[tokio::test]
async fn addition_that_may_have_been_applied_is_not_split() {
    let (sandbox, engine) = start(small()).await;
    let file = GroupFile::parse("x", "- name: Blue\n  members: [ada@example.com, bob@example.com]");
    let plan = engine.plan(&file, Prune::No, &NoProgress).await.unwrap();
    let add = "account-user-group-member-create";
    let lost = Fault::new(FaultKind::CloseBeforeResponse).on(add).count(1);
    let faults = FaultPlan::new(1).fault(lost).fault(Fault::status(404).on(add));
    sandbox.set_faults(&faults).unwrap();
    let outcome = engine.apply(&plan, &RemovalLimit::lifted(), &NoProgress).await.unwrap();
    let failed = &outcome.failed[0];
    assert_eq!(failed.step.members.len(), 2, "{outcome:?}");
    assert!(failed.error.can_be_repeated(), "{outcome:?}");
}
