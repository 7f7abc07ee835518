//! Zones and the account in policies, and resource groups for them.

use cf_groups_engine::{Action, Engine, NoProgress, Plan, Prune, StepError};
use cloudflare_user_groups_sandbox::{Fault, FaultKind, Sandbox, seed};

use crate::support::{apply, inject, plan_file, planned, policy, requests, small, start};

async fn with_zones() -> (Sandbox, Engine) {
    let mut seed = small();
    let zone = |index| seed::Zone { name: format!("z{index}.example"), ..seed::Zone::default() };
    seed.accounts[0].zones = (0..60).map(zone).collect();
    start(seed).await
}

async fn plan(engine: &Engine, resources: &str) -> Result<Plan, String> {
    let text = format!("- {{name: New, policies: [{}]}}", policy("allow", "DNS", resources));
    plan_file(engine, &text, Prune::No).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn few_zones_take_a_request_each_and_many_the_list() {
    let (sandbox, engine) = with_zones().await;
    let mut before = 0;
    for (zones, expected) in [
        ("Whole account", 0),
        ("account", 0),
        ("{zone: z1.example}", 1),
        ("{zone: Z1.example}, {zone: z2.example}, {zone: z3.example}", 3),
        ("{zone: z1.example}, {zone: z2.example}, {zone: z3.example}, {zone: z4.example}", 2),
    ] {
        plan(&engine, zones).await.unwrap();
        let now = requests(&sandbox, Some("zones-get"));
        assert_eq!(now - before, expected, "{zones}");
        before = now;
    }
}

#[tokio::test]
async fn entries_that_name_no_place_are_reported() {
    let (_sandbox, engine) = with_zones().await;
    for (resources, expected) in [
        ("{zone: z11.exmaple}", "there is no zone \"z11.exmaple\"; did you mean \"z11.example\"?"),
        ("{zone: z1.example}, {zone: z1.EXAMPLE}", "zone z1.example is in the list twice"),
        ("account, account", "the scope account is in the list twice"),
        ("{zone: z1.example, scope: {}}", "`zone` and `scope` exclude each other"),
        ("{zone: ''}", "is empty"),
    ] {
        let problem = plan(&engine, resources).await.unwrap_err();
        assert!(problem.contains(expected), "{resources}: {problem}");
    }
}

#[tokio::test]
async fn a_deletion_shows_the_names_of_zones() {
    let (_sandbox, engine) = with_zones().await;
    assert!(
        apply(&engine, &plan(&engine, "{zone: z1.example}").await.unwrap()).await.is_complete()
    );
    let deletion = engine.plan_deletion(&["New".to_owned()], &NoProgress).await.unwrap();
    let names: Vec<&str> = deletion.labels.values().map(|label| &*label.name).collect();
    assert_eq!(names, ["DNS", "zone z1.example"]);
}

#[tokio::test]
async fn scopes_of_a_saved_plan_are_read_again() {
    let (sandbox, engine) = with_zones().await;
    let account = format!("com.cloudflare.api.account.{}", sandbox.account_id());
    let saved = plan(&engine, &account).await.unwrap();
    let zone = format!("\"com.cloudflare.api.account.zone.{}\"", sandbox.account().zones[0].id);
    let mut forged = Plan::from_json(&saved.to_json().replace("\"*\"", &zone)).unwrap();
    assert_ne!(forged, saved);
    engine.refresh(&mut forged, &NoProgress).await.unwrap();
    assert_eq!(forged.labels, saved.labels);
}

#[tokio::test]
async fn account_is_ambiguous_if_a_resource_group_has_this_name() {
    let mut seed = small();
    let group = seed::ResourceGroup { name: "account".to_owned(), ..Default::default() };
    seed.accounts[0].resource_groups.push(group);
    let (_sandbox, engine) = start(seed).await;
    let problem = plan(&engine, "account").await.unwrap_err();
    assert!(
        problem.contains("is the whole account, and the name of a resource group"),
        "{problem}"
    );
}

#[tokio::test]
async fn without_its_resource_group_a_group_stays_as_it_is_and_others_do_not() {
    let (sandbox, engine) = with_zones().await;
    let of = |name: &str, resource: &str| {
        let policy = policy("allow", "DNS", resource);
        format!("- {{name: {name}, policies: [{policy}], members: [ada@example.com]}}\n")
    };
    let text = of("One", "{zone: z1.example}") + &of("Two", "account");
    let mut plan = planned(&engine, &text).await;
    engine.plan_resource_groups(&mut plan).await.unwrap();
    let names: Vec<&str> = plan.resource_groups.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["zone z1.example"], "the service has one for the account");

    let lost = Fault::new(FaultKind::CloseBeforeResponse).on("account-resource-group-create");
    inject(&sandbox, lost.count(1));
    let outcome = apply(&engine, &plan).await;
    let [failed] = outcome.failed.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(failed.step.action, Action::CreateResourceGroup);
    assert!(matches!(&failed.error, StepError::Request(error) if error.outcome_unknown()));
    let done: Vec<&str> = outcome.done.iter().map(|step| &*step.group).collect();
    assert_eq!(done, ["Two", "Two"]);
    assert_eq!(requests(&sandbox, Some("account-resource-group-create")), 1);

    // The lost request has created it.
    assert!(apply(&engine, &plan).await.is_complete());
    assert_eq!(requests(&sandbox, Some("account-resource-group-create")), 1);
    assert!(planned(&engine, &text).await.is_empty());
}

#[tokio::test]
async fn other_refusals_are_not_blamed_on_scopes() {
    let (sandbox, engine) = with_zones().await;
    let plan = plan(&engine, "{zone: z1.example}").await.unwrap();
    for (code, expected) in [(400, true), (403, false)] {
        inject(&sandbox, Fault::status(code).on("account-user-group-create"));
        let outcome = apply(&engine, &plan).await;
        let blamed = matches!(outcome.failed[0].error, StepError::InlineScope(_));
        assert_eq!(blamed, expected, "{code}");
    }
}
