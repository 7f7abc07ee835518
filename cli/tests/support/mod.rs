//! Runs `cf-groups` against a sandbox and compares its output with `tests/expected`.
//!
//! To accept a new output, run the tests with `EXPECTORATE=overwrite` and review the diff.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]
#![allow(dead_code, reason = "not every test uses all of it")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cloudflare_user_groups_sandbox::{Sandbox, Seed};

const SEED: &str = include_str!("../fixtures/seed.json");

/// The environment variables that can change the outcome.
const VARIABLES: [&str; 10] = [
    "CLOUDFLARE_ACCOUNT_ID",
    "CLOUDFLARE_API_KEY",
    "CLOUDFLARE_API_TOKEN",
    "CLOUDFLARE_BASE_URL",
    "CLOUDFLARE_EMAIL",
    "CF_GROUPS_CONFIG",
    "CF_GROUPS_PROFILE",
    "CLICOLOR_FORCE",
    "NO_COLOR",
    "XDG_CONFIG_HOME",
];

/// An account small enough for transcripts, with two groups of the same name.
pub(crate) fn sandbox() -> Sandbox {
    let seed = Seed::from_json(SEED).unwrap();
    Sandbox::builder().seed(seed).logical_clock().start_blocking().unwrap()
}

/// How many requests have tried to change something.
pub(crate) fn changes(sandbox: &Sandbox) -> usize {
    sandbox.log().iter().filter(|it| it.method != "GET").count()
}

/// The settings for a sandbox, as environment variables.
pub(crate) fn variables(sandbox: &Sandbox) -> [(&'static str, String); 3] {
    [
        ("CLOUDFLARE_ACCOUNT_ID", sandbox.account_id()),
        ("CLOUDFLARE_API_TOKEN", sandbox.token().to_owned()),
        ("CLOUDFLARE_BASE_URL", sandbox.base_url()),
    ]
}

/// An empty directory of this test alone.
pub(crate) fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// The path of the program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cf-groups");

/// The program in this directory, without settings in the environment.
pub(crate) fn program(home: &Path) -> Command {
    command(PROGRAM, home)
}

/// Any program in the same environment.
pub(crate) fn command(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    VARIABLES.iter().for_each(|name| {
        command.env_remove(name);
    });
    // The config file is in the same place on every platform.
    command.env("HOME", home).env("APPDATA", home.join(".config"));
    command.current_dir(home).env("COLUMNS", "100");
    command
}

/// A transcript of commands.
pub(crate) struct Session<'a> {
    sandbox: &'a Sandbox,
    pub(crate) home: PathBuf,
    variables: Vec<(&'static str, String)>,
    transcript: String,
}

impl<'a> Session<'a> {
    pub(crate) fn new(name: &str, sandbox: &'a Sandbox) -> Self {
        let variables = variables(sandbox).into();
        Self { sandbox, home: directory(name), variables, transcript: String::new() }
    }

    /// A session without settings in the environment.
    pub(crate) fn bare(name: &str, sandbox: &'a Sandbox) -> Self {
        Self { variables: Vec::new(), ..Self::new(name, sandbox) }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.push((name, value.into()));
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.home.join(file), text).unwrap();
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Runs a command without recording it.
    pub(crate) fn run_quietly(&self, line: &str) -> Output {
        program(&self.home)
            .args(shlex::split(line).unwrap())
            .envs(self.variables())
            .output()
            .unwrap()
    }

    /// Runs a command line with the quotes of a shell.
    pub(crate) fn run(&mut self, line: &str) -> Output {
        self.run_with_input(line, "")
    }

    pub(crate) fn run_with_input(&mut self, line: &str, input: &str) -> Output {
        let mut child = program(&self.home)
            .args(shlex::split(line).unwrap())
            .envs(self.variables())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may have closed it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        self.record(line, input, &output);
        output
    }

    fn record(&mut self, line: &str, input: &str, output: &Output) {
        let to = &mut self.transcript;
        writeln!(to, "$ cf-groups {line}").unwrap();
        input.lines().for_each(|line| writeln!(to, "< {line}").unwrap());
        to.push_str(std::str::from_utf8(&output.stdout).unwrap());
        let complaints = std::str::from_utf8(&output.stderr).unwrap();
        complaints.lines().for_each(|line| writeln!(to, "! {line}").unwrap());
        match output.status.code() {
            Some(0) => writeln!(to),
            Some(code) => writeln!(to, "exit {code}\n"),
            None => writeln!(to, "killed\n"),
        }
        .unwrap();
    }

    /// Compares the transcript with the file, and checks that it does not contain the token.
    pub(crate) fn expect(&self, file: &str) {
        let shown = self.transcript.replace(&self.sandbox.base_url(), "BASE_URL");
        let shown = shown.replace(self.home.to_str().unwrap(), "HOME");
        assert!(!shown.contains(self.sandbox.token()), "the token is in the output:\n{shown}");
        expect(file, &without_times(&shown));
    }
}

/// `in 12 ms` becomes `in N ms`.
fn without_times(text: &str) -> String {
    let mut parts = text.split(" in ");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let timed = rest.len() < part.len() && rest.starts_with(" ms");
        shown.push_str(" in ");
        shown.push_str(if timed { "N" } else { "" });
        shown.push_str(if timed { rest } else { part });
    }
    shown
}

/// Compares a text with a file in `tests/expected`.
pub(crate) fn expect(file: &str, text: &str) {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(file);
    expectorate::assert_contents(expected, text);
}
