//! Diagnostics of a group file.

use std::fmt;

use serde::Serialize;

/// The most diagnostics of a file that are reported; further ones are counted.
const REPORTED: usize = 50;

/// A place in a text. Lines and columns are counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A text of the file, and its place.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub(crate) struct LocatedText {
    pub(crate) text: String,
    #[cfg_attr(test, schemars(skip))]
    pub(crate) at: Position,
}

/// An error in a group file, and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Diagnostic {
    /// The file, as it was named. Empty for arguments, which have no line and column.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    #[serde(rename = "message")]
    pub problem: String,
    /// What could be meant or done instead.
    #[serde(rename = "hint")]
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, problem, help } = self;
        if !file.is_empty() {
            write!(f, "{file}:{line}:{column}: ")?;
        }
        f.write_str(problem)?;
        match help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// The diagnostics of a group file, from top to bottom. There is at least one, and at most 50.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    diagnostics: Vec<Diagnostic>,
    omitted: usize,
}

impl Diagnostics {
    /// Returns the diagnostics.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter()
    }

    /// Returns how many further diagnostics there are.
    pub fn omitted(&self) -> usize {
        self.omitted
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{diagnostic}")?;
        }
        match self.omitted {
            0 => Ok(()),
            omitted => write!(f, "\n… and {omitted} more"),
        }
    }
}

impl std::error::Error for Diagnostics {}

/// Collects the diagnostics of one file.
#[derive(Clone, Debug)]
pub(crate) struct DiagnosticCollector {
    file: String,
    diagnostics: Vec<Diagnostic>,
    omitted: usize,
}

impl DiagnosticCollector {
    pub(crate) fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), diagnostics: Vec::new(), omitted: 0 }
    }

    pub(crate) fn add(&mut self, at: Position, problem: impl Into<String>, help: Option<String>) {
        let Position { line, column } = at;
        let (file, problem) = (self.file.clone(), problem.into());
        let diagnostic = Diagnostic { file, line, column, problem, help };
        // An alias repeats the diagnostics of its anchor.
        if self.diagnostics.contains(&diagnostic) {
            return;
        }
        if self.is_full() {
            self.omitted += 1;
        } else {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Reports a repeated item. Repeated arguments are harmless.
    pub(crate) fn add_duplicate(&mut self, text: &LocatedText, first: &LocatedText) {
        if self.file.is_empty() {
            return;
        }
        let problem = format!("{:?} is in the list twice", text.text);
        let help = format!("line {} has it as {:?}", first.at.line, first.text);
        self.add(text.at, problem, Some(help));
    }

    /// Returns whether further diagnostics are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.diagnostics.len() >= REPORTED
    }

    /// Returns the diagnostics as an error, if there are any.
    pub(crate) fn check(mut self) -> Result<(), Diagnostics> {
        if self.diagnostics.is_empty() {
            return Ok(());
        }
        self.diagnostics.sort_by_key(|it| (it.line, it.column));
        Err(Diagnostics { diagnostics: self.diagnostics, omitted: self.omitted })
    }
}
