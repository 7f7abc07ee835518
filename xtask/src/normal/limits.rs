//! The rules that several raw schemas make together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Kind, Others, Schema, types};
use crate::{
    annotations::{DOCUMENTATION, LIFECYCLE},
    rules::{array, entries},
};

/// A bound of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    pub(crate) value: f64,
    /// The value itself is excluded.
    pub(crate) exclusive: bool,
}

impl Limit {
    /// Whether this limit, a lower or an upper one, allows fewer values than the other.
    pub(crate) fn is_stricter(self, other: Self, lower: bool) -> bool {
        if self.value == other.value {
            return self.exclusive && !other.exclusive;
        }
        (self.value > other.value) == lower
    }
}

/// The keywords of limits: name, whether it is a lower one, the types that it concerns.
pub(crate) const LIMITS: [(&str, bool, Kind); 8] = [
    ("minimum", true, Kind::Number),
    ("maximum", false, Kind::Number),
    ("minLength", true, Kind::String),
    ("maxLength", false, Kind::String),
    ("minItems", true, Kind::Array),
    ("maxItems", false, Kind::Array),
    ("minProperties", true, Kind::Object),
    ("maxProperties", false, Kind::Object),
];

/// Keywords that are resolved before, or are no rule.
const RESOLVED: [&str; 10] = [
    "$ref",
    "allOf",
    "oneOf",
    "anyOf",
    "nullable",
    "discriminator",
    "default",
    "readOnly",
    "writeOnly",
    "$comment",
];

static FALSE: Value = Value::Bool(false);
static TRUE: Value = Value::Bool(true);

/// The rules that several raw schemas make together.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Rules<'a> {
    pub(crate) types: u8,
    /// If given, only these.
    pub(crate) values: Option<Vec<&'a Value>>,
    pub(crate) formats: BTreeSet<&'a str>,
    pub(crate) patterns: BTreeSet<&'a str>,
    pub(crate) limits: BTreeMap<&'static str, Limit>,
    /// For arrays: the schema of every item. None: any value.
    pub(crate) items: Option<Schema<'a>>,
    /// For objects.
    pub(crate) fields: BTreeMap<&'a str, Schema<'a>>,
    pub(crate) required: BTreeSet<&'a str>,
    pub(crate) others: Others<'a>,
    /// Keywords that the normal form does not describe, as they are written.
    pub(crate) unknown: BTreeMap<&'a str, Vec<&'a Value>>,
}

impl<'a> Rules<'a> {
    /// The rules that every value follows.
    pub(super) fn any() -> Self {
        Self { types: types::ALL, ..Self::default() }
    }

    /// The rules of these raw schemas together.
    pub(super) fn of(parts: &[&'a Value]) -> Self {
        let mut rules = Self::any();
        let mut typed = false;
        let mut implied = 0;
        for part in parts.iter().filter_map(|part| part.as_object()) {
            typed |= part.contains_key("type");
            for (keyword, value) in part {
                implied |= implied_types(keyword, value);
                rules.add(part, keyword, value);
            }
        }
        // Many documents leave `type` out if the other keywords make it clear.
        if !typed && implied != 0 && rules.values.is_none() {
            rules.types &= implied;
        }
        if let Some(values) = &mut rules.values {
            values.retain(|value| type_of(value) & rules.types != 0);
        }
        rules
    }

    fn add(&mut self, part: &'a Map<String, Value>, keyword: &'a str, value: &'a Value) {
        match keyword {
            "type" => self.types &= declared_types(value),
            "enum" => self.keep_values(value.as_array().into_iter().flatten().collect()),
            "const" => self.keep_values(vec![value]),
            "format" => self.formats.extend(value.as_str()),
            "pattern" => self.patterns.extend(value.as_str()),
            "items" => self.items.get_or_insert_default().add(value),
            "required" if value.is_array() => {
                self.required.extend(array(Some(value)).filter_map(Value::as_str))
            }
            "properties" => {
                for (name, field) in entries(Some(value)) {
                    self.fields.entry(name).or_default().add(field);
                }
            }
            "additionalProperties" => self.add_others(value),
            // OpenAPI 3.0; read together with the bound itself.
            "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => {}
            "exclusiveMinimum" => self.add_exclusive("minimum", value),
            "exclusiveMaximum" => self.add_exclusive("maximum", value),
            "uniqueItems" if value == &Value::Bool(false) => {}
            "x-extensible-enum" => self.add_limit_or_unknown(part, keyword, value),
            _ if keyword.starts_with("x-") || RESOLVED.contains(&keyword) => {}
            _ if DOCUMENTATION.contains(&keyword) || LIFECYCLE.contains(&keyword) => {}
            _ => self.add_limit_or_unknown(part, keyword, value),
        }
    }

    fn keep_values(&mut self, values: Vec<&'a Value>) {
        match &mut self.values {
            None => self.values = Some(values),
            Some(known) => known.retain(|value| values.contains(value)),
        }
    }

    /// A schema that closes an object in one member of an `allOf` is taken to know the fields of
    /// the other members, which is what its author intends.
    fn add_others(&mut self, value: &'a Value) {
        let open = value == &Value::Bool(true) || value.as_object().is_some_and(Map::is_empty);
        match (&mut self.others, value) {
            (Others::Forbidden, _) => {}
            (others, Value::Bool(false)) => *others = Others::Forbidden,
            _ if open => {}
            (Others::Like(schema), _) => schema.add(value),
            (others, _) => *others = Others::Like(Schema::new(value)),
        }
    }

    fn add_exclusive(&mut self, keyword: &'static str, value: &Value) {
        if let Some(value) = value.as_f64() {
            self.tighten(keyword, keyword == "minimum", Limit { value, exclusive: true });
        }
    }

    fn add_limit_or_unknown(
        &mut self,
        part: &Map<String, Value>,
        keyword: &'a str,
        value: &'a Value,
    ) {
        let known = LIMITS.iter().find(|(name, ..)| *name == keyword);
        let (Some((name, lower, _)), Some(number)) = (known, value.as_f64()) else {
            self.unknown.entry(keyword).or_default().push(value);
            return;
        };
        let exclusive = match *name {
            "minimum" => part.get("exclusiveMinimum") == Some(&Value::Bool(true)),
            "maximum" => part.get("exclusiveMaximum") == Some(&Value::Bool(true)),
            // At least none is no limit.
            _ if *lower && number == 0.0 => return,
            _ => false,
        };
        let value = number;
        self.tighten(name, *lower, Limit { value, exclusive });
    }

    fn tighten(&mut self, keyword: &'static str, lower: bool, limit: Limit) {
        let known = self.limits.entry(keyword).or_insert(limit);
        if limit.is_stricter(*known, lower) {
            *known = limit;
        }
    }

    /// The rules for one type; none if no value of that type is left.
    pub(super) fn of_kind(&self, kind: Kind) -> Option<Self> {
        let types = self.types & kind.bits();
        let mut values = self.values.clone();
        match &mut values {
            Some(values) => values.retain(|value| type_of(value) & kind.bits() != 0),
            None if kind == Kind::Boolean => values = Some(vec![&FALSE, &TRUE]),
            None => {}
        }
        if types == 0 || values.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        let of_kind = LIMITS.iter().filter(|(.., concerned)| *concerned == kind);
        let limits = of_kind.filter_map(|(keyword, lower, _)| {
            let limit = *self.limits.get(keyword)?;
            Some((*keyword, if types == types::INTEGER { whole(limit, *lower) } else { limit }))
        });
        let mut rules = Self { types, values, limits: limits.collect(), ..Self::default() };
        match kind {
            Kind::Boolean => {}
            Kind::Number => rules.formats = self.formats.clone(),
            Kind::String => {
                rules.formats = self.formats.clone();
                rules.patterns = self.patterns.clone();
            }
            Kind::Array => rules.items = self.items.clone(),
            Kind::Object => {
                rules.fields = self.fields.clone();
                rules.required = self.required.clone();
                rules.others = self.others.clone();
            }
        }
        rules.unknown = self.unknown.clone();
        rules.unknown.retain(|keyword, _| match *keyword {
            "uniqueItems" | "contains" | "prefixItems" => kind == Kind::Array,
            "multipleOf" => kind == Kind::Number,
            "patternProperties" | "propertyNames" => kind == Kind::Object,
            _ => true,
        });
        Some(rules)
    }
}

/// For integers, more than 0 is the same as at least 1.
fn whole(limit: Limit, lower: bool) -> Limit {
    let value = match (limit.exclusive, lower) {
        (true, true) => limit.value.floor() + 1.0,
        (true, false) => limit.value.ceil() - 1.0,
        (false, _) => limit.value,
    };
    Limit { value, exclusive: false }
}

/// The type of a value, as a bit.
fn type_of(value: &Value) -> u8 {
    match value {
        Value::Null => types::NULL,
        Value::Bool(_) => types::BOOLEAN,
        Value::Number(number) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => {
            types::INTEGER
        }
        Value::Number(_) => types::FRACTION,
        Value::String(_) => types::STRING,
        Value::Array(_) => types::ARRAY,
        Value::Object(_) => types::OBJECT,
    }
}

pub(super) fn declared_types(value: &Value) -> u8 {
    match value {
        Value::String(name) => types::named(name),
        _ => array(Some(value))
            .filter_map(Value::as_str)
            .map(types::named)
            .fold(0, |all, one| all | one),
    }
}

/// The types that a keyword applies to, if it applies to some only.
fn implied_types(keyword: &str, value: &Value) -> u8 {
    match keyword {
        "properties" | "additionalProperties" | "minProperties" | "maxProperties" => types::OBJECT,
        "required" if value.is_array() => types::OBJECT,
        "items" | "minItems" | "maxItems" => types::ARRAY,
        "pattern" | "minLength" | "maxLength" => types::STRING,
        "minimum" | "maximum" | "multipleOf" => types::INTEGER | types::FRACTION,
        "format" => match value.as_str() {
            Some("int32" | "int64") => types::INTEGER,
            Some("float" | "double") => types::INTEGER | types::FRACTION,
            Some(_) => types::STRING,
            None => 0,
        },
        _ => 0,
    }
}
