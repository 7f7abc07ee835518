//! The operations of a document, by method and path.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::document::{Document, Unusable};

/// The methods that a path item may have.
pub(crate) const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

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

/// An operation and the path item around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation<'a> {
    /// The path as it is written.
    pub(crate) path: &'a str,
    /// The method in lower case.
    pub(crate) method: &'static str,
    /// The operation object.
    pub(crate) node: &'a Map<String, Value>,
    /// The path item around it.
    pub(crate) item: &'a Map<String, Value>,
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

impl<'a> Operation<'a> {
    /// The operationId, or method and path if there is none.
    pub(crate) fn label(&self) -> String {
        match self.node.get("operationId").and_then(Value::as_str) {
            Some(id) => id.to_owned(),
            None => self.line(),
        }
    }

    /// Method and path in one line.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    /// The path without the names of its parameters.
    pub(crate) fn template(&self) -> String {
        template(self.path)
    }

    /// The parameters that apply, those of the operation before those of the path.
    pub(crate) fn parameters(
        &self,
        document: &'a Document,
    ) -> Result<BTreeMap<ParameterKey, &'a Map<String, Value>>, Unusable> {
        let positions = parameter_names(self.path);
        let mut parameters = BTreeMap::new();
        for node in list(self.item).chain(list(self.node)) {
            let parameter = document.resolve(node)?;
            let (Some(object), Some(name), Some(place)) = (
                parameter.as_object(),
                parameter.get("name").and_then(Value::as_str),
                parameter.get("in").and_then(Value::as_str),
            ) else {
                return Err(Unusable(format!(
                    "{}: a parameter of {} has no `name` or no `in`",
                    document.name,
                    self.label()
                )));
            };
            let position = positions.iter().position(|known| *known == name);
            let key = match position {
                Some(position) if place == "path" => ParameterKey::Path(position),
                _ if place == "header" => {
                    // The names of headers have no case (RFC 9110).
                    let name = name.to_lowercase();
                    if IGNORED_HEADERS.contains(&name.as_str()) {
                        continue;
                    }
                    ParameterKey::Named(place.to_owned(), name)
                }
                _ => ParameterKey::Named(place.to_owned(), name.to_owned()),
            };
            parameters.insert(key, object);
        }
        Ok(parameters)
    }
}

fn list(node: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    node.get("parameters").and_then(Value::as_array).into_iter().flatten()
}

/// All operations of a document.
pub(crate) fn operations(
    document: &Document,
) -> Result<BTreeMap<OperationKey, Operation<'_>>, Unusable> {
    let Some(paths) = document.root.get("paths").and_then(Value::as_object) else {
        return Err(Unusable(format!("{}: `paths` is not an object", document.name)));
    };
    let mut operations = BTreeMap::new();
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with('/')) {
        let Some(item) = document.resolve(item)?.as_object() else {
            return Err(Unusable(format!("{}: `{path}` is not an object", document.name)));
        };
        for method in METHODS {
            let Some(node) = item.get(method).and_then(Value::as_object) else {
                continue;
            };
            let key = OperationKey { template: template(path), method };
            let operation = Operation { path, method, node, item };
            operations.insert(key, operation);
        }
    }
    Ok(operations)
}

/// The path with the names of its parameters left out.
pub(crate) fn template(path: &str) -> String {
    let mut template = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        template.push_str(before);
        template.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    template + rest
}

/// The names of the parameters in a path, in order.
pub(crate) fn parameter_names(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|piece| piece.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}
