//! Rules that keep code generation from losing or misreading a part of the spec silently.
//!
//! `build.rs`, `cargo xtask spec check` and the contract tests include this file: there is one
//! implementation. It works on the plain document, because typed readers of OpenAPI already drop
//! what they do not know.

mod document;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use heck::ToSnakeCase;
use serde_json::Value;

pub(crate) use self::document::*;

/// Components that a generated type would read too strictly, or that have a meaning of ours, and
/// the type that replaces each. The key is the Rust name that the generator makes of the component.
pub(crate) const REPLACED: &[(&str, &str)] = &[
    ("AccountId", "crate::id::AccountId"),
    ("AccountReadId", "crate::id::AccountId"),
    ("UserGroupId", "crate::id::UserGroupId"),
    ("MemberId", "crate::id::MemberId"),
    ("MemberReadId", "crate::id::MemberId"),
    ("UserId", "crate::id::UserId"),
    ("PolicyId", "crate::id::PolicyId"),
    ("PermissionGroupId", "crate::id::PermissionGroupId"),
    ("PermissionGroupReadId", "crate::id::PermissionGroupId"),
    ("ResourceGroupId", "crate::id::ResourceGroupId"),
    ("ResourceGroupReadId", "crate::id::ResourceGroupId"),
    ("ZoneId", "crate::id::ZoneId"),
    ("Timestamp", "crate::model::Timestamp"),
    ("PolicyAccess", "crate::model::PolicyAccess"),
    ("MemberStatus", "crate::model::MemberStatus"),
    ("AccountMemberStatus", "crate::model::AccountMemberStatus"),
    ("Meta", "crate::model::Meta"),
    ("Email", "::std::string::String"),
    ("ResourceGroupScope", "crate::raw::ResourceGroupScope"),
    ("AddedMembers", "crate::raw::AddedMembers"),
    ("ApiError", "crate::error::ApiError"),
];

/// The only media type that requests and responses are generated for.
const JSON: &str = "application/json";

/// How many of [`METHODS`] are generated; the generator gives the others types that do not compile.
const GENERATED: usize = 5;

/// The types of OpenAPI 3.0.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Keywords of a pair of bounds, the lower one first.
const BOUNDS: [(&str, &str); 4] = [
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
];

/// Keywords beside the bounds that make a generated type refuse values. `writeOnly` takes a field
/// out of a response.
const STRICT: [&str; 5] =
    ["pattern", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum", "writeOnly"];

/// A part of the spec that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// The operation or the field, such as `UserGroup.policies[]`; empty for the whole document.
    pub(crate) place: String,
    /// The rule that is broken, and the remedy.
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.message),
            place => write!(f, "{place}: {}", self.message),
        }
    }
}

/// Problems in the order of their places.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) BTreeSet<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, place: &str, message: impl Into<String>) {
        self.0.insert(Problem { place: place.to_owned(), message: message.into() });
    }
}

/// Everything in the spec that breaks a rule. Circles are reported alone: no other rule can be
/// checked of a schema that consists of itself.
pub(crate) fn problems(spec: &Value) -> Vec<Problem> {
    let mut rules = Rules { spec, problems: Problems::default() };
    rules.circles();
    if rules.problems.0.is_empty() {
        rules.path_items();
        for operation in operations(spec) {
            rules.operation(&operation);
        }
        for (place, schema) in schemas(spec) {
            rules.schema(&place, schema);
        }
        rules.names();
    }
    Vec::from_iter(rules.problems.0)
}

/// Entries of [`REPLACED`] that no component matches. The generator ignores them silently.
pub(crate) fn unmatched_replacements(spec: &Value) -> Vec<Problem> {
    let components = object(spec, "/components/schemas");
    let names: BTreeSet<String> = components.map(|(name, _)| rust_name(name)).collect();
    let mut problems = Problems::default();
    for (name, _) in REPLACED.iter().filter(|(name, _)| !names.contains(&rust_name(name))) {
        problems.add(name, "REPLACED names a component that does not exist");
    }
    Vec::from_iter(problems.0)
}

/// Keys of the document that a typed reader of OpenAPI dropped: `written` is what the reader made
/// of it. Such a key has no effect.
pub(crate) fn dropped(spec: &Value, written: &Value) -> Vec<Problem> {
    let mut problems = Problems::default();
    compare_keys("", spec, written, &mut problems);
    Vec::from_iter(problems.0)
}

fn compare_keys(place: &str, spec: &Value, written: &Value, problems: &mut Problems) {
    let is_reference = written.get("$ref").is_some();
    for (key, value) in entries(Some(spec)).filter(|(key, _)| !key.starts_with("x-")) {
        let below = if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
        match written.get(key) {
            // Values are no objects of OpenAPI.
            _ if matches!(key, "example" | "examples" | "default" | "enum") => {}
            Some(written) => compare_keys(&below, value, written, problems),
            None if is_reference => {
                problems.add(place, format!("`{key}` is ignored beside `$ref`"));
            }
            // Writing leaves out what has no effect.
            None if is_empty(value) => {}
            None => problems.add(place, format!("unknown key `{key}`")),
        }
    }
    let items = array(Some(spec)).zip(array(Some(written)));
    for (index, (spec, written)) in items.enumerate() {
        compare_keys(&format!("{place}[{index}]"), spec, written, problems);
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

/// The responses and response headers that no code is generated for, in one sentence each. Failures
/// are among them on purpose: often they are not the documented JSON, and `src/error.rs` decodes
/// all.
pub(crate) fn stripped(spec: &Value) -> Vec<String> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in operations(spec) {
        let mut add = |part: String| found.entry(part).or_default().push(operation.label());
        for (status, response) in entries(operation.node.get("responses")) {
            if status != "200" {
                add(format!("response {status}"));
                continue;
            }
            let headers = resolve(spec, response).and_then(|response| response.get("headers"));
            entries(headers)
                .for_each(|(name, _)| add(format!("the header {name} in response 200")));
        }
    }
    let all = operations(spec).len();
    let sentence = |(part, labels): (String, Vec<String>)| match labels.len() {
        count if count == all => format!("{part} of all operations is not generated"),
        _ => format!("{part} of {} is not generated", labels.join(", ")),
    };
    found.into_iter().map(sentence).collect()
}

/// The schema of a body in JSON.
fn json_of(body: &Value) -> &Value {
    &body["content"][JSON]["schema"]
}

/// Whether a type of ours replaces the one that is generated for a component.
fn is_replaced(name: &str) -> bool {
    REPLACED.iter().any(|(known, _)| rust_name(known) == rust_name(name))
}

/// Every schema of the document that is written out, with its place.
fn schemas(spec: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    let mut add = |place: String, schema| collect(place, schema, &mut found);
    for (name, schema) in object(spec, "/components/schemas") {
        add(name.to_owned(), schema);
    }
    for (name, parameter) in object(spec, "/components/parameters") {
        add(format!("parameter {name}"), &parameter["schema"]);
    }
    for section in ["responses", "requestBodies"] {
        for (name, body) in object(spec, &format!("/components/{section}")) {
            add(format!("{section}.{name}"), json_of(body));
        }
    }
    for operation in operations(spec) {
        let label = operation.label();
        for parameter in operation.parameters() {
            let name = parameter["name"].as_str().unwrap_or_default();
            add(format!("{label}: parameter {name}"), &parameter["schema"]);
        }
        if let Some(body) = operation.node.get("requestBody") {
            add(format!("{label}: request body"), json_of(body));
        }
        for (status, response) in entries(operation.node.get("responses")) {
            add(format!("{label}: response {status}"), json_of(response));
        }
    }
    found
}

fn collect<'a>(place: String, schema: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    if !schema.is_object() {
        return;
    }
    for (step, below) in children(schema) {
        collect(format!("{place}{step}"), below, found);
    }
    found.push((place, schema));
}

/// The name of a field that the generator makes of a name. `user_group`, `UserGroup` and
/// `user-group` are one type and one field.
pub(crate) fn rust_name(name: &str) -> String {
    let words = name.replace('\'', "").to_snake_case();
    if words.starts_with(char::is_alphabetic) { words } else { format!("x{words}") }
}

/// Names of which several become one, each with an earlier one that it collides with.
pub(crate) fn collisions<'a>(
    names: impl IntoIterator<Item = &'a str>,
    convert: impl Fn(&str) -> String,
) -> Vec<(&'a str, &'a str)> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    let mut collisions = Vec::new();
    for name in names {
        match known.get(&convert(name)) {
            Some(first) => collisions.push((*first, name)),
            None => drop(known.insert(convert(name), name)),
        }
    }
    collisions
}

struct Rules<'a> {
    spec: &'a Value,
    problems: Problems,
}

impl<'a> Rules<'a> {
    fn add(&mut self, place: &str, message: impl Into<String>) {
        self.problems.add(place, message);
    }

    /// A component that consists of itself, through references and `allOf`, `oneOf` or `anyOf`
    /// alone.
    fn circles(&mut self) {
        for (name, schema) in object(self.spec, "/components/schemas") {
            let (mut open, mut seen) = (vec![schema], BTreeSet::new());
            while let Some(node) = open.pop() {
                let target = component(node);
                if target == Some(name) {
                    self.add(name, "the schema consists of itself: it leads back through `$ref`, `allOf`, `oneOf` or `anyOf`");
                    break;
                }
                if let Some(target) = target.filter(|target| seen.insert(*target)) {
                    open.extend(self.spec.pointer(&format!("/components/schemas/{target}")));
                }
                open.extend(members(node));
            }
        }
    }

    fn path_items(&mut self) {
        for (path, item) in object(self.spec, "/paths") {
            if item.get("$ref").is_some() {
                self.add(path, "a path item cannot be a reference; write its operations out");
            }
            if item.get("servers").is_some() {
                self.add(
                    path,
                    "`servers` of a path cannot be generated; only those of the document",
                );
            }
        }
    }

    fn operation(&mut self, operation: &Operation<'a>) {
        let label = operation.label();
        let generated = &METHODS[..GENERATED];
        if !generated.contains(&operation.method) {
            let method = operation.method.to_uppercase();
            let supported = generated.join(", ").to_uppercase();
            return self
                .add(&label, format!("{method} cannot be generated; use one of {supported}"));
        }
        if !operation.node.contains_key("operationId") {
            self.add(&label, "lacks `operationId`");
        }
        for key in ["callbacks", "security", "servers"] {
            if operation.node.contains_key(key) {
                self.add(&label, format!("`{key}` of an operation cannot be generated; remove it"));
            }
        }
        self.parameters(&label, operation);
        if let Some(body) = operation.node.get("requestBody") {
            self.reference(&label, body, "requestBodies");
            self.request_body(&label, body);
        }
        self.responses(&label, operation);
    }

    /// A reference must lead to a component of its kind.
    fn reference(&mut self, place: &str, node: &Value, section: &str) {
        let Some(reference) = node.get("$ref") else { return };
        let text = reference.as_str().unwrap_or_default();
        if !text.starts_with(&format!("#/components/{section}/")) {
            self.add(place, format!("the reference {reference} must be to components/{section}"));
        } else if self.spec.pointer(text.trim_start_matches('#')).is_none() {
            self.add(place, format!("the reference {reference} leads nowhere"));
        }
    }

    fn parameters(&mut self, label: &str, operation: &Operation<'a>) {
        let (spec, mut known) = (self.spec, BTreeSet::new());
        let mut of_path = parameter_names(operation.path);
        for parameter in operation.parameters() {
            self.reference(label, parameter, "parameters");
            let Some(parameter) = resolve(spec, parameter) else { continue };
            let mut refuse = |message: String| self.add(label, message);
            let text = |key: &str| parameter[key].as_str().unwrap_or_default();
            let (name, kind) = (text("name"), text("in"));
            if !known.insert((name, kind)) {
                refuse(format!("the {kind} parameter `{name}` is declared twice"));
            }
            if kind == "path" {
                match of_path.iter().position(|in_path| *in_path == name) {
                    None => refuse(format!("the path has no parameter `{name}`")),
                    Some(position) => drop(of_path.remove(position)),
                }
                if !is_true(parameter, "required") {
                    refuse(format!("the parameter `{name}` of the path must be required"));
                }
            }
            if matches!(kind, "cookie" | "header") {
                refuse(format!("the {kind} parameter `{name}` cannot be generated"));
            }
            if parameter.get("content").is_some() {
                refuse(format!(
                    "the parameter `{name}` has `content`, which cannot be generated; use `schema`"
                ));
            }
            let style = text("style");
            if !matches!(style, "" | "form" | "simple") {
                refuse(format!(
                    "the parameter `{name}` has `style: {style}`, which cannot be generated"
                ));
            }
            let schema = parameter.get("schema").and_then(|schema| resolve(spec, schema));
            let shape = schema.and_then(|schema| schema.get("type")?.as_str());
            if let Some(shape @ ("array" | "object")) = shape {
                refuse(format!(
                    "the {kind} parameter `{name}` is an {shape}, which cannot be sent as one value"
                ));
            }
            self.crates(format!("{label}: parameter {name}"), &parameter["schema"]);
        }
        for name in of_path {
            self.add(label, format!("the parameter `{name}` of the path is not declared"));
        }
        // A name can be in the path and in the query; the request body is an argument, too.
        let body = operation.node.get("requestBody").map(|_| "body");
        let names = known.into_iter().map(|(name, _)| name).chain(body);
        for (first, second) in collisions(names, rust_name) {
            self.add(label, format!("the parameters `{first}` and `{second}` become one argument"));
        }
    }

    fn request_body(&mut self, label: &str, body: &'a Value) {
        let Some(body) = resolve(self.spec, body) else { return };
        let media: Vec<&str> = entries(body.get("content")).map(|(media, _)| media).collect();
        if media != [JSON] {
            let media = if media.is_empty() { "nothing".to_owned() } else { media.join(", ") };
            self.add(
                label,
                format!("the request body is {media}; only {JSON} alone can be generated"),
            );
        }
        self.media_type(label, body);
        let place = format!("{label}: request body");
        for (place, _, schema) in self.reachable(place.clone(), json_of(body)) {
            self.written_fields(&place, schema);
        }
        self.crates(place, json_of(body));
    }

    fn media_type(&mut self, label: &str, body: &Value) {
        let media = &body["content"][JSON];
        if media.get("encoding").is_some() {
            self.add(label, format!("`encoding` of {JSON} cannot be generated; remove it"));
        }
        if media.is_object() && media.get("schema").is_none() {
            self.add(label, format!("{JSON} without `schema` cannot be generated"));
        }
    }

    /// Formats and patterns of what is sent, for which the generator names crates that are not
    /// there.
    fn crates(&mut self, place: String, schema: &'a Value) {
        for (place, within, schema) in self.reachable(place, schema) {
            let format = schema["format"].as_str().unwrap_or_default();
            let needs = match format {
                "date-time" | "date" | "uuid" => Some(format!("format: {format}")),
                _ => schema.get("pattern").map(|_| "pattern".to_owned()),
            };
            if let Some(needs) = needs.filter(|_| !within.is_some_and(is_replaced)) {
                let message = format!(
                    "`{needs}` needs a crate that the bindings do not have; remove it, or make it a component that REPLACED lists"
                );
                self.add(&place, message);
            }
        }
    }

    fn responses(&mut self, label: &str, operation: &Operation<'a>) {
        let mut success = None;
        for (status, response) in entries(operation.node.get("responses")) {
            self.reference(label, response, "responses");
            if status == "200" {
                success = resolve(self.spec, response);
            } else if status.starts_with(['1', '2']) {
                self.add(
                    label,
                    format!("the response {status} cannot be generated: only 200 is a success"),
                );
            }
        }
        let content = success.and_then(|response| response.get("content"));
        if content.is_none_or(|content| content.get(JSON).is_none()) {
            let message =
                format!("there is no response 200 with {JSON}; no other success can be generated");
            self.add(label, message);
        }
        for (media, _) in entries(content).filter(|(media, _)| *media != JSON) {
            let message =
                format!("the response 200 can also be {media}; only {JSON} alone can be generated");
            self.add(label, message);
        }
        self.media_type(label, success.unwrap_or(&Value::Null));
        let schema = success.map_or(&Value::Null, json_of);
        for (place, within, schema) in self.reachable(format!("{label}: response 200"), schema) {
            if !within.is_some_and(is_replaced) {
                self.strict_keywords(&place, schema);
            }
        }
    }

    /// The schemas that a message has, each with its place and the component that it is written in.
    /// References are followed, to each component once.
    fn reachable(
        &self,
        place: String,
        schema: &'a Value,
    ) -> Vec<(String, Option<&'a str>, &'a Value)> {
        let (mut open, mut seen) = (vec![(place, None, schema)], BTreeSet::new());
        let mut found = Vec::new();
        while let Some((place, within, schema)) = open.pop() {
            if let Some(name) = component(schema) {
                let target = self.spec.pointer(&format!("/components/schemas/{name}"));
                let target = target.filter(|_| seen.insert(name));
                open.extend(target.map(|target| (name.to_owned(), Some(name), target)));
                continue;
            }
            for (step, below) in children(schema) {
                open.push((format!("{place}{step}"), within, below));
            }
            found.push((place, within, schema));
        }
        found
    }

    /// What is read must be lenient: one unexpected value would make a whole list unreadable.
    fn strict_keywords(&mut self, place: &str, schema: &Value) {
        let [kind, format] = ["type", "format"].map(|key| schema[key].as_str().unwrap_or_default());
        match (kind, format) {
            (_, "" | "int64") => {}
            (_, "date-time") => self.add(place, "an inline date-time makes reading strict; use `$ref: '#/components/schemas/Timestamp'`"),
            // A larger number does not fit into a short integer.
            ("integer", _) | (_, "date" | "time" | "uuid" | "ip" | "ipv4" | "ipv6") => {
                self.add(place, format!("an inline {format} in a response makes reading strict; remove `format`, or make it a component that REPLACED lists"));
            }
            _ => {}
        }
        let bounds = BOUNDS.iter().flat_map(|(lower, upper)| [*lower, *upper]);
        for keyword in bounds.chain(STRICT).filter(|keyword| schema.get(keyword).is_some()) {
            self.add(place, format!("`{keyword}` in a response makes reading strict; remove it, or make it a component that REPLACED lists"));
        }
        let is_nullable = is_true(schema, "nullable");
        let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        let is_choice = |key| array(schema.get(key)).count() > 1;
        self.refuse_if(place, &[
            (schema.get("default").is_some(), "`default` in a response would stand for a value that was not sent; remove it"),
            (schema.get("enum").is_some(), "an enum in a response refuses new values; make it a component that REPLACED lists"),
            (kind == "array" && !is_nullable, "an array in a response must be `nullable`; null has been reported for an empty list"),
            (is_closed, "`additionalProperties: false` in a response refuses new fields; remove it"),
            (is_choice("oneOf"), "`oneOf` in a response refuses new alternatives; make it a component that REPLACED lists"),
            (is_choice("anyOf"), "`anyOf` in a response refuses new alternatives; make it a component that REPLACED lists"),
        ]);
    }

    /// Adds the messages of what is the case.
    fn refuse_if(&mut self, place: &str, cases: &[(bool, &str)]) {
        for (_, message) in cases.iter().filter(|(is_the_case, _)| *is_the_case) {
            self.add(place, *message);
        }
    }

    /// A field of a request that may be absent or null needs three states; an `Option` has two. One
    /// that is read-only would be sent.
    fn written_fields(&mut self, place: &str, schema: &'a Value) {
        for (name, field) in entries(schema.get("properties")) {
            let nullable =
                resolve(self.spec, field).is_some_and(|field| is_true(field, "nullable"));
            let required = texts(schema, "required").any(|required| required == name);
            if is_true(field, "readOnly") {
                self.add(&format!("{place}.{name}"), "`readOnly` in a request: the field would be sent; give what is read a schema of its own");
            }
            if nullable && !required {
                self.add(&format!("{place}.{name}"), "optional and nullable in a request: null cannot be sent; make the field required, or remove `nullable`");
            }
        }
    }

    /// Faults of one schema that generators read as something else.
    fn schema(&mut self, place: &str, schema: &'a Value) {
        if schema.get("$ref").is_some() {
            return self.reference(place, schema, "schemas");
        }
        match schema.get("type").map(Value::as_str) {
            None => {}
            Some(Some("array")) if schema.get("items").is_none() => {
                self.add(place, "an array without `items` is generated as any JSON value");
            }
            Some(Some(kind)) if TYPES.contains(&kind) => {}
            Some(Some(kind)) => {
                self.add(place, format!("unknown type `{kind}`; use one of {}", TYPES.join(", ")));
            }
            Some(None) => {
                self.add(place, "`type` must be a single type; for null write `nullable: true`");
            }
        }
        let has = |key: &str| schema.get(key).is_some();
        let kind = schema["type"].as_str();
        let takes_no_format = matches!(kind, Some("array" | "object" | "boolean"));
        let needs_type = kind.is_none() && BOUNDS.iter().any(|(a, b)| has(a) || has(b));
        self.refuse_if(
            place,
            &[
                (
                    has("format") && takes_no_format,
                    "`format` cannot be generated for this type; remove it",
                ),
                (needs_type, "a bound without `type` cannot be generated"),
                (has("not"), "`not` cannot be generated; remove it"),
                (
                    has("exclusiveMinimum") && !has("minimum"),
                    "`exclusiveMinimum` without `minimum` cannot be generated",
                ),
                (
                    has("exclusiveMaximum") && !has("maximum"),
                    "`exclusiveMaximum` without `maximum` cannot be generated",
                ),
            ],
        );
        self.required_fields(place, schema);
        self.values(place, schema);
        self.discriminator(place, schema);
        for (lower, upper) in BOUNDS {
            let [least, most] = [lower, upper].map(|key| schema.get(key).and_then(Value::as_f64));
            if let (Some(least), Some(most)) = (least, most)
                && least > most
            {
                self.add(place, format!("`{lower}` {least} is greater than `{upper}` {most}"));
            }
        }
        let fields = entries(schema.get("properties")).map(|(name, _)| name);
        for (first, second) in collisions(fields, rust_name) {
            self.add(place, format!("the fields `{first}` and `{second}` become one field"));
        }
    }

    fn required_fields(&mut self, place: &str, schema: &'a Value) {
        // The fields of a composition may be declared by any of its members.
        if schema.get("properties").is_none() || members(schema).next().is_some() {
            return;
        }
        for name in texts(schema, "required") {
            if schema["properties"].get(name).is_none() {
                self.add(place, format!("the required field `{name}` is not declared"));
            }
        }
    }

    fn values(&mut self, place: &str, schema: &'a Value) {
        let values: Vec<&Value> = array(schema.get("enum")).collect();
        for (index, value) in values.iter().enumerate() {
            if values.iter().take(index).any(|earlier| earlier == value) {
                self.add(place, format!("`enum` lists {value} twice"));
            }
        }
        let names: BTreeSet<&str> = texts(schema, "enum").collect();
        // The generator spells special characters as `X` if names are not unique without them.
        let spelled = |name: &str| rust_name(&name.replace(|c: char| !c.is_alphanumeric(), "X"));
        if !collisions(names.iter().copied(), rust_name).is_empty() {
            for (first, second) in collisions(names, spelled) {
                self.add(place, format!("the values `{first}` and `{second}` become one variant"));
            }
        }
    }

    fn discriminator(&mut self, place: &str, schema: &'a Value) {
        for (value, target) in entries(schema.pointer("/discriminator/mapping")) {
            let target = target.as_str().unwrap_or_default();
            let pointer = match target.strip_prefix('#') {
                Some(pointer) => pointer.to_owned(),
                None => format!("/components/schemas/{target}"),
            };
            if self.spec.pointer(&pointer).is_none() {
                let message =
                    format!("`discriminator` maps `{value}` to {target}, which does not exist");
                self.add(place, message);
            }
        }
    }

    fn names(&mut self) {
        let components = object(self.spec, "/components/schemas").map(|(name, _)| name).collect();
        let operations = operations(self.spec);
        let ids = operations.iter().map(|it| it.text("operationId")).filter(|id| !id.is_empty());
        let named: [(&str, Vec<&str>); 2] =
            [("type as the component", components), ("function as the operation", ids.collect())];
        for (what, names) in named {
            for (first, second) in collisions(names, rust_name) {
                self.add(second, format!("becomes the same {what} `{first}`; rename one"));
            }
        }
    }
}
