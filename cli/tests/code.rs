//! Plan, apply and export, as scripts call them.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
#[cfg(unix)]
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use cloudflare_user_groups_sandbox::{COMPANY, Fault, FaultPlan, Sandbox, Seed};
use support::{Session, changes, expect, program, replay, sandbox};

const FILE: &str = "\
- name: Platform
  members: [ada@example.com, alan@example.com, donald@example.com]
- name: Helpdesk
  id: 817fe73ec9b3348d8f52f3ba5e7bff85
  policies:
    - access: allow
      permission_groups: [DNS]
      resource_groups: [example.com]
- name: SRE
  policies:
    - access: allow
      permission_groups: [Firewall]
      resource_groups: [Whole account]
  members: [edsger@example.com]
";

#[test]
fn plan_is_applied_and_then_empty() {
    replay("plan");
}

#[test]
fn output_formats_of_plan_and_outcome() {
    replay("plan-forms");
}

#[test]
fn plan_of_an_export_is_empty() {
    replay("export");
}

#[test]
fn saved_plan_is_applied_or_refused_as_stale() {
    let sandbox = sandbox();
    let mut session = Session::new("saved-plan", &sandbox);
    session.replay();
    let saved = session.home.join("today.plan");
    assert_eq!(fs::read(session.home.join("printed.plan")).unwrap(), fs::read(&saved).unwrap());
    #[cfg(unix)]
    assert_eq!(mode(&saved), 0o600);
}

/// The permissions of a file.
#[cfg(unix)]
fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(file).unwrap().mode() & 0o777
}

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
        let output = session.run_quietly(line);
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
fn all_diagnostics_are_reported_and_no_change_is_sent() {
    replay("diagnostics");
}

#[test]
fn pruning_is_subject_to_the_removal_limit() {
    replay("prune");
}

#[test]
fn only_the_chosen_groups_of_a_file_are_changed() {
    replay("only");
}

#[test]
fn export_into_updates_a_file_and_keeps_what_still_holds() {
    let sandbox = sandbox();
    let mut session = Session::new("into", &sandbox);
    session.write("groups.yaml", "");
    #[cfg(unix)]
    {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o640);
        fs::set_permissions(session.home.join("groups.yaml"), permissions).unwrap();
    }
    session.replay();
    #[cfg(unix)]
    assert_eq!(mode(&session.home.join("groups.yaml")), 0o640);
}

#[test]
fn several_files_of_an_account_are_read_as_one() {
    replay("several");
}

#[test]
fn failed_steps_are_reported_and_the_next_run_finishes() {
    let sandbox = sandbox();
    let refused = Fault::status(400).on("account-user-group-create").count(1);
    sandbox.set_faults(&FaultPlan::new(1).fault(refused)).unwrap();
    Session::new("partial", &sandbox).replay();
}

/// The progress line is for terminals.
#[test]
fn no_progress_line_in_pipes() {
    let sandbox = sandbox();
    let late = Fault::delay(Duration::from_millis(600)).on("account-user-group-list");
    sandbox.set_faults(&FaultPlan::new(1).fault(late)).unwrap();
    Session::new("slow", &sandbox).replay();
}

#[test]
fn waiting_is_logged_every_few_seconds_without_a_terminal() {
    let sandbox = sandbox();
    sandbox.set_faults(&FaultPlan::new(1).fault(Fault::delay(Duration::from_secs(6)))).unwrap();
    let listed = Session::new("log", &sandbox).run_quietly("list");
    assert_eq!(listed.status.code(), Some(0));
    assert_eq!(std::str::from_utf8(&listed.stderr).unwrap(), "waiting for the API\n");
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
fn colors_are_for_terminals_or_on_request() {
    let sandbox = sandbox();
    let mut session = Session::new("colours", &sandbox);
    session.write("groups.yaml", FILE);
    let escape = |output: &std::process::Output| output.stdout.contains(&0x1b);
    assert!(!escape(&session.run("plan groups.yaml")));
    assert!(escape(&session.run("plan groups.yaml --color always")));
    assert!(!escape(&session.run("plan groups.yaml --color never")));
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
    let mut session = Session::new("complete", &sandbox);
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

/// The main thread has this much on Windows.
#[cfg(unix)]
#[test]
fn commands_do_not_depend_on_the_stack_of_the_main_thread() {
    let sandbox = sandbox();
    let session = Session::new("stack", &sandbox);
    session.write("groups.yaml", FILE);
    let script = "ulimit -s 1024 && exec \"$PROGRAM\" apply groups.yaml --yes";
    let output = support::command("sh", &session.home)
        .args(["-c", script])
        .env("PROGRAM", support::PROGRAM)
        .envs(session.variables())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn reads(sandbox: &Sandbox) -> Vec<Option<&'static str>> {
    sandbox.log().iter().filter(|it| it.method == "GET").map(|it| it.operation).collect()
}

/// `apply FILE --yes` reads what `plan FILE` reads. A saved plan reads the groups and the members of
/// the group that it changes.
#[test]
fn apply_reads_nothing_twice() {
    let all = "\
- name: Platform
  members: [ada@example.com, grace@example.com]
- name: Support
  members: [barbara@example.com, donald@example.com]
";
    let read = |lines: &[&str]| {
        let sandbox = sandbox();
        let mut session = Session::new("reads", &sandbox);
        session.write("groups.yaml", all);
        for line in lines {
            sandbox.clear_log();
            assert_eq!(session.run(line).status.code(), Some(0), "{line}");
        }
        let mut reads = reads(&sandbox);
        reads.sort();
        (reads, changes(&sandbox))
    };
    let (groups, members) =
        (Some("account-user-group-list"), Some("account-user-group-member-list"));
    let planned = (vec![groups, members, members], 0);
    assert_eq!(read(&["plan groups.yaml"]), planned);
    assert_eq!(read(&["apply groups.yaml --yes"]), (planned.0, 1));
    let saved = ["plan groups.yaml --out a.plan", "apply a.plan --yes"];
    assert_eq!(read(&saved), (vec![groups, members], 1));
}

#[test]
fn groups_not_in_the_file_are_named_up_to_five_or_all() {
    replay("unmanaged");
}

#[test]
fn unstable_names_are_errors_unless_pinned() {
    replay("names");
}
