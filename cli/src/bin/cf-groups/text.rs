//! Text from elsewhere, made fit to be shown.

use cf_groups_engine::Suggestions;

/// The text without what a terminal would obey or what would reorder a line: names are chosen by
/// others.
pub(crate) fn plain(text: &str) -> String {
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

/// The known name that may have been meant by one that is not known, as a half sentence.
pub(crate) fn did_you_mean(name: &str, known: &Suggestions) -> String {
    match known.nearest(name) {
        Some(near) => format!("; did you mean {:?}?", plain(near)),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        assert_eq!(plain("a\u{1b}[31mb\r\nc"), "a\\u{1b}[31mb\\u{d}\\u{a}c");
        assert_eq!(plain("evil\u{202e}moc"), "evil\\u{202e}moc");
        assert_eq!(plain("Zürich 東京"), "Zürich 東京");
    }
}
