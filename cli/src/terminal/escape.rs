//! Escaping of text that terminals would interpret.

use cf_groups_engine::Suggestions;

/// Returns the text with control and bidirectional characters made visible.
pub(crate) fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() || reorders(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        shown
    })
}

fn reorders(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
}

/// Returns the nearest known name as a hint: `; did you mean "x"?`.
pub(crate) fn did_you_mean(name: &str, known: &Suggestions) -> String {
    match known.nearest(name) {
        Some(near) => format!("; did you mean {:?}?", visible(near)),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidi_characters_are_escaped() {
        assert_eq!(visible("a\u{1b}[31mb\r\nc"), "a\\u{1b}[31mb\\u{d}\\u{a}c");
        assert_eq!(visible("evil\u{202e}moc"), "evil\\u{202e}moc");
        assert_eq!(visible("Zürich 東京"), "Zürich 東京");
    }
}
