//! Why a command ends early, and the status the program ends with.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use cf_groups_engine::counted;

/// The status for a command line or input that makes no sense (`EX_USAGE` of sysexits). Not the
/// usual 2, which `plan --detailed-exitcode` needs for "there are changes", as terraform has it.
pub(crate) const USAGE: u8 = 64;

/// How a command that was carried out ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// All is done.
    Done,
    /// Something was not done. What it was has been said already.
    NotAllDone,
    /// There are changes, and the caller wants to be told by the status.
    Changes,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::NotAllDone => 1,
            Status::Changes => 2,
        })
    }
}

/// Why a command was not carried out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked makes no sense.
    Usage(String),
    /// It could not be done.
    Failed(String),
    /// Nobody reads the output any more, as in `cf-groups list | head`.
    NotRead,
}

impl Failure {
    pub(crate) fn usage(problem: impl Into<String>) -> Self {
        Self::Usage(problem.into())
    }

    pub(crate) fn failed(problem: impl fmt::Display) -> Self {
        Self::Failed(problem.to_string())
    }

    /// All problems at once, one a line.
    pub(crate) fn several(heading: &str, problems: &[String]) -> Self {
        match problems {
            [only] => Self::Failed(only.clone()),
            _ => Self::Failed(format!("{heading}:\n  {}", problems.join("\n  "))),
        }
    }

    /// Tells the user, and which status to end with.
    pub(crate) fn report(&self) -> ExitCode {
        let (text, status) = match self {
            Self::Usage(text) => (text, USAGE),
            Self::Failed(text) => (text, 1),
            Self::NotRead => return ExitCode::SUCCESS,
        };
        complain(text);
        ExitCode::from(status)
    }
}

/// Says on standard error what is wrong.
pub(crate) fn complain(text: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    // Where even this cannot be said, the exit code says it.
    writeln!(anstream::stderr(), "{style}error:{style:#} {text}").ok();
}

/// Says on standard error what the user should know.
pub(crate) fn note(text: &str) {
    writeln!(anstream::stderr(), "{text}").ok();
}

impl From<cloudflare_user_groups::Error> for Failure {
    fn from(error: cloudflare_user_groups::Error) -> Self {
        if error.is_not_found() {
            let help = "cf-groups list shows the user groups, cf-groups members list who is in one";
            return Self::Failed(format!("{error}; {help}"));
        }
        Self::failed(error)
    }
}

impl From<cf_groups_engine::Error> for Failure {
    fn from(error: cf_groups_engine::Error) -> Self {
        use cf_groups_engine::Error::{GroupFile, RemovalLimitExceeded};
        match error {
            GroupFile(mistakes) => {
                let count = counted(mistakes.iter().count(), "mistake");
                Self::Failed(format!("{count} in the file, and nothing was changed:\n{mistakes}"))
            }
            RemovalLimitExceeded(refusal) => {
                Self::Failed(format!("{refusal} with --allow-removals"))
            }
            other => Self::failed(other),
        }
    }
}

/// Output that cannot be written. Failures with files are told where they happen.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::NotRead,
            _ => Self::Failed(format!("the output cannot be written: {error}")),
        }
    }
}
