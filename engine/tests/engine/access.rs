//! Who has access, audits and comparisons.

use cf_groups_engine::{
    Audit, Engine, FindingKind, GroupFile, NoProgress, Pin, Plan, PowerfulPermissions, Snapshot,
};
use cloudflare_user_groups_sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use crate::support::{company, inject, requests, seed, small, start};

/// An account of 1,000 groups, three of which name a permission, and 5,000 members.
async fn large() -> (Sandbox, Engine) {
    let people: Vec<Value> =
        (0..5_000).map(|it| json!({"email": format!("p{it:04}@example.com")})).collect();
    let group = |number: usize| {
        let permission = if number.is_multiple_of(400) { "DNS" } else { "Logs" };
        let policy = json!({"access": "allow", "permission_groups": [permission], "resource_groups": ["All"]});
        let member = format!("p{:04}@example.com", number % 10);
        json!({"name": format!("Group {number}"), "members": [member], "policies": [policy]})
    };
    let groups: Vec<Value> = (0..1_000).map(group).collect();
    let account = json!({
        "members": people, "permission_groups": [{"name": "DNS"}, {"name": "Logs"}],
        "resource_groups": [{"name": "All"}], "user_groups": groups,
    });
    start(seed(&account)).await
}

/// The lists of groups and members are pages of 500, those of account members pages of 50.
#[tokio::test]
async fn questions_about_1000_groups_take_few_requests() {
    let (sandbox, engine) = large().await;
    let count = || {
        let count = requests(&sandbox, None);
        sandbox.clear_log();
        count
    };
    let snapshot = engine.read_for_member("P0007@example.com", &NoProgress).await.unwrap();
    assert_eq!(snapshot.access_of("p0007@example.com").unwrap().len(), 100);
    let requests = count();
    assert!(requests <= 2 + 1_000 + 12, "{requests}");
    engine.read_for_member("unknown@example.com", &NoProgress).await.unwrap_err();
    let requests = count();
    assert!(requests <= 100 + 12, "{requests}");

    let snapshot = engine.read_for_permission("DNS", None, &NoProgress).await.unwrap();
    assert_eq!(snapshot.access_to("DNS", Some("All")).unwrap().len(), 3);
    // The list of permission groups ends with an empty page.
    assert_eq!(count(), 2 + 2 + 3);

    let snapshot = engine.read_all(true, &NoProgress).await.unwrap();
    let audit = Audit::of(&snapshot, None, &PowerfulPermissions::new(&[]));
    assert_eq!(audit.findings.len(), 4_990);
    assert_eq!(count(), 2 + 1_000 + 100);
    engine.read_all(false, &NoProgress).await.unwrap();
    assert_eq!(count(), 2 + 1_000);
}

#[tokio::test]
async fn an_export_does_not_differ_from_its_account() {
    let (_sandbox, engine) = company().await;
    let account = engine.read_all(false, &NoProgress).await.unwrap();
    for pin in [Pin::All, Pin::Namesakes] {
        let text = engine.export(pin, &NoProgress).await.unwrap();
        let file = GroupFile::parse("x", &text);
        let file = Snapshot::of_file(&file).unwrap();
        for plan in [Plan::between(&file, &account), Plan::between(&account, &file)] {
            let plan = plan.unwrap();
            assert!(plan.is_empty() && plan.warnings.is_empty(), "{}", plan.to_json());
        }
        assert_eq!(file.access().len(), account.access().len());
    }
}

#[tokio::test]
async fn permissions_on_what_contains_a_resource_are_permissions_on_it() {
    let zone = |id: u8| format!("com.cloudflare.api.account.zone.{id:032}");
    let scope = |objects: &[String]| {
        let objects: Vec<Value> = objects.iter().map(|key| json!({ "key": key })).collect();
        json!({"key": "com.cloudflare.api.account.eb78d65290b24279ba6f44721b3ea3c4", "objects": objects})
    };
    let group = |name: &str, resource: Value| {
        let policy =
            json!({"access": "allow", "permission_groups": ["DNS"], "resource_groups": [resource]});
        json!({"name": name, "members": ["ada@example.com"], "policies": [policy]})
    };
    let account = json!({
        "members": [{"email": "ada@example.com"}], "permission_groups": [{"name": "DNS"}],
        "resource_groups": [
            {"name": "All"}, {"name": "Sites", "scope": scope(&[zone(1), zone(2)])},
        ],
        "zones": [{"name": "a.example", "id": format!("{:032}", 1)}, {"name": "c.example"}],
        "user_groups": [
            group("all", "All".into()), group("sites", "Sites".into()),
            group("inline", json!({"scope": scope(&["*".to_owned()])})),
            group("zone", json!({"scope": scope(&[zone(1)])})),
        ],
    });
    let (_sandbox, engine) = start(seed(&account)).await;
    for (on, expected) in [
        ("a.example", "all inline sites zone"),
        ("zone:c.example", "all inline"),
        ("Sites", "all inline sites"),
        ("account", "all inline"),
    ] {
        let snapshot = engine.read_for_permission("DNS", Some(on), &NoProgress).await.unwrap();
        let rows = snapshot.access_to("DNS", Some(on)).unwrap();
        let groups: Vec<&str> = rows.iter().map(|row| &*row.group).collect();
        assert_eq!(groups.join(" "), expected, "{on}");
    }
    let policy = "permission_groups: [DNS], resource_groups";
    let file = format!(
        "- {{name: A, members: [a@x], policies: [{{access: allow, {policy}: [account]}}]}}\n\
         - {{name: B, members: [a@x], policies: [{{access: allow, {policy}: [zone: a.example]}}]}}"
    );
    let snapshot = Snapshot::of_file(&GroupFile::parse("x", &file)).unwrap();
    assert_eq!(snapshot.access_to("DNS", Some("a.example")).unwrap().len(), 2);
}

#[tokio::test]
async fn members_that_cannot_be_read_are_not_taken_for_none() {
    let (sandbox, engine) = start(small()).await;
    inject(&sandbox, Fault::status(400).on("account-user-group-member-list").count(1));
    let engine = engine.concurrency(std::num::NonZeroUsize::MIN);
    let snapshot = engine.read_all(true, &NoProgress).await.unwrap();
    assert_eq!(snapshot.unknown_access().len(), 1);
    let audit = Audit::of(&snapshot, None, &PowerfulPermissions::new(&[]));
    let count = |kind| audit.findings.iter().filter(|it| it.finding == kind).count();
    // The others may be in the group that cannot be read: the second finding says so.
    assert_eq!((count(FindingKind::Unknown), count(FindingKind::MemberWithoutGroup)), (2, 0));
    let plan = Plan::between(&snapshot, &snapshot).unwrap();
    assert_eq!((plan.is_empty(), plan.warnings.len()), (true, 1));
}
