//! Texts of a response as they may stand in an error: short and on one line.

/// How many characters of a body that is not the documented JSON are repeated in an error.
pub(super) const EXCERPT: usize = 300;

/// The beginning of a body, on one line and without email addresses.
pub(super) fn excerpt(text: &str) -> String {
    let line = beginning(&without_addresses(text), EXCERPT);
    if line.is_empty() { "the body is empty".to_owned() } else { line }
}

/// Replaces email addresses.
pub(super) fn without_addresses(text: &str) -> String {
    let is_local = |c: char| c.is_alphanumeric() || "._%+'-".contains(c);
    let is_domain = |c: char| c.is_alphanumeric() || ".-".contains(c);
    let text = text.replace("\\u0040", "@");
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((before, after)) = rest.split_once('@') {
        let (domain, after) = after.split_at(after.find(|c| !is_domain(c)).unwrap_or(after.len()));
        let kept = before.trim_end_matches(is_local);
        shown += kept;
        shown += if kept == before { "@" } else { "[address]" };
        shown += if kept == before { domain } else { "" };
        rest = after;
    }
    shown + rest
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_have_no_email_addresses() {
        for (body, shown) in [
            (r#"{"email":"ada.l+x@example.com","id":1}"#, r#"{"email":"[address]","id":1}"#),
            (r#"["zoë@exämple.org","o'brien\u0040a.b"]"#, r#"["[address]","[address]"]"#),
            ("<ada@example.com>; a @ b, @c", "<[address]>; a @ b, @c"),
        ] {
            assert_eq!(excerpt(body), shown);
        }
        let cut = format!("{} ada@example.com", "x".repeat(EXCERPT - 3));
        assert!(!excerpt(&cut).contains("ad…"), "{}", excerpt(&cut));
    }
}
