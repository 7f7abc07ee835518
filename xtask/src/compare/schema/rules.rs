//! Compares the rules for values of one type.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::{Place, Walk, merge};
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

impl<'a> Walk<'a, '_> {
    pub(super) fn rules(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let changes = [Change::TypeNarrowed, Change::TypeWidened];
        if let Some(change) = Change::of_flag(changes, old.integer, new.integer) {
            let message = match new.integer {
                true => "was a number, is an integer",
                false => "was an integer, is a number",
            };
            self.add_message(change, place, message);
        }
        self.values(old, new, place);
        self.formats(old, new, place);
        let changes = [Change::PatternAdded, Change::PatternRemoved, Change::PatternChanged];
        self.texts("pattern", changes, [&old.rules.patterns, &new.rules.patterns], place);
        self.limits(old, new, place);
        self.other_keywords(old, new, place);
    }

    fn values(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let (was, is) = match (&old.rules.values, &new.rules.values) {
            (None, None) => return,
            (None, Some(is)) => {
                let message = format!("was any {}, is one of {}", old.kind.word(), list(is));
                return self.add_message(Change::EnumAdded, place, message);
            }
            (Some(was), None) => {
                let message = format!("was one of {}, is any {}", list(was), old.kind.word());
                return self.add_message(Change::EnumRemoved, place, message);
            }
            (Some(was), Some(is)) => (was, is),
        };
        let removed = without(was, is);
        if !removed.is_empty() {
            let message = format!("no longer allows {}", list(&removed));
            self.add_message(Change::EnumValueRemoved, place, message);
        }
        let added = without(is, was);
        if !added.is_empty() {
            let message = format!("allows {}", list(&added));
            let edit =
                old.part_with("enum").map(|schema| Edit::AddValues { schema, values: added });
            self.add_with(edit, Change::EnumValueAdded, place, message);
        }
    }

    fn formats(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let (old, new) = (&old.rules.formats, &new.rules.formats);
        let grows = |from: &BTreeSet<&str>, to: &BTreeSet<&str>| {
            PARTS.iter().any(|(part, whole)| from.contains(part) && to.contains(whole))
        };
        let other = match (grows(old, new), grows(new, old)) {
            (true, _) => Change::FormatWidened,
            (_, true) => Change::FormatNarrowed,
            _ => Change::FormatChanged,
        };
        self.texts(
            "format",
            [Change::FormatAdded, Change::FormatRemoved, other],
            [old, new],
            place,
        );
    }

    /// Compares the texts of a keyword, all of which apply.
    fn texts(
        &mut self,
        keyword: &str,
        changes: [Change; 3],
        [old, new]: [&BTreeSet<&str>; 2],
        place: &Place,
    ) {
        if let Some(change) = Change::of_sets(changes, old, new) {
            let message = format!("`{keyword}` changed from {} to {}", texts(old), texts(new));
            self.add_message(change, place, message);
        }
    }

    fn limits(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        for (keyword, lower, _) in LIMITS {
            let [was, is] = [old, new].map(|shape| shape.rules.limits.get(keyword).copied());
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
        for (keyword, was, is) in merge(&old.rules.unknown, &new.rules.unknown) {
            let excludes = EXCLUDING.contains(keyword);
            let (change, message) = match (was, is) {
                (Some(was), Some(is)) if self.are_same(was, is) => continue,
                (Some(was), Some(is)) if *keyword == "x-extensible-enum" => {
                    self.extensible_values(was, is, place);
                    continue;
                }
                (None, _) if excludes => (Change::ConstraintAdded, "was added"),
                (_, None) if excludes => (Change::ConstraintRemoved, "was removed"),
                _ => (Change::ConstraintChanged, "changed"),
            };
            self.add_message(change, place, format!("`{keyword}` {message}"));
        }
    }

    fn extensible_values(&mut self, old: &[&Value], new: &[&Value], place: &Place) {
        let [old, new] = [old, new].map(|lists| -> Vec<&Value> {
            lists.iter().filter_map(|list| list.as_array()).flatten().collect()
        });
        for value in without(&old, &new) {
            let message = format!("no longer names `{value}`");
            self.add_message(Change::ExtensibleValueRemoved, place, message);
        }
        for value in without(&new, &old) {
            self.add_message(Change::ExtensibleValueAdded, place, format!("names `{value}`"));
        }
    }

    /// Whether these values are literally the same, references followed.
    fn are_same(&self, old: &[&Value], new: &[&Value]) -> bool {
        let (mut pairs, mut met) = (old.iter().zip(new), HashSet::new());
        old.len() == new.len() && pairs.all(|(a, b)| same(self.old, a, self.new, b, &mut met))
    }

    /// A default matters where a caller may leave the value out.
    pub(super) fn defaults(&mut self, old: &Normal<'a>, new: &Normal<'a>, place: &Place) {
        if old.default == new.default || self.direction == Direction::Response {
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

/// The values of one list that another lacks.
fn without<'v>(these: &[&'v Value], others: &[&Value]) -> Vec<&'v Value> {
    these.iter().filter(|value| !others.contains(value)).copied().collect()
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

/// More values under one keyword count as changed.
const MAX_SAME: usize = 2000;

/// Whether two values are literally the same. References are followed, to each pair once.
fn same(
    old: &Document,
    a: &Value,
    new: &Document,
    b: &Value,
    met: &mut HashSet<[*const Value; 2]>,
) -> bool {
    let (Ok(a), Ok(b)) = (old.resolve(a), new.resolve(b)) else {
        return a == b;
    };
    if !met.insert([a, b]) {
        return true;
    }
    if met.len() > MAX_SAME {
        return false;
    }
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(old, a, new, b, met))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(old, a, new, b, met)))
        }
        _ => a == b,
    }
}
