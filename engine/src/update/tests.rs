use proptest::prelude::*;

use super::{FileUpdate, update};
use crate::diagnostic::Diagnostics;
use crate::export::Pin;
use crate::{GroupFile, Snapshot};

fn updated(file: &str, account: &str, prune: bool) -> Result<FileUpdate, Diagnostics> {
    let account = Snapshot::of_file(&GroupFile::parse("account", account)).unwrap();
    update("file", file.as_bytes(), &account, Pin::Namesakes, prune)
}

/// Updates a file, and checks that it is complete then.
#[track_caller]
fn expect(file: &str, account: &str, expected: &str) {
    let text = String::from_utf8(updated(file, account, true).unwrap().content).unwrap();
    assert_eq!(text, expected);
    assert!(updated(&text, account, false).unwrap().is_empty());
}

const ACCOUNT: &str = "
- name: Red
  policies:
    - {access: allow, permission_groups: [DNS, Cache], resource_groups: [Zone]}
    - {access: allow, permission_groups: [Logs], resource_groups: [Whole account]}
  members: [ada@x, bob@x, cleo@x]
";

#[test]
fn only_items_that_differ_are_written_again() {
    let file = "\
- members: # by address
    # on call
    - 'BOB@x' # until May
    - gone@x # has left
    # ada is new
    - ada@x
  description: |
    - members: []
  policies:
  # the first
  - resource_groups: [Zone]   # one
    permission_groups:
    - Firewall # old
    - \"DNS\"
    # more
    access: allow
      # below
  - access: deny
    # of the second
    permission_groups: [DNS]
    resource_groups: [Zone]
  name: Red # the name
# The end.
";
    let second = "  - access: deny
    # of the second
    permission_groups: [DNS]
    resource_groups: [Zone]
";
    let logs = "  - access: allow
    permission_groups:
      - Logs
    resource_groups:
      - Whole account
";
    let expected = file
        .replace("    - gone@x # has left\n", "")
        .replace("    - ada@x\n", "    - ada@x\n    - cleo@x\n")
        .replace("    - Firewall # old\n    - \"DNS\"\n", "    - \"DNS\"\n    - Cache\n")
        .replace(second, logs);
    expect(file, ACCOUNT, &expected);
}

#[test]
fn the_last_policy_changes_while_another_is_added() {
    let file = "- name: Red\n  policies:\n  - access: allow\n    resource_groups: [Zone]\n    \
                permission_groups:\n    - DNS\n";
    let expected = format!(
        "{file}    - Cache\n  - access: allow\n    permission_groups:\n      - Logs\n    \
         resource_groups:\n      - Whole account\n"
    );
    expect(file, ACCOUNT, &expected);
}

#[test]
fn items_of_a_list_in_flow_style_change_while_it_does() {
    let expected = "- name: Red\n  policies: [{access: allow, permission_groups: [DNS, Cache], \
        resource_groups: [Zone]}, {access: allow, permission_groups: [Logs], resource_groups: \
        [Whole account]}]\n  members: [ada@x, bob@x, cleo@x]\n";
    let old = ", {access: deny, permission_groups: [Old], resource_groups: [Zone]}]\n";
    let file = expected.replace("DNS, Cache", "DNS").replace("[Logs]", "[Logs, 'Old #1']");
    expect(&file.replace("}]\n", &format!("}}{old}")), ACCOUNT, expected);
}

#[test]
fn lists_in_flow_style_stay_in_it() {
    let file = "\
- {name: Red, members: [gone@x, \"ada@x\"], policies: []}
- name: Blue
  policies: [{access: allow, permission_groups: [A,B], resource_groups: [Zone]}] # note
  members: [
    a@x,
    b@x,
  ]
";
    let account = format!(
        "{ACCOUNT}- {{name: Blue, members: [a@x, d@x], policies: [{{access: allow, \
         permission_groups: [B, 'C: c'], resource_groups: [Zone]}}]}}"
    );
    let policies = "[{access: allow, permission_groups: [Cache, DNS], resource_groups: [Zone]}, \
                    {access: allow, permission_groups: [Logs], resource_groups: [Whole account]}]";
    let expected = file
        .replace(
            "[gone@x, \"ada@x\"], policies: []",
            "[\"ada@x\", bob@x, cleo@x], policies: POLICIES",
        )
        .replace("POLICIES", policies)
        .replace("[A,B]", "[B,\"C: c\"]")
        .replace("    b@x,", "    d@x,");
    expect(file, &account, &expected);
    let comment = file.replace("a@x,", "a@x, # keep");
    let error = updated(&comment, &account, false).unwrap_err().to_string();
    assert!(error.starts_with("file:1:1: the file cannot be updated to match"), "{error}");
}

#[test]
fn lists_are_edited_whatever_surrounds_their_items() {
    const LISTS: &str = "- name: Red\n  members: [ada@x, bob@x]\n";
    for (before, after) in [
        ("[ \"gone@x\",]", "[ ada@x, bob@x,]"),
        ("[ 'gone@x' ,\t\"ada@x\" , ]", "[ \"ada@x\" ,\tbob@x , ]"),
        ("[\n   \"gone@x\"\n   ]", "[\n   ada@x, bob@x\n   ]"),
        ("[] # none", "# none\n    - ada@x\n    - bob@x"),
    ] {
        let file = format!("- name: Red # é\n  members: {before}\n");
        let expected = format!("- name: Red # é\n  members: {after}\n");
        expect(&file, LISTS, &expected);
    }
    let account = LISTS.replace("Red", "Red\n  policies: []");
    let group = "- name: Red\n    policies: []\n    members:\n      - ada@x\n      - bob@x\n";
    expect("groups: [] # none\n# end", &account, &format!("groups: # none\n  {group}# end"));
    expect("[] # none\n", &account, &format!("# none\n{}", group.replace("\n  ", "\n")));
}

#[test]
fn empty_lists_become_blocks_and_blocks_become_empty() {
    let file = "- name: Red\n  members: &all []\n- name: Blue\n  members: &b # none\n    - x@x";
    let expected = "\
- name: Red
  members: &all
    - ada@x
    - bob@x
    - cleo@x
- name: Blue
  members: &b [] # none
";
    expect(file, &format!("{ACCOUNT}- {{name: Blue, members: []}}"), expected);
    let none = "account: 0123456789abcdef0123456789abcdef\ngroups: []\n";
    let groups = none.replace(" []\n", "\n  - name: Blue\n    policies: []\n    members: []\n");
    expect(none, "- {name: Blue, policies: [], members: []}", &groups);
    expect(&groups, "[]", none);
    expect("- name: Blue\n# end", "[]", "[]\n# end");
}

#[test]
fn aliases_and_sets_stay_while_they_hold() {
    let file = "\
people:
  team: &team [ada@x, bob@x]
  left: [gone@x, ada@x]
groups:
- {name: A, members: &a [ada@x, gone@x]}
- {name: B, members: *a}
- name: C
  members: *a
- {name: D, members: *team}
- {name: E, members: [people: team, people: left, cleo@x]}
- name: F
  members:
  - &kim kim@x
  - &old {people: left}
- {name: G, members: [*kim, *old, ada@x]}
- {name: H, policies: [{access: allow, permission_groups: &dns [DNS], resource_groups: &zone [Z]}]}
- {name: I, policies: [{access: allow, permission_groups: *dns, resource_groups: *zone}]}
";
    let account = "[{name: A, members: [ada@x]}, {name: B, members: [ada@x]}, {name: C, members: \
        [ada@x, bob@x]}, {name: D, members: [ada@x, bob@x]}, {name: E, members: [ada@x, bob@x]}, \
        {name: F, members: [kim@x]}, {name: G, members: [ada@x, kim@x]}, \
        {name: H, policies: [{access: allow, permission_groups: [DNS], resource_groups: [Z]}]}, \
        {name: I, policies: [{access: allow, permission_groups: [DNS], resource_groups: [X, Z]}]}]";
    let expected = file
        .replace("&a [ada@x, gone@x]", "&a [ada@x]")
        .replace("C\n  members: *a", "C\n  members:\n    - ada@x\n    - bob@x")
        .replace(", people: left, cleo@x", "")
        .replace("  - &old {people: left}\n", "")
        .replace("*old, ", "")
        .replace("*zone", "[X, Z]");
    expect(file, account, &expected);
    let file = "- {name: A, members: &a [ada@x, gone@x]}\n- {name: B, members: *a}\n";
    let account = "[{name: A, members: [ada@x]}, {name: B, members: [ada@x]}]";
    expect(file, account, &file.replace(", gone@x", ""));
    let anchor = "- {name: Old, members: &old [ada@x]}\n- {name: A, members: *old}\n";
    let error = updated(anchor, "- {name: A, members: [ada@x]}", true).unwrap_err().to_string();
    assert!(error.starts_with("file:1:1: the file cannot be updated to match"), "{error}");
}

#[test]
fn groups_are_renamed_added_and_removed() {
    let id = "0123456789abcdef0123456789abcdef";
    let file = format!(
        "groups:\n\n  - name: 'Red'\n    id: {id}\n\n  - name: Old # gone\n    owner: me\n    # old\n\n  \
         - name: Blue\npeople: {{}}\n"
    );
    let account = format!(
        "[{{name: 'Rouge: 1', id: {id}}}, {{name: Blue}}, {{name: Ann, policies: [], members: [a@x]}}]"
    );
    let error = updated(&file, &account, false).unwrap_err().to_string();
    let expected = "file:6:11: the account has no group \"Old\"; apply the file to create it, or \
                    prune its entry";
    assert_eq!(error, expected);
    let new = updated(&file, &account, true).unwrap();
    assert_eq!([new.added, new.changed, new.removed], [["Ann"], ["Rouge: 1"], ["Old"]]);
    let ann = "\n\n  - name: Ann\n    policies: []\n    members:\n      - a@x\npeople";
    let expected = file
        .replace("'Red'", "\"Rouge: 1\"")
        .replace("  - name: Old # gone\n    owner: me\n    # old\n", "")
        .replace("\npeople", ann);
    expect(&file, &account, &expected);
}

#[test]
fn files_that_cannot_be_updated_are_refused() {
    for (file, message) in [
        ("[{\"name\": \"Red\"}]", "file:1:1: the file is JSON, or its groups are in flow style"),
        ("{groups: [{name: Red}]}", "file:1:1: the file is JSON, or its groups are in flow style"),
        ("-\0 \0\"\0x\0\"\0", "file:1:1: the file is not UTF-8; save it as UTF-8"),
        ("- name: Red\n- name: Red\n", "file:2:9: duplicate entry"),
    ] {
        let error = updated(file, ACCOUNT, true).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

proptest! {
    /// Whatever two files have, one becomes the other, and keeps its comments and line ends.
    #[test]
    fn any_file_can_be_updated(
        before in groups(), after in groups(),
        crlf in any::<bool>(), mark in any::<bool>(), end in any::<bool>(),
    ) {
        let mut text = before.replace('\n', if crlf { "\r\n" } else { "\n" });
        if mark { text.insert(0, '\u{feff}') }
        if end { text.truncate(text.trim_end().len()) }
        let content = String::from_utf8(updated(&text, &after, true).unwrap().content).unwrap();
        prop_assert_eq!(content.starts_with('\u{feff}'), mark);
        let newlines = content.matches('\n').count();
        prop_assert_eq!(content.matches("\r\n").count(), if crlf { newlines } else { 0 });
        let comments = |text: &str| {
            let lines = text.lines().map(str::trim).filter(|it| it.starts_with('#'));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        prop_assert_eq!(comments(&text), comments(&content));
        let again = updated(&content, &after, true).unwrap();
        prop_assert!(again.is_empty());
        prop_assert_eq!(again.content, content.as_bytes());
    }
}

/// A file of three groups, with lists in any style.
fn groups() -> impl Strategy<Value = String> {
    let member = prop::sample::select(vec!["a@x", "'b@x'", "c@x", "\"d@x\"", "E@x"]);
    let members = prop::collection::btree_set(member, 0..5);
    let list = (members, 0..4_u8).prop_map(|(members, style)| {
        let items: Vec<&str> = members.into_iter().collect();
        let joined = |by: &str| items.join(by);
        match (items.len(), style) {
            (0, _) | (_, 0) => format!("[{}] # é", joined(", ")),
            (_, 1) => format!("[\n    {}\n    ]", joined(",\n    ")),
            (_, 2) => format!("&a{style} # é\n    # é\n    - {} # é", joined("\n    # é\n    - ")),
            _ => format!("# list\n  - {}\n  # after", joined(" # é\n  - ")),
        }
    });
    let access = prop::sample::select(vec!["allow", "deny"]);
    let names = || prop::sample::subsequence(vec!["DNS", "Cache", "Logs"], 1..3);
    let policy = (access, names(), names(), any::<bool>()).prop_map(|(access, some, others, flow)| {
        let (some, others, block) = (some.join(", "), others.join(", "), some.join("\n      - "));
        let resources = format!("resource_groups: [{others}]");
        match flow {
            true => format!("    - {{access: {access}, permission_groups: [{some}], {resources}}} # é\n"),
            false => format!(
                "    -\n      access: {access}\n      permission_groups:\n      - {block}\n      {resources}\n"
            ),
        }
    });
    let policies = prop::collection::vec(policy, 0..4).prop_map(|it| match it.concat() {
        text if text.is_empty() => " []\n".to_owned(),
        text => format!("\n{text}"),
    });
    prop::collection::vec((list, policies), 3).prop_map(|groups| {
        let group = |(index, (members, policies))| {
            format!("# group\n- name: G{index}\n  policies:{policies}  members: {members}\n  owner: é # x\n")
        };
        groups.into_iter().enumerate().map(group).collect::<String>() + "# end\n"
    })
}
