//! Questions about a plan: its numbers, labels and changes of policies.

use std::collections::BTreeSet;

use cf_groups_engine::{Engine, NoProgress, Plan, PolicyChange, Prune, RemovalLimit};
use cloudflare_user_groups_sandbox::Sandbox;

use crate::support::{apply, members, plan_file, planned, policy, requests, small, start};

const RED: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn each_kind_of_change_counts() {
    let (_sandbox, engine) = start(small()).await;
    let counts = |plan: &Plan| {
        let it = plan.summary();
        assert_eq!(plan.is_empty(), it.create + it.change + it.delete == 0);
        [it.create, it.change, it.delete, it.add_members, it.remove_members]
    };
    let keep = "- name: Red\n- name: Blue\n- {name: Twin, id: cccccccccccccccccccccccccccccccc}\n";
    assert_eq!(counts(&planned(&engine, keep).await), [0; 5]);
    let new = "- {name: New, members: [ada@example.com]}";
    assert_eq!(counts(&planned(&engine, new).await), [1, 0, 0, 1, 0]);
    let changed = "- {name: Red, members: [bob@example.com, cleo@example.com]}";
    assert_eq!(counts(&planned(&engine, changed).await), [0, 1, 0, 1, 1]);
    assert_eq!(counts(&plan_file(&engine, keep, Prune::Yes).await.unwrap()), [0, 0, 1, 0, 0]);
    let all = format!("{new}\n{}", changed.replace("bob@example.com, ", ""));
    assert_eq!(counts(&plan_file(&engine, &all, Prune::Yes).await.unwrap()), [1, 1, 3, 2, 3]);
}

#[tokio::test]
async fn a_deletion_takes_all_of_the_group() {
    let (_sandbox, engine) = start(small()).await;
    let groups = ["Red".to_owned(), "Blue".to_owned()];
    let plan = engine.plan_deletion(&groups, &NoProgress).await.unwrap();
    let deleted: Vec<_> =
        plan.deletions.iter().map(|it| (&*it.name, it.members.len(), it.policies.len())).collect();
    assert_eq!(deleted, [("Blue", 1, 0), ("Red", 2, 1)]);
    assert_eq!((plan.before.groups, plan.before.memberships, plan.before.policies), (4, 3, 1));
    let error = RemovalLimit::default().check(&plan).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the removal limit does not allow to delete 2 of 4 groups; no changes made"
    );
}

#[tokio::test]
async fn added_members_get_what_the_policies_of_the_group_allow() {
    let (_sandbox, engine) = start(small()).await;
    let permissions = async |text: &str| {
        let plan = planned(&engine, text).await;
        let ids = plan.updates[0].permissions.iter();
        ids.map(|id| plan.label(id).unwrap().name.clone()).collect::<Vec<_>>()
    };
    let added = "name: Red, members: [ada@example.com, bob@example.com, cleo@example.com]";
    assert_eq!(permissions(&format!("- {{{added}}}")).await, ["DNS"]);
    let (allow, deny) =
        (policy("allow", "Billing", "Whole account"), policy("deny", "DNS", "Whole account"));
    assert_eq!(
        permissions(&format!("- {{{added}, policies: [{allow}, {deny}]}}")).await,
        ["Billing"]
    );
    assert!(permissions("- {name: Red, members: [ada@example.com]}").await.is_empty());
}

#[tokio::test]
async fn a_change_that_others_began_is_finished() {
    let text = "- {name: Red, members: [ada@example.com, cleo@example.com, dan@example.com]}";
    for theirs in [
        "[ada@example.com, bob@example.com, cleo@example.com]",
        "[ada@example.com]",
        "[ada@example.com, dan@example.com]",
    ] {
        let (sandbox, engine) = start(small()).await;
        let mine = planned(&engine, text).await;
        let theirs = planned(&engine, &format!("- {{name: Red, members: {theirs}}}")).await;
        apply(&engine, &theirs).await;
        apply(&engine, &mine).await;
        assert_eq!(
            members(&sandbox, "Red"),
            [["ada@example.com", "cleo@example.com", "dan@example.com"]]
        );
    }
}

/// Whether a refresh reads account members, permission groups and resource groups.
async fn read_for(sandbox: &Sandbox, engine: &Engine, text: &str) -> [bool; 3] {
    let mut plan = planned(engine, text).await;
    let before = plan.labels.clone();
    let lists = [
        "account-members-list-members",
        "account-permission-group-list",
        "account-resource-group-list",
    ];
    let counts = || lists.map(|it| requests(sandbox, Some(it)));
    let earlier = counts();
    engine.refresh(&mut plan, &NoProgress).await.unwrap();
    assert_eq!(plan.labels, before);
    let now = counts();
    std::array::from_fn(|index| now[index] > earlier[index])
}

#[tokio::test]
async fn only_names_that_a_plan_has_are_read_again() {
    let (sandbox, engine) = start(small()).await;
    let rename = format!("- {{name: Rouge, id: {RED}}}");
    assert_eq!(read_for(&sandbox, &engine, &rename).await, [false; 3]);
    // Who leaves is among the members that are read.
    let leaves = "- {name: Blue, members: []}";
    assert_eq!(read_for(&sandbox, &engine, leaves).await, [false; 3]);
    let joins = "- {name: Blue, members: [cleo@example.com, ada@example.com]}";
    assert_eq!(read_for(&sandbox, &engine, joins).await, [true, false, false]);
    // Policies of other groups show the names of what they contain.
    for (permission, lists) in [("DNS", [false; 3]), ("Billing", [false, true, false])] {
        let policy = policy("allow", permission, "Whole account");
        let policies = format!("- {{name: Blue, policies: [{policy}]}}");
        assert_eq!(read_for(&sandbox, &engine, &policies).await, lists, "{permission}");
    }
}

#[tokio::test]
async fn labels_are_names_and_never_ids() {
    let (_sandbox, engine) = start(small()).await;
    let text = format!(
        "- {{name: Blue, members: [ada@example.com], policies: [{}]}}",
        policy("allow", "DNS", "Whole account")
    );
    let plan = planned(&engine, &text).await;
    let mut names: Vec<&str> = plan.labels.values().map(|it| &*it.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["DNS", "Whole account", "ada@example.com", "cleo@example.com"]);
}

#[tokio::test]
async fn a_change_of_policies_says_what_is_added_removed_and_lost() {
    let (_sandbox, engine) = start(small()).await;
    let text = format!(
        "- {{name: Red, policies: [{}, {}]}}",
        policy("allow", "DNS, Billing", "Whole account"),
        policy("allow", "Billing", "Whole account")
    );
    let widened = planned(&engine, &text).await.updates[0].policies.clone().unwrap();
    let sizes = |it: &PolicyChange| [it.added().count(), it.removed().count(), it.lost().count()];
    assert_eq!(sizes(&widened), [2, 1, 0]);
    let back = PolicyChange { from: widened.to.clone(), to: widened.from.clone() };
    assert_eq!(sizes(&back), [1, 2, 2]);
    let both: BTreeSet<_> = widened.from.union(&widened.to).cloned().collect();
    assert_eq!(sizes(&PolicyChange { from: widened.from, to: both }), [2, 0, 0]);
}
