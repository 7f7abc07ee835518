//! Compares where an operation is served and who may call it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::OperationWalk;
use crate::{
    document::{Document, Unusable},
    operations::Operation,
};

impl OperationWalk<'_> {
    /// Compares the servers and the ways to authorize a request.
    pub(super) fn access(&mut self) -> Result<(), Unusable> {
        let old = credentials(self.old, &self.before)?;
        let new = credentials(self.new, &self.after)?;
        for gone in old.difference(&new) {
            self.breaks_requests("", format!("is no longer authorized by {gone}"));
        }
        for added in new.difference(&old) {
            self.compatible("", format!("is authorized by {added} as well"));
        }
        let old = servers(self.old, &self.before);
        let new = servers(self.new, &self.after);
        for gone in old.difference(&new) {
            self.breaks_requests("", format!("is no longer served at {gone}"));
        }
        for added in new.difference(&old) {
            self.compatible("", format!("is served at {added} as well"));
        }
        Ok(())
    }
}

/// The ways to authorize a request, each in words that do not depend on how the document names its schemes.
fn credentials(
    document: &Document,
    operation: &Operation<'_>,
) -> Result<BTreeSet<String>, Unusable> {
    let security = operation.node.get("security").or_else(|| document.root.get("security"));
    let mut ways = BTreeSet::new();
    for way in security.and_then(Value::as_array).into_iter().flatten() {
        let mut schemes = BTreeSet::new();
        for (name, scopes) in way.as_object().into_iter().flatten() {
            let words = match document.target(&format!("#/components/securitySchemes/{name}")) {
                Ok(scheme) => scheme_words(document.resolve(scheme)?, scopes),
                Err(_) => format!("{name}, which is not declared"),
            };
            schemes.insert(words);
        }
        ways.insert(Vec::from_iter(schemes).join(" with "));
    }
    let words = |way: String| {
        if way.is_empty() { "nothing".to_owned() } else { way }
    };
    match ways.is_empty() {
        true => Ok(BTreeSet::from(["nothing".to_owned()])),
        false => Ok(ways.into_iter().map(words).collect()),
    }
}

fn scheme_words(scheme: &Value, scopes: &Value) -> String {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or("?");
    let words = match text("type") {
        "apiKey" => format!("the {} {}", text("in"), text("name")),
        "http" => format!("HTTP {}", text("scheme")),
        other => other.to_owned(),
    };
    match scopes.as_array() {
        Some(scopes) if !scopes.is_empty() => format!("{words} {scopes:?}"),
        _ => words,
    }
}

fn servers(document: &Document, operation: &Operation<'_>) -> BTreeSet<String> {
    let servers = operation.node.get("servers").or_else(|| operation.item.get("servers"));
    let servers = servers.or_else(|| document.root.get("servers"));
    let urls = servers.and_then(Value::as_array).into_iter().flatten();
    urls.filter_map(|server| server.get("url")?.as_str())
        .map(|url| url.trim_end_matches('/').to_owned())
        .collect()
}
