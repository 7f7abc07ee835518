//! Diagnostics in files: all at once, each in its place.

use std::collections::BTreeSet;

use cf_groups_engine::{Error, GroupFile, NoProgress, Pin, Prune};

use crate::support::{company, members, plan_file, planned, refused, requests, small, start};

/// The diagnostics of the text, one line each.
async fn diagnostics(text: &str) -> String {
    let (sandbox, engine) = start(small()).await;
    let before = sandbox.state();
    let error = plan_file(&engine, text, Prune::No).await.unwrap_err();
    assert_eq!(sandbox.state(), before);
    assert!(matches!(error, Error::GroupFile(_)), "{error}");
    error.to_string()
}

/// All that the file alone shows comes first, in one run, before anything is read.
#[tokio::test]
async fn all_diagnostics_of_the_file_come_before_a_request() {
    let text = "\
- name: Red
  polices: []
  members:
    - ada@example.com
    - 0123
    - ADA@example.com
- name: Red
- name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
- name: \"Platform \"
- id: abc
  policies:
    - access: alow
      permission_groups: []
      resource_groups: [Whole account]
    - access: allow
      permission_groups: [DNS]
      resource_groups: []
    - access: deny
      permission_groups: [DNS]
  members: [no-one]
";
    let expected = "\
x:2:3: a group has no field \"polices\"; did you mean \"policies\"?
x:5:7: \"0123\" is neither an email address nor an id; an id is 32 hexadecimal digits
x:6:7: \"ADA@example.com\" is in the list twice; line 4 has it as \"ada@example.com\"
x:7:9: duplicate entry for group \"Red\"; the first is at x:1:9
x:8:9: the name \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" has the form of an id; a name of this form would be read as an id
x:9:9: the name \"Platform \" begins or ends with white space; write \"Platform\", or pin an existing group of this name with `id:`
x:10:3: a group needs `name`
x:10:7: \"abc\" is not an id; an id is 32 hexadecimal digits
x:12:15: \"alow\" is neither allow nor deny; did you mean \"allow\"?
x:13:26: `permission_groups` of a policy is empty; for a group without policies, write `policies: []`
x:17:24: `resource_groups` of a policy is empty; for a group without policies, write `policies: []`
x:18:7: a policy needs `resource_groups`
x:20:13: \"no-one\" is neither an email address nor an id; an id is 32 hexadecimal digits";
    let (sandbox, engine) = start(small()).await;
    assert_eq!(refused(&engine, text).await, expected);
    assert_eq!(GroupFile::parse("x", text).check().unwrap_err().to_string(), expected);
    assert_eq!(requests(&sandbox, None), 0);
}

#[tokio::test]
async fn all_diagnostics_that_need_the_account_come_at_once() {
    let text = "\
- name: Red
  members:
    - ada@example.com
    - adda@example.com
    - eve@example.com
- name: Twin
- name: Ghost
  id: eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
- name: Short
  policies:
    - access: allow
      permission_groups: [Biling, Analytics, 33333333333333333333333333333333]
      resource_groups: [whole acount]
";
    let expected = "\
x:4:7: there is no member of the account \"adda@example.com\"; did you mean \"ada@example.com\"?
x:5:7: \"eve@example.com\" has rejected the invitation to the account; only the member can change that
x:6:9: 2 groups of the account are named \"Twin\"; pin one with `id:` cccccccccccccccccccccccccccccccc or dddddddddddddddddddddddddddddddd
x:8:7: user group eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee not found; remove `id` to match by name
x:12:27: there is no permission group \"Biling\"; did you mean \"Billing\"?
x:12:35: \"Analytics\" names more than one permission group; give the id: 11111111111111111111111111111111 or 22222222222222222222222222222222
x:12:46: there is no permission group \"33333333333333333333333333333333\"
x:13:25: there is no resource group \"whole acount\"; did you mean \"Whole account\"?";
    assert_eq!(diagnostics(text).await, expected);
}

#[tokio::test]
async fn fifty_diagnostics_are_reported_and_the_rest_is_counted() {
    let wrong: String = (0..10_050).map(|number| format!("    - n{number}\n")).collect();
    let text = format!("- name: Red\n  members:\n{wrong}");
    let error = GroupFile::parse("x", &text).check().unwrap_err();
    assert_eq!((error.iter().count(), error.omitted()), (50, 10_000));
    assert!(error.to_string().ends_with("\n… and 10000 more"), "{error}");
}

const RED: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BLUE: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

#[tokio::test]
async fn a_name_that_another_group_keeps_cannot_be_given() {
    let text = format!(
        "- {{id: {RED}, name: Blue}}\n- id: dddddddddddddddddddddddddddddddd\n  name: Twin\n\
         - {{name: Green}}\n"
    );
    let expected = format!(
        "x:1:48: there is a group named \"Blue\" already, {BLUE}; choose another name, pin \
         that one with `id:` to rename it too, or prune it"
    );
    assert_eq!(diagnostics(&text).await, expected);
    let text = format!("- {{id: {RED}, name: Twin}}");
    assert!(diagnostics(&text).await.contains("cccc and dddd"));
}

#[tokio::test]
async fn for_each_unknown_name_a_near_one_is_looked_for() {
    let (_sandbox, engine) = company().await;
    let people = engine.export(Pin::Namesakes, &NoProgress).await.unwrap();
    let people: BTreeSet<&str> =
        people.lines().filter_map(|line| line.strip_prefix("    - ")?.split(" #").next()).collect();
    let people: Vec<&str> = people.into_iter().filter(|it| it.contains('@')).collect();
    assert!(people.len() > 100, "{people:?}");
    for people in people.chunks(50) {
        let wrong: String =
            people.iter().map(|it| format!("    - {}\n", it.replace('@', "x@"))).collect();
        let error = refused(&engine, &format!("- name: All\n  members:\n{wrong}")).await;
        assert_eq!(error.lines().count(), people.len());
        assert!(error.lines().all(|line| line.contains("; did you mean \"")), "{error}");
    }
}

#[tokio::test]
async fn ids_of_the_wrong_form_are_reported() {
    let text = "\
- name: Red
  members: [0123456789abcdef0123456789abcde, 0123456789abcdef0123456789abcdeg, a@b.c d@e.f]
- {name: Blue, id: '817fe73e-c9b3-348d-8f52-f3ba5e7bff85'}
";
    let expected = "\
x:2:13: \"0123456789abcdef0123456789abcde\" is neither an email address nor an id; an id is 32 hexadecimal digits
x:2:46: \"0123456789abcdef0123456789abcdeg\" is neither an email address nor an id; an id is 32 hexadecimal digits
x:2:80: \"a@b.c d@e.f\" is neither an email address nor an id; write one address alone in an item
x:3:20: \"817fe73e-c9b3-348d-8f52-f3ba5e7bff85\" is not an id; an id is 32 hexadecimal digits";
    assert_eq!(diagnostics(text).await, expected);
    let text = "\
- name: Red
  policies:
    - access: allow
      permission_groups: [0123456789abcdef0123456789abcdef0]
      resource_groups: [0123456789abcdef0123456789abcdef]
";
    let expected = "\
x:4:27: there is no permission group \"0123456789abcdef0123456789abcdef0\"; an id is 32 hexadecimal digits, and this has 33
x:5:25: there is no resource group \"0123456789abcdef0123456789abcdef\"";
    assert_eq!(diagnostics(text).await, expected);
}

#[tokio::test]
async fn member_by_email_and_by_id_is_reported() {
    let (sandbox, engine) = start(small()).await;
    let ada = sandbox.account().members[0].id.clone();
    let text = format!("[{{\"name\": \"Red\", \"members\": [\"{ada}\", \"ada@example.com\"]}}]");
    let expected =
        format!("x:1:66: \"ada@example.com\" is in the list twice; line 1 has it as {ada:?}");
    assert_eq!(refused(&engine, &text).await, expected);
}

#[tokio::test]
async fn text_without_a_list_of_groups_is_reported_without_a_request() {
    let (sandbox, engine) = company().await;
    for (text, expected) in [
        ("", "x:1:1: the file is empty; write [] for no groups"),
        ("# only a comment\n", "x:1:1: the file is empty; write [] for no groups"),
        ("Red", "x:1:1: the file must be a list of groups; write [] for none"),
        (
            "account: Red\ngroups: []",
            "x:1:10: \"Red\" is not an id; an id is 32 hexadecimal digits",
        ),
        ("account: eb78d65290b24279ba6f44721b3ea3c4", "x:1:1: the file needs `groups`"),
        (
            "- Red",
            "x:1:3: a group is expected here; a group has the fields name, id, description, owner, \
             policies, members",
        ),
        ("- name:\n", "x:1:7: the name is empty"),
        ("- name: [a]", "x:1:9: the name must be text"),
        ("- {}", "x:1:3: a group needs `name`"),
        ("- name: !env TEAM", "x:1:9: the tag !env has no meaning here; write the value itself"),
        ("[]\n---\n[]", "x:2:1: a second document begins here; one file holds one list"),
    ] {
        let document = GroupFile::parse("x", text);
        let error = engine.plan(&document, Prune::Yes, &NoProgress).await.unwrap_err();
        assert_eq!(error.to_string(), expected, "of {text:?}");
        assert_eq!(document.check().unwrap_err().to_string(), expected);
    }
    assert_eq!(requests(&sandbox, None), 0);
}

#[tokio::test]
async fn file_for_another_account_is_refused_without_a_request() {
    let (sandbox, engine) = company().await;
    let here = sandbox.account_id().to_uppercase();
    for (account, expected) in [
        (here.as_str(), None),
        (
            "0123456789abcdef0123456789abcdef",
            Some("x:1:10: the file is for another account than eb78d65290b24279ba6f44721b3ea3c4"),
        ),
    ] {
        let file = GroupFile::parse("x", &format!("account: {account}\ngroups: []"));
        assert_eq!(file.check(), Ok(()));
        let error = engine.plan(&file, Prune::No, &NoProgress).await.err();
        assert_eq!(error.map(|error| error.to_string()).as_deref(), expected);
    }
    assert_eq!(requests(&sandbox, None), 1);
}

#[test]
fn hostile_texts_are_only_errors() {
    let deep = "[".repeat(100_000);
    let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n";
    for text in
        [&*deep, bomb, "\t", "- name: \"", "&a [*a]", "- *b", "{", "\u{0}", "%YAML 9\n---\n"]
    {
        let error = GroupFile::parse("x", text).check().unwrap_err();
        assert!(error.iter().all(|it| it.line > 0 && it.column > 0), "{error}");
    }
}

#[tokio::test]
async fn aliases_and_json_are_read() {
    let (sandbox, engine) = start(small()).await;
    for text in [
        "- name: Red\n  members: &all [bob@example.com, cleo@example.com]\n- {name: New, members: *all}",
        r#"[{"name": "Red", "members": ["cleo@example.com", "bob@example.com"]},
            {"name": "New", "members": ["bob@example.com", "cleo@example.com"]}]"#,
    ] {
        let plan = planned(&engine, text).await;
        let summary = plan.summary();
        assert_eq!((summary.create, summary.add_members, summary.remove_members), (1, 3, 1));
    }
    assert_eq!(members(&sandbox, "Red"), [["ada@example.com", "bob@example.com"]]);
}
