//! The removal limit counts what the whole plan removes.

use cf_groups_engine::{
    Error, GroupFile, NoProgress, Plan, Prune, RemovalLimit, RemovalLimitExceeded, Snapshot,
};
use cloudflare_user_groups_sandbox::Seed;
use serde_json::json;

use crate::support::{apply, plan_file, planned, policy, seed, start};

/// Groups of three members, each with two policies.
fn groups(count: usize) -> Seed {
    let email = |member: usize| format!("p{member}@example.com");
    let policy = |permission: &str| json!({"access": "allow", "permission_groups": [permission], "resource_groups": ["All"]});
    let group = |number: usize| {
        json!({
            "name": format!("Team {number:02}"),
            "members": (0..3).map(|it| email(3 * number + it)).collect::<Vec<_>>(),
            "policies": [policy("DNS"), policy("Billing")],
        })
    };
    seed(&json!({
        "members": (0..3 * count).map(|it| json!({"email": email(it)})).collect::<Vec<_>>(),
        "permission_groups": [{"name": "DNS"}, {"name": "Billing"}, {"name": "Cache"}],
        "resource_groups": [{"name": "All"}],
        "user_groups": (0..count).map(group).collect::<Vec<_>>(),
    }))
}

/// Why a file needs consent in an account of this number of groups; empty if it does not.
async fn reasons(count: usize, text: &str, prune: Prune) -> String {
    let (sandbox, engine) = start(groups(count)).await;
    let before = sandbox.state();
    let plan = plan_file(&engine, text, prune).await.unwrap();
    let limit = RemovalLimit::default();
    let Err(RemovalLimitExceeded { reasons, .. }) = limit.check(&plan) else {
        return String::new();
    };
    let error = engine.apply(&plan, &limit, &NoProgress).await.unwrap_err();
    assert!(matches!(&error, Error::RemovalLimitExceeded(it) if it.can_be_allowed()), "{error}");
    assert_eq!(sandbox.state(), before);
    assert!(apply(&engine, &plan).await.is_complete());
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The text of a policy that allows these permissions.
fn allowing(permissions: &str) -> String {
    policy("allow", permissions, "All")
}

fn each(count: usize, content: &str) -> String {
    (0..count).map(|number| format!("- {{name: Team {number:02}, {content}}}\n")).collect()
}

#[tokio::test]
async fn emptying_many_small_groups_needs_consent() {
    let text = reasons(20, &each(20, "members: []"), Prune::No).await;
    assert!(
        text.starts_with("remove 60 of 60 memberships; remove all 3 members of \"Team 00\";"),
        "{text}"
    );
    let text = reasons(20, &each(20, "policies: []"), Prune::No).await;
    assert!(
        text.starts_with("remove 40 of 40 policies; remove the last policy of \"Team 00\";"),
        "{text}"
    );
}

/// Of the two policies of each group one is widened, and the other goes or loses its resource.
#[tokio::test]
async fn policies_that_are_replaced_by_others_count() {
    let wider = format!("policies: [{}, {}]", allowing("DNS, Cache"), allowing("Cache"));
    assert_eq!(reasons(20, &each(20, &wider), Prune::No).await, "remove 20 of 40 policies");
    let widest = format!("policies: [{}, {}]", allowing("DNS, Cache"), allowing("Billing, Cache"));
    assert_eq!(reasons(20, &each(20, &widest), Prune::No).await, "");
}

#[tokio::test]
async fn removals_of_single_members_count_together() {
    let one_less = |groups: usize| -> String {
        let group = |number: usize| {
            let members = format!("p{}@example.com, p{}@example.com", 3 * number, 3 * number + 1);
            format!("- {{name: Team {number:02}, members: [{members}]}}\n")
        };
        (0..groups).map(group).collect()
    };
    assert_eq!(reasons(20, &one_less(20), Prune::No).await, "remove 20 of 60 memberships");
    assert_eq!(reasons(3, &one_less(3), Prune::No).await, "", "few can always be removed");
}

#[tokio::test]
async fn deletions_take_members_and_policies_with_them() {
    assert_eq!(
        reasons(3, "[]", Prune::Yes).await,
        "remove 9 of 9 memberships; delete 3 of 3 groups; remove 6 of 6 policies; delete the last group"
    );
    assert_eq!(
        reasons(3, "- name: Team 00\n", Prune::Yes).await,
        "remove 6 of 6 memberships; delete 2 of 3 groups; remove 4 of 6 policies"
    );
    assert_eq!(reasons(1, "[]", Prune::Yes).await, "remove 2 of 2 policies; delete the last group");
}

#[tokio::test]
async fn few_removals_can_need_consent_too() {
    let wider = format!("policies: [{}, {}]", allowing("DNS, Billing"), allowing("Billing"));
    for (content, expected) in [
        ("members: []", "remove all 3 members of \"Team 00\""),
        ("policies: []", "remove the last policy of \"Team 00\""),
        (&*format!("policies: [{}]", allowing("DNS")), "replace 2 policies of \"Team 00\" by 1"),
        ("members: [p3@example.com]", ""),
        (&wider, ""),
    ] {
        assert_eq!(reasons(12, &each(1, content), Prune::No).await, expected, "{content}");
    }
}

#[tokio::test]
async fn a_limit_can_be_a_number_or_a_share() {
    let (_sandbox, engine) = start(groups(8)).await;
    let text = "- {name: Team 00, members: [p0@example.com]}\n- {name: Team 01, members: [p3@example.com]}\n\
                - {name: Team 02, members: [p6@example.com, p7@example.com, p8@example.com]}\n";
    let plan = planned(&engine, text).await;
    let few =
        planned(&engine, "- {name: Team 00, members: [p0@example.com, p1@example.com]}").await;
    let within = |limit: &str, of: &Plan| limit.parse::<RemovalLimit>().unwrap().check(of).is_ok();
    assert!(within("1%", &few) && !within("0%", &few) && !within("0", &few));
    let check = |limit: &str| within(limit, &plan);
    assert!(check("4") && !check("3") && check("45%") && !check("44%"));
    for text in ["", "%", "-1", "101%", "a", "1.5%"] {
        assert!(text.parse::<RemovalLimit>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn protected_members_and_groups_keep_what_they_have() {
    let (_sandbox, engine) = start(groups(8)).await;
    let text = "- {name: Team 00, members: [p1@example.com, p2@example.com]}\n";
    let plan = planned(&engine, text).await;
    let refused = |names: &[&str]| {
        let limit = RemovalLimit::lifted().protect(names.iter().copied());
        let error = limit.check(&plan).err()?;
        assert!(!error.can_be_allowed());
        Some(error.to_string())
    };
    assert_eq!(
        refused(&["P0@example.com"]).unwrap(),
        "the removal limit does not allow to remove the protected member p0@example.com from \"Team 00\"; \
         no changes made"
    );
    assert!(refused(&["Team 00"]).unwrap().contains("change the protected group \"Team 00\""));
    assert!(refused(&[plan.updates[0].id.as_str()]).is_some());
    assert_eq!(refused(&["p1@example.com", "Team 01"]), None);
}

#[tokio::test]
async fn a_protected_group_can_gain_and_not_lose() {
    let (_sandbox, engine) = start(groups(8)).await;
    let (dns, billing) = (allowing("DNS"), allowing("Billing"));
    let id = plan_file(&engine, "[]", Prune::Yes).await.unwrap().deletions[0].id.clone();
    let more = "members: [p0@example.com, p1@example.com, p2@example.com, p3@example.com]";
    for (change, allowed) in [
        (format!("name: Team 00, {more}"), true),
        (format!("name: Team 00, policies: [{dns}, {billing}, {}]", allowing("Cache")), true),
        (format!("name: Team 00, policies: [{dns}]"), false),
        (format!("name: Other, id: {id}"), false),
    ] {
        let plan = planned(&engine, &format!("- {{{change}}}")).await;
        let limit = RemovalLimit::lifted().protect(["team 00"]);
        assert_eq!(limit.check(&plan).is_ok(), allowed, "{change}");
    }
}

#[tokio::test]
async fn protected_names_that_no_group_has_get_a_warning() {
    let (_sandbox, engine) = start(groups(2)).await;
    let id = plan_file(&engine, "[]", Prune::Yes).await.unwrap().deletions[0].id.clone();
    let plan = planned(&engine, "- name: Équipe\n").await;
    let limit = RemovalLimit::default().protect([
        "team 01",
        "éQUIPE",
        "zoe@example.com",
        id.as_str(),
        "Tean 01",
        "Ada <ada@example.com>",
    ]);
    let warnings: Vec<_> = limit.unknown_groups([&plan]).iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "group \"Ada <ada@example.com>\": it is protected, but there is no group of this name",
            "group \"Tean 01\": it is protected, but there is no group of this name; did you mean \"Team 01\"?",
        ]
    );
}

#[tokio::test]
async fn nothing_is_removed_from_an_empty_account() {
    assert_eq!(reasons(0, "[]", Prune::Yes).await, "");
}

#[tokio::test]
async fn consent_can_be_recorded_in_the_plan() {
    let (_sandbox, engine) = start(groups(8)).await;
    let mut plan = planned(&engine, &each(8, "members: []")).await;
    plan.allow_removals = true;
    let plan = Plan::from_json(&plan.to_json()).unwrap();
    assert!(
        engine.apply(&plan, &RemovalLimit::default(), &NoProgress).await.unwrap().is_complete()
    );
    assert!(RemovalLimit::default().protect(["p1@example.com"]).check(&plan).is_err());
}

#[test]
fn a_refusal_names_ten_reasons_and_counts_the_others() {
    let snapshot = |policies: &str| {
        let file = each(300, &format!("members: [], policies: [{policies}]"));
        Snapshot::of_file(&GroupFile::parse("x", &file)).unwrap()
    };
    let plan = Plan::between(&snapshot(&allowing("DNS")), &snapshot("")).unwrap();
    let refusal = RemovalLimit::default().check(&plan).unwrap_err();
    let text = refusal.to_string();
    assert_eq!((refusal.reasons.len(), text.matches("remove the last policy").count()), (301, 9));
    assert!(text.ends_with("of \"Team 08\", and 291 more; no changes made"), "{text}");
}
