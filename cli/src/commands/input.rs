//! Members given as arguments or on standard input.

use std::io::{self, IsTerminal, Read};

use crate::exit::{CommandError, Result};

/// Returns the members given as arguments. Without arguments, or with `-`, reads one per line from
/// standard input and ignores empty lines and everything after `#`.
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
        return Err(CommandError::usage(
            "no members given; pass email addresses or IDs, or one per line on standard input",
        ));
    }
    let mut text = String::new();
    let read = io::stdin().read_to_string(&mut text);
    read.map_err(|error| CommandError::failed(format!("cannot read standard input: {error}")))?;
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
    fn comments_and_empty_lines_are_ignored() {
        let text = "\u{feff}# on call\r\nada@example.com\r\n\n  grace@example.com # until May\n";
        assert_eq!(lines(text), ["ada@example.com", "grace@example.com"]);
    }
}
