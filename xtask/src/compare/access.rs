//! Compares where an operation is served, and who may call it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

use super::{OPERATION, Object, Place, Walk};
use crate::{
    change::Change,
    document::{Document, Unusable},
    operations::Operation,
    rules::{array, entries, texts},
};

impl<'a> Walk<'a, '_> {
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
        let mut added: Vec<&Way<'_>> = new.keys().filter(|way| !old.contains_key(*way)).collect();
        for (way, details) in &old {
            let twin = if new.contains_key(way) {
                way
            } else if let Some(twin) = added.iter().position(|it| it.names == way.names) {
                added.remove(twin)
            } else {
                // Who sends more than is needed is accepted.
                if !new.keys().any(|it| it.is_enough_for(way)) {
                    let message = format!("no longer accepts {way}");
                    self.add_message(Change::SecurityRemoved, &OPERATION, message);
                }
                continue;
            };
            let name = join_names(&way.names);
            let changes = [Change::ScopeRemoved, Change::ScopeAdded];
            self.add_differences(changes, &way.scopes, &twin.scopes, &format!(" of {name}"));
            if new.get(twin) != Some(details) {
                let message = format!("the URLs or the flows of {name} changed");
                self.add_message(Change::SecuritySchemeChanged, &OPERATION, message);
            }
        }
        for way in added {
            self.add_message(Change::SecurityAdded, &OPERATION, format!("accepts {way}"));
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
        for (url, server) in old {
            if let Some((_, other)) = new.iter().find(|(other, _)| *other == url) {
                let place = Place::of_section(format!("server {url}"));
                self.remaining_keys(&place, server, other, &["url", "variables"]);
                let variables = |of: &'a Object| of.get("variables").unwrap_or(&Value::Null);
                self.server_variables(url, variables(server), variables(other));
            }
        }
    }

    fn server_variables(&mut self, url: &str, old: &Value, new: &Value) {
        let names: BTreeSet<&str> =
            [old, new].into_iter().flat_map(|it| entries(Some(it))).map(|(name, _)| name).collect();
        for name in names {
            let [was, is] = [old, new].map(|variables| variables.get(name).unwrap_or(&Value::Null));
            let [old_default, new_default] =
                [was, is].map(|variable| variable.get("default").and_then(Value::as_str));
            if old_default != new_default {
                let [was, is] = [old_default, new_default].map(|value| value.unwrap_or("none"));
                let message =
                    format!("the default of `{name}` in {url} changed from {was} to {is}");
                self.add_message(Change::ServerDefaultChanged, &OPERATION, message);
            }
            // Without a list every value is accepted.
            let changes = [Change::ServerValueRemoved, Change::ServerValueAdded];
            let [was_listed, is_listed] = [was, is].map(|it| it.get("enum").is_some());
            if let Some(change) = Change::of_flag(changes, was_listed, is_listed) {
                let what = if is_listed { "only listed values" } else { "any value" };
                let message = format!("accepts {what} for `{name}` in {url}");
                self.add_message(change, &OPERATION, message);
            } else {
                let [old, new] = [was, is].map(|variable| texts(variable, "enum").collect());
                self.add_differences(changes, &old, &new, &format!(" for `{name}` in {url}"));
            }
        }
    }
}

/// A way to authenticate: schemes that are used together, by what is sent. That does not depend on
/// how the document names its schemes.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct Way<'a> {
    names: BTreeSet<String>,
    scopes: BTreeSet<&'a str>,
}

impl Way<'_> {
    /// Whether a request is accepted that has what the other way needs.
    fn is_enough_for(&self, other: &Way<'_>) -> bool {
        self.names.is_subset(&other.names) && self.scopes.is_subset(&other.scopes)
    }
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join_names(&self.names))?;
        match self.scopes.is_empty() {
            true => Ok(()),
            false => write!(f, " ({})", Vec::from_iter(self.scopes.iter().copied()).join(", ")),
        }
    }
}

/// The settings of the last scheme of a way that has some.
type Details<'a> = BTreeMap<&'a str, Value>;

fn ways<'a>(document: &'a Document, operation: &Operation<'a>) -> BTreeMap<Way<'a>, Details<'a>> {
    let security = operation.node.get("security").or_else(|| document.root.get("security"));
    let mut ways = BTreeMap::new();
    for schemes in array(security) {
        let (mut way, mut details) = (Way::default(), Details::new());
        for (name, scopes) in entries(Some(schemes)) {
            let scheme = document.target(&format!("#/components/securitySchemes/{name}"));
            let Ok(scheme) = scheme.and_then(|scheme| document.resolve(scheme)) else {
                way.names.insert(format!("the undeclared scheme {name}"));
                continue;
            };
            way.names.insert(scheme_name(scheme));
            way.scopes.extend(array(Some(scopes)).filter_map(Value::as_str));
            for key in ["flows", "openIdConnectUrl"] {
                details.extend(scheme.get(key).map(|value| (key, without_scopes(value))));
            }
        }
        ways.insert(way, details);
    }
    if ways.is_empty() {
        ways.insert(Way::default(), Details::new());
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

/// The servers with their URLs, in order.
fn servers<'a>(document: &'a Document, operation: &Operation<'a>) -> Vec<(&'a str, &'a Object)> {
    let servers = operation.node.get("servers").or_else(|| operation.item.get("servers"));
    let servers = array(servers.or_else(|| document.root.get("servers")));
    let server = |server: &'a Value| {
        let url = server.get("url")?.as_str()?.trim_end_matches('/');
        Some((url, server.as_object()?))
    };
    servers.filter_map(server).collect()
}
