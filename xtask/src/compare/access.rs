//! Compares where an operation is served, and who may call it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::OperationWalk;
use crate::{
    change::Change,
    document::{Document, Unusable},
    operations::Operation,
};

impl OperationWalk<'_, '_> {
    /// Compares the servers, the ways to authenticate and the token permissions.
    pub(super) fn access(&mut self) -> Result<(), Unusable> {
        self.security()?;
        self.permissions();
        self.servers();
        Ok(())
    }

    fn security(&mut self) -> Result<(), Unusable> {
        let old = ways(self.old, &self.before)?;
        let new = ways(self.new, &self.after)?;
        for (name, way) in &old {
            match new.get(name) {
                None => {
                    self.add(Change::SecurityRemoved, "", format!("{name} is no longer accepted"))
                }
                Some(other) => self.way(name, way, other),
            }
        }
        for name in new.keys().filter(|name| !old.contains_key(*name)) {
            self.add(Change::SecurityAdded, "", format!("{name} is accepted"));
        }
        Ok(())
    }

    fn way(&mut self, name: &str, old: &Way<'_>, new: &Way<'_>) {
        for scope in new.scopes.difference(&old.scopes) {
            self.add(Change::ScopeAdded, "", format!("{name} needs the scope `{scope}`"));
        }
        for scope in old.scopes.difference(&new.scopes) {
            self.add(
                Change::ScopeRemoved,
                "",
                format!("{name} no longer needs the scope `{scope}`"),
            );
        }
        for key in ["flows", "openIdConnectUrl"] {
            let [was, is] = [old, new].map(|way| way.details.get(key));
            if was != is {
                self.add(Change::SecuritySchemeChanged, "", format!("`{key}` of {name} changed"));
            }
        }
    }

    /// Compares the token permissions of which a caller needs one.
    fn permissions(&mut self) {
        let [old, new] = [&self.before, &self.after].map(|operation| {
            let listed = operation.node.get("x-api-token-group")?.as_array()?;
            Some(listed.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>())
        });
        let (old, new) = match (old, new) {
            (Some(old), Some(new)) => (old, new),
            (None, None) => return,
            (None, Some(new)) => {
                let message = format!("needs one of the permissions {}", join(&new));
                return self.add(Change::PermissionsChanged, "", message);
            }
            (Some(_), None) => {
                let message = "the needed permissions are no longer listed";
                return self.add(Change::PermissionsChanged, "", message);
            }
        };
        for permission in old.difference(&new) {
            let message = format!("the permission `{permission}` is no longer accepted");
            self.add(Change::PermissionRemoved, "", message);
        }
        for permission in new.difference(&old) {
            self.add(
                Change::PermissionAdded,
                "",
                format!("the permission `{permission}` is accepted"),
            );
        }
    }

    fn servers(&mut self) {
        let old = servers(self.old, &self.before);
        let new = servers(self.new, &self.after);
        let position = |url: &str| new.iter().position(|(other, _)| other == url);
        for (url, variables) in &old {
            match position(url) {
                None => {
                    self.add(Change::ServerRemoved, "", format!("is no longer served at {url}"))
                }
                Some(at) => self.server_variables(url, variables, new[at].1),
            }
        }
        for (url, _) in new.iter().filter(|(url, _)| !old.iter().any(|(other, _)| other == url)) {
            self.add(Change::ServerAdded, "", format!("is served at {url}"));
        }
        if let (Some((first, _)), Some((now, _))) = (old.first(), new.first())
            && first != now
            && position(first).is_some()
        {
            let message = format!("the first server is {now}, was {first}");
            self.add(Change::ServerOrderChanged, "", message);
        }
    }

    fn server_variables(&mut self, url: &str, old: &Value, new: &Value) {
        for (name, was) in old.as_object().into_iter().flatten() {
            let Some(is) = new.get(name) else { continue };
            let [old_default, new_default] =
                [was, is].map(|variable| variable.get("default").and_then(Value::as_str));
            if old_default != new_default {
                let [was, is] = [old_default, new_default].map(Option::unwrap_or_default);
                let message = format!("`{name}` of {url} is `{is}` by default, was `{was}`");
                self.add(Change::ServerDefaultChanged, "", message);
            }
            let [listed, still] = [was, is].map(|variable| {
                let values = variable.get("enum").and_then(Value::as_array).into_iter().flatten();
                values.filter_map(Value::as_str).collect::<BTreeSet<_>>()
            });
            for value in listed.difference(&still) {
                let message = format!("`{name}` of {url} no longer accepts `{value}`");
                self.add(Change::ServerValueRemoved, "", message);
            }
            for value in still.difference(&listed) {
                let message = format!("`{name}` of {url} accepts `{value}`");
                self.add(Change::ServerValueAdded, "", message);
            }
        }
    }
}

/// A way to authenticate: schemes that are used together.
#[derive(Default)]
struct Way<'a> {
    scopes: BTreeSet<&'a str>,
    /// The last of its schemes with further settings.
    details: BTreeMap<&'a str, &'a Value>,
}

/// The ways to authenticate, by a name that does not depend on how the document names its schemes.
fn ways<'a>(
    document: &'a Document,
    operation: &Operation<'a>,
) -> Result<BTreeMap<String, Way<'a>>, Unusable> {
    let security = operation.node.get("security").or_else(|| document.root.get("security"));
    let mut ways = BTreeMap::new();
    for schemes in security.and_then(Value::as_array).into_iter().flatten() {
        let (mut names, mut way) = (BTreeSet::new(), Way::default());
        for (name, scopes) in schemes.as_object().into_iter().flatten() {
            let scheme = document.target(&format!("#/components/securitySchemes/{name}"));
            let Ok(scheme) = scheme.and_then(|scheme| document.resolve(scheme)) else {
                names.insert(format!("the undeclared scheme {name}"));
                continue;
            };
            names.insert(scheme_name(scheme));
            way.scopes.extend(scopes.as_array().into_iter().flatten().filter_map(Value::as_str));
            for (key, value) in scheme.as_object().into_iter().flatten() {
                if matches!(key.as_str(), "flows" | "openIdConnectUrl") {
                    way.details.insert(key, value);
                }
            }
        }
        ways.insert(join_names(&names), way);
    }
    if ways.is_empty() {
        ways.insert(join_names(&BTreeSet::new()), Way::default());
    }
    Ok(ways)
}

fn join_names(names: &BTreeSet<String>) -> String {
    match names.is_empty() {
        true => "a request without authentication".to_owned(),
        false => Vec::from_iter(names.iter().map(String::as_str)).join(" with "),
    }
}

fn join(names: &BTreeSet<&str>) -> String {
    Vec::from_iter(names.iter().map(|name| format!("`{name}`"))).join(", ")
}

fn scheme_name(scheme: &Value) -> String {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or("?");
    match text("type") {
        "apiKey" => format!("the {} {}", text("in"), text("name").to_lowercase()),
        "http" => format!("HTTP {}", text("scheme").to_lowercase()),
        other => other.to_owned(),
    }
}

/// The URLs and the variables of the servers, in order.
fn servers<'a>(document: &'a Document, operation: &Operation<'a>) -> Vec<(String, &'a Value)> {
    let servers = operation.node.get("servers").or_else(|| operation.item.get("servers"));
    let servers = servers.or_else(|| document.root.get("servers"));
    let listed = servers.and_then(Value::as_array).into_iter().flatten();
    listed
        .filter_map(|server| {
            let url = server.get("url")?.as_str()?.trim_end_matches('/');
            Some((url.to_owned(), server.get("variables").unwrap_or(&Value::Null)))
        })
        .collect()
}
