//! Exit codes, and the errors that end a command.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, ErrorKind};

use cf_groups_engine::{Diagnostic, Diagnostics, GroupNameError, counted};
use serde_json::{Value, json};

use crate::terminal::github;

/// The exit code of a usage error (`EX_USAGE` of sysexits). Not the usual 2: `plan
/// --detailed-exitcode` needs it for "changes pending", like Terraform.
const USAGE: u8 = 64;

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
    /// The plan exceeds the removal limit: `apply` would refuse it.
    Refused,
    /// A signal interrupted the command. Its outcome was reported.
    Interrupted(u8),
}

impl Status {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Incomplete => 1,
            Self::ChangesPending => 2,
            Self::Refused => 3,
            Self::Interrupted(code) => code,
        }
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// Invalid arguments or missing configuration.
    Usage(String),
    /// Errors in a group file.
    GroupFile { message: String, diagnostics: Vec<Diagnostic> },
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
        Self::Failed(format!("{problem:#}"))
    }

    /// The errors of group files.
    pub(crate) fn in_group_files(errors: &[Diagnostics]) -> Self {
        let message = errors.iter().map(Diagnostics::to_string).collect::<Vec<_>>().join("\n");
        let diagnostics: Vec<_> = errors.iter().flat_map(Diagnostics::iter).cloned().collect();
        let files: BTreeSet<&str> = diagnostics.iter().map(|it| &*it.file).collect();
        let file = match files.first() {
            Some(&"") | None => return Self::Failed(format!("{message} (no changes made)")),
            Some(file) if files.len() == 1 => (*file).to_owned(),
            Some(_) => counted(files.len(), "file"),
        };
        let count = counted(diagnostics.len(), "error");
        let message = format!("{count} in {file} (no changes made):\n{message}");
        Self::GroupFile { message, diagnostics }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::GroupFile { .. } | Self::Failed(_) => 1,
            Self::OutputClosed => 0,
        }
    }

    /// The message, if there is anything to report.
    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Self::Usage(message) | Self::Failed(message) | Self::GroupFile { message, .. } => {
                Some(message)
            }
            Self::OutputClosed => None,
        }
    }

    /// The error as annotations of GitHub.
    pub(crate) fn to_annotations(&self) -> String {
        match self {
            Self::GroupFile { diagnostics, .. } => {
                diagnostics.iter().map(github::diagnostic).collect()
            }
            error => error.message().map_or_else(String::new, github::error),
        }
    }

    /// The error for programs.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({ "message": self.message(), "exit_code": self.code() });
        if let Self::GroupFile { diagnostics, .. } = self {
            error["diagnostics"] = json!(diagnostics);
        }
        json!({ "error": error })
    }
}

impl From<cloudflare_user_groups::Error> for CommandError {
    fn from(error: cloudflare_user_groups::Error) -> Self {
        Self::Failed(explain(&error, format!("{error:#}")))
    }
}

/// Adds the likely causes to a message.
fn explain(error: &cloudflare_user_groups::Error, message: String) -> String {
    match error.status().map(|status| status.as_u16()) {
        // Zones are read with a token that could read the account.
        Some(403) if error.operation() == Some("zones-get") => message,
        // Observed (reported).
        Some(403) => format!(
            "{message}; a new token is refused for some seconds, and user groups require an \
             Enterprise account"
        ),
        Some(400) if is_about_the_plan(&message.to_lowercase()) => {
            format!("{message}; user groups require an Enterprise account")
        }
        Some(404) => format!("{message}; check the account ID and the base URL"),
        _ => message,
    }
}

/// Returns whether a message says that the account's plan does not include a feature.
fn is_about_the_plan(message: &str) -> bool {
    // Assumption: the wording is not known.
    ["enterprise", "not available", "not entitled", "not enabled for"]
        .iter()
        .any(|words| message.contains(words))
}

impl From<cf_groups_engine::Error> for CommandError {
    fn from(error: cf_groups_engine::Error) -> Self {
        use cf_groups_engine::Error::{GroupFile, GroupName, Read, RemovalLimitExceeded};
        match &error {
            GroupFile(diagnostics) => Self::in_group_files(std::slice::from_ref(diagnostics)),
            GroupName(GroupNameError::Unknown { .. }) => {
                Self::Failed(format!("{error} (`cf-groups list` shows all)"))
            }
            RemovalLimitExceeded(exceeded) => {
                let help = "; if this is intended, pass --allow-removals";
                let help = if exceeded.can_be_allowed() { help } else { "" };
                Self::Failed(format!("{exceeded}{help}"))
            }
            Read { source, .. } => Self::Failed(explain(source, format!("{error:#}"))),
            _ => Self::failed(error),
        }
    }
}

/// Lets a command go on if the reader of the output went away: it changes or saves something, or
/// its exit code has a meaning.
pub(crate) fn unless_closed<E>(written: Result<(), E>) -> Result<()>
where
    CommandError: From<E>,
{
    match written.map_err(CommandError::from) {
        Err(CommandError::OutputClosed) => Ok(()),
        other => other,
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
