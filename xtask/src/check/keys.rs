//! Whether every object has the keys that OpenAPI 3.0.3 gives it, and no others.

use serde_json::{Map, Value};

use super::Problems;
use crate::document::Document;

mod grammar;

pub(super) use grammar::Kind;
use grammar::{Form, OPENAPI, Rule, SCHEMA};

/// An object of the document, and what it is.
pub(super) struct Node<'a> {
    pub(super) kind: Kind,
    pub(super) place: String,
    /// The key that holds it, or holds the list or mapping that it is an entry of.
    pub(super) holder: &'a str,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key)
    }
}

/// Checks the document against the grammar of OpenAPI 3.0.3, and lists its objects. References are
/// none.
pub(super) fn check<'a>(document: &'a Document, problems: &mut Problems) -> Vec<Node<'a>> {
    let nodes = Vec::new();
    let mut walk = Walk { document, problems, nodes };
    walk.form(&Rule::Of(&OPENAPI), "", "", &document.root);
    let nodes = walk.nodes;
    if document.root.get("openapi").and_then(Value::as_str) != Some("3.0.3") {
        problems.add("openapi", "must be 3.0.3");
    }
    nodes
}

struct Walk<'a, 'p> {
    document: &'a Document,
    problems: &'p mut Problems,
    nodes: Vec<Node<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn form(&mut self, rule: &Rule, place: &str, holder: &'a str, node: &'a Value) {
        match rule {
            Rule::Any => {}
            Rule::Text if node.is_string() => {}
            Rule::Flag if node.is_boolean() => {}
            Rule::Number if node.is_number() => {}
            Rule::Text => self.problems.add(place, "must be a text"),
            Rule::Flag => self.problems.add(place, "must be true or false"),
            Rule::Number => self.problems.add(place, "must be a number"),
            Rule::OneOf(words) => {
                if !node.as_str().is_some_and(|word| words.contains(&word)) {
                    self.problems.add(place, format!("must be one of {}", words.join(", ")));
                }
            }
            Rule::List(rule) => self.list(rule, place, holder, node),
            Rule::Map(rule) => self.map(rule, place, holder, node),
            Rule::Of(form) => self.object(form, place, holder, node),
            Rule::OrReference(section, form) => {
                self.or_reference(section, form, place, holder, node)
            }
            Rule::Schema => self.or_reference("schemas", &SCHEMA, place, holder, node),
            Rule::OrFlag(rule) if !node.is_boolean() => self.form(rule, place, holder, node),
            Rule::OrFlag(_) => {}
        }
    }

    fn list(&mut self, rule: &Rule, place: &str, holder: &'a str, node: &'a Value) {
        let Some(items) = node.as_array() else {
            return self.problems.add(place, "must be a list");
        };
        for (index, item) in items.iter().enumerate() {
            self.form(rule, &format!("{place}[{index}]"), holder, item);
        }
    }

    fn map(&mut self, rule: &Rule, place: &str, holder: &'a str, node: &'a Value) {
        let Some(entries) = node.as_object() else {
            return self.problems.add(place, "must be a mapping");
        };
        for (key, value) in entries {
            self.form(rule, &below(place, key), holder, value);
        }
    }

    fn or_reference(
        &mut self,
        section: &str,
        form: &Form,
        place: &str,
        holder: &'a str,
        node: &'a Value,
    ) {
        let Some(reference) = node.get("$ref") else {
            return self.object(form, place, holder, node);
        };
        if node.as_object().is_some_and(|object| object.len() > 1) {
            self.problems.add(place, "what stands beside `$ref` has no effect");
        }
        let Some(reference) = reference.as_str() else {
            return self.problems.add(place, "`$ref` must be a text");
        };
        if !reference.starts_with(&format!("#/components/{section}/")) {
            self.problems
                .add(place, format!("`{reference}` does not point into components/{section}"));
        } else if let Err(why) = self.document.target(reference) {
            self.problems.add(place, why.to_string());
        }
    }

    fn object(&mut self, form: &Form, place: &str, holder: &'a str, node: &'a Value) {
        let Some(entries) = node.as_object() else {
            return self.problems.add(place, "must be a mapping");
        };
        self.nodes.push(Node { kind: form.kind, place: place.to_owned(), holder, value: node });
        for key in form.required.iter().filter(|key| !entries.contains_key(**key)) {
            self.problems.add(place, format!("lacks `{key}`"));
        }
        self.entries(form, place, entries);
    }

    fn entries(&mut self, form: &Form, place: &str, entries: &'a Map<String, Value>) {
        for (key, value) in entries.iter().filter(|(key, _)| !key.starts_with("x-")) {
            let known = form.keys.iter().find(|(name, _)| name == key).map(|(_, rule)| rule);
            let rule =
                known.or_else(|| form.others.filter(|(fits, _)| fits(key)).map(|(_, rule)| rule));
            match rule {
                Some(rule) => self.form(rule, &below(place, key), key, value),
                None => self.problems.add(place, format!("`{key}` is not known here")),
            }
        }
    }
}

/// The place of an entry, as `paths./accounts.get`.
fn below(place: &str, key: &str) -> String {
    match place {
        "" => key.to_owned(),
        place => format!("{place}.{key}"),
    }
}
