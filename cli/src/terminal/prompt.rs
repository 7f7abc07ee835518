//! Confirmation prompts.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::exit::{CommandError, Result};

/// Asks for confirmation. Anything but yes is no.
pub(crate) fn confirm(question: &str, assume_yes: bool) -> Result<bool> {
    if assume_yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err(CommandError::usage(
            "cannot prompt for confirmation: stdin is not a terminal; pass --yes",
        ));
    }
    let mut terminal = anstream::stderr();
    write!(terminal, "{question} [y/N] ")?;
    terminal.flush()?;
    let mut reply = String::new();
    let read = io::stdin().lock().read_line(&mut reply);
    read.map_err(|error| CommandError::failed(format!("cannot read the reply: {error}")))?;
    Ok(["y", "yes"].contains(&reply.trim().to_lowercase().as_str()))
}
