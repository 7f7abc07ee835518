//! Texts of a response as they may stand in an error: short and on one line.

/// How many characters of a body that is not the documented JSON are repeated in an error.
pub(super) const EXCERPT: usize = 300;

/// The beginning of a body, on one line.
pub(super) fn excerpt(text: &str) -> String {
    let line = beginning(text, EXCERPT);
    if line.is_empty() { "the body is empty".to_owned() } else { line }
}

/// At most `limit` characters of a text, on one line.
pub(super) fn beginning(text: &str, limit: usize) -> String {
    let line = one_line(text);
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The words of a text, without anything that ends a line or moves the cursor of a terminal.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
