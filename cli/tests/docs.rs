//! Runs the shell commands of the documentation, each document in a sandbox of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use std::fs;
use std::path::Path;

use cloudflare_user_groups_sandbox::{COMPANY, Sandbox, Seed};

mod support;

/// The blocks of a document that are marked as commands.
fn commands(document: &str) -> String {
    let mut script = String::new();
    let mut inside = false;
    for line in document.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => script += &format!("{line}\n"),
            _ => {}
        }
    }
    script
}

fn run(document: &str) {
    let company = Seed::from_json(COMPANY).unwrap();
    let sandbox = Sandbox::builder().seed(company).start_blocking().unwrap();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let script = commands(&fs::read_to_string(docs.join(document)).unwrap());
    assert!(!script.is_empty(), "{document} has no commands");

    let home = support::directory(document);
    let output = support::command("bash", &home)
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(&home)
        .env("PATH", support::path())
        .envs(support::variables(&sandbox))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{document}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

#[test]
fn commands_of_getting_started_succeed() {
    run("getting-started.md");
}

#[test]
fn commands_of_the_recipes_succeed() {
    run("recipes.md");
}
