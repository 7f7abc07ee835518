//! Runs `cf-groups` against a sandbox and compares its output with `tests/expected`.
//!
//! Most tests replay a transcript: its commands are run, and what they print is compared with what
//! it has. To accept a new output, run the tests with `EXPECTORATE=overwrite` and review the diff.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]
#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cloudflare_user_groups_sandbox::{Exchange, FaultPlan, Sandbox, Seed};

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

/// A directory in which commands are run with the settings of a sandbox.
pub(crate) struct Session<'a> {
    sandbox: &'a Sandbox,
    pub(crate) home: PathBuf,
    variables: Vec<(&'static str, String)>,
    /// The variables that a transcript has set so far, as commands of a shell.
    exports: String,
}

impl<'a> Session<'a> {
    pub(crate) fn new(name: &str, sandbox: &'a Sandbox) -> Self {
        let variables = variables(sandbox).into();
        Self { variables, ..Self::bare(name, sandbox) }
    }

    /// A session without settings in the environment.
    pub(crate) fn bare(name: &str, sandbox: &'a Sandbox) -> Self {
        Self { sandbox, home: directory(name), variables: Vec::new(), exports: String::new() }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.push((name, value.into()));
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let file = self.home.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.home.join(file)).unwrap()
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Runs `cf-groups` with these arguments, with the quotes of a shell.
    pub(crate) fn run(&self, arguments: &str) -> Output {
        self.shell(&format!("cf-groups {arguments}"), "")
    }

    /// Runs the commands of the transcript in `tests/expected` that has the name of the session,
    /// and compares it with what they print now. A shell runs them; lines that begin with `<` are
    /// their input, those with `=` count the requests that tried to change something. `faults` sets
    /// the faults of the sandbox, `requests` counts those of an operation, or all, since the last
    /// time.
    pub(crate) fn replay(&mut self) {
        let name = self.home.file_name().unwrap().to_str().unwrap();
        let file = format!("{name}.txt");
        let text = fs::read_to_string(expected(&file)).unwrap();
        let mut lines = text.lines().peekable();
        let mut transcript = String::new();
        while let Some(line) = lines.next() {
            let Some(command) = line.strip_prefix("$ ") else { continue };
            writeln!(transcript, "{line}").unwrap();
            let mut input = String::new();
            while let Some(line) = lines.next_if(|it| it.starts_with("< ")) {
                writeln!(transcript, "{line}").unwrap();
                writeln!(input, "{}", &line[2..]).unwrap();
            }
            writeln!(transcript, "{}", self.step(command, &input)).unwrap();
        }
        let shown = transcript.replace(&self.sandbox.base_url(), "BASE_URL");
        let shown = shown.replace(self.home.to_str().unwrap(), "HOME");
        assert!(!shown.contains(self.sandbox.token()), "the token is in the output:\n{shown}");
        expect(&file, &without_times(&shown));
    }

    /// Runs a command of a transcript. Returns what it shows.
    fn step(&mut self, line: &str, input: &str) -> String {
        let (command, arguments) = line.split_once(' ').unwrap_or((line, ""));
        match command {
            "export" | "unset" => writeln!(self.exports, "{line}").unwrap(),
            "faults" => {
                self.sandbox.set_faults(&FaultPlan::from_json(arguments).unwrap()).unwrap();
            }
            "requests" => {
                let is_counted =
                    |it: &&Exchange| arguments.is_empty() || it.operation == Some(arguments);
                let count = self.sandbox.log().iter().filter(is_counted).count();
                self.sandbox.clear_log();
                return format!("{count}\n");
            }
            _ => {
                let seen = self.sandbox.log().len();
                return print(&self.shell(line, input)) + &self.sent_since(seen);
            }
        }
        String::new()
    }

    /// How many requests of each method tried to change something.
    fn sent_since(&self, seen: usize) -> String {
        let mut sent: BTreeMap<String, usize> = BTreeMap::new();
        for exchange in self.sandbox.log().into_iter().skip(seen).filter(|it| it.method != "GET") {
            *sent.entry(exchange.method).or_default() += 1;
        }
        let sent: Vec<String> =
            sent.iter().map(|(method, count)| format!("{count} {method}")).collect();
        if sent.is_empty() { String::new() } else { format!("= {}\n", sent.join(", ")) }
    }

    fn shell(&self, line: &str, input: &str) -> Output {
        let mut child = command("sh", &self.home)
            .args(["-c", &format!("{}{line}", self.exports)])
            .env("PATH", path())
            .env("FIXTURES", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"))
            .env("ACCOUNT", self.sandbox.account_id())
            .env("TOKEN", self.sandbox.token())
            .env("URL", self.sandbox.base_url())
            .envs(self.variables())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may have closed it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
}

/// The search path, with the program in it.
pub(crate) fn path() -> OsString {
    let mut path = vec![Path::new(PROGRAM).parent().unwrap().to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap()));
    env::join_paths(path).unwrap()
}

/// What a command printed, and its exit code if that is not 0.
fn print(output: &Output) -> String {
    let mut shown = std::str::from_utf8(&output.stdout).unwrap().to_owned();
    let complaints = std::str::from_utf8(&output.stderr).unwrap();
    complaints.lines().for_each(|line| writeln!(shown, "! {line}").unwrap());
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(shown, "exit {code}").unwrap(),
        None => writeln!(shown, "killed").unwrap(),
    }
    shown
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
    expectorate::assert_contents(expected(file), text);
}

fn expected(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(file)
}

/// Replays a transcript in an account of its own, which is returned as it was left.
pub(crate) fn replay(name: &str) -> Sandbox {
    let sandbox = sandbox();
    Session::new(name, &sandbox).replay();
    sandbox
}
