//! Compares the rules for values of one type.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Place, SchemaWalk, kind_word};
use crate::{
    change::{Change, Direction},
    document::Document,
    edit::Edit,
    normal::{LIMITS, Limit, Normal, Shape},
};

/// Keywords that can only exclude values, in a way that the normal form does not describe.
const EXCLUDING: [&str; 16] = [
    "not",
    "multipleOf",
    "uniqueItems",
    "contains",
    "minContains",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "unevaluatedItems",
    "unevaluatedProperties",
    "if",
    "then",
    "else",
    "contentSchema",
    "prefixItems",
];

/// Formats of numbers that are a part of another format.
const PARTS: [(&str, &str); 2] = [("int32", "int64"), ("float", "double")];

impl<'a> SchemaWalk<'a, '_> {
    pub(super) fn rules(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        match (old.integer, new.integer) {
            (true, false) => {
                self.add_message(Change::TypeWidened, place, "was an integer, is a number")
            }
            (false, true) => {
                self.add_message(Change::TypeNarrowed, place, "was a number, is an integer")
            }
            _ => {}
        }
        self.values(old, new, place);
        self.formats(&old.rules.formats, &new.rules.formats, place);
        self.patterns(&old.rules.patterns, &new.rules.patterns, place);
        self.limits(old, new, place);
        self.other_keywords(old, new, place);
    }

    fn values(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let (was, is) = match (&old.rules.values, &new.rules.values) {
            (None, None) => return,
            (None, Some(is)) => {
                let message = format!("was any {}, is one of {}", kind_word(old.kind), list(is));
                return self.add_message(Change::EnumAdded, place, message);
            }
            (Some(was), None) => {
                let message = format!("was one of {}, is any {}", list(was), kind_word(old.kind));
                return self.add_message(Change::EnumRemoved, place, message);
            }
            (Some(was), Some(is)) => (was, is),
        };
        let removed: Vec<_> = was.iter().filter(|value| !is.contains(value)).copied().collect();
        if !removed.is_empty() {
            let message = format!("no longer allows {}", list(&removed));
            self.add_message(Change::EnumValueRemoved, place, message);
        }
        let added: Vec<_> = is.iter().filter(|value| !was.contains(value)).copied().collect();
        if !added.is_empty() {
            let message = format!("allows {}", list(&added));
            let edit =
                old.part_with("enum").map(|schema| Edit::AddValues { schema, values: added });
            self.add_with(edit, Change::EnumValueAdded, place, message);
        }
    }

    fn formats(&mut self, old: &BTreeSet<&str>, new: &BTreeSet<&str>, place: &Place) {
        if old == new {
            return;
        }
        let grows = |from: &BTreeSet<&str>, to: &BTreeSet<&str>| {
            PARTS.iter().any(|(part, whole)| from.contains(part) && to.contains(whole))
        };
        let change = match (old.is_subset(new), new.is_subset(old)) {
            (true, _) => Change::FormatAdded,
            (_, true) => Change::FormatRemoved,
            _ if grows(old, new) => Change::FormatWidened,
            _ if grows(new, old) => Change::FormatNarrowed,
            _ => Change::FormatChanged,
        };
        let message = format!("`format` changed from {} to {}", texts(old), texts(new));
        self.add_message(change, place, message);
    }

    fn patterns(&mut self, old: &BTreeSet<&str>, new: &BTreeSet<&str>, place: &Place) {
        if old == new {
            return;
        }
        let change = match (old.is_subset(new), new.is_subset(old)) {
            (true, _) => Change::PatternAdded,
            (_, true) => Change::PatternRemoved,
            _ => Change::PatternChanged,
        };
        let message = format!("`pattern` changed from {} to {}", texts(old), texts(new));
        self.add_message(change, place, message);
    }

    fn limits(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        for (keyword, lower, _) in LIMITS {
            let (was, is) =
                (old.rules.limits.get(keyword).copied(), new.rules.limits.get(keyword).copied());
            if was == is {
                continue;
            }
            let change = match (was, is) {
                (None, _) => Change::BoundTightened,
                (Some(was), Some(is)) if is.is_stricter(was, lower) => Change::BoundTightened,
                _ => Change::BoundLoosened,
            };
            let message = format!("`{keyword}` changed from {} to {}", limit(was), limit(is));
            let edit = match (old.part_with(keyword), was, is) {
                (Some(schema), Some(was), Some(is)) if was.exclusive == is.exclusive => {
                    Some(Edit::SetBound { schema, keyword, value: is.value })
                }
                _ => None,
            };
            self.add_with(edit, change, place, message);
        }
    }

    fn other_keywords(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let keywords: BTreeSet<&str> =
            old.rules.unknown.keys().chain(new.rules.unknown.keys()).copied().collect();
        for keyword in keywords {
            let (was, is) = (old.rules.unknown.get(keyword), new.rules.unknown.get(keyword));
            if let (Some(was), Some(is)) = (was, is)
                && self.are_same(was, is)
            {
                continue;
            }
            if let (Some(was), Some(is), "x-extensible-enum") = (was, is, keyword) {
                self.extensible_values(was, is, place);
                continue;
            }
            let (change, message) = match (was, is) {
                (None, _) if EXCLUDING.contains(&keyword) => (Change::ConstraintAdded, "was added"),
                (_, None) if EXCLUDING.contains(&keyword) => {
                    (Change::ConstraintRemoved, "was removed")
                }
                _ => (Change::ConstraintChanged, "changed"),
            };
            self.add_message(change, place, format!("`{keyword}` {message}"));
        }
    }

    fn extensible_values(&mut self, old: &[&Value], new: &[&Value], place: &Place) {
        let [old, new] = [old, new].map(|lists| -> Vec<&Value> {
            lists.iter().filter_map(|list| list.as_array()).flatten().collect()
        });
        for value in old.iter().filter(|value| !new.contains(value)) {
            let message = format!("no longer names `{value}`");
            self.add_message(Change::ExtensibleValueRemoved, place, message);
        }
        for value in new.iter().filter(|value| !old.contains(value)) {
            self.add_message(Change::ExtensibleValueAdded, place, format!("names `{value}`"));
        }
    }

    /// Whether these values are literally the same, references followed.
    fn are_same(&self, old: &[&Value], new: &[&Value]) -> bool {
        let mut pairs = old.iter().zip(new);
        let (before, after) = (self.subject.old, self.subject.new);
        old.len() == new.len() && pairs.all(|(a, b)| same(before, a, after, b, 0))
    }

    /// A default matters where a caller may leave the value out.
    pub(super) fn defaults(&mut self, old: &Normal<'a>, new: &Normal<'a>, place: &Place) {
        if old.default == new.default || self.subject.direction == Direction::Response {
            return;
        }
        let change = match (old.default, new.default) {
            // The default that was not documented may have been the same.
            (None, _) => Change::DefaultAdded,
            (_, None) => Change::DefaultRemoved,
            _ => Change::DefaultChanged,
        };
        let words = |value: Option<&Value>| value.map_or("none".to_owned(), |v| format!("{v}"));
        let message =
            format!("`default` changed from {} to {}", words(old.default), words(new.default));
        self.add_message(change, place, message);
    }
}

fn list(values: &[&Value]) -> String {
    let words = values.iter().map(|value| match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    });
    Vec::from_iter(words).join(", ")
}

fn texts(texts: &BTreeSet<&str>) -> String {
    match texts.is_empty() {
        true => "none".to_owned(),
        false => Vec::from_iter(texts.iter().map(|text| format!("`{text}`"))).join(" and "),
    }
}

fn limit(limit: Option<Limit>) -> String {
    match limit {
        None => "none".to_owned(),
        Some(limit) if limit.exclusive => format!("{} (exclusive)", limit.value),
        Some(limit) => limit.value.to_string(),
    }
}

/// Whether two values are literally the same. References are followed, circles to a limited depth.
fn same(old: &Document, a: &Value, new: &Document, b: &Value, depth: usize) -> bool {
    if depth > 32 {
        return true;
    }
    let (Ok(a), Ok(b)) = (old.resolve(a), new.resolve(b)) else {
        return a == b;
    };
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(old, a, new, b, depth + 1))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(old, a, new, b, depth + 1)))
        }
        _ => a == b,
    }
}
