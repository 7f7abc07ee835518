//! Escaping of text that terminals would interpret.

/// Returns the text with control, bidirectional and zero-width characters made visible.
pub(crate) fn visible(text: &str) -> String {
    escape(text, is_invisible)
}

/// Like [`visible`], but keeps line feeds.
pub(crate) fn visible_lines(text: &str) -> String {
    escape(text, |c| c != '\n' && is_invisible(c))
}

/// Returns a name in quotes, with invisible characters made visible.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", visible(name))
}

fn escape(text: &str, hidden: impl Fn(char) -> bool) -> String {
    if !text.contains(&hidden) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        shown
    })
}

/// Returns JSON text with invisible characters escaped, which does not change its meaning.
pub(crate) fn visible_json(text: &str) -> String {
    let mut units = [0; 2];
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c != '\n' && is_invisible(c) {
            let units = c.encode_utf16(&mut units).iter();
            units.for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
        shown
    })
}

/// Returns whether a terminal would obey the character, or show nothing for it.
fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_escaped() {
        assert_eq!(visible("a\u{1b}[31mb\r\nc"), "a\\u{1b}[31mb\\u{d}\\u{a}c");
        assert_eq!(visible("evil\u{202e}moc \u{9b}2J"), "evil\\u{202e}moc \\u{9b}2J");
        assert_eq!(visible("zero\u{200b}width\u{ad}"), "zero\\u{200b}width\\u{ad}");
        assert_eq!(visible("Zürich 東京"), "Zürich 東京");
        assert_eq!(visible_lines("a\nb\r"), "a\nb\\u{d}");
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let value = "\u{202e}\u{9b}\u{e0041}é";
        let shown = visible_json(&serde_json::to_string(value).unwrap_or_default());
        assert_eq!(shown, "\"\\u202e\\u009b\\udb40\\udc41é\"");
        assert_eq!(serde_json::from_str::<String>(&shown).ok().as_deref(), Some(value));
    }
}
