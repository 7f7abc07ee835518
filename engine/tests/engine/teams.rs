//! What a group file has for teams: notes, plans of some groups, sets of members, and several
//! files.

use cf_groups_engine::{GroupFile, NoProgress, Pin, Prune};

use crate::support::{company, planned, refused, small, start};

#[tokio::test]
async fn description_and_owner_stay_in_the_file() {
    let (sandbox, engine) = start(small()).await;
    let text =
        "- {name: Red, description: On call, owner: ada@example.com}\n- {name: New, owner: 7}";
    let plan = planned(&engine, text).await;
    assert_eq!((plan.updates.len(), plan.creations.len()), (0, 1));
    assert!(!plan.to_json().contains("owner"));
    assert_eq!(sandbox.log().len(), 1);

    let (_sandbox, engine) = company().await;
    let exported = engine.export(Pin::All, &NoProgress).await.unwrap();
    assert!(!exported.contains("owner:") && !exported.contains("description:"));
}

#[test]
fn description_and_owner_must_be_text() {
    let text = "- {name: Red, description: [a], owner: ''}\n- {name: New, onwer: a}";
    let error = GroupFile::parse("x", text).check().unwrap_err().to_string();
    let expected = "\
x:1:28: `description` must be text
x:1:40: `owner` is empty
x:2:15: a group has no field \"onwer\"; did you mean \"owner\"?";
    assert_eq!(error, expected);
}

const RED: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn only_the_chosen_groups_are_planned() {
    let (_sandbox, engine) = start(small()).await;
    let text = format!(
        "- {{name: Red, id: {RED}, members: []}}\n- {{name: New, members: [no-one@example.com]}}\n- name: Newer"
    );
    for (chosen, updates, creations) in [("Red", 1, 0), (RED, 1, 0), ("Newer", 0, 1)] {
        let file = GroupFile::parse("x", &text).only(&[chosen.to_uppercase(), chosen.to_owned()]);
        assert_eq!(file.is_err(), chosen != RED, "names differ in case");
        let file = GroupFile::parse("x", &text).only(&[chosen.to_owned()]).unwrap();
        let plan = engine.plan(&file, Prune::No, &NoProgress).await.unwrap();
        assert_eq!((plan.updates.len(), plan.creations.len()), (updates, creations), "{chosen}");
    }
    let error = GroupFile::parse("x", &text).only(&["Nwe".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), "the group file has no group \"Nwe\"; did you mean \"New\"?");
}

/// Without the other entry, the chosen one would match the group that the other renames.
#[tokio::test]
async fn chosen_group_does_not_take_a_group_that_another_entry_renames() {
    let (_sandbox, engine) = start(small()).await;
    let text = format!("- {{name: Old red, id: {RED}}}\n- {{name: Red, members: []}}");
    let file = GroupFile::parse("x", &text).only(&["Red".to_owned()]).unwrap();
    let error = engine.plan(&file, Prune::No, &NoProgress).await.unwrap_err().to_string();
    let expected =
        "x:2:10: another entry renames the group that is named \"Red\"; plan both entries at once";
    assert_eq!(error, expected);
    let both = ["Red".to_owned(), "Old red".to_owned()];
    let file = GroupFile::parse("x", &text).only(&both).unwrap();
    let plan = engine.plan(&file, Prune::No, &NoProgress).await.unwrap();
    assert_eq!((plan.updates.len(), plan.creations.len()), (1, 1));
}

#[tokio::test]
async fn sets_of_people_are_used_by_name() {
    let (sandbox, engine) = start(small()).await;
    let bob = sandbox.account().members[1].id.clone();
    let text = format!(
        "
people:
  oncall: [bob@example.com, cleo@example.com]
  leads: [{bob}, dan@example.com]
  unused: []
groups:
  - {{name: Red, members: [BOB@example.com, people: oncall, people: leads, people: oncall]}}
  - {{name: Blue, members: [people: oncall]}}
  - {{name: New, members: [people: unused]}}
"
    );
    let plan = planned(&engine, &text).await;
    let summary = plan.summary();
    assert_eq!((summary.add_members, summary.remove_members), (3, 1), "{plan:?}");
    assert_eq!(plan.creations[0].members.len(), 0);
}

#[tokio::test]
async fn diagnostics_of_sets_have_the_place_of_the_definition_or_use() {
    let text = "\
people:
  oncall: [bob@example.com, Bob, BOB@example.com]
  oncall: ada@example.com
  nested: [people: oncall]
groups:
  - {name: Red, members: [people: onclal]}
  - {name: Blue, members: [poeple: oncall]}";
    let expected = "\
x:2:29: \"Bob\" is neither an email address nor an id; an id is 32 hexadecimal digits
x:2:34: \"BOB@example.com\" is in the list twice; line 2 has it as \"bob@example.com\"
x:3:3: duplicate set \"oncall\"; the first is at x:2:3
x:3:11: a set must be a list of members; write [] for none
x:4:12: an item of a set must be text
x:6:35: `people` has no set \"onclal\"; did you mean \"oncall\"?
x:7:28: a set of members has no field \"poeple\"; did you mean \"people\"?
x:7:28: a set of members needs `people`";
    assert_eq!(GroupFile::parse("x", text).check().unwrap_err().to_string(), expected);
    let wrong = GroupFile::parse("x", "people: []\ngroups: []").check().unwrap_err();
    assert_eq!(wrong.to_string(), "x:1:9: `people` must be a mapping of names to lists");

    let (_sandbox, engine) = start(small()).await;
    let text = "people: {all: [adda@example.com]}\ngroups:\n- {name: Red, members: [people: all]}\n- {name: Blue, members: [people: all]}";
    let expected = "x:1:16: there is no member of the account \"adda@example.com\"; did you mean \"ada@example.com\"?";
    assert_eq!(refused(&engine, text).await, expected);
}

#[tokio::test]
async fn several_files_are_read_as_one() {
    let parse = |files: &[(&str, &str)]| {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec());
        GroupFile::parse_all(&files.iter().map(owned).collect::<Vec<_>>())
    };
    let (_sandbox, engine) = start(small()).await;
    let people = "people: {all: [ada@example.com, bob@example.com]}\ngroups: []";
    let files =
        [("a", "- {name: Red, members: [people: all]}"), ("b", people), ("c", "- name: New")];
    let plan = engine.plan(&parse(&files), Prune::No, &NoProgress).await.unwrap();
    assert_eq!((plan.updates.len(), plan.creations.len()), (0, 1));

    let sets = [("b", people), ("a", people)];
    let expected = "a:1:10: duplicate set \"all\"; the first is at b:1:10";
    assert_eq!(parse(&sets).check().unwrap_err().to_string(), expected);

    let files = [("a", "- name: Blue"), ("b", "- {name: Red, members: [adda@example.com]}")];
    let error = engine.plan(&parse(&files), Prune::No, &NoProgress).await.unwrap_err().to_string();
    assert!(error.starts_with("b:1:25: there is no member"), "{error}");
}
