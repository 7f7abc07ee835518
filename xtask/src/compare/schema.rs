//! Compares two schemas in their normal form.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::{ANYTHING, Place, Walk, merge};
use crate::{
    annotations::DOCUMENTATION,
    change::{Change, Direction},
    document::{Document, Unusable, mapping},
    edit::Edit,
    normal::{Identity, Kind, Normal, Others, Schema, Shape, normalize},
    rules::entries,
};

mod rules;

const REQUIRED: [Change; 2] = [Change::FieldBecameRequired, Change::FieldBecameOptional];

static NOTHING: Value = Value::Bool(false);

/// Pairs of schemas below one parameter, body or response. More come from no readable document, but
/// from a description that doubles with every level.
pub(super) const MAX_PAIRS: usize = 20_000;

/// How many schemas can be nested, as far as the stack reaches.
const MAX_DEPTH: usize = 100;

/// Pairs of schemas that were found equal, in any operation. They make the comparison of large
/// documents linear.
#[derive(Default)]
pub(super) struct EqualPairs(HashSet<(Direction, bool, Pair)>);

pub(super) type Pair = (Identity, Identity);

impl<'a> Walk<'a, '_> {
    /// Compares two schemas at the same place, and everything below them.
    pub(super) fn schema(&mut self, old: &Schema<'a>, new: &Schema<'a>, around: &Place) {
        self.pairs += 1;
        if self.pairs > MAX_PAIRS || self.open.len() > MAX_DEPTH {
            self.pairs = MAX_PAIRS + 1;
            return;
        }
        let pair = (old.identity(self.old), new.identity(self.new));
        if let Some(depth) = self.open.iter().position(|open| *open == pair) {
            self.outermost = self.outermost.min(depth);
            return;
        }
        let key = (self.direction, self.is_text, pair.clone());
        if self.equal.0.contains(&key) {
            return;
        }
        let (known, depth) = (self.findings.len(), self.open.len());
        let outer = std::mem::replace(&mut self.outermost, usize::MAX);
        self.open.push(pair);
        // What became one of several alternatives is not the schema of all of them.
        let named = old.component().filter(|_| new.component().is_some() || !new.is_choice());
        let place = named.map_or_else(|| around.clone(), |name| around.in_schema(name));
        if let Err(why) = self.level(old, new, around, &place) {
            self.add_message(Change::NotComparable, &place, why.to_string());
        }
        self.open.pop();
        if self.findings.len() == known && self.outermost >= depth {
            self.equal.0.insert(key);
        }
        self.outermost = if self.outermost >= depth { outer } else { outer.min(self.outermost) };
    }

    /// Compares one level of two schemas, and from there what is below.
    fn level(
        &mut self,
        old: &Schema<'a>,
        new: &Schema<'a>,
        around: &Place,
        place: &Place,
    ) -> Result<(), Unusable> {
        // What is written beside a reference, or around it, is not in the schema that it refers to.
        let own = if old.is_reference() && new.is_reference() { place } else { around };
        self.documentation(old, new, own)?;
        let old = normalize(self.old, old)?;
        let new = normalize(self.new, new)?;
        match (old.is_anything(), new.is_anything()) {
            (true, true) => {}
            (true, false) => {
                let message = format!("was any value, is {}", describe(self.new, &new));
                self.add_message(Change::TypeNarrowed, place, message);
            }
            (false, true) => {
                let message = format!("was {}, is any value", describe(self.old, &old));
                self.add_message(Change::TypeWidened, place, message);
            }
            (false, false) => {
                let changes = [Change::BecameNullable, Change::BecameNotNullable];
                self.flag(changes, old.nullable, new.nullable, own);
                self.kinds(&old, &new, around, place);
            }
        }
        self.defaults(&old, &new, own);
        self.discriminators(&old, &new, around);
        for (change, message) in old.lifecycle.changes(&new.lifecycle) {
            self.add_message(change, own, message);
        }
        Ok(())
    }

    /// Reports documentation that changed, if both are written as one schema of the same name.
    fn documentation(
        &mut self,
        old: &Schema<'a>,
        new: &Schema<'a>,
        place: &Place,
    ) -> Result<(), Unusable> {
        let is_same = old.component() == new.component();
        let (Some(old), Some(new)) = (old.only(), new.only()) else { return Ok(()) };
        if !is_same || !self.with_documentation {
            return Ok(());
        }
        let (old, new) = (self.old.resolve(old)?, self.new.resolve(new)?);
        let is_documentation = |key: &&str| {
            let is_rule = matches!(*key, "x-sunset" | "x-extensible-enum");
            DOCUMENTATION.contains(key) || key.starts_with("x-") && !is_rule
        };
        let keys = [old, new].into_iter().flat_map(|node| entries(Some(node)));
        let keys: BTreeSet<&str> = keys.map(|(key, _)| key).filter(is_documentation).collect();
        let changed = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
        self.documentation_changed(&Vec::from_iter(changed), place);
        Ok(())
    }

    fn discriminators(&mut self, old: &Normal<'a>, new: &Normal<'a>, place: &Place) {
        let is_choice = old.shapes.len() > 1 || new.shapes.len() > 1;
        match (old.discriminator, new.discriminator) {
            (None, Some(new)) => {
                let property = new.get("propertyName").and_then(Value::as_str).unwrap_or("?");
                let message = format!("the discriminator `{property}` was added");
                self.add_message(Change::DiscriminatorAdded, place, message);
            }
            (Some(_), None) => self.add(Change::DiscriminatorRemoved, place),
            (Some(old), Some(new)) => {
                let (was, is) = (mapping(old), mapping(new));
                for (key, is_same) in [
                    ("propertyName", old.get("propertyName") == new.get("propertyName")),
                    ("mapping", was == is),
                ] {
                    if !is_same {
                        let message = format!("`{key}` of the discriminator changed");
                        self.add_message(Change::DiscriminatorChanged, place, message);
                    }
                }
                // The schemas that extend this one by `allOf`, to which only the mapping leads.
                for (_, name) in was.intersection(&is).filter(|_| !is_choice) {
                    let reference = format!("#/components/schemas/{name}");
                    let targets = (self.old.target(&reference), self.new.target(&reference));
                    if let (Ok(old), Ok(new)) = targets {
                        self.schema(&Schema::new(old), &Schema::new(new), &place.in_schema(name));
                    }
                }
            }
            (None, None) => {}
        }
    }

    /// Compares the alternatives, type by type.
    fn kinds(&mut self, old: &Normal<'a>, new: &Normal<'a>, around: &Place, place: &Place) {
        let [was, is] = [old, new].map(|normal| -> BTreeSet<Kind> {
            normal.shapes.iter().map(|shape| shape.kind).collect()
        });
        let other = self.other_text(old, new).unwrap_or(Change::TypeChanged);
        let changes = [Change::TypeWidened, Change::TypeNarrowed, other];
        if let Some(change) = Change::of_sets(changes, &was, &is) {
            let was = describe(self.old, old);
            let is = describe(self.new, new);
            // Another type is another schema: the change is in what holds it.
            let place = if change == Change::TypeChanged { around } else { place };
            self.add_message(change, place, format!("was {was}, is {is}"));
        }
        for kind in was.intersection(&is) {
            let [old, new] = [old, new].map(|normal| -> Vec<&Shape<'a>> {
                normal.shapes.iter().filter(|shape| shape.kind == *kind).collect()
            });
            self.alternatives(old, new, around, place);
        }
    }

    /// Sent as text, every number and boolean is a string without further rules.
    fn other_text(&self, old: &Normal<'a>, new: &Normal<'a>) -> Option<Change> {
        let is_text = |normal: &Normal<'a>| match normal.shapes.as_slice() {
            [shape] => shape.kind == Kind::String && shape.is_open(),
            _ => false,
        };
        let is_scalar = |normal: &Normal<'a>| {
            normal.shapes.iter().all(|shape| matches!(shape.kind, Kind::Number | Kind::Boolean))
        };
        match self.is_text {
            true if is_text(new) && is_scalar(old) => Some(Change::TypeWidened),
            true if is_text(old) && is_scalar(new) => Some(Change::TypeNarrowed),
            _ => None,
        }
    }

    /// Compares alternatives of one type, whatever their order: first those of one name, then those
    /// that are equal, then those with the same fields, then the only ones that are left.
    fn alternatives<'s>(
        &mut self,
        mut old: Shapes<'s, 'a>,
        mut new: Shapes<'s, 'a>,
        around: &Place,
        place: &Place,
    ) {
        let is_choice = old.len() > 1 || new.len() > 1;
        let mut pairs =
            take_pairs(&mut old, &mut new, |old, new| old.name.is_some() && old.name == new.name);
        if is_choice {
            take_pairs(&mut old, &mut new, |old, new| self.are_equal(old, new, place));
            pairs.extend(take_pairs(&mut old, &mut new, |old, new| {
                !old.rules.fields.is_empty() && old.rules.fields.keys().eq(new.rules.fields.keys())
            }));
        }
        if old.len() == 1 && new.len() == 1 {
            pairs.extend(take_pairs(&mut old, &mut new, |_, _| true));
        }
        for (old, new) in pairs {
            let place = old.name.map_or_else(|| place.clone(), |name| place.in_schema(name));
            self.shape(old, new, &place);
        }
        let removed = old.iter().map(|shape| (Change::AlternativeRemoved, shape, "removed"));
        let added = new.iter().map(|shape| (Change::AlternativeAdded, shape, "added"));
        for (change, shape, what) in removed.chain(added) {
            let message = format!("the alternative {} was {what}", alternative(shape));
            self.add_message(change, around, message);
        }
    }

    fn are_equal(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) -> bool {
        let known = self.findings.len();
        self.shape(old, new, place);
        let equal = self.findings.len() == known;
        self.findings.truncate(known);
        equal
    }

    fn shape(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        self.rules(old, new, place);
        if old.rules.items.is_some() || new.rules.items.is_some() {
            let [old, new] = [old, new]
                .map(|shape| shape.rules.items.clone().unwrap_or_else(|| Schema::new(&ANYTHING)));
            self.schema(&old, &new, &place.items());
        }
        if old.kind == Kind::Object {
            self.fields(old, new, place);
            self.other_fields(old, new, place);
        }
    }

    fn fields(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let names: BTreeSet<&'a str> = [old, new]
            .into_iter()
            .flat_map(|shape| shape.rules.fields.keys().chain(&shape.rules.required))
            .copied()
            .collect();
        let [hidden, visible] = match self.direction {
            Direction::Request => [Change::BecameReadOnly, Change::NoLongerReadOnly],
            Direction::Response => [Change::BecameWriteOnly, Change::NoLongerWriteOnly],
        };
        for name in names {
            let was = Field::of(self.old, old, name, self.direction);
            let is = Field::of(self.new, new, name, self.direction);
            let at = place.field(name);
            match (was.schema, is.schema) {
                (Some(_), None) if is.is_hidden => self.add(hidden, &at),
                // A field that is removed is lost in both directions: sent, it is ignored or
                // refused.
                (Some(_), None) if !is.required => self.add(Change::FieldRemoved, &at),
                (None, Some(_)) if was.is_hidden => {
                    self.add(visible, &at);
                    self.flag(REQUIRED, false, is.required, &at);
                }
                (None, Some(schema)) if !was.required => {
                    self.field_added(old, name, schema, is.required, &at);
                }
                (None, None) if was.is_hidden || is.is_hidden => {}
                (before, after) => {
                    let before = before.cloned().unwrap_or_else(|| undeclared(old));
                    let after = after.cloned().unwrap_or_else(|| undeclared(new));
                    self.flag(REQUIRED, was.required, is.required, &at);
                    if was.schema.is_some() || is.schema.is_some() {
                        self.schema(&before, &after, &at);
                    }
                }
            }
        }
    }

    fn field_added(
        &mut self,
        old: &Shape<'a>,
        name: &'a str,
        field: &Schema<'a>,
        required: bool,
        place: &Place,
    ) {
        let change = match (&old.rules.others, self.direction, required) {
            (Others::Forbidden, Direction::Response, _) => Change::FieldAddedToClosed,
            (_, _, true) => Change::FieldAddedRequired,
            (_, _, false) => Change::FieldAdded,
        };
        let edit = match (old.part_with("properties"), field.only(), required) {
            (Some(object), Some(schema), false) => Some(Edit::AddField { object, name, schema }),
            _ => None,
        };
        self.add_with(edit, change, place, change.message());
        // It may have been sent as an undeclared field before.
        if let Others::Like(schema) = &old.rules.others {
            self.schema(schema, field, place);
        }
    }

    fn other_fields(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let place = place.other_fields();
        let change = match (&old.rules.others, &new.rules.others) {
            (Others::Anything, Others::Anything) | (Others::Forbidden, Others::Forbidden) => return,
            (Others::Like(old), Others::Like(new)) => return self.schema(old, new, &place),
            (_, Others::Forbidden) => Change::OtherFieldsForbidden,
            (Others::Forbidden, _) => Change::OtherFieldsAllowed,
            (Others::Anything, _) => Change::OtherFieldsNarrowed,
            (_, Others::Anything) => Change::OtherFieldsWidened,
        };
        self.add(change, &place);
    }
}

type Shapes<'s, 'a> = Vec<&'s Shape<'a>>;

/// Takes out the pairs that belong together.
fn take_pairs<'s, 'a>(
    old: &mut Shapes<'s, 'a>,
    new: &mut Shapes<'s, 'a>,
    mut belong: impl FnMut(&'s Shape<'a>, &'s Shape<'a>) -> bool,
) -> Vec<(&'s Shape<'a>, &'s Shape<'a>)> {
    let mut pairs = Vec::new();
    old.retain(|shape| {
        let twin = new.iter().position(|other| belong(shape, other));
        pairs.extend(twin.map(|twin| (*shape, new.remove(twin))));
        twin.is_none()
    });
    pairs
}

/// A field of one side, in one direction.
struct Field<'f, 'a> {
    /// None if it is not declared or not visible in this direction.
    schema: Option<&'f Schema<'a>>,
    /// Declared, but only for the other direction.
    is_hidden: bool,
    required: bool,
}

impl<'f, 'a> Field<'f, 'a> {
    fn of(document: &'a Document, shape: &'f Shape<'a>, name: &str, direction: Direction) -> Self {
        let declared = shape.rules.fields.get(name);
        let is_hidden = declared.is_some_and(|field| match normalize(document, field) {
            Ok(normal) if direction == Direction::Request => normal.read_only,
            Ok(normal) => normal.write_only,
            // Reported when the field is compared.
            Err(_) => false,
        });
        let required = shape.rules.required.contains(name);
        Self { schema: declared.filter(|_| !is_hidden), is_hidden, required }
    }
}

/// The schema of a field that is not declared.
fn undeclared<'a>(shape: &Shape<'a>) -> Schema<'a> {
    match &shape.rules.others {
        Others::Anything => Schema::new(&ANYTHING),
        Others::Forbidden => Schema::new(&NOTHING),
        Others::Like(schema) => schema.clone(),
    }
}

/// The types that are allowed: `an array of objects or null`.
fn describe<'a>(document: &'a Document, normal: &Normal<'a>) -> String {
    let mut words: Vec<String> = Vec::new();
    for shape in &normal.shapes {
        let mut word = kind_words(shape);
        let items = shape.rules.items.as_ref().map(|items| normalize(document, items));
        if let Some(Ok(items)) = items
            && let [only] = items.shapes.as_slice()
        {
            word = format!("an array of {}s", only.kind.word());
        }
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if normal.nullable {
        words.push("null".to_owned());
    }
    match words.is_empty() {
        true => "no value at all".to_owned(),
        false => words.join(" or "),
    }
}

/// An alternative by its name, otherwise by its fields or its type.
fn alternative(shape: &Shape<'_>) -> String {
    let fields: Vec<String> = shape.rules.fields.keys().map(|name| format!("`{name}`")).collect();
    match shape.name {
        Some(name) => name.to_owned(),
        None if !fields.is_empty() => format!("with the fields {}", fields.join(", ")),
        None => format!("of {}", kind_words(shape)),
    }
}

fn kind_words(shape: &Shape<'_>) -> String {
    match shape.kind {
        Kind::Number if shape.integer => "an integer".to_owned(),
        kind @ (Kind::Array | Kind::Object) => format!("an {}", kind.word()),
        kind => format!("a {}", kind.word()),
    }
}
