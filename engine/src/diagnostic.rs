//! Diagnostics of a group file.

use std::fmt;

use serde::Serialize;

/// The most diagnostics of a file that are reported; further ones are counted.
const REPORTED: usize = 50;

/// The form of an id, as a hint.
pub(crate) const ID_FORM: &str = "an id is 32 hexadecimal digits";

/// A place in a file. Lines and columns are counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The number of the file, among those that are read together.
    pub(crate) file: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Position {
    /// Returns a place in the first file.
    pub(crate) const fn new(line: usize, column: usize) -> Self {
        Self { file: 0, line, column }
    }
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

/// The diagnostics of a group file, or of several that are read together, from top to bottom. There
/// is at least one, and at most 50.
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

/// Collects the diagnostics of files that are read together.
#[derive(Clone, Debug)]
pub(crate) struct DiagnosticCollector {
    files: Vec<String>,
    diagnostics: Vec<Diagnostic>,
    omitted: usize,
}

impl DiagnosticCollector {
    pub(crate) fn new(file: impl Into<String>) -> Self {
        Self::of_files(vec![file.into()])
    }

    pub(crate) fn of_files(files: Vec<String>) -> Self {
        Self { files, diagnostics: Vec::new(), omitted: 0 }
    }

    /// Returns the name of the file of a place.
    pub(crate) fn file(&self, at: Position) -> &str {
        self.files.get(at.file).map_or("", String::as_str)
    }

    /// Returns the hint for an item that is repeated.
    pub(crate) fn first_at(&self, at: Position) -> String {
        format!("the first is at {}:{}:{}", self.file(at), at.line, at.column)
    }

    pub(crate) fn add(&mut self, at: Position, problem: impl Into<String>, help: Option<String>) {
        let Position { line, column, .. } = at;
        let (file, problem) = (self.file(at).to_owned(), problem.into());
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
        if self.file(text.at).is_empty() {
            return;
        }
        let problem = format!("{:?} is in the list twice", text.text);
        let help = format!("line {} has it as {:?}", first.at.line, first.text);
        self.add(text.at, problem, Some(help));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Returns whether further diagnostics are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.diagnostics.len() >= REPORTED
    }

    /// Returns the diagnostics as an error, if there are any.
    pub(crate) fn check(self) -> Result<(), Diagnostics> {
        if self.diagnostics.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

/// Resolves the text of an argument, which has no place in a file.
pub(crate) fn resolve_argument<T>(
    text: &str,
    resolve: impl FnOnce(&LocatedText, &mut DiagnosticCollector) -> T,
) -> Result<T, Diagnostics> {
    let text = LocatedText { text: text.to_owned(), at: Position::default() };
    let mut diagnostics = DiagnosticCollector::new("");
    let found = resolve(&text, &mut diagnostics);
    diagnostics.check().map(|()| found)
}

impl From<DiagnosticCollector> for Diagnostics {
    fn from(mut collected: DiagnosticCollector) -> Self {
        let file = |it: &Diagnostic| collected.files.iter().position(|name| *name == it.file);
        collected.diagnostics.sort_by_key(|it| (file(it), it.line, it.column));
        Self { diagnostics: collected.diagnostics, omitted: collected.omitted }
    }
}
