//! Markdown with names that cannot be anything but text: no links, mentions, images or HTML.

use super::escape::visible;

/// Returns a text as a code span, in which Markdown and mentions have no meaning.
pub(crate) fn code(text: &str) -> String {
    let text = visible(text);
    if text.is_empty() {
        return text;
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    // One space at both ends is not part of the span.
    let padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let pad = if padded { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Returns lines as a block with the colors of a diff.
pub(crate) fn diff_block(lines: &str) -> String {
    let ticks = "`".repeat(longest_run(lines).max(2) + 1);
    format!("{ticks}diff\n{lines}{ticks}\n")
}

/// Returns the title of a column.
pub(super) fn title(column: &str) -> String {
    column.replace('_', " ")
}

/// Returns a table. Cells are code spans.
pub(crate) fn table(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let titles = columns.iter().map(|column| format!(" {} |", title(column)));
    let mut text =
        format!("|{}\n|{}\n", titles.collect::<String>(), " --- |".repeat(columns.len()));
    for row in rows {
        let cells = row.iter().map(|cell| format!(" {} |", code(&without_pipes(cell))));
        text.push_str(&format!("|{}\n", cells.collect::<String>()));
    }
    text
}

/// Escapes pipes, which end a cell even in a code span. After a backslash that is not possible.
fn without_pipes(cell: &str) -> String {
    cell.replace("\\|", "\\\\u{7c}").replace('|', "\\|")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_hold_any_text() {
        assert_eq!(code("a@b <!-- [x](y)"), "`a@b <!-- [x](y)`");
        assert_eq!(code("a`b``"), "``` a`b`` ```");
        assert_eq!(code(" x\ny "), "`  x\\u{a}y  `");
        assert_eq!(code(""), "");
    }

    #[test]
    fn cells_and_blocks_cannot_be_left() {
        let rows = [vec!["a|b".to_owned(), "c\\|d".to_owned(), String::new()]];
        let text = table(&["name", "created_on", "x"], rows.into_iter());
        assert_eq!(text.lines().last(), Some("| `a\\|b` | `c\\\\u{7c}d` |  |"));
        assert_eq!(diff_block("+ ````\n"), "`````diff\n+ ````\n`````\n");
    }
}
