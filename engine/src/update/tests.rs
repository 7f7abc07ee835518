use proptest::prelude::*;

use super::{FileUpdate, update};
use crate::diagnostic::Diagnostics;
use crate::export::Pin;
use crate::{GroupFile, Snapshot};

fn snapshot(text: &str) -> Snapshot {
    Snapshot::of_file(&GroupFile::parse("account", text)).unwrap()
}

fn updated(file: &str, account: &str, prune: bool) -> Result<FileUpdate, Diagnostics> {
    update("file", file.as_bytes(), &snapshot(account), Pin::Namesakes, prune)
}

/// Updates a file, and checks that it is complete then.
#[track_caller]
fn expect(file: &str, account: &str, expected: &str) {
    let new = updated(file, account, false).unwrap();
    let text = String::from_utf8(new.content).unwrap();
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
fn only_items_that_differ_are_written_anew() {
    let file = "\
# The groups.
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
    let expected = "\
# The groups.
- members: # by address
    # on call
    - 'BOB@x' # until May
    # ada is new
    - ada@x
    - cleo@x
  description: |
    - members: []
  policies:
  # the first
  - resource_groups: [Zone]   # one
    permission_groups:
    - \"DNS\"
    - Cache
    # more
    access: allow
      # below
  - access: allow
    permission_groups:
      - Logs
    resource_groups:
      - Whole account
  name: Red # the name
# The end.
";
    expect(file, ACCOUNT, expected);
}

#[test]
fn lists_in_flow_style_stay_in_it() {
    let file = "\
- {name: Red, members: [gone@x, \"ada@x\"], policies: []}
- name: Blue
  policies: [{access: allow, permission_groups: [A,B], resource_groups: [Zone]}] # note
  members: [
    a@x, b@x, # a and b
    # c is next
    c@x # c
  ]
";
    let account = format!(
        "{ACCOUNT}- {{name: Blue, members: [a@x, d@x], policies: [{{access: allow, \
         permission_groups: [B, 'C: c'], resource_groups: [Zone]}}]}}"
    );
    let expected = "\
- {name: Red, members: [\"ada@x\", bob@x, cleo@x], policies: [{access: allow, permission_groups: \
         [Cache, DNS], resource_groups: [Zone]}, {access: allow, permission_groups: [Logs], \
         resource_groups: [Whole account]}]}
- name: Blue
  policies: [{access: allow, permission_groups: [B, \"C: c\"], resource_groups: [Zone]}] # note
  members: [
    a@x, d@x, # a and b
    # c is next
  ]
";
    expect(file, &account, expected);
}

#[test]
fn empty_lists_become_blocks_and_blocks_become_empty() {
    let file = "- name: Red\n  policies: []\n  members: &all []\n- name: Blue\n  members: &b # none\n    - x@x";
    let account = ACCOUNT.replace(
        "    - {access: allow, permission_groups: [Logs], resource_groups: [Whole account]}\n",
        "",
    ) + "- {name: Blue, members: []}";
    let expected = "\
- name: Red
  policies:
    - access: allow
      permission_groups:
        - Cache
        - DNS
      resource_groups:
        - Zone
  members: &all
    - ada@x
    - bob@x
    - cleo@x
- name: Blue
  members: &b [] # none
";
    expect(file, &account, expected);
    let none = "account: 0123456789abcdef0123456789abcdef\ngroups: []\n";
    let groups = "account: 0123456789abcdef0123456789abcdef\ngroups:\n  - name: Blue\n    policies: []\n    members: []\n";
    expect(none, "- {name: Blue, policies: [], members: []}", groups);
    let pruned = updated(groups, "[]", true).unwrap();
    assert_eq!(pruned.content, none.as_bytes());
    assert_eq!(updated("- name: Blue\n# end", "[]", true).unwrap().content, b"[]\n# end");
}

#[test]
fn aliases_and_sets_stay_while_they_hold() {
    let file = "\
people:
  team: &team [ada@x, bob@x]
  left: [gone@x, ada@x]
groups:
- name: A
  members: &a [ada@x, gone@x]
- name: B
  members: *a
- name: C
  members: *a
- name: D
  members: *team
- name: E
  members: [people: team, people: left, cleo@x]
- name: F
  members:
  - &kim kim@x
  - &old {people: left}
- name: G
  members: [*kim, *old, ada@x]
";
    let account = "[{name: A, members: [ada@x]}, {name: B, members: [ada@x]}, {name: C, members: \
        [ada@x, bob@x]}, {name: D, members: [ada@x, bob@x]}, {name: E, members: [ada@x, bob@x]}, {name: F, \
        members: [kim@x]}, {name: G, members: [ada@x, kim@x]}]";
    let expected = "\
people:
  team: &team [ada@x, bob@x]
  left: [gone@x, ada@x]
groups:
- name: A
  members: &a [ada@x]
- name: B
  members: *a
- name: C
  members:
    - ada@x
    - bob@x
- name: D
  members: *team
- name: E
  members: [people: team]
- name: F
  members:
  - &kim kim@x
- name: G
  members: [*kim, ada@x]
";
    expect(file, account, expected);
    let anchor = "- {name: Old, members: &old [ada@x]}\n- {name: A, members: *old}\n";
    let error = updated(anchor, "- {name: A, members: [ada@x]}", true).unwrap_err().to_string();
    assert!(error.starts_with("file:1:1: the file cannot be updated so that"), "{error}");
}

#[test]
fn groups_are_renamed_added_and_removed() {
    let id = "0123456789abcdef0123456789abcdef";
    let file = format!(
        "groups:\n\n  - name: 'Red'\n    id: {id}\n\n  - name: Old # gone\n    owner: me\n    # old\n\n  - name: Blue\npeople: {{}}\n"
    );
    let account = format!(
        "[{{name: 'Rouge: 1', id: {id}, members: []}}, {{name: Blue}}, {{name: Ann, members: [ada@x]}}]"
    );
    let error = updated(&file, &account, false).unwrap_err().to_string();
    assert_eq!(
        error,
        "file:6:11: the account has no group \"Old\"; apply the file to create it, or prune its entry"
    );
    let new = updated(&file, &account, true).unwrap();
    let expected = format!(
        "groups:\n\n  - name: \"Rouge: 1\"\n    id: {id}\n\n\n  - name: Blue\n\n  - name: Ann\n    # policies: left out, because the file leaves out `policies`\n    members:\n      - ada@x\npeople: {{}}\n"
    );
    assert_eq!(String::from_utf8(new.content).unwrap(), expected);
    assert_eq!([new.added, new.changed, new.removed], [["Ann"], ["Rouge: 1"], ["Old"]]);
}

#[test]
fn files_that_cannot_be_updated_are_refused() {
    let refused = |file: &[u8]| {
        let new = update("file", file, &snapshot(ACCOUNT), Pin::All, true);
        new.unwrap_err().to_string()
    };
    for file in ["[{\"name\": \"Red\"}]", "{groups: [{name: Red}]}"] {
        let error = refused(file.as_bytes());
        assert!(
            error.starts_with("file:1:1: the file is JSON, or its groups are in flow style"),
            "{error}"
        );
    }
    assert!(refused(b"-\0 \0\"\0x\0\"\0").contains("save it as UTF-8"));
    assert!(refused(b"- name: Red\n- name: Red\n").contains("duplicate entry"));
    assert!(refused(b"- nmae: Red\n").contains("did you mean"));
}

proptest! {
    /// Whatever members two files have, one becomes the other, and keeps its comments and line ends.
    #[test]
    fn any_file_can_be_updated(
        before in groups(), after in groups(),
        crlf in any::<bool>(), mark in any::<bool>(), end in any::<bool>(),
    ) {
        let mut text = before.replace('\n', if crlf { "\r\n" } else { "\n" });
        if mark { text.insert(0, '\u{feff}') }
        if end { text.truncate(text.trim_end().len()) }
        let new = updated(&text, &after, true).unwrap();
        let content = String::from_utf8(new.content).unwrap();
        prop_assert_eq!(content.starts_with('\u{feff}'), mark);
        prop_assert_eq!(content.matches("\r\n").count(), if crlf { content.matches('\n').count() } else { 0 });
        let comments = |text: &str| text.lines().filter(|it| it.trim().starts_with('#')).map(|it| it.trim().to_owned()).collect::<Vec<_>>();
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
        match (items.as_slice(), style) {
            ([], _) | (_, 0) => format!("[{}]", items.join(", ")),
            (items, 1) => format!(
                "[\n    # first\n    {} # note\n    # last\n    ]",
                items.join(", # é\n    ")
            ),
            (items, 2) => format!(
                "&anchor # é\n    # before\n    - {} # last",
                items.join("\n    # é\n    - ")
            ),
            (items, _) => format!("# list\n  - {}\n  # after", items.join(" # é\n  - ")),
        }
    });
    let access = prop::sample::select(vec!["allow", "deny"]);
    let names = || prop::sample::subsequence(vec!["DNS", "Cache", "Logs"], 1..3);
    let policy = (access, names(), names(), any::<bool>()).prop_map(|(access, some, others, flow)| {
        let (some, others) = (some.join(", "), others.join(", "));
        match flow {
            true => format!("    - {{access: {access}, permission_groups: [{some}], resource_groups: [{others}]}} # é\n"),
            false => format!("    -\n      access: {access}\n      permission_groups:\n      - {}\n      resource_groups: [{others}]\n", some.replace(", ", "\n      - ")),
        }
    });
    let policies = prop::collection::vec(policy, 0..4).prop_map(|it| match it.concat() {
        text if text.is_empty() => " []\n".to_owned(),
        text => format!("\n{text}"),
    });
    prop::collection::vec((list, policies), 3).prop_map(|groups| {
        let group = |(index, (members, policies))| {
            format!("# group\n- name: G{index}\n  policies:{policies}  members: {members}\n  owner: é # owner\n")
        };
        groups.into_iter().enumerate().map(group).collect::<String>() + "# end\n"
    })
}
