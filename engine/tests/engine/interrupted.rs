//! Runs that are cut off, and then run again.

use std::time::Duration;

use cf_groups_engine::{Engine, GroupFile, NoProgress, Pin, Plan, Prune, RemovalLimit};
use cloudflare_user_groups_sandbox::{Fault, FaultKind, FaultPlan, Sandbox};

use crate::support::{company, members, requests, small, start};

/// A file that changes much of the company: half of its groups are renamed, members move, groups are
/// created and others deleted.
async fn wanted(engine: &Engine) -> String {
    let text = engine.export(Pin::All, &NoProgress).await.unwrap();
    let mut groups: Vec<String> = text.split("- name: ").skip(1).map(str::to_owned).collect();
    groups.truncate(9);
    for (number, group) in groups.iter_mut().enumerate() {
        if number % 2 == 0 {
            *group = format!("Renamed {group}");
        }
        let mut lines: Vec<&str> = group.lines().collect();
        lines.pop();
        let mover = format!("    - auditor-0{}@meridian.example", number % 8 + 1);
        let is_in = lines.iter().any(|line| line.trim() == mover.trim());
        lines.extend((!is_in).then_some(&*mover));
        *group = lines.join("\n") + "\n";
    }
    let new = (0..10).map(|number| {
        format!("New {number}\n  members: [sre-0{}@meridian.example]\n", number % 9 + 1)
    });
    groups.extend(new);
    groups.iter().map(|group| format!("- name: {group}")).collect()
}

async fn finish(sandbox: &Sandbox, engine: &Engine, plan: &Plan, document: &GroupFile) {
    let outcome = engine.apply(plan, &RemovalLimit::lifted(), &NoProgress).await.unwrap();
    assert!(outcome.is_complete(), "{outcome:?}");
    assert!(engine.plan(document, Prune::Yes, &NoProgress).await.unwrap().is_empty());
    let groups = sandbox.account().user_groups;
    assert_eq!(groups.len(), 19, "nothing is created twice");
    assert_eq!(groups.iter().filter(|group| group.name.starts_with("New ")).count(), 10);
}

/// The state without what differs from run to run.
fn content(sandbox: &Sandbox) -> Vec<(String, Vec<String>, usize)> {
    let groups = sandbox.account().user_groups.into_iter();
    let mut groups: Vec<_> = groups
        .map(|mut group| {
            group.members.sort();
            (group.name, group.members, group.policies.len())
        })
        .collect();
    groups.sort();
    groups
}

#[tokio::test]
async fn the_next_run_finishes_what_was_dropped() {
    let mut cut = 0;
    for seed in 0..16 {
        let (sandbox, engine) = company().await;
        let document = GroupFile::parse("x", &wanted(&engine).await);
        let plan = engine.plan(&document, Prune::Yes, &NoProgress).await.unwrap();
        let log = sandbox.log().len();
        let stop = fastrand::Rng::with_seed(seed).usize(1..70);
        let limit = RemovalLimit::lifted();
        tokio::select! {
            biased;
            () = after_requests(&sandbox, log + stop) => cut += 1,
            _ = engine.apply(&plan, &limit, &NoProgress) => {}
        }
        // A request that was under way may still be carried out.
        settled(&sandbox).await;
        // Half of the runs go on with the old plan, half make a new one.
        let plan = if seed % 2 == 0 {
            plan
        } else {
            engine.plan(&document, Prune::Yes, &NoProgress).await.unwrap()
        };
        finish(&sandbox, &engine, &plan, &document).await;
    }
    assert!(cut > 4, "{cut} of 16 runs were cut off");
}

async fn after_requests(sandbox: &Sandbox, count: usize) {
    while sandbox.log().len() < count {
        tokio::task::yield_now().await;
    }
}

/// Waits until the state does not change any more.
async fn settled(sandbox: &Sandbox) {
    let mut before = sandbox.state();
    loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = sandbox.state();
        if now == before {
            return;
        }
        before = now;
    }
}

#[tokio::test]
async fn creations_whose_responses_are_lost_are_found() {
    let (sandbox, engine) = company().await;
    let document = GroupFile::parse("x", &wanted(&engine).await);
    let plan = engine.plan(&document, Prune::Yes, &NoProgress).await.unwrap();
    let lost = Fault::new(FaultKind::CloseBeforeResponse).on("account-user-group-create").count(2);
    sandbox.set_faults(&FaultPlan::new(1).fault(lost)).unwrap();
    finish(&sandbox, &engine, &plan, &document).await;
}

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
async fn lost_responses_create_nothing_twice() {
    let (calm, engine) = company().await;
    let text = wanted(&engine).await;
    let document = GroupFile::parse("x", &text);
    let plan = engine.plan(&document, Prune::Yes, &NoProgress).await.unwrap();
    finish(&calm, &engine, &plan, &document).await;

    let (sandbox, engine) = company().await;
    let plan = engine.plan(&document, Prune::Yes, &NoProgress).await.unwrap();
    let lost = Fault::new(FaultKind::CloseBeforeResponse).probability(0.1);
    let refused = Fault::status(503).probability(0.1);
    sandbox.set_faults(&FaultPlan::new(7).fault(lost).fault(refused)).unwrap();
    let _ = engine.apply(&plan, &RemovalLimit::lifted(), &NoProgress).await;
    sandbox.set_faults(&FaultPlan::new(7)).unwrap();
    let plan = engine.plan(&document, Prune::Yes, &NoProgress).await.unwrap();
    finish(&sandbox, &engine, &plan, &document).await;
    assert_eq!(content(&sandbox), content(&calm));
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
