//! Members named on the command line or, one a line, on standard input.

use std::io::{self, IsTerminal, Read};

use crate::Result;
use crate::failure::Failure;

/// The members that were given. Without arguments, or with `-`, they are read from standard input,
/// where empty lines and what follows a `#` are left out.
pub(crate) fn members(arguments: &[String]) -> Result<Vec<String>> {
    let from_input = match arguments {
        [] => true,
        [only] => only == "-",
        _ => false,
    };
    if !from_input {
        return Ok(arguments.to_vec());
    }
    if arguments.is_empty() && io::stdin().is_terminal() {
        return Err(Failure::usage(
            "no members: name them by email address or id, or give one a line on standard input",
        ));
    }
    let mut text = String::new();
    let read = io::stdin().read_to_string(&mut text);
    read.map_err(|error| Failure::failed(format!("standard input cannot be read: {error}")))?;
    Ok(lines(&text))
}

fn lines(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let content = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    content.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_name_nobody() {
        let text = "\u{feff}# on call\r\nada@example.com\r\n\n  grace@example.com # until May\n";
        assert_eq!(lines(text), ["ada@example.com", "grace@example.com"]);
    }
}
