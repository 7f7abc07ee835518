//! Compares the rules that values of one type keep.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Place, SchemaWalk};
use crate::{
    document::Document,
    finding::{Direction, Effect},
    normal::{Kind, LIMITS, Limit, Normal, Shape},
};

/// Keywords that can only rule values out, of a kind that is not looked into.
const EXCLUDING: [&str; 5] = ["not", "multipleOf", "uniqueItems", "contains", "propertyNames"];

impl<'a> SchemaWalk<'a> {
    pub(super) fn rules(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        match (old.integer, new.integer) {
            (true, false) => {
                self.tell(place, Effect::Wider, "was an integer, is a number".to_owned())
            }
            (false, true) => {
                self.tell(place, Effect::Narrower, "was a number, is an integer".to_owned())
            }
            _ => {}
        }
        self.values(old, new, place);
        self.formats(&old.formats, &new.formats, place);
        self.patterns(&old.patterns, &new.patterns, place);
        self.limits(old, new, place);
        self.unknown_keywords(old, new, place);
    }

    fn values(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let (was, is) = match (&old.values, &new.values) {
            (None, None) => return,
            (None, Some(is)) => {
                let what = format!("was any {}, is one of {}", kind_word(old.kind), list(is));
                return self.tell(place, Effect::Narrower, what);
            }
            (Some(was), None) => {
                let what = format!("was one of {}, is any {}", list(was), kind_word(old.kind));
                return self.tell(place, Effect::Wider, what);
            }
            (Some(was), Some(is)) => (was, is),
        };
        let gone: Vec<_> = was.iter().filter(|value| !is.contains(value)).copied().collect();
        if !gone.is_empty() {
            self.tell(place, Effect::Narrower, format!("no longer allows {}", list(&gone)));
        }
        let added: Vec<_> = is.iter().filter(|value| !was.contains(value)).copied().collect();
        if !added.is_empty() {
            self.tell(place, Effect::Wider, format!("allows {} as well", list(&added)));
        }
    }

    fn formats(&mut self, old: &BTreeSet<&str>, new: &BTreeSet<&str>, place: &Place) {
        if old == new {
            return;
        }
        let grown = old.contains("int32") && new.contains("int64");
        let effect = match (old.is_subset(new), new.is_subset(old)) {
            _ if grown => Effect::Wider,
            (true, _) => Effect::Narrower,
            (_, true) => Effect::Wider,
            _ => Effect::Other,
        };
        let what = format!("`format` was {}, is {}", texts(old), texts(new));
        self.tell(place, effect, what);
    }

    fn patterns(&mut self, old: &BTreeSet<&str>, new: &BTreeSet<&str>, place: &Place) {
        if old == new {
            return;
        }
        let effect = match (old.is_subset(new), new.is_subset(old)) {
            (true, _) => Effect::Narrower,
            (_, true) => Effect::Wider,
            // Which of two patterns lets more through is not worked out.
            _ => Effect::Unknown,
        };
        let what = format!("`pattern` was {}, is {}", texts(old), texts(new));
        self.tell(place, effect, what);
    }

    fn limits(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        for (keyword, lower, _) in LIMITS {
            let (was, is) = (old.limits.get(keyword).copied(), new.limits.get(keyword).copied());
            if was == is {
                continue;
            }
            let effect = match (was, is) {
                (None, _) => Effect::Narrower,
                (Some(was), Some(is)) if is.is_stricter(was, lower) => Effect::Narrower,
                _ => Effect::Wider,
            };
            let what = format!("`{keyword}` was {}, is {}", limit(was), limit(is));
            self.tell(place, effect, what);
        }
    }

    fn unknown_keywords(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let keywords: BTreeSet<&str> =
            old.unknown.keys().chain(new.unknown.keys()).copied().collect();
        for keyword in keywords {
            let (was, is) = (old.unknown.get(keyword), new.unknown.get(keyword));
            if let (Some(was), Some(is)) = (was, is)
                && self.are_same(was, is)
            {
                continue;
            }
            let effect = match (was, is) {
                (None, _) if EXCLUDING.contains(&keyword) => Effect::Narrower,
                (_, None) if EXCLUDING.contains(&keyword) => Effect::Wider,
                _ => Effect::Unknown,
            };
            let change = match (was, is) {
                (None, _) => "is new",
                (_, None) => "is gone",
                _ => "changed",
            };
            self.tell(place, effect, format!("`{keyword}` {change}"));
        }
    }

    /// Whether these values are the same to the letter, references followed.
    fn are_same(&self, old: &[&Value], new: &[&Value]) -> bool {
        let mut pairs = old.iter().zip(new);
        old.len() == new.len() && pairs.all(|(a, b)| same(self.old, a, self.new, b, 0))
    }

    /// A default matters where a caller may leave something out.
    pub(super) fn defaults(&mut self, old: &Normal<'a>, new: &Normal<'a>, place: &Place) {
        if old.default == new.default || self.direction == Direction::Response {
            return;
        }
        let effect = match (old.default, new.default) {
            // What was unsaid may have been the same.
            (None, _) => Effect::Wider,
            (_, None) => Effect::Unknown,
            _ => Effect::Other,
        };
        let words =
            |value: Option<&Value>| value.map_or("not given".to_owned(), |v| format!("{v}"));
        let what = format!("`default` was {}, is {}", words(old.default), words(new.default));
        self.tell(place, effect, what);
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Number => "number",
        Kind::String => "string",
        Kind::Array => "array",
        Kind::Object => "object",
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
        true => "not given".to_owned(),
        false => Vec::from_iter(texts.iter().map(|text| format!("`{text}`"))).join(" and "),
    }
}

fn limit(limit: Option<Limit>) -> String {
    match limit {
        None => "not given".to_owned(),
        Some(limit) if limit.exclusive => format!("{} itself excluded", limit.value),
        Some(limit) => limit.value.to_string(),
    }
}

/// Whether two values are the same, references followed as far as any description will need.
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
