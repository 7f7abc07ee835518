//! The commands with their arguments, as far as they print reports.
//!
//! Reports are compared with the files in `tests/expected`. `EXPECTORATE=overwrite` accepts others.

use clap::Parser as _;

use super::{mutations::mutate, *};
use crate::{
    Cli,
    report::{DiffReport, Format},
    run,
};

/// Runs a command on the fixtures, and gives its output and whether its exit status is 0.
fn xtask(arguments: &str) -> Result<(String, bool), String> {
    let words = arguments.split(' ').map(|word| match word.split_once('@') {
        Some(("", file)) => format!("tests/fixtures/{file}"),
        _ => word.to_owned(),
    });
    let cli = Cli::try_parse_from(std::iter::once("xtask".to_owned()).chain(words))
        .map_err(|why| why.to_string())?;
    run(cli).map_err(|why| why.to_string())
}

fn expect(arguments: &str, is_ok: bool, file: &str) {
    let (output, status) = xtask(arguments).unwrap();
    assert_eq!(status, is_ok, "{arguments}: {output}");
    expectorate::assert_contents(format!("tests/expected/{file}"), &output);
}

#[test]
fn diff_from_the_documented_version_to_mid_2026() {
    let old = Document::from_file("tests/fixtures/documented.yaml").unwrap();
    let new = Document::new("mid-2026", mutate(&old.root, &fixture("mid-2026.yaml"))).unwrap();
    let report = DiffReport::new(&old, &new, None).unwrap();
    expectorate::assert_contents("tests/expected/evolution.txt", &report.write(Format::Text));
    let markdown = report.write(Format::Markdown);
    assert!(markdown.starts_with("## `tests/fixtures/documented.yaml` → `mid-2026`: breaking\n"));
}

#[test]
fn diff_fails_for_a_breaking_change() {
    expect("spec diff @documented.yaml @documented.yaml", true, "no-change.txt");
    let json = "spec diff @documented.yaml @documented.yaml --format json";
    expect(json, true, "no-change.json");
    // The changes are those of `upstream-stale.json`.
    let diff = "spec diff @documented.yaml @published.json --format json --paths @documented.yaml";
    let (output, is_ok) = xtask(diff).unwrap();
    assert_eq!((&value(&output)["breaking"], is_ok), (&json!(true), false));
}

#[test]
fn diff_of_a_git_revision_reads_its_spec() {
    if !std::path::Path::new("../.git").exists() {
        return;
    }
    let (output, is_ok) = xtask("spec diff HEAD HEAD").unwrap();
    assert!(is_ok);
    assert_eq!(output, "HEAD:spec/openapi.yaml → HEAD:spec/openapi.yaml: no changes\n");
}

#[test]
fn upstream_reports_drift_and_stale_deviations() {
    let upstream = "spec upstream @published.json --spec @documented.yaml --deviations";
    expect(&format!("{upstream} @accepted.yaml"), true, "upstream-accepted.txt");
    expect(&format!("{upstream} @stale.yaml"), false, "upstream-stale.txt");
    expect(&format!("{upstream} @stale.yaml --format json"), false, "upstream-stale.json");
    expect(&format!("{upstream} @stale.yaml --format markdown"), false, "upstream-stale.md");
}

#[test]
fn check_lists_problems() {
    expect("spec check --spec ../spec/openapi.yaml", true, "check-ok.txt");
    expect("spec check --spec @published.json", false, "check-published.txt");
}

#[test]
fn unusable_input_is_refused_with_the_reason() {
    let upstream = "spec upstream @published.json --spec @documented.yaml --deviations";
    for (arguments, why) in [
        ("spec diff no-such-file", "neither a file nor a git revision"),
        (
            "spec diff @documented.yaml @accepted.yaml",
            "is not an OpenAPI document: `openapi` is missing",
        ),
        (
            "spec upstream @documented.yaml --spec ../spec/openapi.yaml --deviations no-such-file",
            "cannot read no-such-file",
        ),
        (&format!("{upstream} @documented.yaml"), "documented.yaml: unknown field"),
        (
            &format!("{upstream} @broken.yaml"),
            "deviations[1]: unknown id `field-addedd`; xtask/README.md lists",
        ),
        ("spec diff --format yaml", "invalid value 'yaml'"),
        ("spec check --format json", "unexpected argument"),
        ("spec", "Usage: cargo xtask spec"),
    ] {
        let refused = xtask(arguments).unwrap_err();
        assert!(refused.contains(why), "{arguments}: {refused}");
    }
}
