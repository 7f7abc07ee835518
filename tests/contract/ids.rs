//! Ids: which are refused by `new`, which before they are sent, and which are sent.

use std::collections::BTreeSet;
use std::str::FromStr;

use cloudflare_user_groups::{
    AccountId, Error, InvalidId, MemberId, PermissionGroupId, Policy, PolicyId, ResourceGroupId,
    Result, UserGroupId,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::operations::{GROUP, OPERATIONS, Subject};
use crate::server::{Reply, Server};

const DIGITS: &str = "0123456789abcdefABCDEF0123456789";

/// Texts that are not one segment of a path.
fn never_a_segment() -> Vec<String> {
    let mut bad: Vec<String> = [
        "",
        ".",
        "..",
        "/",
        "a/b",
        "../members",
        "%",
        "%2e%2e",
        "a%2Fb",
        "a?b",
        "a#b",
        "a\\b",
        "a b",
        " ",
        "\0",
        "a\n",
        "a\r\nb",
        "\u{7f}",
        "é",
        "\u{2025}",
        "\u{202e}a",
        "[]",
        "{id}",
        "\"",
        "<",
        "|",
        "^",
        "`",
    ]
    .map(str::to_owned)
    .into();
    bad.push("a".repeat(10 * 1024 * 1024));
    bad.push("f".repeat(257));
    bad
}

/// The same, and segments that are not 32 hexadecimal digits.
fn never_hexadecimal() -> Vec<String> {
    let mut bad = never_a_segment();
    bad.extend([
        DIGITS[1..].to_owned(),
        format!("{DIGITS}0"),
        DIGITS.replace('0', "g"),
        DIGITS.replace('0', "-"),
        DIGITS.replace('0', "\u{ff10}"),
        format!("{}\n", &DIGITS[1..]),
        "ab12c".to_owned(),
        "5ba5af98-b9cd-4f80-bd3b-4ed53ab6e4f5".to_owned(),
    ]);
    bad
}

fn refuses<T>(bad: &[String])
where
    T: FromStr<Err = InvalidId> + TryFrom<String, Error = InvalidId> + std::fmt::Debug,
    T: for<'a> TryFrom<&'a str, Error = InvalidId>,
{
    for text in bad {
        let shown: String = text.chars().take(20).collect();
        let error = text.parse::<T>().expect_err(&shown);
        assert_eq!(T::try_from(text.clone()).expect_err(&shown), error);
        assert_eq!(T::try_from(text.as_str()).expect_err(&shown), error);
        let converted = Error::from(error.clone());
        assert!(converted.is_invalid_input());
        for text in [error.to_string(), format!("{error:?}"), converted.to_string()] {
            assert!(text.len() < 400, "{} bytes of {shown:?}", text.len());
            assert!(!text.contains(['\n', '\0', '\u{202e}']), "{text:?} is not escaped");
        }
    }
}

#[test]
fn invalid_ids_are_refused_by_new_and_parse() {
    let bad = never_hexadecimal();
    refuses::<AccountId>(&bad);
    refuses::<UserGroupId>(&bad);
    refuses::<MemberId>(&bad);
    refuses::<PermissionGroupId>(&bad);
    refuses::<ResourceGroupId>(&bad);
    refuses::<PolicyId>(&never_a_segment());
    assert_eq!(PolicyId::new("Any-Form").expect("an id").as_str(), "Any-Form");
}

/// API tokens have 40 characters, and API keys 37.
#[test]
fn credential_that_is_given_as_an_id_is_not_shown_as_a_whole() {
    let token = "0123456789abcdefghijklmnopqrstuvwxyz-_AB";
    for secret in [token, &token[..37]] {
        let error = AccountId::new(secret).expect_err("not an id");
        let shown = format!("{error} {error:?} {:?}", Error::from(error.clone()));
        assert!(!shown.contains(&secret[..secret.len() / 2]), "{shown}");
    }
}

/// An id as it comes through serde: not checked.
fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(json!(text)).expect("ids are read as they are")
}

fn assert_nothing_was_sent<T: std::fmt::Debug>(result: Result<T>, id: &str) {
    let shown: String = id.chars().take(20).collect();
    let error = result.expect_err(&shown);
    assert!(error.is_invalid_input(), "{shown:?}: {error}");
    assert_eq!((error.attempts(), error.status()), (0, None), "{shown:?}");
    assert!(!error.is_retryable() && !error.outcome_unknown());
    assert!(error.to_string().len() < 400);
}

#[tokio::test]
async fn id_that_is_not_a_path_segment_is_refused_before_anything_is_sent() {
    let server = Server::start(|_| Reply::new(500, "unexpected request")).await;
    let account = server.account();
    for id in &never_a_segment() {
        let invalid_account = server.client().account(read::<AccountId>(id));
        let invalid_group = Subject { group: read(id), ..Subject::default() };
        let invalid_member = Subject { member: read(id), ..Subject::default() };
        for operation in OPERATIONS {
            let subject = Subject::default();
            assert_nothing_was_sent(operation.send_about(&invalid_account, &subject).await, id);
            if operation.path.contains("{user_group_id}") {
                assert_nothing_was_sent(operation.send_about(&account, &invalid_group).await, id);
            }
            if operation.path.contains("{member_id}") {
                assert_nothing_was_sent(operation.send_about(&account, &invalid_member).await, id);
            }
        }
        let groups = account.user_groups();
        assert_nothing_was_sent(groups.list().id(read::<UserGroupId>(id)).all().await, id);
    }
    assert_eq!(server.take(), []);
}

#[tokio::test]
async fn invalid_id_in_a_body_is_refused_before_anything_is_sent() {
    let server = Server::start(|_| Reply::new(500, "unexpected request")).await;
    let groups = server.account().user_groups();
    let good: UserGroupId = read(GROUP);
    for id in &never_a_segment() {
        let members = groups.members(&good);
        assert_nothing_was_sent(members.add([read::<MemberId>(id)]).await, id);
        assert_nothing_was_sent(members.replace([read::<MemberId>(id)]).await, id);
        let permission: PermissionGroupId = read(id);
        let resource: ResourceGroupId = read(id);
        let policies = [
            Policy::allow([permission], [read::<ResourceGroupId>(DIGITS)]),
            Policy::allow([read::<PermissionGroupId>(DIGITS)], [resource]),
        ];
        for policy in policies {
            assert_nothing_was_sent(groups.create("a").policy(policy.clone()).await, id);
            assert_nothing_was_sent(groups.update(&good).policies([policy]).await, id);
        }
    }
    assert_eq!(server.take(), []);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn policy_id_has_no_fixed_length(text in "[A-Za-z0-9_~-]{1,256}") {
        prop_assert!(PolicyId::new(text).is_ok());
    }

    #[test]
    fn policies_have_the_same_effect_if_they_hold_the_same_sets(one in drawn(), other in drawn()) {
        let ids = |groups: &[(u8, bool)]| groups.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>();
        let sets = |(access, permissions, resources): &Drawn| {
            (*access, ids(permissions), ids(resources))
        };
        let same = sets(&one) == sets(&other);
        let (one, other) = (policy(&one), policy(&other));
        prop_assert_eq!(one.has_same_effect(&other), same);
        prop_assert_eq!(other.has_same_effect(&one), same);
        prop_assert!(one.has_same_effect(&one));
    }
}

/// Access, permission groups and resource groups of a policy: an id each, and whether it has a
/// name.
type Drawn = (Option<&'static str>, Vec<(u8, bool)>, Vec<(u8, bool)>);

/// Few ids, in any order and with repetition, so that two policies often have the same effect.
fn drawn() -> impl Strategy<Value = Drawn> {
    let access = prop::sample::select(vec![None, Some("allow"), Some("deny"), Some("audit")]);
    let groups = || prop::collection::vec((0..2_u8, any::<bool>()), 0..4);
    (access, groups(), groups())
}

fn policy((access, permissions, resources): &Drawn) -> Policy {
    let group = |(id, is_named): &(u8, bool)| match is_named {
        true => json!({ "id": id.to_string(), "name": "n", "meta": { "label": "l" } }),
        false => json!({ "id": id.to_string() }),
    };
    let groups = |drawn: &[(u8, bool)]| drawn.iter().map(group).collect::<Vec<_>>();
    let mut policy = json!({
        "id": format!("policy-{}", permissions.len()),
        "permission_groups": groups(permissions),
        "resource_groups": groups(resources),
    });
    if let Some(access) = access {
        policy["access"] = json!(access);
    }
    serde_json::from_value(policy).expect("it is a policy")
}
