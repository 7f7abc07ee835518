//! The commands as they are run: what they print, and the status they end with.
//!
//! What they print is compared with the files in `tests/expected`. To accept another output, run
//! the tests with `UPDATE_EXPECTED=1` and look at what git shows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Runs a command among the fixtures, so that its output holds no path of this machine.
fn xtask(arguments: &str, input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments.split(' '))
        .current_dir(Path::new(HERE).join("tests/fixtures"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no input may have closed it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn expect(arguments: &str, status: i32, file: &str) {
    let output = xtask(arguments, "");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments}: {complaint}");
    let path = Path::new(HERE).join("tests/expected").join(file);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, &output.stdout).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert_eq!(printed(&output), expected, "{arguments}: not as in {file}");
}

/// Input that cannot be worked on ends with 2, prints nothing, and says why.
fn refuse(arguments: &str, input: &str, why: &str) {
    let output = xtask(arguments, input);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments}: {complaint}");
    assert!(complaint.contains(why), "{arguments}: {complaint}");
    assert_eq!(printed(&output), "");
}

#[test]
fn from_the_documented_version_to_mid_2026() {
    let diff = "spec diff documented.yaml mid-2026.yaml";
    expect(diff, 1, "evolution.txt");
    expect(&format!("{diff} --format json"), 1, "evolution.json");
    expect(&format!("{diff} --format markdown"), 1, "evolution.md");
}

#[test]
fn from_mid_2026_back_to_the_documented_version() {
    expect("spec diff mid-2026.yaml documented.yaml", 1, "evolution-back.txt");
}

#[test]
fn a_diff_without_a_breaking_change_ends_with_0() {
    expect("spec diff documented.yaml documented.yaml", 0, "no-change.txt");
    let fixture = Path::new(HERE).join("tests/fixtures/documented.yaml");
    let more =
        fs::read_to_string(fixture).unwrap().replace("description: A group.", "description: One.");
    let output = xtask("spec diff documented.yaml -", &more);
    assert_eq!(output.status.code(), Some(0));
    assert!(printed(&output).contains("0.4.2 → 0.4.3 (0.x rule)"), "{}", printed(&output));
}

#[test]
fn a_git_revision_stands_for_its_spec() {
    if !Path::new(HERE).join("../.git").exists() {
        return;
    }
    let output = xtask("spec diff HEAD HEAD", "");
    assert_eq!(output.status.code(), Some(0));
    let line = "HEAD:spec/openapi.yaml → HEAD:spec/openapi.yaml: no change\n";
    assert_eq!(printed(&output), line);
}

#[test]
fn the_published_document_in_another_shape() {
    let upstream = "spec upstream published.json --spec documented.yaml --deviations";
    expect(&format!("{upstream} accepted.yaml"), 0, "upstream-accepted.txt");
    expect(&format!("{upstream} stale.yaml"), 1, "upstream-stale.txt");
    expect(&format!("{upstream} stale.yaml --format json"), 1, "upstream-stale.json");
    expect(&format!("{upstream} stale.yaml --format markdown"), 1, "upstream-stale.md");
}

#[test]
fn check_tells_what_is_wrong() {
    expect("spec check --spec documented.yaml", 0, "check-sound.txt");
    expect("spec check --spec mid-2026.yaml", 0, "check-sound-2026.txt");
    expect("spec check --spec published.json", 1, "check-published.txt");
}

#[test]
fn unusable_input_ends_with_2() {
    let twice = "openapi: 3.0.3\npaths: {}\nopenapi: 3.0.3\n";
    let elsewhere = r#"{ "openapi": "3.0.3", "paths": { "/zones": { "get": {} } } }"#;
    let upstream = "spec upstream - --spec documented.yaml --deviations";
    for (arguments, input, why) in [
        ("spec diff no-such-file", "", "neither a file nor a git revision"),
        (
            "spec diff documented.yaml -",
            twice,
            "the key `openapi` stands here twice at line 3 column 1",
        ),
        ("spec diff documented.yaml -", "openapi: [", "-: "),
        ("spec diff documented.yaml -", "name: no such document", "not an OpenAPI document"),
        ("spec check --spec -", twice, "stands here twice"),
        (&format!("{upstream} accepted.yaml"), elsewhere, "has none of the paths"),
        (&format!("{upstream} no-such-file"), elsewhere, "no-such-file cannot be read"),
        (&format!("{upstream} documented.yaml"), elsewhere, "documented.yaml: unknown field"),
        ("spec diff --format yaml", "", "`yaml` is not a format"),
        ("spec check --format json", "", "do not go together"),
        ("spec diff --spec documented.yaml", "", "do not go together"),
        ("spec", "", "cargo xtask spec diff"),
    ] {
        refuse(arguments, input, why);
    }
}
