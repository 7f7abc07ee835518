//! Group files of every encoding and size.

use std::fmt::Write;
use std::time::{Duration, Instant};

use cf_groups_engine::{GroupFile, NoProgress, Prune};

use crate::support::{members, small, start};

const FILE: &str =
    "- name: Red\n  members: [ada@example.com, bob@example.com]\n- name: \"Zürich 🔥\"\n";

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn with_mark(text: &str) -> String {
    format!("\u{feff}{text}")
}

#[tokio::test]
async fn every_encoding_is_read() {
    let json = r#"[{"name": "Red"}, {"name": "Z\u00fcrich \ud83d\udd25", "members": []}]"#;
    for (what, content) in [
        ("UTF-8", FILE.as_bytes().to_vec()),
        ("UTF-8 with a byte order mark", with_mark(FILE).into_bytes()),
        ("UTF-16 LE with a mark", utf16(&with_mark(FILE), u16::to_le_bytes)),
        ("UTF-16 BE with a mark", utf16(&with_mark(FILE), u16::to_be_bytes)),
        ("UTF-16 LE", utf16(FILE, u16::to_le_bytes)),
        ("UTF-16 BE", utf16(FILE, u16::to_be_bytes)),
        ("CRLF", FILE.replace('\n', "\r\n").into_bytes()),
        ("JSON with a surrogate pair", json.as_bytes().to_vec()),
    ] {
        let (sandbox, engine) = start(small()).await;
        let file = GroupFile::parse("x", &content);
        let plan = engine.plan(&file, Prune::No, &NoProgress).await;
        let plan = plan.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(plan.creations[0].name, "Zürich 🔥", "{what}");
        assert!(plan.updates.is_empty(), "{what}");
        assert_eq!(members(&sandbox, "Red")[0].len(), 2);
    }
}

#[test]
fn places_are_right_in_every_file() {
    for (content, expected) in [
        (&b"- name: A\n  x\xff: 1"[..], "x:2:4: the text is not UTF-8; save it as UTF-8"),
        (b"\xff\xfe-\x00x", "x:1:1: the text is not valid UTF-16; save it as UTF-8"),
        (b"\xff\xfe\0\0-\0\0\0", "x:1:1: the text is UTF-32; save it as UTF-8"),
        (
            b"- name: A\n  members:\n\t- ada@example.com\n",
            "x:3:1: a tab cannot indent in YAML; use spaces",
        ),
        (b"- name: A\n\tid: b\n", "x:2:1: a tab cannot indent in YAML; use spaces"),
        (b"- name:\tA\n", "x:1:8: a tab cannot be here in YAML; use a space"),
        (
            br#"[{"name": "\ud83d\udd25\ud83d\udd25", "nmae": "\\ud83d"}]"#,
            "x:1:39: a group has no field \"nmae\"; did you mean \"name\"?",
        ),
    ] {
        let error = GroupFile::parse("x", content).check().unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

/// What aliases repeat is counted, so that a small file cannot be a large one.
#[test]
fn a_file_that_expands_to_millions_of_values_is_refused_at_once() {
    let mut members = String::from("- name: Base\n  members: &all [");
    (0..10_000).for_each(|number| write!(members, "p{number}@example.com,").unwrap());
    members.push_str("]\n");
    (0..1_000)
        .for_each(|number| writeln!(members, "- {{name: G{number}, members: *all}}").unwrap());
    let mut groups = String::from("- &g {name: G, members: [a@example.com]}\n");
    (0..400_000).for_each(|_| groups.push_str("- *g\n"));
    let mut policies = String::from("- name: Base\n  policies: &p\n");
    (0..2_000).for_each(|number| {
        writeln!(
            policies,
            "    - {{access: allow, permission_groups: [P{number}], resource_groups: [All]}}"
        )
        .unwrap();
    });
    (0..2_000)
        .for_each(|number| writeln!(policies, "- {{name: G{number}, policies: *p}}").unwrap());
    let mut bomb = String::from("- &a0 [x, x]\n");
    (1..60).for_each(|number| {
        writeln!(bomb, "- &a{number} [*a{0}, *a{0}]", number - 1).unwrap();
    });
    for text in [members, groups, policies, bomb] {
        let started = Instant::now();
        let error = GroupFile::parse("x", &text).check().unwrap_err().to_string();
        assert!(error.contains("more than 1000000 values, aliases included"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(5), "of a debug build");
    }
    let large = "# comment\n".repeat(2_000_000);
    let error = GroupFile::parse("x", &large).check().unwrap_err().to_string();
    assert_eq!(error, "x:1:1: the file is larger than 16 MiB");
}
