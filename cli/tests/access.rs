//! Sources of account and credential, and the secrecy of secrets.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod support;

use std::fs;
use std::io::Read;
use std::process::Stdio;

use cloudflare_user_groups_sandbox::Sandbox;
use support::{Session, program, sandbox};

fn profiles(sandbox: &Sandbox) -> String {
    format!(
        "[profiles.default]\naccount_id = {:?}\ntoken = {:?}\nbase_url = {:?}\n\
         [profiles.file]\naccount_id = {0:?}\ntoken_file = \"token\"\nbase_url = {2:?}\n",
        sandbox.account_id(),
        sandbox.token(),
        sandbox.base_url(),
    )
}

#[cfg(unix)]
fn set_mode(path: impl AsRef<std::path::Path>, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn missing_account_or_credential_is_a_usage_error() {
    let sandbox = sandbox();
    let mut session = Session::bare("nothing", &sandbox);
    session.run("list");
    session.run("list --account 00000000000000000000000000000000");
    session.run("list --account short");
    session.run("list --profile work");
    session.write("token", "some-token");
    #[cfg(unix)]
    set_mode(session.home.join("token"), 0o600);
    let refused = "--token-file token --account 00000000000000000000000000000000 \
                   --base-url http://127.0.0.1:1/client/v4";
    for command in ["list", "export"] {
        let output = session.run_quietly(&format!("{command} {refused}"));
        let shown = String::from_utf8(output.stderr).unwrap();
        assert!(shown.contains("Connection refused"), "{shown}");
    }
    session.write("token", "two words");
    session.run("list --token-file token --account 00000000000000000000000000000000");
    session.set("CLOUDFLARE_EMAIL", "ada@example.com");
    session.run("list --account 00000000000000000000000000000000");
    session.set("CLOUDFLARE_API_TOKEN", "a\u{1b}b");
    session.run("list --account 00000000000000000000000000000000");
    session.expect("nothing-given.txt");
}

#[test]
fn settings_from_flags() {
    let sandbox = sandbox();
    let mut session = Session::bare("flags", &sandbox);
    session.write("token", &format!("{}\n", sandbox.token()));
    #[cfg(unix)]
    set_mode(session.home.join("token"), 0o600);
    let flags = format!(
        "--token-file token --account {} --base-url {}",
        sandbox.account_id(),
        sandbox.base_url()
    );
    session.run(&format!("list {flags}"));
    session.run(&format!("{flags} list --contains Support"));
    session.run(&format!("{flags} list --token-file missing"));
    #[cfg(unix)]
    set_mode(session.home.join("token"), 0o644);
    session.run(&format!("{flags} list --contains Support"));
    session.expect("from-flags.txt");
}

#[cfg(unix)]
#[test]
fn settings_from_profiles() {
    let sandbox = sandbox();
    let mut session = Session::bare("profiles", &sandbox);
    fs::create_dir_all(session.home.join(".config/cf-groups")).unwrap();
    let file = ".config/cf-groups/config.toml";
    session.write(file, &profiles(&sandbox));
    // A token file is looked for beside the config file.
    let token = ".config/cf-groups/token";
    session.write(token, sandbox.token());
    set_mode(session.home.join(token), 0o600);
    set_mode(session.home.join(file), 0o640);
    session.run("list --contains Support");
    set_mode(session.home.join(file), 0o600);
    session.run("list --contains Support");
    session.run("list --contains Support --profile file");
    session.run("list --profile defualt");
    let protect = profiles(&sandbox).replace("\ntoken =", "\nprotect = [\"Platform\"]\ntoken =");
    session.write(file, &protect);
    session.run("members remove Platform ada@example.com");
    session.run("members remove Platform ada@example.com --allow-removals");
    session.write(file, &profiles(&sandbox));
    session.set("CLOUDFLARE_API_TOKEN", "another-token");
    session.run("list --contains Support --profile default");
    session.run("list --config missing.toml");
    session.set("CLOUDFLARE_API_TOKEN", format!("{}\n", sandbox.token()));
    session.run("list --contains Support");
    session.expect("from-profiles.txt");
}

#[cfg(unix)]
#[test]
fn errors_of_config_files_do_not_quote_them() {
    let sandbox = sandbox();
    let mut session = Session::bare("config", &sandbox);
    session.write("config.toml", "");
    set_mode(session.home.join("config.toml"), 0o600);
    let token = sandbox.token().to_owned();
    for text in [
        format!("[profiles.default]\ntoken = {token}\n"),
        format!("[profiles.default]\ntoken = \"{token}\n"),
        format!("profiles = \"{token}\"\n"),
        format!("token = \"{token}\"\n"),
        format!("[profiles.default]\ntokn = \"{token}\"\n"),
        format!("[profiles.default]\ntoken = [\"{token}\"]\n"),
        format!("[profiles.default]\ntoken = \"{token}\"\ntoken_file = \"x\"\n"),
        "[profiles.default]\nemail = \"ada@example.com\"\n".to_owned(),
    ] {
        session.write("config.toml", &text);
        assert_eq!(session.run("list --config config.toml").status.code(), Some(1));
    }
    session.expect("config-errors.txt");
}

#[test]
fn refused_token_is_not_printed() {
    let sandbox = sandbox();
    let mut session = Session::new("refused", &sandbox);
    session.set("CLOUDFLARE_API_TOKEN", "some-other-token");
    session.run("list --verbose");
    session.expect("refused.txt");
    let shown = fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/refused.txt"),
    );
    assert!(!shown.unwrap().contains("some-other-token"));
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

#[test]
fn closed_output_pipe_is_a_success() {
    let sandbox = sandbox();
    let session = Session::new("pipe", &sandbox);
    let mut child = program(&session.home)
        .args(["lookup", "members", "-o", "json"])
        .envs(support::variables(&sandbox))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert_eq!((child.wait().unwrap().code(), complaint.as_str()), (Some(0), ""));
}
