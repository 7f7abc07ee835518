//! The operations of a document, by method and path.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub(crate) use crate::rules::{Operation, parameter_names};
use crate::{
    document::{Document, Unusable},
    rules,
};

/// OpenAPI ignores parameters of these names: they follow from media types and security.
const IGNORED_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// Identifies an operation: the path without the names of its parameters, and the method.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OperationKey {
    /// The path, with `{}` for each parameter.
    pub(crate) template: String,
    /// The method in lower case.
    pub(crate) method: &'static str,
}

impl OperationKey {
    /// The same without a slash at the end of the path.
    pub(crate) fn without_slash(&self) -> Self {
        let template = self.template.trim_end_matches('/').to_owned();
        Self { template, method: self.method }
    }
}

/// All operations of a document.
pub(crate) fn operations(
    document: &Document,
) -> Result<BTreeMap<OperationKey, Operation<'_>>, Unusable> {
    for (path, item) in rules::entries(document.root.get("paths")) {
        if path.starts_with('/') && !document.resolve(item)?.is_object() {
            return Err(Unusable(format!("{}: `{path}` is not an object", document.name)));
        }
    }
    let key = |it: &Operation<'_>| OperationKey { template: template(it.path), method: it.method };
    Ok(rules::operations(&document.root).into_iter().map(|it| (key(&it), it)).collect())
}

/// Identifies a parameter of an operation. Parameters of the path are identified by position,
/// because their names are never sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ParameterKey {
    /// The n-th parameter of the path.
    Path(usize),
    /// Any other, by where it goes and its name.
    Named(String, String),
}

/// The parameters that apply to an operation. One of its own replaces that of the path.
pub(crate) fn parameters<'a>(
    document: &'a Document,
    operation: &Operation<'a>,
) -> Result<BTreeMap<ParameterKey, &'a Map<String, Value>>, Unusable> {
    let positions = parameter_names(operation.path);
    let mut parameters = BTreeMap::new();
    for node in operation.parameters() {
        let parameter = document.resolve(node)?;
        let text = |key: &str| parameter.get(key).and_then(Value::as_str);
        let (Some(object), Some(name), Some(place)) =
            (parameter.as_object(), text("name"), text("in"))
        else {
            let (document, label) = (&document.name, operation.label());
            let message = format!("{document}: a parameter of {label} has no `name` or no `in`");
            return Err(Unusable(message));
        };
        let position = positions.iter().position(|known| *known == name);
        let key = match (place, position) {
            ("path", Some(position)) => ParameterKey::Path(position),
            // The names of headers have no case (RFC 9110).
            ("header", _) if IGNORED_HEADERS.contains(&&*name.to_lowercase()) => continue,
            ("header", _) => ParameterKey::Named(place.to_owned(), name.to_lowercase()),
            _ => ParameterKey::Named(place.to_owned(), name.to_owned()),
        };
        parameters.insert(key, object);
    }
    Ok(parameters)
}

/// The path with the names of its parameters left out.
pub(crate) fn template(path: &str) -> String {
    let parts = path.split_terminator(['{', '}']).enumerate();
    parts.map(|(number, part)| if number % 2 == 0 { part } else { "{}" }).collect()
}
