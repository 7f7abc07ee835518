//! The program as other programs call it: bytes, pipes, secrets, completions and man pages.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use cloudflare_user_groups_sandbox::{COMPANY, Sandbox, Seed};
use support::{Session, expect, program, sandbox};

const FILE: &str = include_str!("fixtures/groups.yaml");

/// Windows PowerShell writes UTF-16 with CRLF, and some editors a byte order mark.
#[test]
fn files_that_are_written_on_windows_are_read() {
    let sandbox = sandbox();
    let mut session = Session::bare("windows", &sandbox);
    session.set("CF_GROUPS_CONFIG", "config.toml");
    let utf16 = |file: &str, text: &str| {
        let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(session.home.join(file), bytes).unwrap();
    };
    let (id, url) = (sandbox.account_id(), sandbox.base_url());
    let config = format!(
        "\u{feff}[profiles.default]\r\naccount_id = \"{id}\"\r\nbase_url = \"{url}\"\r\n\
         token_file = \"token\"\r\n"
    );
    session.write("config.toml", &config);
    utf16("token", &format!("{}\n", sandbox.token()));
    utf16("groups.yaml", FILE);
    let run = |line: &str| {
        let output = session.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    utf16("today.plan", &run("plan groups.yaml --out -"));
    run("apply today.plan --yes");
    utf16("export.yaml", &run("export"));
    utf16("members.json", &run("lookup members -o json"));
    run("validate groups.yaml --snapshot export.yaml --snapshot members.json");
    let seed = "\u{feff}{\"accounts\": [{}]}";
    session.write("seed.json", seed);
    assert!(Seed::from_file(session.home.join("seed.json")).is_ok());
}

#[test]
fn demo_runs() {
    let home = support::directory("demo");
    let output = program(&home).arg("demo").output().unwrap();
    assert!(output.status.success());
    expect("demo.txt", std::str::from_utf8(&output.stdout).unwrap());
}

#[test]
fn sandbox_prints_the_variables_of_its_clients() {
    let home = support::directory("serve");
    let mut server =
        program(&home).args(["sandbox", "--log", "log"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let exports: Vec<String> = lines.skip(1).take(3).map(Result::unwrap).collect();
    let variables = exports
        .iter()
        .map(|line| line.strip_prefix("export ").and_then(|line| line.split_once('=')).unwrap());
    let list = program(&home).args(["list", "-o", "csv"]).envs(variables).output().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    expect("sandbox.txt", std::str::from_utf8(&list.stdout).unwrap());
    assert!(fs::read_to_string(home.join("log")).unwrap().contains("account-user-group-list"));
}

#[test]
fn schema_completions_and_man_pages() {
    let home = support::directory("generated");
    let run = |arguments: &[&str]| program(&home).args(arguments).output().unwrap();
    let schema = run(&["schema"]).stdout;
    assert_eq!(std::str::from_utf8(&schema).unwrap(), cf_groups_engine::SCHEMA);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = String::from_utf8(run(&["completions", shell]).stdout).unwrap();
        assert!(script.contains("cf-groups"), "{shell}: {script}");
    }
    assert!(run(&["man", "man1"]).status.success());
    let pages = fs::read_dir(home.join("man1")).unwrap().map(|page| page.unwrap().path());
    for page in pages {
        let (name, text) = (page.file_stem().unwrap(), fs::read_to_string(&page).unwrap());
        let command = name.to_str().unwrap().trim_start_matches("cf-groups-");
        // `who` has the examples of its two commands.
        let has_examples = text.contains("Examples:") || command.starts_with("who-");
        assert!(text.contains(".TH") && has_examples, "{text}");
        let offline = ["schema", "sandbox", "demo", "completions", "man"].contains(&command);
        assert!(!offline || !text.contains("token\\-file"), "{text}");
    }
    assert!(home.join("man1/cf-groups-members-sync.1").exists());
    assert!(!home.join("man1/cf-groups-help-plan.1").exists());
}

/// Completes a command line as bash does after the script is sourced.
#[cfg(unix)]
fn completed(session: &Session<'_>, words: &[&str]) -> Vec<String> {
    let script = r#"
source <("$PROGRAM" completions bash)
PATH="$(dirname "$PROGRAM"):$PATH"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9
_clap_complete_cf_groups cf-groups "${COMP_WORDS[COMP_CWORD]}"
printf '%s\n' "${COMPREPLY[@]}""#;
    let output = support::command("bash", &session.home)
        .args(["-c", script, "bash"])
        .args(words)
        .env("PROGRAM", support::PROGRAM)
        .envs(session.variables())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_options_and_groups() {
    let sandbox = sandbox();
    let session = Session::new("complete", &sandbox);
    session.run("create 'Site Reliability'");
    let complete = |words: &[&str]| completed(&session, words);
    assert_eq!(complete(&["cf-groups", "members", "a"]), ["add"]);
    assert!(complete(&["cf-groups", "plan", "--de"]).contains(&"--detailed-exitcode".to_owned()));
    assert_eq!(complete(&["cf-groups", "get", "Pla"]), ["Platform"]);
    assert_eq!(complete(&["cf-groups", "members", "list", "site"]), ["Site\\ Reliability"]);
    let add = ["cf-groups", "members", "add", "Platform", "ADA@ex"];
    assert_eq!(complete(&add), ["ada@example.com"]);
    let protect = ["cf-groups", "delete", "Platform", "--protect", "gra"];
    assert_eq!(complete(&protect), ["grace@example.com"]);
    std::fs::create_dir_all(session.home.join(".config/cf-groups")).unwrap();
    let config = "[profiles.default]\n[profiles.staging]\n";
    session.write(".config/cf-groups/config.toml", config);
    assert_eq!(complete(&["cf-groups", "list", "--profile", "st"]), ["staging"]);
}

/// An address is found in a large account with a few requests, and is one word for bash.
#[cfg(unix)]
#[test]
fn bash_completes_addresses_of_a_large_account() {
    let seed = Seed::from_json(COMPANY).unwrap();
    let sandbox = Sandbox::builder().seed(seed).start_blocking().unwrap();
    let session = Session::new("complete-large", &sandbox);
    let words = ["cf-groups", "members", "add", "Support", "sre-03"];
    assert_eq!(completed(&session, &words), ["sre-03@meridian.example"]);
    assert!(sandbox.log().len() <= 5, "{} requests", sandbox.log().len());
    let script = "source <(\"$PROGRAM\" completions bash); echo \"$COMP_WORDBREAKS\"";
    let mut bash = support::command("bash", &session.home);
    let output = bash.args(["-ic", script]).env("PROGRAM", support::PROGRAM).output().unwrap();
    let breaks = String::from_utf8(output.stdout).unwrap();
    assert!(breaks.contains('=') && !breaks.contains('@'), "{breaks:?}");
}

/// Data in pipes is exactly what the API returned.
#[test]
fn names_in_pipes_are_not_altered() {
    let name = "\u{1b}[31mred\u{1b}[0m \u{202e}\u{9b}\u{200b} =1+1";
    let sandbox = sandbox();
    let session = Session::new("bytes", &sandbox);
    assert!(session.run(&format!("create '{name}'")).status.success());
    session.run("create '=cmd'");
    let csv = String::from_utf8(session.run("list -o csv").stdout).unwrap();
    assert!(csv.contains(name) && csv.contains("\n=cmd,"), "{csv:?}");
    let csv = String::from_utf8(session.run("list -o csv --escape-formulas").stdout).unwrap();
    assert!(csv.contains("\n'=cmd,"), "{csv:?}");
    let json = session.run("list -o json").stdout;
    let groups: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert!(groups.as_array().unwrap().iter().any(|group| group["name"] == name));
    assert!(std::str::from_utf8(&json).unwrap().contains('\u{202e}'));
    let yaml = session.run("export").stdout;
    session.write("groups.yaml", std::str::from_utf8(&yaml).unwrap());
    let plan = session.run("plan groups.yaml --prune --detailed-exitcode");
    assert_eq!(plan.status.code(), Some(0));
}

/// Neither of them, even if a response contains them.
#[test]
fn api_key_and_email_are_not_printed() {
    let sandbox =
        Sandbox::builder().api_key("ada@example.com", "right-key").start_blocking().unwrap();
    for (key, code) in [("right-key", 0), ("wrong-key", 1)] {
        let mut session = Session::bare("key", &sandbox);
        session.set("CLOUDFLARE_EMAIL", "ada@example.com");
        session.set("CLOUDFLARE_API_KEY", key);
        session.set("CLOUDFLARE_ACCOUNT_ID", sandbox.account_id());
        session.set("CLOUDFLARE_BASE_URL", sandbox.base_url());
        let output = session.run("list --verbose");
        assert_eq!(output.status.code(), Some(code));
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(shown.contains("GET /accounts/{account_id}/iam/user_groups"), "{shown}");
        assert!(!shown.contains(key) && !shown.contains("ada@"), "{shown}");
    }
}

/// What is shown has no reader. What is changed or saved is changed or saved nevertheless.
#[test]
fn closed_output_pipe_is_no_failure_and_stops_no_change() {
    let sandbox = sandbox();
    let session = Session::new("pipe", &sandbox);
    session.write("groups.yaml", FILE);
    for (arguments, sent, code) in [
        (&["lookup", "members", "-o", "json"][..], 0, 0),
        (&["plan", "groups.yaml", "--out", "today.plan", "--detailed-exitcode"], 0, 2),
        (&["delete", "Platform", "--dry-run", "--max-removals", "0"], 0, 3),
        (&["audit", "--detailed-exitcode"], 0, 2),
        (&["diff", "groups.yaml", "account", "--detailed-exitcode", "-o", "json"], 0, 2),
        (&["create", "Piped"], 1, 0),
        (&["members", "add", "Piped", "ada@example.com", "-o", "json"], 1, 0),
        (&["create", "Denied", "--deny", "DNS", "--on", "account"], 1, 1),
    ] {
        let before = support::changes(&sandbox);
        let mut child = program(&session.home)
            .args(arguments)
            .envs(support::variables(&sandbox))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{arguments:?}: {complaint}");
        assert_eq!(complaint.contains("error: failed to"), code == 1, "{complaint}");
        assert_eq!(support::changes(&sandbox) - before, sent, "{arguments:?}");
    }
    assert!(session.home.join("today.plan").exists());
}
