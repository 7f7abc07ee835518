//! Output formats: tables for terminals; JSON, JSON lines, YAML and CSV for programs.

use std::io::{self, Write};

use anstyle::Style;
use clap::ValueEnum;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::escape::visible;

/// An output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns; they may change between versions
    Table,
    /// One JSON document
    Json,
    /// One line of JSON for each result
    Jsonl,
    /// One YAML document
    Yaml,
    /// Comma-separated values with a header line
    Csv,
}

/// A row of a table.
pub(crate) trait Row: Serialize {
    /// The names of the columns, as in the header of a CSV file.
    const COLUMNS: &'static [&'static str];

    fn cells(&self) -> Vec<String>;

    /// The fields to show for a single item.
    fn details(&self) -> Vec<(&'static str, String)> {
        Self::COLUMNS.iter().copied().zip(self.cells()).collect()
    }
}

/// Writes a list.
pub(crate) fn list<R: Row>(to: &mut impl Write, format: Format, rows: &[R]) -> io::Result<()> {
    match format {
        Format::Table => table(to, R::COLUMNS, &rows.iter().map(R::cells).collect::<Vec<_>>()),
        Format::Json => json(to, rows),
        Format::Jsonl => rows.iter().try_for_each(|row| json_line(to, row)),
        Format::Yaml => yaml(to, rows),
        Format::Csv => {
            csv_line(to, R::COLUMNS.iter().copied())?;
            rows.iter().try_for_each(|row| csv_line(to, row.cells().iter().map(String::as_str)))
        }
    }
}

/// Writes a single item.
pub(crate) fn one<R: Row>(to: &mut impl Write, format: Format, row: &R) -> io::Result<()> {
    match format {
        Format::Table => details(to, &row.details()),
        Format::Json => json(to, row),
        Format::Jsonl => json_line(to, row),
        Format::Yaml => yaml(to, row),
        Format::Csv => list(to, format, std::slice::from_ref(row)),
    }
}

/// Writes a document that is not a table. Tables and CSV become YAML.
pub(crate) fn document(to: &mut impl Write, format: Format, it: &impl Serialize) -> io::Result<()> {
    match format {
        Format::Json => json(to, it),
        Format::Jsonl => json_line(to, it),
        Format::Table | Format::Yaml | Format::Csv => yaml(to, it),
    }
}

fn json<T: Serialize + ?Sized>(to: &mut impl Write, value: &T) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, value)?;
    writeln!(to)
}

fn json_line<T: Serialize>(to: &mut impl Write, value: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    writeln!(to)
}

fn yaml<T: Serialize + ?Sized>(to: &mut impl Write, value: &T) -> io::Result<()> {
    let text = yaml_serde::to_string(value).map_err(io::Error::other)?;
    to.write_all(text.as_bytes())
}

fn title(column: &str) -> String {
    column.replace('_', " ")
}

fn table(to: &mut impl Write, columns: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let titles: Vec<String> = columns.iter().map(|column| title(column).to_uppercase()).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
    let width = |index: usize| {
        let cells = rows.iter().map(|row| &row[index]);
        cells.chain([&titles[index]]).map(|cell| cell.width()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let bold = Style::new().bold();
    writeln!(to, "{bold}{}{bold:#}", line(&titles, &widths))?;
    rows.iter().try_for_each(|row| writeln!(to, "{}", line(row, &widths)))
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
    }
    line.truncate(line.trim_end().len());
    line
}

fn details(to: &mut impl Write, details: &[(&str, String)]) -> io::Result<()> {
    let width = details.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let bold = Style::new().bold();
    details.iter().try_for_each(|(name, value)| {
        writeln!(to, "{bold}{:width$}{bold:#}  {}", title(name), visible(value))
    })
}

/// Writes a record as in RFC 4180, except that lines end with LF.
fn csv_line<'a>(to: &mut impl Write, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
    let quoted = |cell: &str| {
        if cell.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    writeln!(to, "{}", cells.map(quoted).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_display_width() {
        let rows = [vec!["東京".to_owned(), "1".to_owned()], vec!["a".to_owned(), "2".to_owned()]];
        let mut text = Vec::new();
        table(&mut text, &["name", "modified_on"], &rows).unwrap();
        let text = String::from_utf8(text).unwrap();
        let mut lines = text.lines().skip(1);
        assert_eq!(lines.next(), Some("東京  1"));
        assert_eq!(lines.next(), Some("a     2"));
    }

    #[test]
    fn csv_fields_with_separators_are_quoted() {
        let mut text = Vec::new();
        csv_line(&mut text, ["plain", "a,b", "say \"hi\"", "two\nlines"].into_iter()).unwrap();
        assert_eq!(text, b"plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n");
    }
}
