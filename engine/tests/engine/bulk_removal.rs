//! Many removals from one group.

use cf_groups_engine::{Action, Engine, NoProgress, RemovalLimit, SetChange};
use cloudflare_user_groups::{AccountId, MemberId, UserGroupId};
use cloudflare_user_groups_sandbox::{Fault, Sandbox};
use serde_json::json;

use crate::support::{
    apply, client, inject, members, planned, read_and_planned, requests, seed, start,
};

const REPLACE: Option<&str> = Some("account-user-group-members-update");
const REMOVE: Option<&str> = Some("account-user-group-member-delete");
const LIST: Option<&str> = Some("account-user-group-member-list");

fn email(number: usize) -> String {
    format!("m{number:02}@example.com")
}

/// An account of 60 members; 40 of them are in a group.
async fn account() -> (Sandbox, Engine) {
    let members: Vec<_> = (0..60).map(|it| json!({"email": email(it)})).collect();
    let group = json!({"name": "All", "members": (0..40).map(email).collect::<Vec<_>>()});
    start(seed(&json!({"members": members, "user_groups": [group]}))).await
}

fn file(members: impl Iterator<Item = usize>) -> String {
    let members: Vec<String> = members.map(email).collect();
    format!("- name: All\n  members: [{}]\n", members.join(", "))
}

fn ids(sandbox: &Sandbox, members: impl Iterator<Item = usize>) -> Vec<MemberId> {
    let account = sandbox.account();
    members.map(|it| MemberId::new(&*account.members[it].id).unwrap()).collect()
}

fn group(sandbox: &Sandbox) -> cloudflare_user_groups::Members {
    let id = UserGroupId::new(&*sandbox.account().user_groups[0].id).unwrap();
    let account = AccountId::new(sandbox.account_id()).unwrap();
    client(sandbox).account(account).user_groups().members(id)
}

#[tokio::test]
async fn ten_removals_in_a_group_are_one_replacement_and_nine_are_not() {
    for (left, replaced, removed) in [(30, 1, 0), (31, 0, 9)] {
        let (sandbox, engine) = account().await;
        let plan = planned(&engine, &file(0..left)).await;
        sandbox.clear_log();
        let outcome = apply(&engine, &plan).await;
        assert!(outcome.is_complete());
        assert_eq!(members(&sandbox, "All")[0].len(), left);
        assert_eq!((requests(&sandbox, REPLACE), requests(&sandbox, REMOVE)), (replaced, removed));
        assert_eq!(requests(&sandbox, LIST), 1 + replaced, "read again right before");
        if replaced == 1 {
            let [step] = outcome.done.as_slice() else { panic!("{outcome:?}") };
            assert_eq!((step.action, step.members.len()), (Action::RemoveMembers, 10));
        }
    }
}

/// The snapshot is older than the addition, which only the second reading shows.
#[tokio::test]
async fn members_that_others_add_meanwhile_stay() {
    let (sandbox, engine) = account().await;
    let (plan, snapshot) = read_and_planned(&engine, &file((1..25).chain([41]))).await;
    group(&sandbox).add(ids(&sandbox, 50..52)).await.unwrap();
    group(&sandbox).remove(&ids(&sandbox, 5..6)[0]).await.unwrap();
    let limit = RemovalLimit::lifted();
    assert!(engine.apply_to(&snapshot, &plan, &limit, &NoProgress).await.unwrap().is_complete());
    let expected: Vec<String> = (1..5).chain(6..25).chain([41, 50, 51]).map(email).collect();
    assert_eq!(members(&sandbox, "All")[0], expected);
    assert_eq!(requests(&sandbox, REPLACE), 1);
}

#[tokio::test]
async fn a_group_is_never_emptied_unless_the_plan_says_so() {
    let (sandbox, engine) = account().await;
    let (plan, snapshot) = read_and_planned(&engine, &file(0..2)).await;
    for id in ids(&sandbox, 0..2) {
        group(&sandbox).remove(&id).await.unwrap();
    }
    let limit = RemovalLimit::lifted();
    let outcome = engine.apply_to(&snapshot, &plan, &limit, &NoProgress).await.unwrap();
    assert!(outcome.failed[0].error.to_string().contains("would empty it"), "{outcome:?}");
    assert_eq!(members(&sandbox, "All")[0].len(), 38);
    let empty = planned(&engine, &file(0..0)).await;
    assert!(engine.apply(&empty, &RemovalLimit::default(), &NoProgress).await.is_err());
    assert!(apply(&engine, &empty).await.is_complete());
    assert!(members(&sandbox, "All")[0].is_empty());
}

/// The API may refuse a member who is in the group already. The others are removed all the same.
#[tokio::test]
async fn a_refused_replacement_becomes_single_removals() {
    let (sandbox, engine) = account().await;
    let plan = planned(&engine, &file(0..25)).await;
    inject(&sandbox, Fault::status(400).on("account-user-group-members-update"));
    let outcome = apply(&engine, &plan).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(members(&sandbox, "All")[0].len(), 25);
    assert_eq!(requests(&sandbox, REMOVE), 15);
}

/// Who could not be added to the other group keeps the old one.
#[tokio::test]
async fn members_that_cannot_move_stay_in_a_bulk_removal() {
    let (sandbox, engine) = account().await;
    let text =
        "- name: All\n  members: [m20@example.com]\n- name: New\n  members: [m00@example.com]\n";
    let plan = planned(&engine, text).await;
    inject(&sandbox, Fault::status(400).on("account-user-group-member-create"));
    let outcome = apply(&engine, &plan).await;
    assert_eq!(members(&sandbox, "All"), [["m00@example.com", "m20@example.com"]]);
    assert_eq!(outcome.skipped[0].step.members[0].email.as_deref(), Some("m00@example.com"));
}

#[tokio::test]
async fn direct_commands_replace_too() {
    for change in [SetChange::Remove, SetChange::Replace] {
        let (sandbox, engine) = account().await;
        let range = if change == SetChange::Remove { 10..25 } else { 0..25 };
        let given: Vec<String> = range.map(email).collect();
        let plan = engine.plan_members("All", change, &given, false, &NoProgress).await.unwrap();
        assert!(apply(&engine, &plan.plan).await.is_complete());
        assert_eq!(members(&sandbox, "All")[0].len(), 25);
        assert_eq!((requests(&sandbox, REPLACE), requests(&sandbox, REMOVE)), (1, 0));
    }
}
