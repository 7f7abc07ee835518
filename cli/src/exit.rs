//! Exit codes, and the errors that end a command.

use std::fmt;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

use cf_groups_engine::counted;

/// The exit code of a usage error (`EX_USAGE` of sysexits). Not the usual 2: `plan
/// --detailed-exitcode` needs it for "changes pending", like Terraform.
pub(crate) const USAGE: u8 = 64;

pub(crate) type Result<T, E = CommandError> = std::result::Result<T, E>;

/// The outcome of a command that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Everything is done.
    Done,
    /// Something failed, and was reported.
    Incomplete,
    /// There are changes, and the exit code must show it.
    ChangesPending,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Incomplete => 1,
            Status::ChangesPending => 2,
        })
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// Invalid arguments or missing configuration.
    Usage(String),
    /// Anything else.
    Failed(String),
    /// The reader of the output went away, as in `cf-groups list | head`. This is a success.
    OutputClosed,
}

impl CommandError {
    pub(crate) fn usage(problem: impl Into<String>) -> Self {
        Self::Usage(problem.into())
    }

    pub(crate) fn failed(problem: impl fmt::Display) -> Self {
        Self::Failed(problem.to_string())
    }

    /// One error for several problems, one a line.
    pub(crate) fn several(heading: &str, problems: &[String]) -> Self {
        match problems {
            [only] => Self::Failed(only.clone()),
            _ => Self::Failed(format!("{heading}:\n  {}", problems.join("\n  "))),
        }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Failed(_) => 1,
            Self::OutputClosed => 0,
        }
    }
}

impl From<cloudflare_user_groups::Error> for CommandError {
    fn from(error: cloudflare_user_groups::Error) -> Self {
        if error.is_not_found() {
            let help = "cf-groups list shows the user groups, cf-groups members list who is in one";
            return Self::Failed(format!("{error}; {help}"));
        }
        Self::failed(error)
    }
}

impl From<cf_groups_engine::Error> for CommandError {
    fn from(error: cf_groups_engine::Error) -> Self {
        use cf_groups_engine::Error::{GroupFile, RemovalLimitExceeded};
        match error {
            GroupFile(diagnostics) => {
                let count = counted(diagnostics.iter().count(), "error");
                Self::Failed(format!("{count} in the group file (no changes made):\n{diagnostics}"))
            }
            RemovalLimitExceeded(exceeded) => {
                let help = "; if this is intended, pass --allow-removals";
                let help = if exceeded.can_be_allowed() { help } else { "" };
                Self::Failed(format!("{exceeded}{help}"))
            }
            other => Self::failed(other),
        }
    }
}

/// Standard output cannot be written.
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Failed(format!("cannot write to standard output: {error}")),
        }
    }
}
