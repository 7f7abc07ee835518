//! Compares the parameters of an operation.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ANYTHING, Object, OperationWalk, is_required};
use crate::{
    document::Unusable,
    finding::Direction,
    operations::{ParameterKey, parameter_names},
};

impl<'a> OperationWalk<'a> {
    /// Compares the parameters, path by position and others by name.
    pub(super) fn parameters(&mut self) -> Result<(), Unusable> {
        let (before, after) = (self.before, self.after);
        let (old, new) = (before.parameters(self.old)?, after.parameters(self.new)?);
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let section = self.parameter_section(key);
            match (old.get(key), new.get(key)) {
                (Some(old), Some(new)) => self.parameter(&section, old, new)?,
                (Some(_), None) => {
                    self.breaks_requests(&section, "the parameter is gone");
                }
                (None, Some(new)) if is_required(new) => {
                    self.breaks_requests(&section, "the parameter is new and required");
                }
                (None, Some(_)) => {
                    self.compatible(&section, "the parameter is new and optional");
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn parameter_section(&self, key: &ParameterKey) -> String {
        match key {
            ParameterKey::Named(place, name) => format!("{place} {name}"),
            ParameterKey::Path(position) => {
                let names = parameter_names(self.before.path);
                format!("path {}", names.get(*position).unwrap_or(&"?"))
            }
        }
    }

    fn parameter(
        &mut self,
        section: &str,
        old: &'a Object,
        new: &'a Object,
    ) -> Result<(), Unusable> {
        match (is_required(old), is_required(new)) {
            (false, true) => self.breaks_requests(section, "the parameter is required now"),
            (true, false) => self.compatible(section, "the parameter is optional now"),
            _ => {}
        }
        for (key, fallback) in style_defaults(old) {
            let [was, is] =
                [old, new].map(|object| object.get(key).unwrap_or(&fallback).to_string());
            if was != is {
                let what =
                    format!("the parameter is written differently: `{key}` was {was}, is {is}");
                self.breaks_requests(section, what);
            }
        }
        match (old.get("content"), new.get("content")) {
            (None, None) => {
                let [old, new] = [old, new].map(|object| object.get("schema").unwrap_or(&ANYTHING));
                self.schemas(Direction::Request, section, old, new);
            }
            (old, new) => self.content(Direction::Request, section, old, new),
        }
        let handled = ["name", "in", "required", "style", "explode", "schema", "content"];
        self.remaining_keys(section, old, new, &handled);
        Ok(())
    }
}

/// How a parameter is written where the document does not say.
fn style_defaults(parameter: &Object) -> [(&'static str, Value); 2] {
    let place = parameter.get("in").and_then(Value::as_str);
    let form = matches!(place, Some("query" | "cookie"));
    let style = if form { "form" } else { "simple" };
    [("style", Value::from(style)), ("explode", Value::from(form))]
}
