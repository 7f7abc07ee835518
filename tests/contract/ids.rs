//! Ids: which are refused by `new`, which before they are sent, and which are sent.

use std::str::FromStr;

use cloudflare_user_groups::{
    AccountId, Error, InvalidId, MemberId, PermissionGroupId, Policy, PolicyId, ResourceGroupId,
    Result, UserGroupId,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::operations::{GROUP, OPERATIONS, Subject};
use crate::server::{ACCOUNT, Reply, Request, Server};
use crate::spec_check::Contract;

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
    assert!(AccountId::new("..").is_err() && UserGroupId::new("..").is_err());
    assert!(MemberId::new("..").is_err() && PolicyId::new("..").is_err());
    assert!(PermissionGroupId::new("..").is_err() && ResourceGroupId::new("..").is_err());
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

/// The response to any request about a group and a member with these ids.
fn with_ids(request: &Request, group: &str, member: &str) -> Reply {
    let member = json!({ "id": member });
    let group = json!({ "id": group, "name": "SRE", "created_on": "?", "modified_on": "?" });
    let result = match (request.method.as_str(), request.path.contains("/members")) {
        ("GET", true) => json!([member]),
        (_, true) => member,
        ("GET", false) if request.path.ends_with("user_groups") => json!([group]),
        (_, false) => group,
    };
    Reply::json(&json!({ "success": true, "result": result, "result_info": { "total_count": 1 } }))
}

#[tokio::test]
async fn undocumented_ids_of_responses_can_be_read_and_sent() {
    for (group, member) in [
        ("5ba5af98-b9cd-4f80-bd3b-4ed53ab6e4f5", "ab12c"),
        ("0", "~user@example.com:+,;='()*!$&"),
        ("...", "..a"),
    ] {
        let server = Server::start(move |request| with_ids(request, group, member)).await;
        let groups = server.account().user_groups();
        let read = groups.list().all().await.expect("listed").remove(0);
        assert_eq!(read.id.as_str(), group);
        let members = groups.members(&read.id);
        let someone = members.list().all().await.expect("listed").remove(0);
        members.remove(&someone).await.expect("removed");
        groups.delete(&read.id).await.expect("deleted");
        let paths: Vec<_> =
            server.take().into_iter().map(|it| (it.method, decoded(&it.path))).collect();
        let below = format!("/client/v4/accounts/{ACCOUNT}/iam/user_groups");
        let expected = [
            ("GET", below.clone()),
            ("GET", format!("{below}/{group}/members")),
            ("DELETE", format!("{below}/{group}/members/{member}")),
            ("DELETE", format!("{below}/{group}")),
        ];
        assert_eq!(paths, expected.map(|(method, path)| (method.to_owned(), path)));
    }
}

/// Percent-decodes. A server splits the path first, so that an id with a slash would be two segments.
fn decoded(path: &str) -> String {
    let mut parts = path.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        text.push(char::from(u8::from_str_radix(digits, 16).expect("two digits follow")));
        text.push_str(rest);
    }
    text
}

fn roundtrips<T>(text: &str) -> std::result::Result<(), TestCaseError>
where
    T: FromStr<Err = InvalidId> + ToString + AsRef<str> + PartialEq + std::fmt::Debug,
    T: Serialize + DeserializeOwned + Clone + Into<String>,
{
    let id: T = text.parse().map_err(|error: InvalidId| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(id.as_ref(), text);
    prop_assert_eq!(&id.to_string().parse::<T>().expect("it is one"), &id);
    let value = serde_json::to_value(&id).expect("it is text");
    prop_assert_eq!(&value, &Value::from(text));
    prop_assert_eq!(&serde_json::from_value::<T>(value).expect("it is one"), &id);
    prop_assert_eq!(Into::<String>::into(id), text);
    Ok(())
}

/// Texts around the border of what the spec accepts.
fn nearly_an_id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-fA-F]{32}",
        "[0-9a-fA-F]{30,34}",
        "[0-9a-gA-G]{32}",
        "[0-9a-f]{31}\\PC",
        "[0-9a-f]{32}\n",
        "\\PC{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn new_accepts_exactly_what_the_spec_accepts(text in nearly_an_id()) {
        thread_local! {
            static CONTRACT: Contract = Contract::load();
        }
        let accepts = |component: &str| {
            CONTRACT.with(|contract| contract.component(component).is_valid(&json!(text)))
        };
        prop_assert_eq!(AccountId::new(&*text).is_ok(), accepts("AccountId"));
        prop_assert_eq!(UserGroupId::new(&*text).is_ok(), accepts("UserGroupId"));
        prop_assert_eq!(MemberId::new(&*text).is_ok(), accepts("MemberId"));
        prop_assert_eq!(PermissionGroupId::new(&*text).is_ok(), accepts("PermissionGroupId"));
        prop_assert_eq!(ResourceGroupId::new(&*text).is_ok(), accepts("ResourceGroupId"));
    }

    #[test]
    fn ids_survive_being_written_and_read(typed in "[0-9a-fA-F]{32}") {
        let text = typed.to_ascii_lowercase();
        prop_assert_eq!(AccountId::new(typed), AccountId::new(&*text));
        roundtrips::<AccountId>(&text)?;
        roundtrips::<UserGroupId>(&text)?;
        roundtrips::<MemberId>(&text)?;
        roundtrips::<PermissionGroupId>(&text)?;
        roundtrips::<ResourceGroupId>(&text)?;
        roundtrips::<PolicyId>(&text)?;
    }

    #[test]
    fn policy_id_has_no_fixed_length(text in "[A-Za-z0-9_~-]{1,256}") {
        roundtrips::<PolicyId>(&text)?;
    }

    /// Drawn from few ids, so that policies are often the same and sometimes not.
    #[test]
    fn policies_have_the_same_effect_if_they_hold_the_same_sets(
        one in sets(), other in sets(), seed in any::<u64>(),
    ) {
        let same = one == other;
        let (one, other) = (policy(&one, seed), policy(&other, seed.rotate_left(17)));
        prop_assert_eq!(one.has_same_effect(&other), same);
        prop_assert_eq!(other.has_same_effect(&one), same);
        prop_assert!(one.has_same_effect(&one));
    }
}

/// Access, permission groups and resource groups, as sets.
type Sets = (Option<&'static str>, [bool; 2], [bool; 2]);

fn sets() -> impl Strategy<Value = Sets> {
    let access =
        prop_oneof![Just(None), Just(Some("allow")), Just(Some("deny")), Just(Some("audit"))];
    (access, any::<[bool; 2]>(), any::<[bool; 2]>())
}

/// A policy with these sets: in some order, with some repetition, names and ids.
fn policy((access, permissions, resources): &Sets, mut seed: u64) -> Policy {
    let mut chance = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 62
    };
    let mut groups = |members: &[bool; 2], kind: &str| {
        let mut groups = Vec::new();
        for (index, _) in members.iter().enumerate().filter(|(_, is_in)| **is_in) {
            for _ in 0..=chance() {
                let mut group = json!({ "id": format!("{kind}{index}") });
                if chance() > 1 {
                    group["name"] = json!(format!("name {}", chance()));
                    group["meta"] = json!({ "label": format!("{}", chance()) });
                }
                let place = usize::try_from(chance()).unwrap() % (groups.len() + 1);
                groups.insert(place, group);
            }
        }
        groups
    };
    let (permissions, resources) = (groups(permissions, "p"), groups(resources, "r"));
    let mut policy = json!({ "permission_groups": permissions, "resource_groups": resources });
    if let Some(access) = access {
        policy["access"] = json!(access);
    }
    if chance() > 1 {
        policy["id"] = json!(format!("policy-{}", chance()));
    }
    serde_json::from_value(policy).expect("it is a policy")
}
