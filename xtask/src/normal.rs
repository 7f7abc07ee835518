//! One normal form for schemas, so that two of them can be compared in whatever way they are
//! written.
//!
//! A schema becomes a list of alternatives, each of one JSON type, with `$ref`, `allOf`, `oneOf`,
//! `anyOf`, `nullable` (OpenAPI 3.0) and lists of types (3.1) resolved. It is made one level at a
//! time: what is below, for instance a property, stays a list of the raw schemas that all apply to
//! it. This keeps schemas that contain themselves finite.

use serde_json::{Map, Value};

use crate::{
    annotations::Lifecycle,
    document::{Document, Unusable},
    rules::{array, component},
};

mod limits;

use limits::declared_types;
pub(crate) use limits::{LIMITS, Limit, Rules};

/// A readable schema has fewer alternatives.
const MAX_ALTERNATIVES: usize = 256;

/// A schema before it is normalized: the raw schemas that all apply.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Schema<'a> {
    parts: Vec<&'a Value>,
}

/// Identifies a [`Schema`] of one document.
pub(crate) type Identity = Vec<usize>;

impl<'a> Schema<'a> {
    pub(crate) fn new(node: &'a Value) -> Self {
        Self { parts: vec![node] }
    }

    fn add(&mut self, node: &'a Value) {
        if !self.parts.iter().any(|part| std::ptr::eq(*part, node)) {
            self.parts.push(node);
        }
    }

    /// Stays the same however often the schema is met, and from wherever it is referred to.
    pub(crate) fn identity(&self, document: &'a Document) -> Identity {
        let target = |part: &&'a Value| match part.as_object() {
            Some(object) if object.len() == 1 => address(document.resolve(part).unwrap_or(part)),
            _ => address(part),
        };
        let mut identity: Identity = self.parts.iter().map(target).collect();
        identity.sort_unstable();
        identity
    }

    /// The raw schema, if it is the only one.
    pub(crate) fn only(&self) -> Option<&'a Value> {
        match self.parts.as_slice() {
            [part] => Some(part),
            _ => None,
        }
    }

    /// Whether the schema is a reference and nothing else.
    pub(crate) fn is_reference(&self) -> bool {
        self.only().and_then(Value::as_object).is_some_and(|part| part.keys().eq(["$ref"]))
    }

    /// Whether the schema is written as a choice between several.
    pub(crate) fn is_choice(&self) -> bool {
        let count = |part: &Value, key: &str| part.get(key)?.as_array().map(Vec::len);
        let is_choice =
            |part: &Value| ["oneOf", "anyOf"].iter().any(|key| count(part, key) > Some(1));
        self.only().is_some_and(is_choice)
    }

    /// The name of the component that the schema is a reference to, if it is nothing else.
    pub(crate) fn component(&self) -> Option<&'a str> {
        let part = self.only()?;
        let wrapped = ["allOf", "oneOf", "anyOf"].into_iter().find_map(|key| {
            match part.get(key)?.as_array()?.as_slice() {
                [only] => Some(only),
                _ => None,
            }
        });
        component(wrapped.unwrap_or(part))
    }
}

fn address(node: &Value) -> usize {
    std::ptr::from_ref(node).addr()
}

/// One level of a schema in the normal form.
#[derive(Default)]
pub(crate) struct Normal<'a> {
    /// Whether null fits.
    pub(crate) nullable: bool,
    /// The other values that fit: one of these.
    pub(crate) shapes: Vec<Shape<'a>>,
    /// The value that a missing one means.
    pub(crate) default: Option<&'a Value>,
    /// Only responses have it.
    pub(crate) read_only: bool,
    /// Only requests have it.
    pub(crate) write_only: bool,
    pub(crate) lifecycle: Lifecycle<'a>,
    /// How readers choose between the alternatives.
    pub(crate) discriminator: Option<&'a Value>,
}

impl Normal<'_> {
    /// Whether every value fits.
    pub(crate) fn is_anything(&self) -> bool {
        self.nullable
            && self.shapes.len() == Kind::ALL.len()
            && self.shapes.iter().all(Shape::is_open)
    }
}

/// The JSON types, null apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    pub(crate) const ALL: [Kind; 5] =
        [Kind::Boolean, Kind::Number, Kind::String, Kind::Array, Kind::Object];

    /// The name of the type.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }

    fn bits(self) -> u8 {
        types::named(self.word())
    }
}

/// Sets of JSON types, as bits. A number is an integer or a fraction.
pub(crate) mod types {
    pub(crate) const NULL: u8 = 1;
    pub(crate) const BOOLEAN: u8 = 2;
    pub(crate) const INTEGER: u8 = 4;
    pub(crate) const FRACTION: u8 = 8;
    pub(crate) const STRING: u8 = 16;
    pub(crate) const ARRAY: u8 = 32;
    pub(crate) const OBJECT: u8 = 64;
    pub(crate) const ALL: u8 = 127;

    /// The types with this name; none if it is not one.
    pub(crate) fn named(name: &str) -> u8 {
        match name {
            "null" => NULL,
            "boolean" => BOOLEAN,
            "integer" => INTEGER,
            "number" => INTEGER | FRACTION,
            "string" => STRING,
            "array" => ARRAY,
            "object" => OBJECT,
            _ => 0,
        }
    }
}

/// One alternative: values of one type that follow certain rules.
pub(crate) struct Shape<'a> {
    pub(crate) kind: Kind,
    /// For numbers: no fractions.
    pub(crate) integer: bool,
    /// The component that the alternative is.
    pub(crate) name: Option<&'a str>,
    /// The raw schemas that the alternative is made of.
    pub(crate) parts: Vec<&'a Value>,
    pub(crate) rules: Rules<'a>,
}

/// The schema of undeclared fields.
#[derive(Clone, Default, PartialEq)]
pub(crate) enum Others<'a> {
    #[default]
    Anything,
    Forbidden,
    Like(Schema<'a>),
}

impl<'a> Shape<'a> {
    /// The one raw schema that has this keyword.
    pub(crate) fn part_with(&self, keyword: &str) -> Option<&'a Value> {
        let mut parts = self.parts.iter().filter(|part| part.get(keyword).is_some());
        parts.next().filter(|_| parts.next().is_none()).copied()
    }

    /// Whether every value of the kind fits.
    pub(crate) fn is_open(&self) -> bool {
        let all = Rules::any().of_kind(self.kind);
        !self.integer && all.is_some_and(|all| all == self.rules)
    }

    /// Whether the alternative is a plain list of values.
    fn is_enumeration(&self) -> bool {
        let Rules { types, values, .. } = self.rules.clone();
        let is_list = values.is_some() && !matches!(self.kind, Kind::Array | Kind::Object);
        is_list && self.rules == Rules { types, values, ..Rules::default() }
    }
}

/// One combination of `oneOf` and `anyOf`: the raw schemas that all apply.
#[derive(Clone, Default)]
struct Alternative<'a> {
    parts: Vec<&'a Value>,
    /// The component that was chosen.
    name: Option<&'a str>,
}

/// Brings one level of a schema into the normal form.
pub(crate) fn normalize<'a>(
    document: &'a Document,
    schema: &Schema<'a>,
) -> Result<Normal<'a>, Unusable> {
    let mut alternatives = vec![Alternative::default()];
    for part in &schema.parts {
        let of_part = named(part, expand(document, part, &mut Vec::new())?);
        alternatives = product(document, alternatives, &of_part)?;
    }
    let mut normal = Normal::default();
    for alternative in alternatives {
        for node in alternative.parts.iter().filter_map(|part| part.as_object()) {
            normal.default = normal.default.or(node.get("default"));
            normal.read_only |= is_true(node, "readOnly");
            normal.write_only |= is_true(node, "writeOnly");
            let Lifecycle { deprecated, sunset } = Lifecycle::of(node);
            normal.lifecycle.deprecated |= deprecated;
            normal.lifecycle.sunset = normal.lifecycle.sunset.or(sunset);
            normal.discriminator = normal.discriminator.or(node.get("discriminator"));
        }
        add_shapes(&mut normal, Rules::of(&alternative.parts), &alternative);
    }
    join_enumerations(&mut normal.shapes);
    normal.shapes.sort_by_key(|shape| shape.kind);
    Ok(normal)
}

/// The alternatives of a raw schema that is a component, with its name unless they have their own.
fn named<'a>(node: &'a Value, mut alternatives: Vec<Alternative<'a>>) -> Vec<Alternative<'a>> {
    for alternative in &mut alternatives {
        alternative.name = alternative.name.or(component(node));
    }
    alternatives
}

/// Whether the key is there and true.
pub(crate) fn is_true(node: &Map<String, Value>, key: &str) -> bool {
    node.get(key) == Some(&Value::Bool(true))
}

/// The alternatives of a raw schema.
fn expand<'a>(
    document: &'a Document,
    node: &'a Value,
    within: &mut Vec<usize>,
) -> Result<Vec<Alternative<'a>>, Unusable> {
    let object = match node {
        Value::Bool(true) => return Ok(vec![Alternative::default()]),
        Value::Bool(false) => return Ok(Vec::new()),
        Value::Object(object) => object,
        _ => return Err(Unusable(format!("{node} is not a schema"))),
    };
    if within.contains(&address(node)) {
        return Err(Unusable("the schema consists of itself".to_owned()));
    }
    if within.len() > MAX_ALTERNATIVES {
        return Err(Unusable("the schema is made of too many others".to_owned()));
    }
    if let Some(kind) = object.get("type").filter(|kind| declared_types(kind) == 0) {
        return Err(Unusable(format!("{kind} is not a type")));
    }
    within.push(address(node));
    let mut alternatives = vec![Alternative { parts: vec![node], name: None }];
    if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
        let target = expand(document, document.target(reference)?, within)?;
        alternatives = product(document, alternatives, &target)?;
    }
    for member in array(object.get("allOf")) {
        let member = expand(document, member, within)?;
        alternatives = product(document, alternatives, &member)?;
    }
    for key in ["oneOf", "anyOf"].into_iter().filter(|key| object.contains_key(*key)) {
        let mut either = Vec::new();
        for member in array(object.get(key)) {
            either.extend(named(member, expand(document, member, within)?));
        }
        alternatives = product(document, alternatives, &either)?;
    }
    if is_true(object, "nullable") {
        alternatives.push(Alternative { parts: vec![&document.only_null], name: None });
    }
    within.pop();
    Ok(alternatives)
}

/// Every alternative on the left together with every one on the right.
fn product<'a>(
    document: &Document,
    left: Vec<Alternative<'a>>,
    right: &[Alternative<'a>],
) -> Result<Vec<Alternative<'a>>, Unusable> {
    if left.len() * right.len() > MAX_ALTERNATIVES {
        let name = &document.name;
        let message = format!("{name}: a schema has more than {MAX_ALTERNATIVES} alternatives");
        return Err(Unusable(message));
    }
    let mut product = Vec::with_capacity(left.len() * right.len());
    for these in &left {
        for those in right {
            let mut both = Schema { parts: these.parts.clone() };
            those.parts.iter().for_each(|part| both.add(part));
            product.push(Alternative { parts: both.parts, name: those.name.or(these.name) });
        }
    }
    Ok(product)
}

/// Adds what the rules of one alternative allow, split by type.
fn add_shapes<'a>(normal: &mut Normal<'a>, rules: Rules<'a>, alternative: &Alternative<'a>) {
    normal.nullable |= rules.types & types::NULL != 0
        && rules.values.as_ref().is_none_or(|values| values.iter().any(|v| v.is_null()));
    for kind in Kind::ALL {
        if let Some(rules) = rules.of_kind(kind) {
            let integer = kind == Kind::Number && rules.types & types::FRACTION == 0;
            let Alternative { parts, name } = alternative.clone();
            normal.shapes.push(Shape { kind, integer, name, parts, rules });
        }
    }
}

/// `a | b` and `c` as two alternatives are the same as `a | b | c`.
fn join_enumerations(shapes: &mut Vec<Shape<'_>>) {
    let mut joined: Vec<Shape<'_>> = Vec::new();
    for shape in shapes.drain(..) {
        let same = joined.iter_mut().find(|other| {
            other.kind == shape.kind && other.is_enumeration() && shape.is_enumeration()
        });
        match same {
            Some(other) => {
                let known = other.rules.values.get_or_insert_default();
                for value in shape.rules.values.into_iter().flatten() {
                    if !known.contains(&value) {
                        known.push(value);
                    }
                }
            }
            None => joined.push(shape),
        }
    }
    *shapes = joined;
}
