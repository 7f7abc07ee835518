//! Diagnostics of a group file.

use std::fmt;

/// A place in a text. Lines and columns are counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// An error in a group file, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What could be meant or done instead.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, problem, help } = self;
        write!(f, "{file}:{line}:{column}: {problem}")?;
        match help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// All diagnostics of a group file, from top to bottom. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(pub(crate) Vec<Diagnostic>);

impl Diagnostics {
    /// Returns the diagnostics.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// Diagnostics of one file, as they are found.
#[derive(Clone, Debug)]
pub(crate) struct DiagnosticCollector {
    file: String,
    diagnostics: Vec<Diagnostic>,
}

impl DiagnosticCollector {
    pub(crate) fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), diagnostics: Vec::new() }
    }

    pub(crate) fn add(&mut self, at: Position, problem: impl Into<String>, help: Option<String>) {
        let Position { line, column } = at;
        let (file, problem) = (self.file.clone(), problem.into());
        self.diagnostics.push(Diagnostic { file, line, column, problem, help });
    }

    /// Returns all diagnostics as an error, if there are any.
    pub(crate) fn check(mut self) -> Result<(), Diagnostics> {
        if self.diagnostics.is_empty() {
            return Ok(());
        }
        self.diagnostics.sort_by_key(|it| (it.line, it.column));
        // An alias repeats the diagnostics of its anchor.
        self.diagnostics.dedup();
        Err(Diagnostics(self.diagnostics))
    }
}
