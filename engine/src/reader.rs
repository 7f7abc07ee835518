//! Reads typed values out of YAML nodes, with a diagnostic for each that has another type.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::diagnostic::{DiagnosticCollector, LocatedText, Position};
use crate::suggest::Suggestions;
use crate::yaml::{YamlNode, YamlValue};

/// The fields of a mapping, each taken once.
pub(crate) struct Fields<'a> {
    at: Position,
    what: &'static str,
    fields: Vec<(&'a str, &'a YamlNode)>,
}

impl<'a> Fields<'a> {
    /// Returns the fields of a mapping. Unknown and repeated ones are reported.
    pub(crate) fn of(
        node: &'a YamlNode,
        what: &'static str,
        known: &[&str],
        diagnostics: &mut DiagnosticCollector,
    ) -> Option<Self> {
        let YamlValue::Mapping(pairs) = &node.value else {
            let help = format!("{what} has the fields {}", known.join(", "));
            diagnostics.add(node.at, format!("{what} is expected here"), Some(help));
            return None;
        };
        let mut fields = Vec::new();
        let mut seen = BTreeSet::new();
        for (key, value) in pairs {
            let name = match &key.value {
                YamlValue::Text(name) => &**name,
                _ => "",
            };
            if !known.contains(&name) {
                let help = Suggestions::of(known.iter().copied())
                    .did_you_mean(name)
                    .unwrap_or_else(|| format!("{what} has the fields {}", known.join(", ")));
                diagnostics.add(key.at, format!("{what} has no field {name:?}"), Some(help));
            } else if !seen.insert(name) {
                diagnostics.add(key.at, format!("{what} has `{name}` twice"), None);
            } else {
                fields.push((name, &**value));
            }
        }
        Some(Self { at: node.at, what, fields })
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<&'a YamlNode> {
        let index = self.fields.iter().position(|(field, _)| *field == name)?;
        Some(self.fields.swap_remove(index).1)
    }

    pub(crate) fn required(
        &mut self,
        name: &str,
        diagnostics: &mut DiagnosticCollector,
    ) -> Option<&'a YamlNode> {
        let node = self.take(name);
        if node.is_none() {
            diagnostics.add(self.at, format!("{} needs `{name}`", self.what), None);
        }
        node
    }
}

/// Returns the items of a list.
pub(crate) fn list<'a>(
    node: &'a YamlNode,
    what: &str,
    of: &str,
    diagnostics: &mut DiagnosticCollector,
) -> &'a [Rc<YamlNode>] {
    if let YamlValue::List(items) = &node.value {
        return items;
    }
    let help = "write [] for none".to_owned();
    diagnostics.add(node.at, format!("{what} must be a list of {of}"), Some(help));
    &[]
}

/// Returns the texts of a list.
pub(crate) fn texts(
    node: &YamlNode,
    what: &str,
    of: &str,
    diagnostics: &mut DiagnosticCollector,
) -> Vec<LocatedText> {
    let items = list(node, what, of, diagnostics);
    items.iter().filter_map(|it| text(it, &format!("an item of {what}"), diagnostics)).collect()
}

/// Reports texts that are repeated: those that `fold` makes the same.
pub(crate) fn check_repeated<'a>(
    texts: impl IntoIterator<Item = &'a LocatedText>,
    fold: fn(&str) -> String,
    diagnostics: &mut DiagnosticCollector,
) {
    let mut seen: BTreeMap<String, &LocatedText> = BTreeMap::new();
    for text in texts {
        match seen.entry(fold(&text.text)) {
            Entry::Occupied(first) => diagnostics.add_duplicate(text, first.get()),
            Entry::Vacant(place) => drop(place.insert(text)),
        }
    }
}

/// Returns a text that is not empty.
pub(crate) fn text(
    node: &YamlNode,
    what: &str,
    diagnostics: &mut DiagnosticCollector,
) -> Option<LocatedText> {
    match &node.value {
        YamlValue::Text(text) if !text.trim().is_empty() => {
            Some(LocatedText { text: text.to_string(), at: node.at })
        }
        YamlValue::Text(_) | YamlValue::Nothing => {
            diagnostics.add(node.at, format!("{what} is empty"), None);
            None
        }
        YamlValue::List(_) | YamlValue::Mapping(_) => {
            diagnostics.add(node.at, format!("{what} must be text"), None);
            None
        }
    }
}
