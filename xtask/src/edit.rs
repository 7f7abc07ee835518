//! Edits of a YAML document that follow a change mechanically, as a patch.
//!
//! The document is edited as text, so that its layout and comments stay.

use std::ops::Range;

use serde_json::{Value, json};
use similar::TextDiff;

use crate::document::Document;

/// An edit of a raw schema of the old document.
#[derive(Clone, Debug)]
pub(crate) enum Edit<'a> {
    /// Declare an optional field, as the new document does.
    AddField { object: &'a Value, name: &'a str, schema: &'a Value },
    /// Add values to an enum.
    AddValues { schema: &'a Value, values: Vec<&'a Value> },
    /// Move a bound.
    SetBound { schema: &'a Value, keyword: &'static str, value: f64 },
}

/// The text of `old` with the edits, as far as they can be written. References of added fields are
/// resolved in `new`.
pub(crate) fn edited<'a>(
    old: &Document,
    new: &Document,
    text: &str,
    edits: impl Iterator<Item = &'a Edit<'a>>,
) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for edit in edits {
        // An edit that cannot be written is left to the reviewer.
        let _ = apply(old, new, &mut lines, edit);
    }
    lines.join("\n") + "\n"
}

/// The unified diff of two texts of the file `name`; none if they are equal.
pub(crate) fn patch(name: &str, old: &str, new: &str) -> Option<String> {
    // `edited` writes lines without `\r`, and ends the last one.
    let old = old.lines().map(|line| format!("{line}\n")).collect::<String>();
    let diff = TextDiff::from_lines(&*old, new);
    let patch = diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string();
    (!patch.is_empty()).then_some(patch)
}

fn apply(old: &Document, new: &Document, lines: &mut Vec<String>, edit: &Edit<'_>) -> Option<()> {
    match edit {
        Edit::AddField { object, name, schema } => {
            let properties = locate(&old.root, object, lines)?.child(lines, "properties")?;
            if properties.child(lines, name).is_some() {
                return None;
            }
            let indent = " ".repeat(properties.indent(lines)?);
            let field = yaml(&json!({ *name: field(old, new, schema)? }))?;
            let end = properties.end(lines);
            lines.splice(end..end, field.lines().map(|line| format!("{indent}{line}")));
        }
        Edit::AddValues { schema, values } => {
            let list = locate(&old.root, schema, lines)?.child(lines, "enum")?;
            for value in values.iter().filter(|it| !it.is_object() && !it.is_array()) {
                add_value(lines, &list, value)?;
            }
        }
        Edit::SetBound { schema, keyword, value } => {
            let line = locate(&old.root, schema, lines)?.child(lines, keyword)?.line;
            let key = lines[line].find(':')?;
            lines[line].truncate(key);
            lines[line] += &format!(": {value}");
        }
    }
    Some(())
}

fn add_value(lines: &mut Vec<String>, list: &Block, value: &Value) -> Option<()> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let known = |item: &str| item.trim().trim_start_matches("- ").trim_matches(['\'', '"']) == text;
    if let Some(close) = lines[list.line].rfind(']') {
        let open = lines[list.line].find('[')?;
        if !lines[list.line][open + 1..close].split(',').any(known) {
            // As JSON, because a plain text in brackets can hold no comma.
            lines[list.line].insert_str(close, &format!(", {value}"));
        }
    } else if !lines[list.body.clone()].iter().any(|line| known(line)) {
        let indent = " ".repeat(list.indent(lines)?);
        let end = list.end(lines);
        lines.insert(end, format!("{indent}- {}", yaml(value)?));
    }
    Some(())
}

/// The declaration of a field: a scalar or a list of scalars, without what makes reading strict.
fn field(old: &Document, new: &Document, schema: &Value) -> Option<Value> {
    let schema = new.resolve(schema).ok()?;
    let timestamp = "#/components/schemas/Timestamp";
    if schema["format"] == "date-time" && old.target(timestamp).is_ok() {
        return Some(json!({ "$ref": timestamp }));
    }
    let is_composed = ["enum", "const", "allOf", "oneOf", "anyOf"];
    if is_composed.iter().any(|key| schema.get(key).is_some()) {
        return None;
    }
    let scalar = |schema: &Value| {
        let scalars = ["string", "integer", "number", "boolean"];
        scalars.into_iter().find(|scalar| schema["type"] == *scalar)
    };
    let description = schema["description"].as_str().unwrap_or("Not described.");
    let description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut field = json!({ "description": description, "type": schema["type"] });
    if schema["type"] == "array" {
        let items = scalar(new.resolve(schema.get("items")?).ok()?)?;
        field["items"] = json!({ "type": items });
    } else {
        scalar(schema)?;
    }
    if schema["type"] == "array" || schema["nullable"] == true {
        field["nullable"] = json!(true);
    }
    Some(field)
}

/// A scalar or an object in YAML.
fn yaml(value: &Value) -> Option<String> {
    yaml_serde::to_string(value).ok().map(|text| text.trim_end().to_owned())
}

/// A key of the text and the lines below it.
#[derive(Clone, Debug)]
struct Block {
    line: usize,
    body: Range<usize>,
}

impl Block {
    /// The indent of the entries.
    fn indent(&self, lines: &[String]) -> Option<usize> {
        lines[self.body.clone()].iter().find(|line| is_content(line)).map(|line| indent(line))
    }

    /// The line after the last entry.
    fn end(&self, lines: &[String]) -> usize {
        let filled = lines[self.body.clone()].iter().rposition(|line| is_content(line));
        filled.map_or(self.body.start, |last| self.body.start + last + 1)
    }

    /// The entry with this key, or this index of a list.
    fn child(&self, lines: &[String], step: &str) -> Option<Block> {
        let column = self.indent(lines)?;
        let at_column =
            |line: &&usize| is_content(&lines[**line]) && indent(&lines[**line]) == column;
        let body: Vec<usize> = self.body.clone().collect();
        let entries: Vec<usize> = body.iter().filter(at_column).copied().collect();
        let is_key = |line: &usize| {
            let key = lines[*line].trim_start().split(':').next().unwrap_or_default();
            key.trim_matches(['\'', '"']) == step
        };
        let index = match step.parse::<usize>() {
            Ok(index) if lines[*entries.first()?].trim_start().starts_with("- ") => index,
            _ => entries.iter().position(is_key)?,
        };
        let line = *entries.get(index)?;
        let end = entries.get(index + 1).copied().unwrap_or(self.body.end);
        Some(Block { line, body: line + 1..end })
    }
}

fn is_content(line: &str) -> bool {
    let text = line.trim_start();
    !text.is_empty() && !text.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The text of a node of the document.
fn locate(root: &Value, node: &Value, lines: &[String]) -> Option<Block> {
    let mut block = Block { line: 0, body: 0..lines.len() };
    for step in path_to(root, node)? {
        block = block.child(lines, &step)?;
    }
    Some(block)
}

/// The keys and indices that lead to a node, which is found by its address.
fn path_to(root: &Value, node: &Value) -> Option<Vec<String>> {
    if std::ptr::eq(root, node) {
        return Some(Vec::new());
    }
    let below = |key: String, value: &Value| {
        let mut path = path_to(value, node)?;
        path.insert(0, key);
        Some(path)
    };
    match root {
        Value::Object(entries) => entries.iter().find_map(|(key, value)| below(key.clone(), value)),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, value)| below(index.to_string(), value))
        }
        _ => None,
    }
}
