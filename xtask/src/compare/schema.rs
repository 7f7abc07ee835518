//! Compares two schemas in their normal form.

use std::collections::BTreeSet;

use serde_json::Value;

use super::place::Place;
use crate::{
    document::{Document, Unusable},
    finding::{Direction, Effect, Finding},
    normal::{Identity, Kind, Normal, Others, Schema, Shape, normalize},
};

mod rules;

static ANYTHING: Value = Value::Bool(true);
static NOTHING: Value = Value::Bool(false);

/// The comparison of two schemas and of everything below them.
pub(super) struct SchemaWalk<'a> {
    old: &'a Document,
    new: &'a Document,
    direction: Direction,
    operation: &'a str,
    pub(super) findings: Vec<Finding>,
    /// Pairs that are being compared further up: to meet one again is to have gone round a circle.
    open: Vec<(Identity, Identity)>,
    /// Pairs that were found equal.
    equal: BTreeSet<(Identity, Identity)>,
}

impl<'a> SchemaWalk<'a> {
    pub(super) fn new(
        old: &'a Document,
        new: &'a Document,
        direction: Direction,
        operation: &'a str,
    ) -> Self {
        Self {
            old,
            new,
            direction,
            operation,
            findings: Vec::new(),
            open: Vec::new(),
            equal: BTreeSet::new(),
        }
    }

    /// Compares two schemas that stand at the same place.
    pub(super) fn run(&mut self, old: &Schema<'a>, new: &Schema<'a>, place: &Place) {
        let named = old.component().or_else(|| new.component());
        let around = place;
        let place = &named.map_or_else(|| around.clone(), |name| around.in_schema(name));
        let pair = (old.identity(self.old), new.identity(self.new));
        if self.open.contains(&pair) || self.equal.contains(&pair) {
            return;
        }
        let known = self.findings.len();
        self.open.push(pair.clone());
        if let Err(why) = self.schemas(old, new, around, place) {
            self.tell(place, Effect::Unknown, format!("cannot be compared: {why}"));
        }
        self.open.pop();
        if self.findings.len() == known {
            self.equal.insert(pair);
        }
    }

    fn schemas(
        &mut self,
        old: &Schema<'a>,
        new: &Schema<'a>,
        around: &Place,
        place: &Place,
    ) -> Result<(), Unusable> {
        let (old, new) = (normalize(self.old, old)?, normalize(self.new, new)?);
        match (old.is_anything(), new.is_anything()) {
            (true, true) => {}
            (true, false) => {
                let what = format!("was anything, is {}", describe(self.new, &new));
                self.tell(place, Effect::Narrower, what);
            }
            (false, true) => {
                let what = format!("was {}, is anything", describe(self.old, &old));
                self.tell(place, Effect::Wider, what);
            }
            (false, false) => {
                self.nullability(&old, &new, place);
                self.kinds(&old, &new, around, place);
            }
        }
        self.defaults(&old, &new, place);
        Ok(())
    }

    fn nullability(&mut self, old: &Normal<'a>, new: &Normal<'a>, place: &Place) {
        match (old.nullable, new.nullable) {
            (false, true) => self.tell(place, Effect::Wider, "may be null now".to_owned()),
            (true, false) => self.tell(place, Effect::Narrower, "may no longer be null".to_owned()),
            _ => {}
        }
    }

    /// Compares the alternatives, type by type.
    fn kinds(&mut self, old: &Normal<'a>, new: &Normal<'a>, around: &Place, place: &Place) {
        let [was, is] = [old, new].map(|normal| -> BTreeSet<Kind> {
            normal.shapes.iter().map(|shape| shape.kind).collect()
        });
        let effect = match (was.is_subset(&is), is.is_subset(&was)) {
            (true, true) => None,
            (true, false) => Some(Effect::Wider),
            (false, true) => Some(Effect::Narrower),
            (false, false) => Some(Effect::Other),
        };
        if let Some(effect) = effect {
            let was = describe(self.old, old);
            let is = describe(self.new, new);
            // Another type is another schema: that is told of what holds it.
            let place = if effect == Effect::Other { around } else { place };
            self.tell(place, effect, format!("was {was}, is {is}"));
        }
        for kind in was.intersection(&is) {
            let [old, new] = [old, new].map(|normal| -> Vec<&Shape<'a>> {
                normal.shapes.iter().filter(|shape| shape.kind == *kind).collect()
            });
            self.alternatives(old, new, place);
        }
    }

    /// Compares alternatives of one type. Those that are equal go together, whatever their order.
    fn alternatives(&mut self, mut old: Vec<&Shape<'a>>, mut new: Vec<&Shape<'a>>, place: &Place) {
        if old.len() > 1 || new.len() > 1 {
            old.retain(|shape| {
                let twin = new.iter().position(|other| self.are_equal(shape, other, place));
                twin.map(|position| new.remove(position)).is_none()
            });
        }
        if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
            return self.shape(old, new, place);
        }
        for shape in old {
            let what = format!("one of the alternatives is gone: {}", kind_words(shape));
            self.tell(place, Effect::Narrower, what);
        }
        for shape in new {
            let what = format!("there is a new alternative: {}", kind_words(shape));
            self.tell(place, Effect::Wider, what);
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
        if old.items.is_some() || new.items.is_some() {
            let [old, new] = [old, new]
                .map(|shape| shape.items.clone().unwrap_or_else(|| Schema::new(&ANYTHING)));
            self.run(&old, &new, &place.items());
        }
        if old.kind == Kind::Object {
            self.fields(old, new, place);
            self.other_fields(old, new, place);
        }
    }

    fn fields(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let names: BTreeSet<&str> = [old, new]
            .into_iter()
            .flat_map(|shape| shape.fields.keys().chain(&shape.required))
            .copied()
            .collect();
        for name in names {
            let place = place.field(name);
            let was = self.travels(self.old, old.fields.get(name));
            let is = self.travels(self.new, new.fields.get(name));
            let [was_required, is_required] = [(old, was), (new, is)].map(|(shape, field)| {
                (field.is_some() || !shape.fields.contains_key(name))
                    && shape.required.contains(name)
            });
            match (was, is) {
                (Some(_), None) if !is_required => self.field_gone(&place),
                (None, Some(is)) if !was_required => self.field_added(old, is, is_required, &place),
                _ => {
                    match (was_required, is_required) {
                        (false, true) => {
                            self.tell(&place, Effect::Narrower, "is required now".to_owned())
                        }
                        (true, false) => {
                            self.tell(&place, Effect::Wider, "is optional now".to_owned())
                        }
                        _ => {}
                    }
                    if was.is_some() || is.is_some() {
                        let was = was.cloned().unwrap_or_else(|| unnamed(old));
                        let is = is.cloned().unwrap_or_else(|| unnamed(new));
                        self.run(&was, &is, &place);
                    }
                }
            }
        }
    }

    /// The field, unless it is one that does not travel this way.
    fn travels<'f>(
        &self,
        document: &'a Document,
        field: Option<&'f Schema<'a>>,
    ) -> Option<&'f Schema<'a>> {
        field.filter(|field| match (normalize(document, field), self.direction) {
            (Ok(normal), Direction::Request) => !normal.read_only,
            (Ok(normal), Direction::Response) => !normal.write_only,
            // Told when the field is compared.
            (Err(_), _) => true,
        })
    }

    /// A field that is gone is lost on both ways: what is sent in it is ignored or refused, and who
    /// reads it finds nothing.
    fn field_gone(&mut self, place: &Place) {
        self.tell(place, Effect::Other, "the field is gone".to_owned());
    }

    fn field_added(&mut self, old: &Shape<'a>, field: &Schema<'a>, required: bool, place: &Place) {
        let effect = match (&old.others, self.direction) {
            (Others::Forbidden, Direction::Response) => Effect::Wider,
            (_, Direction::Request) if required => Effect::Narrower,
            (_, Direction::Request) => Effect::Wider,
            (_, Direction::Response) => Effect::Narrower,
        };
        let required = if required { " and required" } else { "" };
        self.tell(place, effect, format!("the field is new{required}"));
        // It may have gone under the rule for unnamed fields before.
        if let Others::Like(schema) = &old.others {
            self.run(schema, field, place);
        }
    }

    fn other_fields(&mut self, old: &Shape<'a>, new: &Shape<'a>, place: &Place) {
        let place = place.other_fields();
        let (effect, what) = match (&old.others, &new.others) {
            (Others::Anything, Others::Anything) | (Others::Forbidden, Others::Forbidden) => return,
            (Others::Like(old), Others::Like(new)) => return self.run(old, new, &place),
            (_, Others::Forbidden) => {
                (Effect::Narrower, "fields without a name here are no longer allowed")
            }
            (Others::Forbidden, _) => (Effect::Wider, "fields without a name here are allowed now"),
            (Others::Anything, _) => {
                (Effect::Narrower, "fields without a name here may no longer be anything")
            }
            (_, Others::Anything) => {
                (Effect::Wider, "fields without a name here may be anything now")
            }
        };
        self.tell(&place, effect, what.to_owned());
    }

    fn tell(&mut self, place: &Place, effect: Effect, what: String) {
        self.findings.push(Finding {
            operation: self.operation.to_owned(),
            place: place.to_string(),
            schema: place.schema(),
            what,
            verdict: effect.verdict(self.direction),
            documentation: false,
        });
    }
}

/// What a field without a name of its own may be.
fn unnamed<'a>(shape: &Shape<'a>) -> Schema<'a> {
    match &shape.others {
        Others::Anything => Schema::new(&ANYTHING),
        Others::Forbidden => Schema::new(&NOTHING),
        Others::Like(schema) => schema.clone(),
    }
}

/// In words: `an array of objects or null`.
fn describe<'a>(document: &'a Document, normal: &Normal<'a>) -> String {
    let mut words: Vec<String> = Vec::new();
    for shape in &normal.shapes {
        let mut word = kind_words(shape).to_owned();
        let items = shape.items.as_ref().map(|items| normalize(document, items));
        if let Some(Ok(items)) = items
            && let [only] = items.shapes.as_slice()
        {
            word = format!("an array of {}", plural(only.kind));
        }
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if normal.nullable {
        words.push("null".to_owned());
    }
    match words.is_empty() {
        true => "nothing at all".to_owned(),
        false => words.join(" or "),
    }
}

fn kind_words(shape: &Shape<'_>) -> &'static str {
    match shape.kind {
        Kind::Boolean => "a boolean",
        Kind::Number if shape.integer => "an integer",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "an array",
        Kind::Object => "one object",
    }
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "booleans",
        Kind::Number => "numbers",
        Kind::String => "strings",
        Kind::Array => "arrays",
        Kind::Object => "objects",
    }
}
