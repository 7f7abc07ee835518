//! Confirmation prompts.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use super::input::on_thread;
use crate::exit::{CommandError, Result};

/// The controlling terminal.
const TERMINAL: &str = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };

/// Asks for confirmation. Anything but yes is an error.
///
/// If standard input is not a terminal, the reply is read from the controlling terminal, unless
/// standard error is not a terminal either. The prompt is printed where it can be seen.
pub(crate) async fn confirm(question: &str) -> Result<()> {
    let terminal = io::stderr().is_terminal();
    let mut reader: Box<dyn BufRead + Send> = match File::open(TERMINAL) {
        _ if io::stdin().is_terminal() => Box::new(BufReader::new(io::stdin())),
        Ok(tty) if terminal => Box::new(BufReader::new(tty)),
        _ => {
            return Err(CommandError::usage(
                "cannot prompt for confirmation: stdin is not a terminal; pass --yes",
            ));
        }
    };
    let mut prompt: Box<dyn Write> = match File::options().write(true).open(TERMINAL) {
        Ok(tty) if !terminal && cfg!(unix) => Box::new(tty),
        _ => Box::new(anstream::stderr()),
    };
    write!(prompt, "{question} [y/N] ")?;
    prompt.flush()?;
    let reply = on_thread(move || {
        let mut reply = String::new();
        reader.read_line(&mut reply).map(|_| reply)
    });
    let reply = reply
        .await
        .map_err(|error| CommandError::failed(format!("cannot read the reply: {error}")))?;
    if ["y", "yes"].contains(&reply.trim().to_lowercase().as_str()) {
        return Ok(());
    }
    Err(CommandError::failed("cancelled; no changes made"))
}
