//! Messages on standard error.

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use super::escape::{visible_json, visible_lines};

// If a message cannot be written, the exit code still shows the error.

pub(crate) fn error(text: &str) {
    labelled("error:", AnsiColor::Red.on_default().bold(), text);
}

pub(crate) fn warning(text: &str) {
    labelled("warning:", AnsiColor::Yellow.on_default().bold(), text);
}

fn labelled(label: &str, style: Style, text: &str) {
    writeln!(anstream::stderr(), "{style}{label}{style:#} {}", visible_lines(text)).ok();
}

pub(crate) fn note(text: &str) {
    writeln!(anstream::stderr(), "{}", visible_lines(text)).ok();
}

/// Writes a line of JSON.
pub(crate) fn json(line: &str) {
    let mut stderr = std::io::stderr();
    let line = if stderr.is_terminal() { visible_json(line) } else { line.to_owned() };
    writeln!(stderr, "{line}").ok();
}
