//! Output formats: tables for terminals; JSON, JSON lines, YAML and CSV for programs.

use std::cell::LazyCell;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use anstyle::Style;
use clap::ValueEnum;
use console::{Alignment, measure_text_width, pad_str};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::escape::{visible, visible_json, visible_lines};
use super::markdown::{self, title};

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
    /// Markdown, for comments and reports
    Markdown,
    /// Annotations of GitHub Actions; only with plan and validate
    Github,
    /// Terraform resources; only with export
    Hcl,
}

impl Format {
    /// Returns whether errors are written as JSON too.
    pub(crate) fn is_structured(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

/// A row of a table.
pub(crate) trait Row: Serialize {
    /// The names of the columns, as in the header of a CSV file. Their values have these names in
    /// the JSON of the row, or of an object in it.
    const COLUMNS: &'static [&'static str];

    /// Returns the text of a column that is not that of its value.
    fn text(&self, _column: &str) -> Option<String> {
        None
    }

    fn cells(&self) -> Vec<String> {
        let row = LazyCell::new(|| json!(self));
        let parts = || row.as_object().into_iter().flat_map(Map::values);
        let value = |column: &'static str| {
            parts().chain([&*row]).filter_map(|it| it.get(column)).next_back()
        };
        let cell = |column: &&'static str| {
            self.text(column).unwrap_or_else(|| match value(column) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            })
        };
        Self::COLUMNS.iter().map(cell).collect()
    }

    /// The fields to show for a single item.
    fn details(&self) -> Vec<(&'static str, String)> {
        Self::COLUMNS.iter().copied().zip(self.cells()).collect()
    }
}

/// Writes results to standard output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) escape_formulas: bool,
}

impl Output {
    pub(crate) fn list<R: Row>(self, rows: &[R]) -> io::Result<()> {
        let cells = rows.iter().map(R::cells);
        match self.format {
            Format::Table | Format::Github | Format::Hcl => {
                print(&table(R::COLUMNS, cells.collect(), terminal_width()))
            }
            Format::Json => print_json(&rows),
            Format::Jsonl => rows.iter().try_for_each(print_json_line),
            Format::Yaml => print_yaml(&rows),
            Format::Csv => self.csv(R::COLUMNS, cells),
            Format::Markdown => print_text(&markdown::table(R::COLUMNS, cells)),
        }
    }

    pub(crate) fn one<R: Row>(self, row: &R) -> io::Result<()> {
        match self.format {
            Format::Table => print(&details(&row.details())),
            Format::Csv | Format::Markdown => self.list(std::slice::from_ref(row)),
            _ => self.document(row),
        }
    }

    /// Writes a document that is not a table. Formats without documents become YAML.
    pub(crate) fn document(self, value: &impl Serialize) -> io::Result<()> {
        match self.format {
            Format::Json => print_json(value),
            Format::Jsonl => print_json_line(value),
            _ => print_yaml(value),
        }
    }

    fn csv(self, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(columns)?;
        for row in rows {
            let row = row.into_iter().map(|cell| {
                let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                if formula && self.escape_formulas { format!("'{cell}") } else { cell }
            });
            writer.write_record(row)?;
        }
        let bytes = writer.into_inner().map_err(io::Error::other)?;
        print_data(&String::from_utf8(bytes).map_err(io::Error::other)?, visible_lines)
    }
}

/// Writes text with styles. Names in it are escaped already.
fn print(text: &str) -> io::Result<()> {
    anstream::stdout().write_all(text.as_bytes())
}

/// Writes data unchanged; on a terminal with invisible characters made visible.
fn print_data(text: &str, escape: impl Fn(&str) -> String) -> io::Result<()> {
    let mut stdout = io::stdout();
    if stdout.is_terminal() {
        return stdout.write_all(escape(text).as_bytes());
    }
    stdout.write_all(text.as_bytes())
}

/// Writes YAML unchanged; on a terminal with invisible characters made visible.
pub(crate) fn print_text(text: &str) -> io::Result<()> {
    print_data(text, visible_lines)
}

fn print_json(value: &impl Serialize) -> io::Result<()> {
    print_data(&(serde_json::to_string_pretty(value)? + "\n"), visible_json)
}

fn print_json_line(value: &impl Serialize) -> io::Result<()> {
    print_data(&(serde_json::to_string(value)? + "\n"), visible_json)
}

fn print_yaml(value: &impl Serialize) -> io::Result<()> {
    print_text(&yaml_serde::to_string(value).map_err(io::Error::other)?)
}

/// The width of the terminal, if standard output is one.
fn terminal_width() -> Option<usize> {
    let stdout = io::stdout();
    let size = terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0));
    let columns = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    stdout.is_terminal().then(|| size.or_else(columns).unwrap_or(80))
}

/// Shows times without fractions of seconds.
fn shown(column: &str, cell: &str) -> String {
    match cell.split_at_checked(19) {
        Some((time, _)) if column.ends_with("_on") || column.ends_with("_at") => {
            visible(&time.replace('T', " "))
        }
        _ => visible(cell),
    }
}

const GAP: usize = 2;

/// Lays out a table, at most as wide as the terminal. IDs are never cut.
fn table(columns: &[&str], rows: Vec<Vec<String>>, limit: Option<usize>) -> String {
    let titles: Vec<String> = columns.iter().map(|column| title(column).to_uppercase()).collect();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| columns.iter().zip(row).map(|(column, cell)| shown(column, cell)).collect())
        .collect();
    let width = |index: usize| {
        let cells = rows.iter().map(|row: &Vec<String>| &row[index]);
        cells.chain([&titles[index]]).map(|cell| measure_text_width(cell)).max().unwrap_or_default()
    };
    let mut widths: Vec<usize> = (0..columns.len()).map(width).collect();
    if let Some(limit) = limit {
        fit(&mut widths, columns, limit);
    }
    let bold = Style::new().bold();
    let mut text = format!("{bold}{}{bold:#}\n", line(&titles, &widths));
    for row in &rows {
        text.push_str(&line(row, &widths));
        text.push('\n');
    }
    text
}

/// Narrows the widest columns until the table fits.
fn fit(widths: &mut [usize], columns: &[&str], limit: usize) {
    const NARROWEST: usize = 6;
    let fixed = |column: &str| column == "id" || column.ends_with("_id");
    while widths.iter().sum::<usize>() + GAP * (widths.len() - 1) > limit {
        let free = widths.iter_mut().zip(columns).filter(|(_, column)| !fixed(column));
        match free.map(|(width, _)| width).max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => return,
        }
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = |(cell, width): (&String, &usize)| {
        let cell = pad_str(cell, *width, Alignment::Left, Some("…"));
        format!("{cell}{:GAP$}", "")
    };
    let line: String = cells.iter().zip(widths).map(padded).collect();
    line.trim_end().to_owned()
}

fn details(details: &[(&str, String)]) -> String {
    let width = details.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let bold = Style::new().bold();
    details.iter().fold(String::new(), |mut text, (name, value)| {
        let value = shown(name, value);
        // Writing to a string cannot fail.
        writeln!(text, "{bold}{:width$}{bold:#}  {value}", title(name)).ok();
        text
    })
}
