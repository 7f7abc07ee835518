//! Filters, order and pages of lists.

#![allow(clippy::unwrap_used)]

mod common;

use cloudflare_user_groups_sandbox::{Account, AccountMember, Sandbox, Seed, UserGroup};
use common::{Client, texts};
use serde_json::{Value, json};

/// Groups with these names, the first of which has members with these addresses.
async fn client(names: &[&str], emails: &[&str]) -> Client {
    let group = |name: &&str| UserGroup { name: (*name).to_owned(), ..UserGroup::default() };
    let member =
        |email: &&str| AccountMember { email: (*email).to_owned(), ..AccountMember::default() };
    let mut account = Account {
        members: emails.iter().map(member).collect(),
        user_groups: names.iter().map(group).collect(),
        ..Account::default()
    };
    account.user_groups[0].members = emails.iter().map(|it| (*it).to_owned()).collect();
    Client::of(Sandbox::builder().seed(Seed { accounts: vec![account] })).await
}

async fn names(client: &Client, query: &str) -> Vec<String> {
    texts(&client.get(&format!("/iam/user_groups?{query}")).await.result(), "name")
}

async fn info(client: &Client, path: &str) -> Value {
    client.get(path).await.json()["result_info"].clone()
}

#[tokio::test]
async fn groups_are_sorted_by_name() {
    let client = client(&["b", "a", "c", "a"], &[]).await;
    assert_eq!(names(&client, "").await, ["a", "a", "b", "c"]);
    assert_eq!(names(&client, "direction=asc").await, ["a", "a", "b", "c"]);
    assert_eq!(names(&client, "direction=desc").await, ["c", "b", "a", "a"]);
    client.group("aa").await;
    assert_eq!(names(&client, "").await, ["a", "a", "aa", "b", "c"]);
}

#[tokio::test]
async fn groups_are_filtered() {
    let client = client(&["Platform", "Platform Engineering", "Plateau", "ÜBUNG"], &[]).await;
    assert_eq!(names(&client, "name=Platform").await, ["Platform"]);
    assert!(names(&client, "name=platform").await.is_empty(), "exactly");
    assert!(names(&client, "name=").await.is_empty(), "no group has an empty name");
    assert_eq!(names(&client, "fuzzyName=form").await, ["Platform", "Platform Engineering"]);
    assert_eq!(names(&client, "fuzzyName=PLATE").await, ["Plateau"], "whatever the case");
    assert_eq!(names(&client, "fuzzyName=%C3%BCb").await, ["ÜBUNG"]);
    assert_eq!(names(&client, "fuzzyName=Platform+E").await, ["Platform Engineering"]);
    assert_eq!(names(&client, "fuzzyName=").await.len(), 4);
    assert!(names(&client, "fuzzyName=%25").await.is_empty(), "not a pattern");
    let ids: Vec<String> =
        client.sandbox.account().user_groups.into_iter().map(|it| it.id).collect();
    assert_eq!(names(&client, &format!("id={}", ids[0])).await, ["Plateau"]);
    assert_eq!(
        names(&client, &format!("id={}&name=Plateau", ids[0].to_uppercase())).await,
        ["Plateau"]
    );
    assert!(names(&client, &format!("id={}&name=Platform", ids[0])).await.is_empty());
    assert!(names(&client, "id=00000000000000000000000000000000").await.is_empty());
}

#[tokio::test]
async fn members_are_sorted_by_the_user_part_and_filtered_by_address() {
    let emails = ["b@a.example", "a@z.example", "a.b@a.example", "A@b.example"];
    let client = client(&["SRE"], &emails).await;
    let path = format!("/iam/user_groups/{}/members", client.sandbox.account().user_groups[0].id);
    let list =
        async |query: &str| texts(&client.get(&format!("{path}?{query}")).await.result(), "email");
    let sorted = ["A@b.example", "a@z.example", "a.b@a.example", "b@a.example"];
    assert_eq!(list("").await, sorted);
    let reversed: Vec<&str> = sorted.into_iter().rev().collect();
    assert_eq!(list("direction=desc").await, reversed);
    assert_eq!(list("fuzzyEmail=%40A.").await, ["a.b@a.example", "b@a.example"]);
    assert_eq!(list("fuzzyEmail=%40a.&per_page=1&page=2").await, ["b@a.example"]);
    let expected =
        json!({ "count": 1, "page": 2, "per_page": 1, "total_count": 4, "total_pages": 4 });
    assert_eq!(
        info(&client, &format!("{path}?fuzzyEmail=%40a.&per_page=1&page=2")).await,
        expected
    );
    assert!(list("page=3&per_page=2").await.is_empty());
}

#[tokio::test]
async fn pages_past_the_end_are_empty() {
    let all: Vec<String> = (0..250).map(|number| format!("group {number:03}")).collect();
    let client = client(&all.iter().map(String::as_str).collect::<Vec<_>>(), &[]).await;
    assert_eq!(names(&client, "").await, all[..100]);
    assert_eq!(names(&client, "page=3").await, all[200..]);
    assert!(names(&client, "page=4").await.is_empty());
    assert!(names(&client, "page=9223372036854775807").await.is_empty());
    assert_eq!(names(&client, "per_page=250").await, all);
    assert_eq!(names(&client, "per_page=125&page=2").await, all[125..]);
    assert!(names(&client, "per_page=125&page=3").await.is_empty());
    assert_eq!(names(&client, "per_page=1&page=250&direction=desc").await, all[..1]);

    let expected =
        json!({ "count": 50, "page": 3, "per_page": 100, "total_count": 250, "total_pages": 3 });
    assert_eq!(info(&client, "/iam/user_groups?page=3").await, expected);
    let expected =
        json!({ "count": 0, "page": 4, "per_page": 100, "total_count": 250, "total_pages": 3 });
    assert_eq!(info(&client, "/iam/user_groups?page=4").await, expected);
    let filtered = info(&client, "/iam/user_groups?fuzzyName=24&per_page=2").await;
    let expected =
        json!({ "count": 2, "page": 1, "per_page": 2, "total_count": 250, "total_pages": 125 });
    assert_eq!(filtered, expected, "the total ignores the filter");
}
