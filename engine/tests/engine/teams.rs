//! What a group file has for teams: notes.

use cf_groups_engine::{GroupFile, NoProgress, Pin, Prune};

use crate::support::{company, small, start};

#[tokio::test]
async fn description_and_owner_stay_in_the_file() {
    let (sandbox, engine) = start(small()).await;
    let text =
        "- {name: Red, description: On call, owner: ada@example.com}\n- {name: New, owner: 7}";
    let plan = engine.plan(&GroupFile::parse("x", text), Prune::No, &NoProgress).await.unwrap();
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
