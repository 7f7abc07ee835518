//! Compares the parameters of an operation.

use serde_json::Value;

use super::{Object, Place, Walk, is_true, merge, text};
use crate::{
    change::Change,
    document::Unusable,
    operations::{ParameterKey, parameter_names, parameters},
};

impl<'a> Walk<'a, '_> {
    /// Compares the parameters, path by position and others by name.
    pub(super) fn parameters(&mut self) -> Result<(), Unusable> {
        let old = parameters(self.old, &self.before)?;
        let new = parameters(self.new, &self.after)?;
        for (key, was, is) in merge(&old, &new) {
            let Some(either) = was.or(is) else { continue };
            let place = self.parameter_place(key, either);
            match (was, is) {
                (Some(old), Some(new)) => self.parameter(&place, old, new),
                (Some(_), None) => self.add(Change::ParameterRemoved, &place),
                (None, _) if is_true(either, "required") => {
                    self.add(Change::ParameterAddedRequired, &place);
                }
                (None, _) => self.add(Change::ParameterAdded, &place),
            }
        }
        Ok(())
    }

    fn parameter_place(&self, key: &ParameterKey, parameter: &Object) -> Place {
        Place::of_section(match key {
            ParameterKey::Named(place, name) => {
                format!("{place} {}", text(parameter, "name").unwrap_or(name))
            }
            ParameterKey::Path(position) => {
                let names = parameter_names(self.before.path);
                format!("path {}", names.get(*position).unwrap_or(&"?"))
            }
        })
    }

    fn parameter(&mut self, place: &Place, old: &'a Object, new: &'a Object) {
        let changes = [Change::ParameterBecameRequired, Change::ParameterBecameOptional];
        self.required(changes, place, old, new);
        for (key, fallback) in style_defaults(old) {
            let [was, is] = [old, new].map(|object| object.get(key).unwrap_or(&fallback));
            if was != is {
                let message = format!("`{key}` changed from {was} to {is}");
                self.add_message(Change::ParameterStyleChanged, place, message);
            }
        }
        match (old.get("content"), new.get("content")) {
            (None, None) => self.schemas(true, place, old, new),
            (Some(old), Some(new)) => self.content(place, Some(old), Some(new)),
            _ => {
                let message = "it is written as `content` instead of `schema`, or the other way";
                self.add_message(Change::ParameterStyleChanged, place, message);
            }
        }
        self.lifecycle(place, old, new);
        let handled =
            ["name", "in", "required", "style", "explode", "allowReserved", "schema", "content"];
        self.remaining_keys(place, old, new, &handled);
    }
}

/// How a parameter is serialized if the document does not say.
fn style_defaults(parameter: &Object) -> [(&'static str, Value); 3] {
    let is_form = matches!(text(parameter, "in"), Some("query" | "cookie"));
    let default_style = if is_form { "form" } else { "simple" };
    let style = text(parameter, "style").unwrap_or(default_style);
    [
        ("style", Value::from(default_style)),
        ("explode", Value::from(style == "form")),
        ("allowReserved", Value::from(false)),
    ]
}
