//! Creating a group exactly once, whatever becomes of the answers.

use std::time::Duration;

use cloudflare_user_groups::{
    AccountId, Client, PermissionGroupId, Policy, RateLimit, ResourceGroupId, RetryPolicy,
    UserGroups,
};
use cloudflare_user_groups_sandbox::{Contract, Fault, FaultKind, FaultPlan, Sandbox};

const CREATE: &str = "account-user-group-create";
const LIST: &str = "account-user-group-list";

async fn start() -> (Sandbox, UserGroups) {
    let sandbox = Sandbox::builder().contract(Contract::Current).start().await.unwrap();
    let groups = groups(&sandbox, Duration::from_secs(30));
    (sandbox, groups)
}

fn groups(sandbox: &Sandbox, timeout: Duration) -> UserGroups {
    let client = Client::builder()
        .api_token(sandbox.token())
        .base_url(sandbox.base_url())
        .timeout(timeout)
        .rate_limit(RateLimit::off())
        .retry(RetryPolicy::default().first_wait(Duration::from_millis(1)))
        .build()
        .unwrap();
    client.account(AccountId::new(sandbox.account_id()).unwrap()).user_groups()
}

fn policy(sandbox: &Sandbox, index: usize) -> Policy {
    let account = sandbox.account();
    let permission = PermissionGroupId::new(&*account.permission_groups[index].id).unwrap();
    Policy::allow([permission], [ResourceGroupId::new(&*account.resource_groups[0].id).unwrap()])
}

fn hit(sandbox: &Sandbox, faults: impl IntoIterator<Item = Fault>) {
    let plan = faults.into_iter().fold(FaultPlan::new(7), FaultPlan::fault);
    sandbox.set_faults(&plan).unwrap();
    sandbox.clear_log();
}

fn lost() -> Fault {
    Fault::new(FaultKind::CloseBeforeResponse).on(CREATE)
}

fn requests(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox.log().iter().filter(|it| it.operation == Some(operation)).count()
}

fn named(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let groups = sandbox.account().user_groups.into_iter();
    groups.filter(|group| group.name == name).map(|group| group.id).collect()
}

#[tokio::test]
async fn without_trouble_it_costs_one_look() {
    let (sandbox, groups) = start().await;
    groups.create("SRE").exactly_once().await.unwrap();
    assert_eq!((requests(&sandbox, CREATE), requests(&sandbox, LIST)), (1, 1));
}

#[tokio::test]
async fn who_knows_the_groups_of_the_name_need_not_look() {
    let (sandbox, groups) = start().await;
    let other = groups.create("SRE").await.unwrap();
    sandbox.clear_log();
    let first = groups.create("SRE").exactly_once_beside([other.id.clone()]).await.unwrap();
    assert_eq!((requests(&sandbox, CREATE), requests(&sandbox, LIST)), (1, 0));
    hit(&sandbox, [lost().count(1)]);
    let known = [other.id, first.id];
    let second = groups.create("SRE").exactly_once_beside(known.clone()).await.unwrap();
    assert!(!known.contains(&second.id));
    assert_eq!(requests(&sandbox, CREATE), 1);
    assert_eq!(named(&sandbox, "SRE").len(), 3);
}

#[tokio::test]
async fn a_group_whose_answer_is_lost_is_found() {
    let (sandbox, groups) = start().await;
    hit(&sandbox, [lost().count(1)]);
    let group = groups.create("SRE").policy(policy(&sandbox, 0)).exactly_once().await.unwrap();
    assert_eq!(named(&sandbox, "SRE"), [group.id.as_str()]);
    assert_eq!(requests(&sandbox, CREATE), 1);
}

#[tokio::test]
async fn a_group_that_was_not_created_is_created_then() {
    let (sandbox, groups) = start().await;
    hit(&sandbox, [lost().applied(false).count(2)]);
    let group = groups.create("SRE").exactly_once().await.unwrap();
    assert_eq!(named(&sandbox, "SRE"), [group.id.as_str()]);
    assert_eq!(requests(&sandbox, CREATE), 3);
}

#[tokio::test]
async fn a_group_of_the_name_that_was_there_before_is_not_taken_for_it() {
    let (sandbox, groups) = start().await;
    let before = groups.create("SRE").await.unwrap();
    for applied in [true, false] {
        hit(&sandbox, [lost().applied(applied).count(1)]);
        let there = named(&sandbox, "SRE");
        let group = groups.create("SRE").exactly_once().await.unwrap();
        assert_ne!(group.id, before.id);
        assert!(!there.contains(&group.id.to_string()));
        assert_eq!(named(&sandbox, "SRE").len(), there.len() + 1);
    }
}

/// Somebody else creates a group of the same name while the answer to ours is awaited.
async fn meanwhile(
    ours: Policy,
    theirs: Policy,
) -> (Sandbox, cloudflare_user_groups::Result<String>) {
    let (sandbox, groups) = start().await;
    hit(&sandbox, [lost().delayed(Duration::from_millis(300)).count(1)]);
    let create = groups.create("SRE").policy(ours).exactly_once().into_future();
    let ours = tokio::spawn(create);
    // Ours is carried out before its answer is held back, so theirs comes second.
    while named(&sandbox, "SRE").is_empty() {
        tokio::task::yield_now().await;
    }
    self::groups(&sandbox, Duration::from_secs(30)).create("SRE").policy(theirs).await.unwrap();
    let ours = ours.await.unwrap();
    (
        sandbox,
        ours.map(|group| group.policies[0].permission_groups[0].id.as_ref().unwrap().to_string()),
    )
}

#[tokio::test]
async fn a_group_that_somebody_else_creates_meanwhile_is_told_by_its_policies() {
    let (sandbox, _) = start().await;
    let (ours, theirs) = (policy(&sandbox, 0), policy(&sandbox, 1));
    let wanted = ours.permission_groups[0].id.as_ref().unwrap().to_string();
    let (sandbox, found) = meanwhile(ours, theirs).await;
    assert_eq!(found.unwrap(), wanted);
    assert_eq!(named(&sandbox, "SRE").len(), 2, "one each, and no third");
}

#[tokio::test]
async fn what_nobody_can_tell_apart_is_an_error_and_no_guess() {
    let (sandbox, _) = start().await;
    let (sandbox, found) = meanwhile(policy(&sandbox, 0), policy(&sandbox, 0)).await;
    let error = found.unwrap_err();
    assert!(error.outcome_unknown() && error.to_string().contains("cannot be told"), "{error}");
    assert_eq!(named(&sandbox, "SRE").len(), 2, "one each, and no third");
}

#[tokio::test]
async fn if_looking_fails_as_well_the_outcome_stays_unknown() {
    let (sandbox, groups) = start().await;
    hit(&sandbox, [lost(), Fault::status(500).on(LIST).skip(1)]);
    let error = groups.create("SRE").exactly_once().await.unwrap_err();
    assert!(error.outcome_unknown() && error.to_string().contains("looking"), "{error}");
    assert_eq!(named(&sandbox, "SRE").len(), 1);
}

#[tokio::test]
async fn it_ends_with_its_time() {
    let (sandbox, _) = start().await;
    let groups = groups(&sandbox, Duration::from_millis(400));
    hit(&sandbox, [lost().applied(false)]);
    let slow = RetryPolicy::default().attempts(u32::MAX).first_wait(Duration::from_millis(50));
    let error = groups.create("SRE").exactly_once().retry(slow).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error}");
    assert!(named(&sandbox, "SRE").is_empty());
}

#[tokio::test]
async fn a_certain_refusal_is_not_looked_into() {
    let (sandbox, groups) = start().await;
    hit(&sandbox, [Fault::status(403).on(CREATE)]);
    let error = groups.create("SRE").exactly_once().await.unwrap_err();
    assert!(error.is_forbidden() && !error.outcome_unknown(), "{error}");
    assert_eq!((requests(&sandbox, CREATE), requests(&sandbox, LIST)), (1, 1));
}
