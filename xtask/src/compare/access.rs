//! Compares where an operation is served, and who may call it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{OPERATION, Walk};
use crate::{
    change::Change,
    document::{Document, Unusable},
    operations::Operation,
    rules::{array, entries, texts},
};

impl Walk<'_, '_> {
    /// Compares the servers, the ways to authenticate and the token permissions.
    pub(super) fn access(&mut self) -> Result<(), Unusable> {
        self.security();
        self.permissions();
        self.servers();
        Ok(())
    }

    fn security(&mut self) {
        let old = ways(self.old, &self.before);
        let new = ways(self.new, &self.after);
        for (names, old) in &old {
            let name = join_names(names);
            let Some(same) = new.get(names) else {
                // Who sends more than is needed is accepted.
                let is_enough = |(needed, way): (&BTreeSet<String>, &Way<'_>)| {
                    needed.is_subset(names) && way.scopes.is_subset(&old.scopes)
                };
                if !new.iter().any(is_enough) {
                    let message = format!("no longer accepts {name}");
                    self.add_message(Change::SecurityRemoved, &OPERATION, message);
                }
                continue;
            };
            let changes = [Change::ScopeRemoved, Change::ScopeAdded];
            self.add_differences(changes, &old.scopes, &same.scopes, &format!(" of {name}"));
            if old.details != same.details {
                let message = format!("the URLs or the flows of {name} changed");
                self.add_message(Change::SecuritySchemeChanged, &OPERATION, message);
            }
        }
        for names in new.keys().filter(|names| !old.contains_key(*names)) {
            let message = format!("accepts {}", join_names(names));
            self.add_message(Change::SecurityAdded, &OPERATION, message);
        }
    }

    /// Compares the token permissions of which a caller needs one.
    fn permissions(&mut self) {
        let [old, new] = [&self.before, &self.after].map(|operation| {
            let listed = operation.node.get("x-api-token-group")?.as_array()?;
            Some(listed.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>())
        });
        match (old, new) {
            (Some(old), Some(new)) => {
                let changes = [Change::PermissionRemoved, Change::PermissionAdded];
                self.add_differences(changes, &old, &new, "");
            }
            (None, None) => {}
            _ => self.add(Change::PermissionsChanged, &OPERATION),
        }
    }

    fn servers(&mut self) {
        let old = servers(self.old, &self.before);
        let new = servers(self.new, &self.after);
        let [old_urls, new_urls] = [&old, &new]
            .map(|servers| servers.iter().map(|(url, _)| *url).collect::<BTreeSet<_>>());
        let changes = [Change::ServerRemoved, Change::ServerAdded];
        self.add_differences(changes, &old_urls, &new_urls, "");
        if let (Some((first, _)), Some((now, _))) = (old.first(), new.first())
            && first != now
            && new_urls.contains(first)
        {
            let message = format!("the first server changed from {first} to {now}");
            self.add_message(Change::ServerOrderChanged, &OPERATION, message);
        }
        for (url, variables) in &old {
            if let Some((_, other)) = new.iter().find(|(other, _)| other == url) {
                self.server_variables(url, variables, other);
            }
        }
    }

    fn server_variables(&mut self, url: &str, old: &Value, new: &Value) {
        for (name, was) in entries(Some(old)) {
            let Some(is) = new.get(name) else { continue };
            let [old_default, new_default] =
                [was, is].map(|variable| variable.get("default").and_then(Value::as_str));
            if old_default != new_default {
                let [was, is] = [old_default, new_default].map(|value| value.unwrap_or("none"));
                let message =
                    format!("the default of `{name}` in {url} changed from {was} to {is}");
                self.add_message(Change::ServerDefaultChanged, &OPERATION, message);
            }
            let [old, new] = [was, is].map(|variable| texts(variable, "enum").collect());
            let changes = [Change::ServerValueRemoved, Change::ServerValueAdded];
            self.add_differences(changes, &old, &new, &format!(" for `{name}` in {url}"));
        }
    }
}

/// A way to authenticate: schemes that are used together.
#[derive(Default)]
struct Way<'a> {
    scopes: BTreeSet<&'a str>,
    /// The settings of the last of its schemes that has some.
    details: BTreeMap<&'a str, Value>,
}

/// Ways to authenticate, by what is sent: names that do not depend on how the document names its
/// schemes.
type Ways<'a> = BTreeMap<BTreeSet<String>, Way<'a>>;

fn ways<'a>(document: &'a Document, operation: &Operation<'a>) -> Ways<'a> {
    let security = operation.node.get("security").or_else(|| document.root.get("security"));
    let mut ways = BTreeMap::new();
    for schemes in array(security) {
        let (mut names, mut way) = (BTreeSet::new(), Way::default());
        for (name, scopes) in entries(Some(schemes)) {
            let scheme = document.target(&format!("#/components/securitySchemes/{name}"));
            let Ok(scheme) = scheme.and_then(|scheme| document.resolve(scheme)) else {
                names.insert(format!("the undeclared scheme {name}"));
                continue;
            };
            names.insert(scheme_name(scheme));
            way.scopes.extend(array(Some(scopes)).filter_map(Value::as_str));
            for key in ["flows", "openIdConnectUrl"] {
                way.details.extend(scheme.get(key).map(|value| (key, without_scopes(value))));
            }
        }
        ways.insert(names, way);
    }
    if ways.is_empty() {
        ways.insert(BTreeSet::new(), Way::default());
    }
    ways
}

/// The flows without the descriptions of scopes. Those that are needed are listed elsewhere.
fn without_scopes(flows: &Value) -> Value {
    let mut flows = flows.clone();
    for flow in flows.as_object_mut().into_iter().flatten().filter_map(|(_, it)| it.as_object_mut())
    {
        flow.remove("scopes");
    }
    flows
}

fn join_names(names: &BTreeSet<String>) -> String {
    match names.is_empty() {
        true => "a request without authentication".to_owned(),
        false => Vec::from_iter(names.iter().map(String::as_str)).join(" with "),
    }
}

fn scheme_name(scheme: &Value) -> String {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or("?");
    match text("type") {
        // The names of headers have no case (RFC 9110).
        "apiKey" if text("in") == "header" => format!("the header {}", text("name").to_lowercase()),
        "apiKey" => format!("the {} {}", text("in"), text("name")),
        "http" => format!("HTTP {}", text("scheme").to_lowercase()),
        other => other.to_owned(),
    }
}

/// The URLs and the variables of the servers, in order.
fn servers<'a>(document: &'a Document, operation: &Operation<'a>) -> Vec<(&'a str, &'a Value)> {
    let servers = operation.node.get("servers").or_else(|| operation.item.get("servers"));
    let servers = array(servers.or_else(|| document.root.get("servers")));
    let server = |server: &'a Value| {
        let url = server.get("url")?.as_str()?.trim_end_matches('/');
        Some((url, server.get("variables").unwrap_or(&Value::Null)))
    };
    servers.filter_map(server).collect()
}
